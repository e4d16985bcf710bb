"""A page as a person reads it."""

from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script>\"'&<!--lines--><!--state-->"


class Reader(HTMLParser):
    """What a person reads, and which elements and attributes there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._hidden += tag in ("style", "title", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title", "script")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.replace("\xa0", " ")
