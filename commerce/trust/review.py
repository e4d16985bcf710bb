"""Content review, first pass: words no nickname, caption or post may contain."""

from commerce.rules import Rules


def forbidden_words(rules: Rules, text: str) -> tuple[str, ...]:
    """Which forbidden words the text contains. Empty: it may pass on."""
    return tuple(rules.review.banned_in(text))
