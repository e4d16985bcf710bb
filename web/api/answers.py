"""What a refusal looks like to a machine: its code, and the words a person would have heard."""

import re

from fastapi.responses import JSONResponse

from commerce.errors import NoSuchLive, NoSuchMember, NoSuchProduct, Refusal
from handlers.refusals import explain

NOT_THERE = (NoSuchLive, NoSuchMember, NoSuchProduct)


def code_of(refusal: Refusal) -> str:
    """「live_is_over」"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(refusal).__name__).lower()


def refused(refusal: Refusal) -> JSONResponse:
    """404 for what is not there, 409 for what the rules do not allow."""
    status = 404 if isinstance(refusal, NOT_THERE) else 409
    return JSONResponse({"code": code_of(refusal), "words": explain(refusal).text}, status)
