"""限时价, 阶梯价, 助力价, 抽奖 of a live: said in a line, looked over once, and then they stand."""

import re
from dataclasses import dataclass
from typing import Any

from bot.amounts import parse_amount
from bot.context import Context
from bot.reply import Ask, Said, Text
from bot.router import Router
from bot.spelling import spell
from commerce.fen import show_yuan
from commerce.goods import catalogue
from commerce.goods.offers import Kind
from commerce.goods.products import Product
from commerce.lives import hosting, programme, terms
from commerce.lives.lives import Live
from commerce.people import members, staff
from commerce.people.staff import Role
from handlers.live_words import offered, when

router = Router()

AMOUNT = r"([0-9]+(?:\.[0-9]+)?)"
PRODUCT = re.compile(r"^(?:商品 ?)?([0-9]{1,12})(?: ?号)?(?=[ ,，]|$)")
PRICE = re.compile(rf"(?<![0-9.降减底到贴]){AMOUNT} ?[元块]|(?<= )([0-9]+\.[0-9]+)(?= |$)")
PIECES = re.compile(r"([0-9]{1,6}) ?[份件单个名位]")
SUBSIDY = re.compile(rf"补贴 ?{AMOUNT} ?[元块]?")
EVERY = re.compile(r"(?:每满?|满) ?([0-9]{1,6}) ?人")
OFF = re.compile(rf"[降减] ?{AMOUNT} ?[元块]?")
FLOOR = re.compile(rf"(?:最[低少]|降到|不低于|底价) ?{AMOUNT} ?[元块]?")
FULL = re.compile(r"满 ?([0-9]{1,6}) ?人")
PROTECTED = re.compile(r"保价|价保|补差价")
FIRST_N_FORM = "「限时价 7 3 9.9元 100份」：场次 7、商品 3、9.90 元、前 100 份"
STAIR_FORM = "「阶梯价 7 3 99元 每100人降10元 降到69元」：场次 7、商品 3"
ASSIST_FORM = "「助力价 7 3 69元」：场次 7、商品 3、69.00 元"
LOTTERY_FORM = "「抽奖 7 商品3 10份 满100人」：场次 7、商品 3、10 份"


@dataclass
class Line:
    """What is left of the line; every finder takes its words out."""

    rest: str

    def number(self, pattern: re.Pattern[str]) -> int | None:
        said = self._take(pattern)
        return None if said is None else int(said)

    def fen(self, pattern: re.Pattern[str]) -> int | None:
        """BadAmount for what is not exact."""
        said = self._take(pattern)
        return None if said is None else parse_amount(f"{said}元")

    def says(self, pattern: re.Pattern[str]) -> bool | None:
        found = pattern.search(self.rest)
        return None if found is None else not self.rest[: found.start()].endswith("不")

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.search(self.rest)
        if found is None:
            return None
        self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}"
        return str(next(filter(None, found.groups())))


@router.says("限时价", "限时价 {number:number} {words:text}", "限时价 {number:number}")
def first_n(ctx: Context, number: int | None = None, words: str = "") -> Said:
    members.need_joined(ctx.member)
    line = Line(spell(words).text)
    product_id = line.number(PRODUCT)
    if number is None or product_id is None:
        return Text(f"写成{FIRST_N_FORM}。", ("我的直播",))
    live, product = _shown(ctx, number, product_id)
    rule = ctx.work.rules.offers.first_n
    subsidy_fen = line.fen(SUBSIDY) or 0
    pieces, unit_fen = line.number(PIECES), line.fen(PRICE)
    numbers = {
        "unit_fen": rule.price_fen if unit_fen is None else unit_fen,
        "pieces": rule.pieces if pieces is None else pieces,
    }
    said = f"前 {numbers['pieces']} 单 {show_yuan(numbers['unit_fen'])} 元，每人 1 份"
    return _confirm(live, product, Kind.FIRST_N, [said], numbers, subsidy_fen)


@router.says("阶梯价", "阶梯价 {number:number} {words:text}", "阶梯价 {number:number}")
def stair(ctx: Context, number: int | None = None, words: str = "") -> Said:
    members.need_joined(ctx.member)
    line = Line(spell(words).text)
    product_id = line.number(PRODUCT)
    floor_fen = line.fen(FLOOR)
    if number is None or product_id is None or floor_fen is None:
        return Text(f"写成{STAIR_FORM}。降到多少为止要写上。", ("我的直播",))
    live, product = _shown(ctx, number, product_id)
    rule = ctx.work.rules.offers.stair
    protects = line.says(PROTECTED)
    subsidy_fen = line.fen(SUBSIDY) or 0
    every, off_fen, unit_fen = line.number(EVERY), line.fen(OFF), line.fen(PRICE)
    numbers = {
        "unit_fen": product.price_fen if unit_fen is None else unit_fen,
        "every_buyers": rule.every_buyers if every is None else every,
        "off_fen": rule.off_fen if off_fen is None else off_fen,
        "floor_fen": floor_fen,
        "price_protection": rule.price_protection if protects is None else protects,
    }
    steps = f"每满 {numbers['every_buyers']} 人付款降 {show_yuan(numbers['off_fen'])} 元"
    lines = [
        f"{show_yuan(numbers['unit_fen'])} 元起，{steps}，"
        f"降到 {show_yuan(numbers['floor_fen'])} 元为止",
        "买贵了，下播后补差价" if numbers["price_protection"] else "下单时是多少就是多少，不补差价",
    ]
    return _confirm(live, product, Kind.STAIR, lines, numbers, subsidy_fen)


