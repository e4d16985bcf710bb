"""Secrets and addresses, from the environment or a `.env` file. Numbers are in `config.yaml`."""

import base64
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from dotenv.parser import parse_stream
from pydantic import SecretBytes, SecretStr

from commerce.rules import ConfigError, Problem, Rules, load_rules
from qianxing.checks import DEVELOPMENT, key_text
from qianxing.variables import (
    BY_WECOM,
    SECRETS,
    TEMPLATES,
    TOGETHER,
    VARIABLES,
    WECOM,
    Variable,
)

Mode = Literal["plaintext", "compatible", "safe"]
WHERE = "环境变量"
OURS = ("QIANXING_", "WECHAT_", "WECOM_")


@dataclass(frozen=True, slots=True)
class WeChat:
    """The official account. The old token and key are still accepted while they are rotated."""

    app_id: str
    secret: SecretStr
    token: SecretStr
    aes_key: SecretStr
    token_old: SecretStr | None
    aes_key_old: SecretStr | None
    original_id: str
    mode: Mode
    api_url: str
    mp_url: str
    open_url: str
    templates: Mapping[str, str]
    """Ids of subscription messages, by the name the rules have for them."""


@dataclass(frozen=True, slots=True)
class GroupBot:
    """The AI bot of internal groups, by its two ways in: long connection and callback."""

    id: str
    secret: SecretStr
    token: SecretStr
    aes_key: SecretStr
    ws_url: str


@dataclass(frozen=True, slots=True)
class WeCom:
    """The corporation's own app; it also calls customer contact and customer service."""

    corp_id: str
    agent_id: int
    secret: SecretStr
    token: SecretStr
    aes_key: SecretStr
    kf_token: SecretStr
    kf_aes_key: SecretStr
    api_url: str
    webhooks: Mapping[str, SecretStr]
    """The keys of groups that are posted to, by the group's name."""
    bot: GroupBot | None


@dataclass(frozen=True, slots=True)
class Pay:
    """The merchant at WeChat Pay. Keys are base64 in one line."""

    mchid: str
    serial: str
    private_key: SecretStr
    public_key_id: str
    public_key: str
    apiv3_key: SecretStr
    api_url: str


@dataclass(frozen=True, slots=True)
class Model:
    """A language model at an OpenAI-compatible address."""

    url: str
    key: SecretStr
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and what is secret. Its repr shows no secret and no password.

    `redis_url` None: start our own. `clock_file` is always None in production.
    `api_token` None: the interface for machines is closed.
    `wecom` None: only the official account is open.
    `model` None: what nobody understands goes to a colleague.
    `pay` None: no money is taken or sent yet.
    `acknowledged`: who has read the compliance page, and when, if the environment says it.
    """

    production: bool
    database_url: SecretStr
    redis_url: SecretStr | None
    data: Path
    config: Path
    acknowledged: str | None
    public_url: str
    secret_key: SecretBytes
    api_token: SecretStr | None
    clock_file: Path | None
    wechat: WeChat
    wecom: WeCom | None
    pay: Pay | None
    model: Model | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A variable's value and where it was found."""

    value: str
    file: str = WHERE
    line: int | None = None


