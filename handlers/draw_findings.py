"""What is wrong with a published draw, in words: chat, command and page say the same."""

from commerce.lives.draw_shape import Finding, Kind

WORDS = {
    Kind.COMMIT: "公开的密钥和预约前公布的指纹对不上",
    Kind.NUMBER: "抽奖编号和公布的指纹、份数对不上",
    Kind.DIGEST: "名单指纹不一致",
    Kind.ORDER: "名单没按号从小到大排，或有重复",
    Kind.WINNERS: "重算的中奖号和公布的不一致",
}
SHORT_HEAD, SHORT_TAIL = 4, 4


def words(finding: Finding) -> str:
    """「名单指纹不一致：公布 41d7…08bb，重算 9f3a…c21e」, as one line without an end."""
    if finding.kind == Kind.SHAPE:
        return _shape(finding)
    told, found = fingerprint(finding.published), fingerprint(finding.computed)
    if finding.kind == Kind.ORDER:
        return f"{WORDS[finding.kind]}：{told} 排在 {found} 后面"
    return f"{WORDS[finding.kind]}：公布 {told or '没有'}，重算 {found or '没有'}"


def fingerprint(text: str) -> str:
    """「9f3a…c21e」; what is no fingerprint stays whole."""
    return f"{text[:SHORT_HEAD]}…{text[-SHORT_TAIL:]}" if len(text) == 64 else text


def _shape(finding: Finding) -> str:
    if not finding.field:
        return "：".join(part for part in ("这不是一份抽奖记录", finding.published) if part)
    if not finding.published:
        return f"记录的格式不对：缺 {finding.field}"
    return f"记录的格式不对：{finding.field} 不能是 {finding.published}"
