"""`qianxing demo evening`: a whole live evening, played by people at their phones.

Staff and a crowd say what they would say; nothing is done that cannot be done in the chat. It may
be played again in the same world, where another evening follows.
"""

import json
import random
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from commerce.fen import part_floor, show_yuan
from qianxing import lottery
from qianxing.demo import MANAGER
from qianxing.evening_size import Size
from qianxing.evening_sums import Sums
from qianxing.stage import ASKS_EVERY_S, Person, Stage

TITLE = "一场直播之夜"
REAL_NAME = "王芳"
SCRIPT = "今晚四样：毛巾前几单限时价，藕粉人越多越便宜，龙井茶请朋友助力，抽纸照常。"
TOWEL, LOTUS, TEA, TISSUE = "毛巾 3 条", "藕粉 10 袋装", "龙井茶 200 克", "抽纸 24 包"
FLASH_FEN, OFF_FEN, FLOOR_FEN, ASSIST_FEN = 9_90, 10_00, 69_00, 99_00
LOSS_YUAN = 15
"""What the shop may lose on a towel at the flash price, at the worst."""
TOWEL_FEN = 39_90
ADDRESS = "阿芳 13800006688 杭州市西湖区文三路 1 号 2 幢 301"
FRIENDS = 3
WON = ("🎉 中了！", "中奖了，回复「领取」")
"""In the chat, and in the shorter words of a subscription message."""
START_HOUR = 20
AHEAD = timedelta(days=3)
A_DAY, AN_HOUR, A_MOMENT = timedelta(days=1), timedelta(hours=1), timedelta(seconds=3)
A_WHILE = timedelta(seconds=30)  # In all less than unpaid orders wait, or they would expire too.
SETTLES_AFTER = timedelta(minutes=10, seconds=1)
PATIENCE_S = 90.0
REMINDED_WITHIN_S = 10.0


@dataclass
class Evening:
    stage: Stage
    size: Size
    say: Callable[[str], None]
    restock: Callable[[int], None]
    sums: Sums = field(default_factory=Sums)
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(10**6))
    number: str = ""
    draw: str = ""
    goods: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def host(self) -> Person:
        return self.stage.person(MANAGER)

    def tells(self, words: str) -> None:
        self.say(f"{time.monotonic() - self.began:5.1f} 秒  {words}")


def play(
    stage: Stage, size: Size, say: Callable[[str], None], restock: Callable[[int], None]
) -> str:
    """The summary. NoStage when nothing runs there; RuntimeError where the story broke off."""
    evening = Evening(stage.opened(), size, say, restock)
    before = stage.get("/pay/totals")["paid_fen"]
    starts_at = announces(evening)
    books(evening, starts_at)
    starts(evening, starts_at)
    helps(evening)
    races(evening)
    walks_down(evening)
    claims(evening)
    evening.sums.orders = size.racers + size.buyers + 1 + size.others
    evening.sums.paid_fen = stage.get("/pay/totals")["paid_fen"] - before
    ends(evening)
    evening.sums.took_s = time.monotonic() - evening.began
    return "\n".join(evening.sums.lines())


def announces(evening: Evening) -> datetime:
    """Goods, prices and the draw are published; when it starts."""
    host, size = evening.host, evening.size
    clears_the_air(host)
    now = evening.stage.now
    starts_at = (now + AHEAD).replace(hour=START_HOUR, minute=0, second=0, microsecond=0)
    if starts_at < now + AHEAD:
        starts_at += A_DAY
    answer = host.says(f"建直播 {TITLE} {starts_at:%-m月%-d日} 20:00-22:00")
    if "确认一次" in answer:
        answer = host.says(REAL_NAME)
    evening.number = number = _found(r"场次 (\d+)", answer)
    try:
        evening.restock(int(number))
    except RuntimeError as error:
        evening.tells(f"货架没有补满，按现有的货卖：{error}")
    evening.goods = {name: _product(host, name) for name in (TOWEL, LOTUS, TEA, TISSUE)}
    towel, lotus, tea, _ = evening.goods.values()
    host.says(f"直播商品 {number} {' '.join(evening.goods.values())}")
    host.says(f"直播话术 {number} {SCRIPT}")
    flash = f"{show_yuan(FLASH_FEN)}元 {size.seats}份 补贴{size.seats * LOSS_YUAN}元"
    _confirmed(host, f"限时价 {number} {towel} {flash}")
    falls = f"每{size.step}人降{show_yuan(OFF_FEN)}元 降到{show_yuan(FLOOR_FEN)}元"
    _confirmed(host, f"阶梯价 {number} {lotus} 99元 {falls}")
    _confirmed(host, f"助力价 {number} {tea} {show_yuan(ASSIST_FEN)}元")
    drawn = f"抽奖 {number} 商品{lotus} {size.winners}份 满{size.full}人"
    evening.draw = _found(r"抽奖编号 (\S+?)。", _confirmed(host, drawn))
    evening.tells(f"{MANAGER}预告场次 {number}「{TITLE}」，{starts_at:%-m月%-d日} 20:00 开播")
    return starts_at


