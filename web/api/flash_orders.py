"""
`POST /api/v1/offers/{offer}/orders`: one piece at an offer's price, for the buyer with that token.

The token is made where the buyer is known and shown the price (the live's room): for one member,
one offer and a while. 200 with the seat, the order and until when it is kept; a better price of the
buyer's own wins, and takes no seat. 409 with a code and words: sold_out,
already_yours, not_live and what else the rules say; 401 without a token of ours; 400 without an
`Idempotency-Key` (the same key has the same answer); 503 when the database is away: ask again.

The second place, after the callback, that answers on the event loop: who comes too late is told so
without a thread, a lock or a statement.
"""

import asyncio
import json
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Receive, Scope, Send

from bot.links import VALID, Opened, read_token, token_for
from commerce.errors import OfferClosed, OneEach, PaymentClosed, Refusal, SeatGone, SoldOut
from commerce.goods.flash import Decision, Wish
from commerce.outbox import SHANGHAI
from commerce.store.sealing import Seal
from commerce.work import Office
from handlers.refusals import explain
from web.api.answers import code_of
from web.api.flash_desk import Desk

PATH = "/api/v1/offers/{offer}/orders"
PAGE = "buy"
"""What the tokens are for, as `bot.links` signs it: about one offer each."""
LONGEST_KEY = 64
CODES = {
    SeatGone: "sold_out",
    SoldOut: "sold_out",
    OneEach: "already_yours",
    OfferClosed: "not_live",
}


class Door:
    """A bare ASGI endpoint, for POST alone."""

    def __init__(self, office: Office, seal: Seal, desk: Desk, *, takes_payment: bool) -> None:
        self._office, self._seal, self._desk = office, seal, desk
        self._takes_payment = takes_payment
        self._worded: tuple[Refusal | None, tuple[int, bytes]] = (None, (409, b""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = await self._answer(scope)
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> tuple[int, bytes]:
        said = dict(scope["headers"])
        opened = self._opened(said.get(b"authorization", b""))
        offer = scope["path_params"]["offer"]
        key = said.get(b"idempotency-key", b"").decode("latin-1")
        if not (offer.isascii() and offer.isdecimal() and len(offer) < 16):
            return 404, _json({"code": "no_such_offer"})
        if opened is None or opened.about != int(offer):
            return 401, _json({"code": "not_signed_in"})
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            return 400, _json({"code": "no_idempotency_key"})
        if not self._takes_payment:
            return _refused(PaymentClosed())
        too_late = self._desk.too_late(int(offer), opened.member_id)
        if too_late is not None:
            return self._turned_away(too_late)
        wish = Wish(opened.member_id, f"flash:{opened.member_id}:{key}")
        try:
            decision = await asyncio.wrap_future(self._desk.ask(int(offer), wish))
        except SQLAlchemyError:
            return 503, _json({"code": "try_again"})
        return self._said(decision)

    def _opened(self, said: bytes) -> Opened | None:
        kind, _, token = said.decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        return read_token(self._seal, PAGE, token, self._office.clock())

    def _turned_away(self, refusal: Refusal) -> tuple[int, bytes]:
        """Worded once for all who hear the same."""
        if self._worded[0] is not refusal:
            self._worded = (refusal, _refused(refusal))
        return self._worded[1]

    def _said(self, decision: Decision) -> tuple[int, bytes]:
        if isinstance(decision, Refusal):
            return _refused(decision)
        until = self._office.clock() + VALID
        about = decision.payment_id or 0
        token = token_for(self._seal, "cashier", decision.buyer_id, until, about=about)
        placed: dict[str, Any] = {
            "seat_no": decision.seat_no,
            "order": str(decision.order_id),
            "state": decision.state,
            "unit_fen": decision.unit_fen,
            "payable_fen": decision.cash_fen,
            "expires_at": decision.expires_at.astimezone(SHANGHAI).isoformat(),
            "pay": f"/pages/cashier?t={token}",
        }
        return 200, _json(placed)


def _refused(refusal: Refusal) -> tuple[int, bytes]:
    code = CODES.get(type(refusal)) or code_of(refusal)
    return 409, _json({"code": code, "words": explain(refusal).text})


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
