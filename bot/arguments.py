"""What a sentence says besides its intent: ids, names, links as text, amounts in fen."""

import re
from collections.abc import Callable
from typing import Any

from bot.amounts import BadAmount, parse_amount, parse_integer
from bot.phrases import RAW_URL, invitation_code, normalise
from bot.spelling import spell

LONGEST_URL = 500  # characters, as much as is kept of one
LOOKED_AT = 1_000  # characters of a message in which arguments are looked for
CHINESE = "零一二两三四五六七八九十百千万"
NEXT_LIVE = "next"  # 「推广直播」: the nearest one, no number said

_ALL = re.compile(
    r"全部|所有|全提|全取|都提|都取|提完|取完|全额|有多少[提取抵]多少|一分不留|[都全](?:给我)?[提取抵]"
)
_AMOUNT = re.compile(
    rf"(?<![a-z0-9第负−–-])(?<![0-9][.,])(?:¥|人民币|rmb)?[0-9{CHINESE}]"
    rf"(?: ?[{CHINESE}元块圆角毛分半整点,.wk]|[0-9])*+钱?(?! ?[a-z0-9月日号天次笔个人倍岁年%])"
    r"(?! ?[份件条场位袋盒多几来余左上周])"
)
_SURE = re.compile(r"[0-9元块角毛百千万]")
_SAYS_AMOUNT = re.compile(r"(?:提现?|取|抵扣?|扣|[到成为价卖])[出走]?(?: ?[:：了])? ?$")
_NOT_AN_ID = r"(?![0-9.,]* ?(?:[0-9.]|元|块|毛|月|日|天|点|时|分|次|个|人|倍|岁|年|%|份|件))"
_ID = re.compile(rf"(?<![a-z0-9.,])([0-9]{{1,32}}){_NOT_AN_ID}")
_ORDINAL = re.compile(rf"第 ?([0-9{CHINESE}]{{1,4}}) ?[场笔个条单]?")
_ORDER = re.compile(
    rf"(?:订单号?|尾号|单号) ?:? ?([0-9]{{1,32}}){_NOT_AN_ID}"
    rf"|(?<![a-z0-9.])([0-9]{{4,32}}){_NOT_AN_ID}"
)
_LIVE = re.compile(
    rf"(?:预约|约|直播|抽奖|助力|开播|下播|场次|l) ?([0-9]{{1,12}}){_NOT_AN_ID}"
    r"|([0-9]{1,12}) ?(?:号直播|号场)"
)
_WITHDRAWAL = re.compile(r"(?<![a-z0-9])w ?([0-9]{1,12})(?![0-9])")
_VIDEO = re.compile(r"(?:(?<![a-z])v|视频|作品) ?(?:号|编号)? ?([0-9]{1,12})(?![0-9])")
_CODE = re.compile(r"(?<![a-z0-9])[0-9a-z](?:-?[0-9a-z]){3,23}(?![a-z0-9])")
_NAME = re.compile(
    r"(?:名字|昵称|名)(?: ?(?:改成|改为|改叫|换成|叫做|叫|是|为|成))+ ?:? ?(.+)"
    r"|改名 ?(?:叫|为|成)? ?(.+)"
    r"|^(?:以后|就)?(?:我叫|叫我|我是叫)(?:做)? ?(.+)"
)
_MEASURE = "份袋件个盒包瓶条箱单斤双套支只桶罐组"
_QUANTITY = re.compile(
    rf"([0-9]{{1,4}}|[一二两三四五六七八九十]{{1,3}}) ?[{_MEASURE}]|[×x*] ?([0-9]{{1,4}})$"
)
_PRODUCT = re.compile(r"(?<![0-9.a-z])([0-9]{1,12})(?![0-9.]) ?号?")
_SECOND_NUMBER = re.compile(r"^ ?号?[ ,、]+([0-9]{1,4})$")
_BUYING = re.compile(r"照常|下单|购买|订购|买|拍|来|要|订|我|想|给|帮|再|的|呢|吧|了")
_SHARING = re.compile(
    r"一个|一张|生成|推广|分享|转发|带货|链接|商品|产品|发给|发我|朋友|给我|我|要|想|的|给|到|群|里|去|一下|码"
)
_PRICING = re.compile(
    r"定个价|定价|售价|价格|价钱|改价|改成|改为|卖|把|给|商品|产品|的|定|为|我|要|想|自己|修改|改|设置"
)
_ASKING = re.compile(
    r"^(?:我|想|要|帮|请问|你们|这里|还|店里)*(?:有没有|有|找|搜索|搜一下|搜|查一下)(?:一下|点|些)?(.+)$"
)
_GENERIC = re.compile(
    r"什么|怎么|怎样|哪|付款|支付|好卖|好物|新品|新的|商品|产品|东西|货|多少|推荐|佣金|直播|活动|可以|能|价|这个|那个|为什么"
)


def arguments(intent: str, raw: str) -> dict[str, Any]:
    """The arguments of an intent said in the sentence; what was not said is not there."""
    find = FINDERS.get(intent)
    return {} if find is None else find(raw[:LOOKED_AT])


