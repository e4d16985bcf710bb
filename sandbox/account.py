"""The official account as registered with the platform."""

from collections.abc import Mapping
from dataclasses import dataclass

MODES = ("plaintext", "compatible", "safe")


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals the callbacks of one door."""

    token: str
    aes_key: str
    """EncodingAESKey, 43 characters; empty only in plaintext mode."""
    receiver: str
    """Whose name stands at the end of every envelope."""
    mode: str = "safe"


@dataclass(frozen=True, slots=True)
class Account:
    appid: str
    secret: str
    token: str
    aes_key: str
    """EncodingAESKey, 43 characters; empty only in plaintext mode."""
    original_id: str
    mode: str
    name: str

    @property
    def keys(self) -> Keys:
        return Keys(self.token, self.aes_key, self.appid, self.mode)


def from_environment(environ: Mapping[str, str], name: str) -> Account:
    """The account the WECHAT_* variables describe. ValueError names what is missing or wrong."""
    mode = environ.get("WECHAT_MODE") or "safe"
    if mode not in MODES:
        raise ValueError(f"WECHAT_MODE is {mode!r}, allowed: {', '.join(MODES)}")
    wanted = ["WECHAT_APPID", "WECHAT_SECRET", "WECHAT_TOKEN", "WECHAT_ORIGINAL_ID"]
    if mode != "plaintext":
        wanted.append("WECHAT_AES_KEY")
    missing = [key for key in wanted if not environ.get(key)]
    if missing:
        raise ValueError(f"not set: {', '.join(missing)}")
    aes_key = environ.get("WECHAT_AES_KEY", "")
    if mode != "plaintext" and len(aes_key) != 43:
        raise ValueError("WECHAT_AES_KEY must have 43 characters")
    return Account(
        environ["WECHAT_APPID"],
        environ["WECHAT_SECRET"],
        environ["WECHAT_TOKEN"],
        aes_key,
        environ["WECHAT_ORIGINAL_ID"],
        mode,
        name,
    )
