"""A worker of customer service, to be killed: its arguments are a database and a platform."""

import logging
import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.context import Bot, Context
from bot.pictures.template import SHIPPED
from bot.platforms.wechat import Account, WeChat
from bot.platforms.wecom import Corporation, WeCom
from bot.reply import Said, Text
from bot.router import Router
from commerce import agenda
from commerce.agenda import DueTask
from commerce.rules import load_rules
from commerce.store.engine import connect
from commerce.work import Office
from jobs import kf_accounts, kf_sweeps, sync, tick
from jobs.shop import Shop
from qianxing import app
from tests.databases import SEAL
from tests.jobs.kf import utc

OURS = ("pull_kf", "sweep_kf", "find_kf_accounts")
NOWHERE = "http://127.0.0.1:9"
ROOT = Path(__file__).parents[2]

echo = Router()


@echo.says("记{number:number}")
def remember(ctx: Context, number: int) -> Said:
    return Text(f"记下 {number}")


def shop(office: Office, url: str, pictures: Path, bot: Bot) -> Shop:
    """Its bot answers 「记7」 with 「记下 7」, beside all else."""
    wecom = WeCom(Corporation("ww1", 1, "secret", url), None, office.clock)
    wechat = WeChat(Account("wx", "secret", NOWHERE, NOWHERE), None, office.clock)
    bot = replace(bot, router=Router().include(*app.ROUTERS, echo))
    return Shop(office, bot, wechat, pictures, SHIPPED, wecom=wecom)


def main(database: str, url: str) -> None:
    agenda.LEASE = timedelta(seconds=1)
    for module in (kf_accounts, kf_sweeps):
        module.LOOKED_AT_EVERY = timedelta(seconds=1)  # type: ignore[attr-defined]
    sync.TOGETHER = 20
    rules = load_rules(ROOT / "config.yaml")
    office = Office(connect(database, SEAL), rules, utc)
    house = shop(office, url, Path(tempfile.mkdtemp()), app.bot(rules, "https://star.example"))
    office.do(kf_sweeps.plan_sweep)
    while True:
        with office.reading() as work:
            due = DueTask.done_at.is_(None) & (DueTask.due_at <= work.now)
            found = list(
                work.session.scalars(select(DueTask.id).where(due, DueTask.task.in_(OURS)))
            )
        random.shuffle(found)
        for number in found:
            tick.run(house, number)
        time.sleep(0.05)


if __name__ == "__main__":
    logging.disable()
    main(*sys.argv[1:])