def _amount(raw: str) -> dict[str, Any]:
    text = spell(raw).text
    if _ALL.search(text):
        return {"amount_fen": "all"}
    amounts = _amounts(text)
    asked = [fen for start, fen in amounts if _SAYS_AMOUNT.search(text[:start])]
    chosen = asked or [fen for _, fen in amounts]
    return {"amount_fen": chosen[0]} if len(set(chosen)) == 1 else {}


def _amounts(text: str) -> list[tuple[int, int]]:
    """Where an exact amount stands, and its fen."""
    found = []
    for match in _AMOUNT.finditer(text):
        if _SURE.search(match[0]):
            try:
                found.append((match.start(), parse_amount(match[0].rstrip(",. "))))
            except BadAmount:
                continue
    return found


def _first(pattern: re.Pattern[str], raw: str) -> str | None:
    found = pattern.search(spell(raw).text)
    return next(filter(None, found.groups()), None) if found else None


def _ordinal(raw: str) -> str | None:
    said = _first(_ORDINAL, raw)
    number = None if said is None else parse_integer(said)
    return None if number is None else str(number)


def _given(name: str, value: str | None) -> dict[str, Any]:
    return {} if value is None else {name: value}


def _line(raw: str) -> dict[str, Any]:
    return _given("order", _ordinal(raw) or _first(_ORDER, raw) or _first(_ID, raw))


def _order(raw: str) -> dict[str, Any]:
    return _given("order", _first(_ORDER, raw))


def _live(raw: str) -> dict[str, Any]:
    return _given("live", _ordinal(raw) or _first(_LIVE, raw))


def _video(raw: str) -> dict[str, Any]:
    number = _first(_VIDEO, raw)
    return {} if number is None else {"video": f"V{number}"}


def _withdrawal(raw: str) -> dict[str, Any]:
    number = _first(_WITHDRAWAL, raw)
    return {} if number is None else {"withdrawal": f"W{number}"}


def _code(raw: str) -> dict[str, Any]:
    found = _CODE.search(spell(raw).text)
    return {} if found is None else {"code": invitation_code(found[0])}


def _url(raw: str) -> dict[str, Any]:
    found = RAW_URL.search(raw)
    if found is None or len(found[0]) > LONGEST_URL:
        return {}
    return {"url": found[0].rstrip(".,!?;)")}


def _name(raw: str) -> dict[str, Any]:
    spelled = spell(raw)
    found = _NAME.search(spelled.text)
    if found is None or found.lastindex is None:
        return {}
    name = spelled.cut(*found.span(found.lastindex)).strip("。，,「」“”\"' ")
    return {} if not name or _GENERIC.search(name) or name in {"字", "称"} else {"name": name}


def _query(raw: str) -> dict[str, Any]:
    found = _ASKING.match(normalise(raw))
    if found is None:
        return {}
    query = re.sub(r"(?:卖|的|吗|么|没有|链接)+$", "", found[1])
    return {} if not query or _GENERIC.search(query) else {"query": query}


def _purchase(raw: str) -> dict[str, Any]:
    text = spell(raw).text
    said = _QUANTITY.search(text)
    rest = text if said is None else text[: said.start()] + " " + text[said.end() :]
    quantity = 1 if said is None else parse_integer(said[1] or said[2]) or 1
    product = _PRODUCT.search(rest)
    if product is None:
        named = _named(rest, _BUYING)
        return {"product": named, "quantity": quantity} if named else {}
    second = _SECOND_NUMBER.match(rest[product.end(1) :]) if said is None else None
    return {"product": product[1], "quantity": int(second[1]) if second else quantity}


def _named(text: str, without: re.Pattern[str]) -> str | None:
    """The name of a product: what is left of a short sentence without its verbs."""
    name = normalise(without.sub("", normalise(text)))
    return name if 1 < len(name) <= 20 and not _GENERIC.search(name) else None


def _shared(raw: str) -> dict[str, Any]:
    text = spell(raw).text
    if "直播" in text:
        return {"live": _live(raw).get("live", NEXT_LIVE)}
    number = _PRODUCT.search(text)
    return _given("product", number[1] if number else _named(text, _SHARING))


def _price(raw: str) -> dict[str, Any]:
    text = spell(raw).text
    numbered = re.search(
        r"([0-9]{1,12}) ?号|商品 ?([0-9]{1,12})|定价 ?([0-9]{1,12}) +(?=[0-9])", text
    )
    rest = text if numbered is None else text[: numbered.start()] + "价 " + text[numbered.end() :]
    amounts = _amounts(rest)
    price = {"amount_fen": amounts[-1][1]} if amounts else {}
    if numbered is not None:
        return {"product": next(filter(None, numbered.groups())), **price}
    named = _named(rest[: amounts[-1][0]] if amounts else rest, _PRICING)
    return _given("product", named) | price


FINDERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "withdraw": _amount,
    "credit": _amount,
    "explain": _line,
    "orders": _order,
    "after_sales": _order,
    **dict.fromkeys(("book", "unbook", "lottery", "verify_draw", "assist", "lives"), _live),
    "buy": _purchase,
    "share": _shared,
    "set_price": _price,
    "products": _query,
    "submit_video": _url,
    "report_plays": _video,
    "bind": _code,
    "rename": _name,
    "cancel": _withdrawal,
}
