"""What `flash_orders` offers, for `/api/docs`: a bare endpoint does not describe itself."""

from typing import Any

from web.api.flash_orders import LONGEST_KEY, PATH

_PLACED = ("seat_no", "order", "state", "unit_fen", "payable_fen", "expires_at", "pay")

PATHS: dict[str, Any] = {
    PATH: {
        "post": {
            "summary": "One piece at an offer's price",
            "description": "The bearer token is that of the buyer's own link, not the shop's. "
            "The same key has the same answer.",
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
                "401": {"description": "{code}: no token of ours, or too old"},
                "404": {"description": "{code}: there is none"},
                "409": {"description": "{code, words}: sold_out, already_yours, not_live, …"},
                "503": {"description": "{code}: ask again"},
            },
        }
    }
}
