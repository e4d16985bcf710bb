"""The corp as registered with WeCom: its app, customer service, AI bot and webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.account import Keys

AES_KEYS = ("WECOM_AES_KEY", "WECOM_KF_AES_KEY", "WECOM_BOT_AES_KEY")
NEEDED = (
    *("WECOM_CORPID", "WECOM_AGENTID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_AES_KEY"),
    *("WECOM_KF_TOKEN", "WECOM_KF_AES_KEY"),
)


@dataclass(frozen=True, slots=True)
class Bot:
    """The AI bot. Its envelopes name no receiver."""

    id: str
    secret: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Corp:
    corpid: str
    agentid: int
    secret: str
    app: Keys
    """Of the app's callbacks, which also tell of customers and their groups."""
    kf: Keys
    bot: Bot
    webhooks: dict[str, str]
    """Key of the webhook → name of its internal group."""


def from_environment(environ: Mapping[str, str]) -> Corp | None:
    """The corp the WECOM_* variables describe; None without WECOM_CORPID. ValueError names what
    is missing or wrong."""
    if not environ.get("WECOM_CORPID"):
        return None
    missing = [key for key in NEEDED if not environ.get(key)]
    if missing:
        raise ValueError(f"not set: {', '.join(missing)}")
    for key in AES_KEYS:
        if environ.get(key) and len(environ[key]) != 43:
            raise ValueError(f"{key} must have 43 characters")
    if not environ["WECOM_AGENTID"].isdecimal():
        raise ValueError("WECOM_AGENTID must be a number")
    corpid = environ["WECOM_CORPID"]
    return Corp(
        corpid,
        int(environ["WECOM_AGENTID"]),
        environ["WECOM_SECRET"],
        Keys(environ["WECOM_TOKEN"], environ["WECOM_AES_KEY"], corpid),
        Keys(environ["WECOM_KF_TOKEN"], environ["WECOM_KF_AES_KEY"], corpid),
        _bot(environ),
        _webhooks(environ.get("WECOM_WEBHOOKS", "")),
    )


def _bot(environ: Mapping[str, str]) -> Bot:
    keys = Keys(environ.get("WECOM_BOT_TOKEN", ""), environ.get("WECOM_BOT_AES_KEY", ""), "")
    return Bot(environ.get("WECOM_BOT_ID", ""), environ.get("WECOM_BOT_SECRET", ""), keys)


def _webhooks(pairs: str) -> dict[str, str]:
    named = (pair.partition("=") for pair in pairs.split(",") if pair.strip())
    return {key.strip(): name.strip() for name, _, key in named}
