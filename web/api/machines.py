"""Whether a machine may speak for the shop: a bearer token that the environment names."""

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

Given = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def only_ours(token: SecretStr | None) -> Callable[[Given], None]:
    """403 while no token is set, 401 for another one."""

    def check(given: Given) -> None:
        if token is None:
            raise HTTPException(403, "QIANXING_API_TOKEN is not set: the interface is closed")
        said = given.credentials if given else ""
        if not hmac.compare_digest(said.encode(), token.get_secret_value().encode()):
            raise HTTPException(401, "not the token", headers={"WWW-Authenticate": "Bearer"})

    return check