def load_settings(environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
    """The settings; the environment wins over the file. ConfigError names every variable that
    is missing or wrong, and never repeats a value.
    """
    written = read_env_file(env_file) if env_file else {}
    found = written | {name: Found(value) for name, value in environ.items()}
    found = {name: value for name, value in found.items() if value.value}
    production = "QIANXING_ENV" in found and found["QIANXING_ENV"].value == "production"
    problems = [
        *wrong_values(found, production),
        *halves(found),
        *without_wecom(found),
        *misspelt(found),
        *reused_secrets(found, production),
    ]
    if problems:
        raise ConfigError(problems)
    return settings_of({name: value.value for name, value in found.items()}, production)


def rules_for(settings: Settings, config: Path | None = None) -> Rules:
    """The rules a process with these settings obeys. ConfigError as `load_rules`."""
    return load_rules(
        config or settings.config,
        acknowledged=settings.acknowledged,
        templates=settings.wechat.templates,
    )


def read_env_file(path: Path) -> dict[str, Found]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problem = Problem(path.name, None, "", "读不了", "检查路径、权限和 UTF-8 编码")
        raise ConfigError([problem]) from None
    found: dict[str, Found] = {}
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line
        if binding.error or (binding.key and binding.value is None):
            problem = Problem(path.name, line, "", "这一行读不懂", "写成 名字=值")
            raise ConfigError([problem])
        if binding.key in found:
            problem = Problem(path.name, line, str(binding.key), "写了两次", "只留一处")
            raise ConfigError([problem])
        if binding.key:
            found[binding.key] = Found(binding.value or "", path.name, line)
    return found


def wrong_values(found: Mapping[str, Found], production: bool) -> Iterator[Problem]:
    for variable in VARIABLES:
        if variable.name not in found:
            if production and variable.default is None:
                yield Problem(WHERE, None, variable.name, "没有设置", variable.hint)
            continue
        here = found[variable.name]
        wrong = unclean(here.value) or variable.check(here.value, production)
        if wrong:
            yield Problem(here.file, here.line, variable.name, *wrong)


def halves(found: Mapping[str, Found]) -> Iterator[Problem]:
    """What is set together, or not at all."""
    hints = {variable.name: variable.hint for variable in VARIABLES}
    for what, names in TOGETHER.items():
        missing = [name for name in names if name not in found]
        for name in missing if len(missing) < len(names) else ():
            yield Problem(WHERE, None, name, f"没有设置，别的{what}变量设了", hints[name])


def without_wecom(found: Mapping[str, Found]) -> Iterator[Problem]:
    """What is set and would never be used."""
    if any(name in found for name in WECOM):
        return
    for what, names in BY_WECOM.items():
        first = next((name for name in names if name in found), None)
        if first is not None:
            here, why = found[first], f"{what}设了，企业微信没设"
            yield Problem(here.file, here.line, first, why, f"把 {'、'.join(WECOM)} 也设上，或删掉")


def unclean(value: str) -> tuple[str, str] | None:
    if value != value.strip():
        return "首尾有空格", "删掉空格"
    if not value.isprintable():
        return "含有换行或看不见的字符", "写在一行里"
    return None


def misspelt(found: Mapping[str, Found]) -> Iterator[Problem]:
    """A name nearly that of a variable which is not set."""
    known = {variable.name for variable in VARIABLES}
    open_names = sorted(known - found.keys())
    for name in sorted(found.keys() - known):
        near = difflib.get_close_matches(name, open_names, n=1, cutoff=0.85)
        if near and name.startswith(OURS):
            here = found[name]
            yield Problem(here.file, here.line, name, "没有这个变量", f"是不是 {near[0]}")


def reused_secrets(found: Mapping[str, Found], production: bool) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in SECRETS:
        if name not in found or not production:
            continue
        here = found[name]
        if here.value in seen:
            why = f"和 {seen[here.value]} 一样"
            yield Problem(here.file, here.line, name, why, "每个密钥各用各的")
        seen.setdefault(here.value, name)


def default_of(variable: Variable) -> str:
    return DEVELOPMENT.get(variable.name, "") if variable.default is None else variable.default


def settings_of(values: Mapping[str, str], production: bool) -> Settings:
    """The values have been checked; what is absent takes its default."""
    full = {variable.name: default_of(variable) for variable in VARIABLES} | dict(values)
    data = Path(full["QIANXING_DATA"])
    clock_file = full["QIANXING_CLOCK_FILE"]
    return Settings(
        production=production,
        database_url=SecretStr(full["DATABASE_URL"] or f"sqlite:///{data / 'qianxing.db'}"),
        redis_url=SecretStr(full["REDIS_URL"]) if full["REDIS_URL"] else None,
        data=data,
        config=Path(full["QIANXING_CONFIG"]),
        acknowledged=full["QIANXING_COMPLIANCE_ACKNOWLEDGED"] or None,
        public_url=full["QIANXING_PUBLIC_URL"] or "http://127.0.0.1:8000",
        secret_key=SecretBytes(base64.b64decode(full["QIANXING_SECRET_KEY"])),
        api_token=SecretStr(full["QIANXING_API_TOKEN"]) if full["QIANXING_API_TOKEN"] else None,
        clock_file=Path(clock_file) if clock_file else None,
        wechat=wechat_of(full),
        wecom=wecom_of(full),
        pay=pay_of(full),
        model=model_of(full),
    )


def wechat_of(full: Mapping[str, str]) -> WeChat:
    token_old, aes_key_old = full["WECHAT_TOKEN_OLD"], full["WECHAT_AES_KEY_OLD"]
    return WeChat(
        app_id=full["WECHAT_APPID"],
        secret=SecretStr(full["WECHAT_SECRET"]),
        token=SecretStr(full["WECHAT_TOKEN"]),
        aes_key=SecretStr(full["WECHAT_AES_KEY"]),
        token_old=SecretStr(token_old) if token_old else None,
        aes_key_old=SecretStr(aes_key_old) if aes_key_old else None,
        original_id=full["WECHAT_ORIGINAL_ID"],
        mode=cast(Mode, full["WECHAT_MODE"]),
        api_url=full["WECHAT_API_URL"].rstrip("/"),
        mp_url=full["WECHAT_MP_URL"].rstrip("/"),
        open_url=full["WECHAT_OPEN_URL"].rstrip("/"),
        templates={name: full[variable] for name, variable in TEMPLATES.items() if full[variable]},
    )


def wecom_of(full: Mapping[str, str]) -> WeCom | None:
    if not full["WECOM_CORPID"]:
        return None
    named = (one.partition("=") for one in full["WECOM_WEBHOOKS"].split(",") if one)
    return WeCom(
        corp_id=full["WECOM_CORPID"],
        agent_id=int(full["WECOM_AGENTID"]),
        secret=SecretStr(full["WECOM_SECRET"]),
        token=SecretStr(full["WECOM_TOKEN"]),
        aes_key=SecretStr(full["WECOM_AES_KEY"]),
        kf_token=SecretStr(full["WECOM_KF_TOKEN"]),
        kf_aes_key=SecretStr(full["WECOM_KF_AES_KEY"]),
        api_url=full["WECOM_API_URL"].rstrip("/"),
        webhooks={name.strip(): SecretStr(key) for name, _, key in named},
        bot=group_bot_of(full),
    )


def group_bot_of(full: Mapping[str, str]) -> GroupBot | None:
    if not full["WECOM_BOT_ID"]:
        return None
    return GroupBot(
        id=full["WECOM_BOT_ID"],
        secret=SecretStr(full["WECOM_BOT_SECRET"]),
        token=SecretStr(full["WECOM_BOT_TOKEN"]),
        aes_key=SecretStr(full["WECOM_BOT_AES_KEY"]),
        ws_url=full["WECOM_WS_URL"],
    )


def model_of(full: Mapping[str, str]) -> Model | None:
    if not full["QIANXING_MODEL_URL"]:
        return None
    url, key = full["QIANXING_MODEL_URL"].rstrip("/"), SecretStr(full["QIANXING_MODEL_KEY"])
    return Model(url, key, full["QIANXING_MODEL_NAME"])


def pay_of(full: Mapping[str, str]) -> Pay | None:
    if not full["QIANXING_PAY_MCHID"]:
        return None
    return Pay(
        mchid=full["QIANXING_PAY_MCHID"],
        serial=full["QIANXING_PAY_SERIAL"],
        private_key=SecretStr(key_text(full["QIANXING_PAY_PRIVATE_KEY"])),
        public_key_id=full["QIANXING_PAY_PUBLIC_KEY_ID"],
        public_key=key_text(full["QIANXING_PAY_PUBLIC_KEY"]),
        apiv3_key=SecretStr(full["QIANXING_PAY_APIV3_KEY"]),
        api_url=full["QIANXING_PAY_API_URL"].rstrip("/"),
    )