@router.says("助力价", "助力价 {number:number} {words:text}", "助力价 {number:number}")
def assist_price(ctx: Context, number: int | None = None, words: str = "") -> Said:
    members.need_joined(ctx.member)
    line = Line(spell(words).text)
    product_id = line.number(PRODUCT)
    if number is None or product_id is None:
        return Text(f"写成{ASSIST_FORM}。", ("我的直播",))
    live, product = _shown(ctx, number, product_id)
    rule = ctx.work.rules.assist
    subsidy_fen, unit_fen = line.fen(SUBSIDY) or 0, line.fen(PRICE)
    numbers = {"unit_fen": rule.price_fen if unit_fen is None else unit_fen}
    said = f"{rule.friends} 位朋友助力后 {show_yuan(numbers['unit_fen'])} 元，每人 1 份，到下播为止"
    return _confirm(live, product, Kind.ASSIST, [said], numbers, subsidy_fen)


@router.step
def confirm_offer(
    ctx: Context, number: int, product: int, kind: str, numbers: dict[str, Any], subsidy_fen: int
) -> Said:
    made = terms.publish(
        ctx.work, number, product, Kind(kind), by=ctx.member, subsidy_fen=subsidy_fen, **numbers
    )
    live = hosting.find(ctx.work, number)
    return Text(
        f"发布了，场次 {number}：{offered(ctx.work, live, made)}。\n播的时候下单就是这个价。",
        ("直播", "我的直播"),
    )


@router.says("抽奖 {number:number} {words:text}")
@router.staff
def announce_lottery(ctx: Context, number: int, words: str) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.HOST)
    line = Line(spell(words).text)
    product_id = line.number(PRODUCT)
    if product_id is None:
        return Text(f"写成{LOTTERY_FORM}。", ("我的直播",))
    live, product = _shown(ctx, number, product_id)
    rule = ctx.work.rules.lottery
    threshold = line.number(FULL) or rule.threshold
    winners = line.number(PIECES) or rule.winners
    return Ask(
        "核对一下，公布后不能改：\n"
        f"场次 {number}「{live.title}」{when(live.planned_at)} 开播时开奖\n"
        f"奖品：{product.title} {winners} 份，每份价值 {show_yuan(product.price_fen)} 元，"
        "包邮，货现在就留好\n"
        f"满 {threshold} 人即锁定，没满不抽；主办：{ctx.work.rules.brand.organiser}",
        then=confirm_lottery,
        data={"number": number, "product": product_id, "winners": winners, "full": threshold},
        choices=("确认", "取消"),
    )


@router.step
def confirm_lottery(ctx: Context, number: int, product: int, winners: int, full: int) -> Said:
    made = terms.announce(ctx.work, number, product, winners=winners, threshold=full, by=ctx.member)
    return Text(
        f"公布了，抽奖编号 {made.number}。\n"
        f"指纹 {made.commit[:4]}…{made.commit[-4:]}，开奖后谁都可以核对。\n"
        "规则回复「预约」就能看到。",
        ("预约", "直播"),
    )


def _shown(ctx: Context, number: int, product_id: int) -> tuple[Live, Product]:
    live = hosting.directed(ctx.work, number, ctx.member)
    catalogue.get(ctx.work, product_id)
    return live, programme.need_shown(ctx.work, live, product_id)


def _confirm(
    live: Live,
    product: Product,
    kind: Kind,
    lines: list[str],
    numbers: dict[str, Any],
    subsidy_fen: int,
) -> Said:
    if subsidy_fen:
        lines.append(f"店里最多补贴 {show_yuan(subsidy_fen)} 元")
    whole = [
        "核对一下，发布后不能改：",
        f"场次 {live.id}「{live.title}」",
        f"{product.title}，标价 {show_yuan(product.price_fen)} 元",
        *lines,
    ]
    data = {
        "number": live.id,
        "product": product.id,
        "kind": kind.value,
        "numbers": numbers,
        "subsidy_fen": subsidy_fen,
    }
    return Ask("\n".join(whole), then=confirm_offer, data=data, choices=("确认", "取消"))
