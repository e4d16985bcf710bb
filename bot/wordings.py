"""What people type, brought near to what is written down: slips put right, words of one meaning
made one word, every link, number and id as one letter for its kind."""

import re
from pathlib import Path

import yaml

from bot.phrases import normalise

LOOKED_AT = 200  # characters of a message that are compared with wordings
SEARCHED_FOR_LINKS = 1_000  # a shared video brings its title along

SLIPS = {
    "帐": "账", "定单": "订单", "申述": "申诉", "在那": "在哪", "那了": "哪了", "取现": "提现",
    "优惠卷": "优惠券", "呢称": "昵称", "加人计划": "加入计划", "咋": "怎么", "啥": "什么",
}  # fmt: skip
"""Those that no ear hears (`sounds` hears the others), and the most common ones."""
SYNONYMS = {
    "查": "查询 查看 查一下 看一看 看看 看一下 看下 瞧瞧",
    "怎么": "怎样 如何 怎么样才",
    "赚": "挣",
    "商品": "产品 货品 好物",
    "视频": "短视频 作品 小视频",
    "业绩": "销售额 销量",
    "成员": "队员 队友 组员",
    "佣金": "提成 分成",
    "周": "星期 礼拜",
    "价格": "售价 价钱",
    "交钱": "花钱 付钱 付费 缴费 掏钱",
    "删除": "删掉 删了",
    "取消": "撤销",
    "预约": "预定 预订",
    "消息": "信息 短信",
    "关闭": "关掉 关了 关上",
    "打开": "开启 重新打开",
    "坏": "碎 破 烂 裂",
    "不喜欢": "不满意 不合适 不想要",
    "用": "使用",
    "这笔": "这一笔 这单 这一单",
    "什么时候": "啥时候 几时 何时",
    "账号": "账户 帐号 帐户",
    "到账": "到帐",
    "没收到": "没有收到 收不到",
}
_SAME = SLIPS | {said: plain for plain, others in SYNONYMS.items() for said in others.split()}
_SLIP = re.compile("|".join(sorted(_SAME, key=len, reverse=True)))
_MEANT_WITHDRAW = re.compile(
    r"^(?:申请|全部|要|想|怎么)?体现(?=$|[NW]|全部|到|怎么|记录|进度|多少)|全部体现$"
)

LINK = re.compile(r"(?:https?://|weixin\.qq\.com/)[!-~]+")
MASKS = (
    (
        re.compile(
            r"((?:我叫|叫我|称呼我|改名叫?|(?:名字|昵称)(?:改成|改为|换成|叫|是)))"
            r"(?![了个什你他她吗呢好字一不吃来去]).{1,16}$"
        ),
        r"\1M",
    ),
    (re.compile(r"(?<![a-z0-9])w[0-9]{1,12}"), "W"),
    (re.compile(r"(?:(?<![a-z])v|(?:短?视频|作品)(?:编?号)?)[0-9]{1,12}"), "V"),
    (
        re.compile(r"(?=[a-z-]*[0-9])(?=[0-9-]*[a-z])(?![0-9.]+[wk](?![a-z0-9]))[0-9a-z-]{4,24}"),
        "C",
    ),
    (
        re.compile(
            r"[0-9][0-9,.]*[wk万千百]?|[一二两三四五六七八九十零百千万]*[百千][一二三四五六七八九十零百]*"
        ),
        "N",
    ),
    (re.compile(r"N+"), "N"),
    (re.compile(r"N(?:块钱|块|圆)N?"), "N元"),
)


def masked(text: str) -> str:
    """Normalised, slips put right, every link, number and id as one letter for its kind."""
    plain = LINK.sub("U", normalise(text[:SEARCHED_FOR_LINKS]))[:LOOKED_AT]
    for pattern, letter in MASKS:
        plain = pattern.sub(letter, plain)
    plain = _SLIP.sub(lambda slip: _SAME[slip[0]], plain)
    return _MEANT_WITHDRAW.sub(lambda found: found[0].replace("体现", "提现"), plain)


def load_wordings(path: Path) -> dict[str, list[str]]:
    """Reads wordings.yaml. ValueError names what is wrong: not a list of texts, an empty wording,
    or the same wording under two intents."""
    wordings = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(wordings, dict):
        raise ValueError(f"{path.name}: intents with their wordings expected")
    owner: dict[str, str] = {}
    for intent, said in wordings.items():
        if not isinstance(said, list) or not all(isinstance(text, str) for text in said):
            raise ValueError(f"{path.name}: {intent} needs a list of texts")
        for text in said:
            plain = masked(text)
            if not plain:
                raise ValueError(f"{path.name}: {intent} has an empty wording")
            if owner.setdefault(plain, intent) != intent:
                raise ValueError(f"{path.name}: {text!r} is both {owner[plain]} and {intent}")
    return {str(intent): list(said) for intent, said in wordings.items()}