def clears_the_air(host: Person) -> None:
    """What evenings that broke off left: a question that waits, lives that are on or planned."""
    host.says("取消")
    host.says_when_known("我的直播")
    while found := re.findall(rf"^(\d+) 「{TITLE}」.*，(.+)$", host.says("我的直播"), re.M):
        for number, state in found:
            if state == "正在播":
                host.says(f"下播 {number}")
            else:
                host.says(f"取消直播 {number} 重新排过")
                host.says("确认取消")


def books(evening: Evening, starts_at: datetime) -> None:
    """Half of them three days ahead, half the day before; then the reminders."""
    stage, size, sums = evening.stage, evening.size, evening.sums
    text = f"预约 {evening.number}"
    early = size.booked - size.booked // 2
    stage.crowd(early, "book", seed=evening.seed, text=text)
    stage.forward_to(starts_at - A_DAY - AN_HOUR)
    found = stage.crowd(size.booked, "book", seed=evening.seed, text=text)
    sums.people = found["names"]
    sums.booked = int(_found(r"已预约 (\d+) 人", evening.host.says(f"看 L{evening.number}")))
    evening.tells(f"{sums.booked} 人预约，{found['allowed']} 人允许通知；钟拨到前一天")
    for ahead, name in ((A_DAY, "前一天"), (AN_HOUR, "前一小时")):
        before = stage.unread()
        stage.forward_to(starts_at - ahead + A_MOMENT)
        reached = _reached(stage, sums.people, before)
        sums.reminded = max(sums.reminded, reached)
        evening.tells(f"{name}的提醒送到 {reached} 人的手机")


def _reached(stage: Stage, names: list[str], before: dict[str, int]) -> int:
    """On how many of these phones something new stands, once all have it or time is up."""
    until, reached = time.monotonic() + REMINDED_WITHIN_S, 0
    while reached < len(names) and time.monotonic() < until:
        now = stage.unread()
        reached = sum(now[name] > before[name] for name in names)
        time.sleep(0.1)
    return reached


def starts(evening: Evening, starts_at: datetime) -> None:
    """On the air, drawn, and the published record recomputed."""
    stage, sums = evening.stage, evening.sums
    stage.forward_to(starts_at)
    answer = evening.host.says(f"开播 {evening.number}")
    if "在播" not in answer and "开播了" not in answer:
        raise RuntimeError(f"没有开播：{answer}")
    record = _record(evening)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "record.json")
        file.write_text(json.dumps(record))
        told, holds = lottery.verify(file, {})
    if not holds:
        raise RuntimeError(f"抽奖记录对不上：{told}")
    sums.drawn, sums.tickets = len(record["winners"]), len(record["tickets"])
    evening.tells(f"开播，{sums.tickets} 人里抽出 {sums.drawn} 个，记录重算一遍对得上")
    entered = stage.crowd(evening.size.booked, "enter", seed=evening.seed)["entered"]
    sums.entered = entered
    evening.tells(f"{entered} 人进了直播间")


def _record(evening: Evening) -> dict[str, Any]:
    address = f"{evening.stage.state()['app_url']}/pages/draws/{evening.draw}.json"
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        answer = evening.stage.page(address)
        if answer.ok and answer.json().get("secret"):
            found: dict[str, Any] = answer.json()
            return found
        time.sleep(0.1)
    raise RuntimeError(f"没有开奖：{address}")


def races(evening: Evening) -> None:
    """More people than seats, all at once: exactly so many have the price, and nobody twice."""
    size, sums = evening.size, evening.sums
    found = buys(evening, size.racers, TOWEL)
    others = size.racers - size.seats
    if found["paid_fen"] != size.seats * FLASH_FEN + others * TOWEL_FEN:
        raise RuntimeError(f"限时价卖得不对：{size.racers} 人一共付了 {found['paid_fen']} 分")
    sums.seats, sums.racers = size.seats, size.racers
    evening.stage.forward(A_WHILE)
    price = show_yuan(FLASH_FEN)
    evening.tells(
        f"{size.racers} 人抢 {size.seats} 份 {price} 元毛巾：不多不少，{others} 人按标价买"
    )


