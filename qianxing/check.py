"""`qianxing check`: is this configuration fit to start, and what does it touch?

The page is for the shop owner: what is wrong stands with what to write instead.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from commerce.money.solvency import Verdict
from commerce.rules import Problem, Rules
from qianxing.compliance import Touch, touches
from qianxing.settings import Settings
from qianxing.solvency import losses
from qianxing.tables import columns

WIDTH = 96
LABEL = 10


class Grade(StrEnum):
    """Only a FAULT makes the check fail."""

    GOOD = "✓"
    NOTE = "!"
    FAULT = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the page. `details` are (label, text) pairs below it."""

    section: str
    grade: Grade
    title: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Probes:
    """How to ask the outside. Each may raise what its client raises.

    `migrations`: the revision the database stands at (None: empty) and the one it should.
    `redis_appendonly`: whether Redis keeps its data on disk (None: it does not tell).
    `products`: what each product on sale leaves at its worst; it never raises.
    """

    migrations: Callable[[], tuple[str | None, str]]
    redis_appendonly: Callable[[], bool | None]
    products: Callable[[], Sequence[Verdict]] = tuple


def start_problems(settings: Settings, rules: Rules, file: str = "config.yaml") -> list[Problem]:
    """What forbids to start with these settings and rules together; nothing: start."""
    found = []
    if settings.production and rules.tax.mode is None:
        instead = "写 platform_cumulative、ordinary 或 none_with_reason，先和财务确认"
        found.append(Problem(file, None, "tax.mode", "还没有选代扣个税的方式", instead))
    return found


def check(settings: Settings, rules: Rules, probes: Probes) -> list[Finding]:
    """Everything worth saying about a configuration that could be read."""
    return [
        *configuration(settings, rules),
        *connections(settings, probes),
        *solvency(probes),
        *compliance(rules),
    ]


def refused(problems: list[Problem]) -> list[Finding]:
    """The findings when the configuration could not even be read."""
    return [Finding("配置", Grade.FAULT, str(problem)) for problem in problems]


def failed(findings: list[Finding]) -> bool:
    return any(finding.grade is Grade.FAULT for finding in findings)


def configuration(settings: Settings, rules: Rules) -> Iterator[Finding]:
    problems = start_problems(settings, rules, settings.config.name)
    yield from refused(problems)
    if not problems:
        kind = "正式环境" if settings.production else "开发环境"
        yield Finding(
            "配置", Grade.GOOD, f"{settings.config.name} 可以用（{kind}，规则 {rules.version}）"
        )
    yield from group_bot(settings, rules)
    if rules.tax.mode is None and not settings.production:
        yield Finding("配置", Grade.NOTE, "tax.mode 还没选，正式环境会拒绝启动")
    missing = rules.qualifications.missing
    if missing:
        keys = "、".join(f"qualifications.{name}" for name in missing)
        why = ("没填", keys), ("依据", "直播电商监督管理办法：要公布经营者的身份和证照")
        yield Finding("配置", Grade.NOTE, "资质页不完整", why)


def group_bot(settings: Settings, rules: Rules) -> Iterator[Finding]:
    """The platform is told neither way in: what is to be entered there, and started here."""
    bot = settings.wecom.bot if settings.wecom else None
    if bot is not None:
        ways = (
            ("回调", f"{settings.public_url}/wecom/aibot"),
            ("长连接", f"运行 qianxing aibot，连 {bot.ws_url}"),
        )
        yield Finding("配置", Grade.GOOD, "群机器人的设置齐了，回调和长连接选一种", ways)
    elif rules.groups.some:
        named = "、".join(group.chat for group in rules.groups.some)
        details = (("群", named), ("怎么办", "设好 WECOM_BOT_ 开头的变量，或删掉 groups.some"))
        yield Finding("配置", Grade.NOTE, "规则里写了群，但没有设群机器人", details)


def connections(settings: Settings, probes: Probes) -> Iterator[Finding]:
    yield database(probes)
    if settings.redis_url is None:
        yield Finding("连接", Grade.GOOD, "Redis 用自带的，随程序启动")
    else:
        yield redis(probes)


