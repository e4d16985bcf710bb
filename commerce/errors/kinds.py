"""The two kinds of error, and what platforms say."""


class Refusal(Exception):
    """Expected. Rolls back what the handler did and becomes words in `handlers/refusals.py`."""


class PlatformError(Exception):
    """The other side failed. `code` is its own error code, -1 when it gave none."""

    retryable = False

    def __init__(self, code: int = -1, text: str = "") -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code
        self.text = text


class PlatformUnavailable(PlatformError):
    retryable = True


class RateLimited(PlatformError):
    retryable = True


class Rejected(PlatformError):
    pass


class WindowClosed(Rejected):
    pass
