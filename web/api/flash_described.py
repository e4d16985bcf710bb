"""What `flash_orders` offers, for `/api/docs`: a bare endpoint does not describe itself."""

from typing import Any

from web.api.flash_orders import LONGEST_KEY, PATH

_PLACED = ("seat_no", "order", "state", "unit_fen", "payable_fen", "expires_at", "pay")

PATHS: dict[str, Any] = {
    PATH: {
        "post": {
            "summary": "One piece at an offer's price",
            "description": "The bearer token is the buyer's own, not the shop's: the room of a "
            "live (/pages/live) has one beside each price it offers, good for this person, this "
            "offer and two hours. The same key has the same answer; after 503, or none, ask again "
            "with it. Where a coupon or discount of the buyer is cheaper, it is used and seat_no "
            "is null. Then go on to `pay`.",
            "security": [{"HTTPBearer": []}],
            "parameters": [
                {"name": "offer", "in": "path", "required": True, "schema": {"type": "integer"}},
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": True,
                    "schema": {"type": "string", "maxLength": LONGEST_KEY},
                },
            ],
            "responses": {
                "200": {"description": "{" + ", ".join(_PLACED) + "}"},
                "400": {"description": "{code}: no Idempotency-Key"},
                "401": {"description": "{code}: no token of ours for this offer, or too old"},
                "404": {"description": "{code}: there is none"},
                "409": {"description": "{code, words}: sold_out, already_yours, not_live, …"},
                "503": {"description": "{code}: ask again"},
            },
        }
    }
}