def database(probes: Probes) -> Finding:
    try:
        current, head = probes.migrations()
    except (SQLAlchemyError, OSError) as error:
        # The error's own words may hold the address with its password.
        return unreachable("数据库", "DATABASE_URL", error)
    if current != head:
        state = "还是空的" if current is None else f"停在 {current}，应为 {head}"
        return Finding(
            "连接", Grade.FAULT, f"数据库{state}", (("怎么办", "运行 qianxing migrate"),)
        )
    return Finding("连接", Grade.GOOD, f"数据库连得上，结构是最新的（{head}）")


def redis(probes: Probes) -> Finding:
    try:
        appendonly = probes.redis_appendonly()
    except (RedisError, OSError) as error:
        return unreachable("Redis", "REDIS_URL", error)
    if appendonly is None:
        return Finding("连接", Grade.NOTE, "Redis 连得上，但不让看 appendonly，请确认它的数据落盘")
    if appendonly:
        return Finding("连接", Grade.GOOD, "Redis 连得上，数据落盘")
    return Finding(
        "连接",
        Grade.NOTE,
        "Redis 没开 appendonly，它重启后任务要从数据库重新排，不会丢，但会慢几秒",
        (("怎么办", "redis.conf 写 appendonly yes"),),
    )


def solvency(probes: Probes) -> Iterator[Finding]:
    for title, instead in losses(probes.products()):
        yield Finding("测算", Grade.FAULT, title, (("怎么办", instead),))


def unreachable(what: str, variable: str, error: Exception) -> Finding:
    advice = f"检查 {variable} 的主机、端口、用户和密码"
    details = (("原因", type(error).__name__), ("怎么办", advice))
    return Finding("连接", Grade.FAULT, f"{what}连不上", details)


def compliance(rules: Rules) -> Iterator[Finding]:
    yield from map(touched, touches(rules))
    if rules.compliance_acknowledged:
        yield Finding("合规", Grade.GOOD, f"已由 {rules.compliance_acknowledged} 确认看过以上各条")
    else:
        yield Finding(
            "合规",
            Grade.FAULT,
            "还没有人确认看过以上各条",
            (("怎么办", "config.yaml 写 compliance_acknowledged: 姓名 日期"),),
        )


def touched(touch: Touch) -> Finding:
    source = touch.source if touch.checked else f"{touch.source}（条文未核对，请律师确认）"
    details = (("规则", touch.rule), ("出处", source), ("怎么关", touch.off))
    return Finding("合规", Grade.NOTE, touch.feature, details)


def render(findings: list[Finding]) -> str:
    """The page, section by section, ending with the verdict."""
    lines: list[str] = []
    section = ""
    for finding in findings:
        if finding.section != section:
            section = finding.section
            lines += ["", *INTRODUCTIONS[section]]
        lines.append(f"  {finding.grade} {finding.title}")
        for label, text in finding.details:
            lines += detail(label, text)
    return "\n".join([*lines, "", verdict(findings)]).lstrip("\n")


INTRODUCTIONS = {
    "配置": ("配置 Configuration",),
    "连接": ("连接 Connections",),
    "测算": ("测算 Solvency",),
    "合规": (
        "合规 Compliance",
        "  下面是已启用的功能碰到的平台规则和法规。不是法律意见，上线前请律师确认。",
    ),
}


def detail(label: str, text: str) -> list[str]:
    """The label in its column, the text wrapped beside it by what the eye sees."""
    room = WIDTH - 4 - LABEL
    first, *others = wrapped(text, room)
    margin = " " * (4 + LABEL)
    return [f"    {padded(label)}{first}", *(f"{margin}{line}" for line in others)]


def padded(label: str) -> str:
    return label + " " * (LABEL - columns(label))


def wrapped(text: str, room: int) -> list[str]:
    if columns(text) <= room:
        return [text]
    if text.isascii():
        return textwrap.wrap(text, room)
    end = len(text)
    while columns(text[:end]) > room:
        end -= 1
    stops = [at + 1 for at, sign in enumerate(text[:end]) if sign in "，；、。）"]
    cut = stops[-1] if stops else end
    return [text[:cut], *wrapped(text[cut:], room)]


def verdict(findings: list[Finding]) -> str:
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    notes = sum(finding.grade is Grade.NOTE for finding in findings)
    if faults:
        return f"没有通过：{faults} 处要改，{notes} 处请看。"
    return f"通过，{notes} 处请看。" if notes else "通过。"