def walks_down(evening: Evening) -> None:
    """The price falls with the buyers, and no further than its floor."""
    size, sums = evening.size, evening.sums
    for done in range(0, size.buyers, size.step):
        found = buys(evening, size.step, LOTUS, first=done)
        sums.steps.append(part_floor(found["paid_fen"], 1, found["paid"]))
        price, buyers = show_yuan(sums.steps[-1]), done + size.step
        evening.tells(f"藕粉第 {done + 1} 到 {buyers} 位，每份 {price} 元")
        evening.stage.forward(A_WHILE)
    sums.others = buys(evening, size.others, TISSUE)["paid"]
    evening.tells(f"还有 {sums.others} 单抽纸")


def helps(evening: Evening) -> None:
    """Three friends open somebody's card, the price is unlocked and used."""
    stage, sums = evening.stage, evening.sums
    owner = stage.person(sums.people[0])
    owner.says(f"助力 {evening.number}")
    owner.hears("点链接不用关注")
    card = next(url for url in owner.links() if "?a=" in url)
    came = stage.crowd(FRIENDS, "enter", link=card, seed=evening.seed, **{"from": 1})
    owner.hears("解锁了")
    price = show_yuan(ASSIST_FEN)
    found = stage.crowd(1, "buy", seed=evening.seed, text=f"{price} 元下单")
    if found["paid_fen"] != ASSIST_FEN:
        raise RuntimeError(f"助力价没有用上：付了 {found['paid_fen']} 分")
    sums.helped = came["entered"]
    evening.tells(f"{owner.name}请来 {came['entered']} 位朋友，{price} 元买到龙井茶")


def buys(evening: Evening, people: int, what: str, *, first: int = 0) -> dict[str, Any]:
    """So many people one piece each, all paid and heard of. RuntimeError when not all could."""
    stage, text = evening.stage, f"下单 {evening.goods[what]}"
    how = {"seed": evening.seed, "from": first, "text": text}
    found = stage.crowd(people, "buy", **how)
    if found["paid"] != people:
        raise RuntimeError(f"{what}：{people} 人下单，{found['paid']} 人付了款")
    stage.post("/pay/flush")
    return found


def claims(evening: Evening) -> None:
    """Whoever reads that they won takes the prize."""
    for name in evening.sums.people:
        person = evening.stage.person(name)
        if any(won in text for text in person.heard() for won in WON):
            answer = person.says("领取")
            if "寄到哪里" in answer:
                answer = person.says(ADDRESS)
            evening.tells(f"{name}中了奖，来领：{answer.splitlines()[0]}")
            return


def ends(evening: Evening) -> None:
    """Off the air, settled ten minutes later, and the host's own sums."""
    stage, host, number = evening.stage, evening.host, evening.number
    host.says(f"下播 {number}")
    evening.tells("下播，钟往前拨 10 分钟")
    stage.forward(SETTLES_AFTER)
    until = time.monotonic() + PATIENCE_S
    while "已结算 100%" not in (answer := host.says(f"结算 {number}")):
        if time.monotonic() > until:
            raise RuntimeError(f"没有结算好：{answer}")
        time.sleep(ASKS_EVERY_S)
    evening.sums.settled = next(line for line in answer.splitlines() if "已结算" in line)
    evening.tells(evening.sums.settled)
    evening.sums.board = host.says(f"看板 {number}")


def _confirmed(host: Person, words: str) -> str:
    asked = host.says(words)
    if "核对一下" not in asked:
        raise RuntimeError(f"{words}：{asked}")
    answer = host.says("确认")
    if "发布了" not in answer and "公布了" not in answer:
        raise RuntimeError(f"{words}：{answer}")
    return answer


def _product(host: Person, title: str) -> str:
    """Its number, as the shelf says it."""
    for words in ("商品", f"有没有{title}"):
        found = re.search(rf"^(?:商品 ?)?(\d+) {re.escape(title)}", host.says(words), re.M)
        if found:
            return found[1]
    raise RuntimeError(f"货架上没有{title}：先用 qianxing import products examples/products.csv")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"没听懂回复：{text}")
    return found[1]
