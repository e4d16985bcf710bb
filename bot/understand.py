"""Free Chinese → one intent, or none: the nearest everyday wording by shared character pairs.

Nothing is learnt and nothing is asked of a network: a wording added to the file is understood, and
what it costs is one walk through an inverted index over at most `LOOKED_AT` characters.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.arguments import arguments
from bot.phrases import normalise
from bot.spelling import spell

LOOKED_AT = 200  # characters of a message that are compared with wordings
SEARCHED_FOR_LINKS = 1_000  # a shared video brings its title along
CLAUSES = 6
NONE = "none"
SAID_COUNTS = 0.35  # people say more than wordings do: what the wording has counts more
UNKNOWN_COUNTS = 0.4  # a pair no wording has, against one that a single intent has
LINK_ADDS = 0.5  # whatever is said around a link, the link is what it is about
CLAUSE_COUNTS, WHOLE_ADDS = 0.92, 0.08

SLIPS = {
    "进渡": "进度", "近度": "进度", "海抱": "海报", "团对": "团队", "收意": "收益", "受益": "收益",
    "用金": "佣金", "拥金": "佣金", "提先": "提现", "提线": "提现", "题现": "提现", "取现": "提现",
    "定单": "订单", "订旦": "订单", "退宽": "退款", "推款": "退款", "优惠卷": "优惠券",
    "优会券": "优惠券", "抽将": "抽奖", "中将": "中奖", "助利": "助力", "申述": "申诉",
    "规责": "规则", "预越": "预约", "预月": "预约", "直波": "直播", "视屏": "视频",
    "邦定": "绑定", "帮定": "绑定", "绑订": "绑定", "妮称": "昵称", "呢称": "昵称",
    "帐": "账", "那了": "哪了", "在那": "在哪", "咋": "怎么", "啥": "什么", "物留": "物流",
    "加人计划": "加入计划", "tixian": "提现", "haibao": "海报", "jindu": "进度",
    "tuandui": "团队", "shouyi": "收益", "jiaru": "加入", "yuyue": "预约", "zhibo": "直播",
    "bangzhu": "帮助", "rengong": "人工", "dingdan": "订单", "tuikuan": "退款",
}  # fmt: skip
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
_CLAUSE = re.compile(r"[,.。!?;:、\s~…]+")
_ONLY_AN_ID = re.compile(r"(?:订单号?|编?号|单号|尾号|是|[NWVUC])+")
_NEGATED = re.compile(
    r"(?:(?<!是)不是|(?<!想)不想|(?<!要)不要|(?<!用)不用|不需要|不准备|不打算|没想|先不|暂时不"
    r"|(?<![特分级区个离性类])别(?![人的处家名]))(?=(.{0,4}))"
)
_SAYS_NO = re.compile(r"不是|不想|不要|不用|不需要|先不|暂时不|别|不.了$")
WEAK_IN_A_CLAUSE = {NONE, "help"}  # 「你好，我要提现」, 「我要提现，怎么操作」
_NEUTRAL = (
    "今天 明天 昨天 今晚 昨晚 现在 朋友 手机 怎么 什么 为什 "
    "你们 我们 他们 可以 一个 一下 没有 多少 几个"
)
_FILLERS = frozenset(
    "我你的了吗呢吧啊呀是在有这那个一下就都也还想要请能可以会给把帮们和跟到去来好很太什么怎样多少几谁么"
)


@dataclass(frozen=True)
class Understanding:
    """What was heard. `intent` is "none" when nothing is near enough; then `candidates` are two or
    three intents it may have been, or nothing at all for small talk."""

    intent: str
    arguments: dict[str, Any] = field(default_factory=dict)
    confidence: float = 0.0
    candidates: tuple[str, ...] = ()


class Listener:
    """Hears intents in free text. Immutable once built; safe to share between threads."""

    def __init__(
        self,
        wordings: Mapping[str, Sequence[str]],
        *,
        threshold: float = 0.43,
        margin: float = 0.02,
    ) -> None:
        """`threshold`: how near (0..1) a wording must be; `margin`: how much nearer than those of
        every other intent."""
        self.threshold = threshold
        self.margin = margin
        self._wordings: list[tuple[str, str]] = []
        self._exact: dict[str, str] = {}
        for intent, said in wordings.items():
            for wording in dict.fromkeys(map(masked, said)):
                self._wordings.append((intent, wording))
                self._exact.setdefault(wording, intent)
        self._weights = _weights(self._wordings)
        self._unknown = max(self._weights.values(), default=1.0)
        self._sizes = [self._weight_of(features(wording)) for _, wording in self._wordings]
        self._says_no = [bool(_SAYS_NO.search(wording)) for _, wording in self._wordings]
        self._index: dict[str, list[int]] = defaultdict(list)
        for number, (_, wording) in enumerate(self._wordings):
            for feature in features(wording):
                self._index[feature].append(number)

    def hear(self, text: str) -> Understanding:
        """Never raises, whatever the text; bounded work however long it is."""
        whole = masked(text)
        exact = self._exact.get(whole)
        if exact is not None:
            return Understanding(exact, arguments(exact, text), 1.0)
        return self._decide(text, self._heard(text, whole))

    def _heard(self, text: str, whole: str) -> dict[str, float]:
        """How near each intent is to the sentence or to one of its clauses. Of two clauses that
        are both clear, the one that is also in the whole wins: 「我要退款，订单 0073」."""
        as_whole = self._nearest(whole)
        heard = defaultdict(float, as_whole)
        for clause in _clauses(text):
            exact = self._exact.get(clause)
            near = self._nearest(clause) if exact is None else {exact: 1.0}
            for intent, score in near.items():
                if intent not in WEAK_IN_A_CLAUSE:
                    in_clause = CLAUSE_COUNTS * score + WHOLE_ADDS * as_whole.get(intent, 0.0)
                    heard[intent] = max(heard[intent], in_clause)
        if "U" in whole:
            heard["submit_video"] = max(heard.values(), default=0.0) + LINK_ADDS
        return heard

    def _decide(self, text: str, heard: Mapping[str, float]) -> Understanding:
        ranked = sorted(((score, intent) for intent, score in heard.items()), reverse=True)
        if not ranked:
            return Understanding(NONE)
        (best, intent), runner_up = ranked[0], ranked[1][0] if len(ranked) > 1 else 0.0
        confidence = round(min(best, 1.0), 3)
        if intent == NONE:
            return Understanding(NONE, {}, confidence)
        if best >= self.threshold and best - runner_up >= self.margin:
            return Understanding(intent, arguments(intent, text), confidence)
        near = [name for score, name in ranked[:4] if score >= self.threshold * 0.85]
        candidates = tuple(name for name in near if name != NONE)[:3]
        return Understanding(NONE, {}, confidence, candidates if len(candidates) > 1 else ())

    def _nearest(self, clause: str) -> dict[str, float]:
        """How near each intent's nearest wording is: nothing at all when the clause says no to
        the nearest. 「我不想提现了」 is not 提现; 「不要再发了」 is, as its wording says no too."""
        said = features(clause)
        shared: dict[int, float] = defaultdict(float)
        for feature in said:
            for number in self._index.get(feature, ()):
                shared[number] += self._weights[feature]
        size, denied_pairs = self._weight_of(said), _denied(clause)
        meant: dict[str, float] = defaultdict(float)
        denied = 0.0
        for number, weight in shared.items():
            intent, wording = self._wordings[number]
            score = weight / (SAID_COUNTS * size + (1 - SAID_COUNTS) * self._sizes[number])
            if self._says_no[number]:
                meant[intent] = max(meant[intent], score * (1.0 if denied_pairs else 0.75))
            elif any(pair in wording for pair in denied_pairs):
                denied = max(denied, score)
            else:
                meant[intent] = max(meant[intent], score)
        return {} if denied > max(meant.values(), default=0.0) else meant

    def _weight_of(self, said: Iterable[str]) -> float:
        return sum(
            self._weights.get(feature, self._unknown * UNKNOWN_COUNTS * _importance(feature))
            for feature in said
        )


def masked(text: str) -> str:
    """Normalised, slips put right, every link, number and id as one letter for its kind."""
    plain = LINK.sub("U", normalise(text[:SEARCHED_FOR_LINKS]))[:LOOKED_AT]
    for pattern, letter in MASKS:
        plain = pattern.sub(letter, plain)
    plain = _SLIP.sub(lambda slip: _SAME[slip[0]], plain)
    return _MEANT_WITHDRAW.sub(lambda found: found[0].replace("体现", "提现"), plain)


def features(plain: str) -> set[str]:
    """Characters and pairs of neighbours."""
    return {*plain, *(plain[at : at + 2] for at in range(len(plain) - 1))}


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


def _clauses(text: str) -> list[str]:
    parts = [part for part in _CLAUSE.split(spell(text[:LOOKED_AT]).text) if part]
    plain = map(masked, parts[:CLAUSES] if len(parts) > 1 else ())
    return [clause for clause in plain if len(clause) > 1 and not _ONLY_AN_ID.fullmatch(clause)]


def _denied(clause: str) -> set[str]:
    """The pairs of characters right behind a 「不想」, 「别」, 「不是」."""
    pairs: set[str] = set()
    for found in _NEGATED.finditer(clause):
        pairs |= {found[1][at : at + 2] for at in range(len(found[1]) - 1)}
    return pairs


def _weights(wordings: list[tuple[str, str]]) -> dict[str, float]:
    """Inverse frequency over intents: a pair of one intent only says most."""
    intents_of: dict[str, set[str]] = defaultdict(set)
    for intent, wording in wordings:
        for feature in features(wording):
            intents_of[feature].add(intent)
    total = len({intent for intent, _ in wordings})
    return {
        feature: math.log(1 + total / len(intents)) * _importance(feature)
        for feature, intents in intents_of.items()
    }


def _importance(feature: str) -> float:
    fillers = sum(character in _FILLERS for character in feature)
    if len(feature) == 1:
        return 0.15 if fillers else 0.5
    if feature in _NEUTRAL:
        return 0.35
    return (1.0, 0.6, 0.35)[fillers]
