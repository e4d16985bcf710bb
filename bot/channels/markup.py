"""The one markup of our texts, `[[words|https://…]]` for a link, and how doors show it.

Only handlers write it. Words that came from outside must pass `heard` before they are stored or
said again, so that a nickname can never become a link.
"""

import re
from collections.abc import Sequence

LINK = re.compile(r"\[\[([^\[\]|\n]+)\|(https?://[^\s\"'<>\[\]|]+)\]\]")
BROKEN_LINK = re.compile(r"<(?!/a>)(?![^<]*</a>).*", re.DOTALL)  # What a cut leaves of `<a>…</a>`.
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]"
)  # In no XML, nor a database.
BRACKETS = str.maketrans("[]|", "［］｜")
SEPARATOR = "\u3000\u3000"  # Two full-width spaces: on a phone, a link apart.
UNTAPPABLE = re.compile(r"[\"'<>&#?%\n\t]")


def heard(text: str) -> str:
    """A person's words without what is no text and without anything we would read as markup."""
    return CONTROLS.sub("", text).replace("[[", "［［").strip()


def link(words: str, url: str) -> str:
    """The markup of a link, whatever its words are."""
    return f"[[{' '.join(words.translate(BRACKETS).split())}|{url}]]"


def linked(text: str) -> str:
    """`text` with its links as `<a>`; nothing else in it can be read as a tag."""
    safe = _safe(text)
    return LINK.sub(r'<a href="\2">\1</a>', safe) if "[[" in safe else safe


def marked(text: str) -> str:
    """`text` with its links as Markdown has them; nothing else in it can be read as a tag."""
    return LINK.sub(r"[\1](\2)", _safe(text))


def plain(text: str) -> str:
    """`text` with each link as its words and its address, apart from what follows."""
    return re.sub(" $", "", LINK.sub(r"\1 \2 ", _safe(text)), flags=re.MULTILINE)


def worded(text: str) -> str:
    """`text` with each link as its words only."""
    return LINK.sub(r"\1", _safe(text))


def links(text: str) -> list[tuple[str, str]]:
    """Words and address of each link."""
    return LINK.findall(_safe(text))


def tappable(choices: Sequence[str]) -> str:
    """Choices as links that send their own words back, as the official account draws them."""
    return SEPARATOR.join(_tap(choice) for choice in choices)


def quoted(choices: Sequence[str]) -> str:
    """Choices as words to type."""
    return "".join(f"「{_safe(choice)}」" for choice in choices)


def shorten(text: str, size: int) -> str:
    """At most `size` bytes of UTF-8, cut where a line ends if one does, and then ending in 「…」.

    A link of `linked` is kept whole or dropped whole.
    """
    if len(text.encode()) <= size:
        return text
    head = text.encode()[: size - len("\n…".encode())].decode(errors="ignore")
    head = BROKEN_LINK.sub("", head)
    line, _, _ = head.rpartition("\n")
    return f"{line.rstrip()}\n…" if line.strip() else f"{head}…"


def _tap(choice: str) -> str:
    if UNTAPPABLE.search(choice):
        return quoted([choice])
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={choice}&msgmenuid={choice}">{choice}</a>'


def _safe(text: str) -> str:
    return CONTROLS.sub("", text).replace("<", "＜")
