"""The web process with a handler that breaks over what it was told, in the worst of words."""

import sys

from bot.context import Context
from bot.reply import Said
from bot.router import Router
from qianxing import app, cli

router = Router()


@router.says("砸 {words:text}")
def smash(ctx: Context, words: str) -> Said:
    raise ValueError(f"cannot take {ctx.message.text}\nof {ctx.message.sender}: {words}")


if __name__ == "__main__":
    app.ROUTERS = (*app.ROUTERS, router)
    cli.main(sys.argv[1:])
