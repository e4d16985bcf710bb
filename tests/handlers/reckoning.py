"""Reads the words of an explanation as a stranger would, and reckons the line again from them."""

import re
from fractions import Fraction

from commerce.money.explaining import Explanation
from handlers.explanations import words

NUMBER = r"([\d,]+\.\d+)"


def fen(text: str) -> int:
    """「1,740.00」 → 174000. Exactly: more than two decimals are no amount."""
    whole, cents = text.replace(",", "").split(".")
    assert len(cents) == 2, text
    return int(whole) * 100 + int(cents)


def exactly(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def reckoned(explanation: Explanation) -> tuple[int, int]:
    """(the line, what was taken back by refunds) in fen, from nothing but the words; every sum
    that stands there is checked on the way."""
    text = words(explanation)
    said = fen(_only(rf"{NUMBER} 元：\n", text))
    amount_fen = _by_rate(text) if "%" in text else _by_markup(text)
    assert amount_fen == said, text
    return amount_fen, _back(text, amount_fen)


def _only(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, f"{pattern} is not in\n{text}"
    return found[1]


def _base(text: str) -> int:
    base_fen = fen(_only(rf"实付 {NUMBER} 元", text))
    parts = re.search(r"实付 [\d,.]+ 元 = (.+?)，不含运费", text)
    if parts is not None:
        assert _sum(parts[1]) == base_fen, text
    return base_fen


def _sum(parts: str) -> int:
    """「标价 99.00 − 券 5.00」, 「自定价 60.00 × 2」"""
    total = 0
    for number, part in enumerate(parts.split(" − ")):
        amount = fen(_only(NUMBER, part))
        times = re.search(r" × (\d+)", part)
        amount *= int(times[1]) if times else 1
        total += -amount if number else amount
    return total


def _by_rate(text: str) -> int:
    base_fen = _base(text)
    base, percent, product = re.search(rf"{NUMBER} × ([\d.]+)% = {NUMBER}", text).groups()  # type: ignore[union-attr]
    assert fen(base) == base_fen
    assert exactly(base) * exactly(percent) / 100 == exactly(product), text
    assert f"比例 {percent}%" in text or f"按单品上限 {percent}% 算" in text, text
    parts = re.search(r"商品 ([\d.]+)% \+ \S+ ([\d.]+)%(?: = ([\d.]+)%)?", text)
    if parts is not None:
        whole = exactly(parts[1]) + exactly(parts[2])
        assert whole == (exactly(parts[3]) if parts[3] else exactly(percent)), text
        assert whole >= exactly(percent)
    floored = int(exactly(product) * 100)
    assert ("不满 1 分舍去" in text.split("× ")[-1].split("元")[0]) or floored >= 0
    return floored


def _by_markup(text: str) -> int:
    base_fen = _base(text)
    parts, amount = re.search(rf"\n({NUMBER[1:-1]} − 供货价 .+?) = {NUMBER} 元", text).groups()  # type: ignore[union-attr]
    assert fen(parts.split(" ")[0]) == base_fen
    assert _sum(parts) == fen(amount), text
    return fen(amount)


def _back(text: str, amount_fen: int) -> int:
    found = re.search(rf"{NUMBER} × {NUMBER} ÷ {NUMBER} = {NUMBER}", text)
    if found is None:
        assert "退款" not in text.replace("退款由平台承担", ""), text
        return 0
    line, refunded, paid, shown = found.groups()
    assert fen(line) == amount_fen
    assert fen(paid) == _base(text)
    exact = exactly(line) * exactly(refunded) / exactly(paid)
    assert 0 <= exact - exactly(shown) < Fraction(1, 10_000), text
    assert fen(refunded) == fen(_only(rf"退款共? {NUMBER} 元", text))
    back_fen = int(exact * 100)
    assert back_fen == fen(_only(rf"退回共? {NUMBER} 元", text)), text
    each = re.search(r"分别是 (.+)", text)
    if each is not None:
        assert sum(map(fen, each[1].split("、"))) == back_fen
    return back_fen
