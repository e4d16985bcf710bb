import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from commerce.rules import ConfigError
from qianxing.checks import DEVELOPMENT
from qianxing.settings import load_settings

PLANTED = "PLANTED9planted8secret7"
AES_KEY = "kQ7zR2mW9xT4vB8nL3cF6hJ1pD5sG0yUaEiOqXwZrKb"
PRODUCTION = {
    "QIANXING_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://qx:Xk29-vTq8_Lm41@db.internal/qianxing",
    "REDIS_URL": "redis://:Rw73-pLs9_Qd52@redis.internal:6379/0",
    "QIANXING_PUBLIC_URL": "https://app.example.com",
    "QIANXING_SECRET_KEY": base64.b64encode(bytes(range(32))).decode(),
    "WECHAT_APPID": "wx9f3a17c2d4e8b605",
    "WECHAT_SECRET": "7d1f0c9a3b5e82467d1f0c9a3b5e8246",
    "WECHAT_TOKEN": "Hq83LmZx72TvKp94",
    "WECHAT_AES_KEY": AES_KEY,
    "WECHAT_ORIGINAL_ID": "gh_7c1d93be20aa",
}


def problems(environ, env_file=None):
    with pytest.raises(ConfigError) as caught:
        load_settings(environ, env_file)
    return caught.value.problems


def test_a_complete_production_environment_is_read():
    settings = load_settings(PRODUCTION)

    assert settings.production
    assert settings.database_url.get_secret_value() == PRODUCTION["DATABASE_URL"]
    assert settings.secret_key.get_secret_value() == bytes(range(32))
    assert settings.wechat.aes_key.get_secret_value() == AES_KEY
    assert settings.wechat.mode == "safe"
    assert settings.wechat.api_url == "https://api.weixin.qq.com"
    assert settings.clock_file is None
    assert (settings.data, settings.config) == (Path("var"), Path("config.yaml"))


def test_development_needs_nothing():
    settings = load_settings({})

    assert not settings.production
    assert settings.database_url.get_secret_value() == "sqlite:///var/qianxing.db"
    assert settings.redis_url is None
    assert settings.public_url == "http://127.0.0.1:8000"


def test_development_may_have_a_clock_and_plain_messages():
    settings = load_settings({"QIANXING_CLOCK_FILE": "var/clock", "WECHAT_MODE": "plaintext"})

    assert settings.clock_file == Path("var/clock")
    assert settings.wechat.mode == "plaintext"


def test_sqlite_is_good_enough_for_a_small_shop():
    settings = load_settings(PRODUCTION | {"DATABASE_URL": "sqlite:////srv/qianxing.db"})

    assert settings.production


def test_nothing_shows_a_secret():
    settings = load_settings(PRODUCTION | {"WECHAT_TOKEN_OLD": "Old5Token7Old9Token"})

    shown = f"{settings!r} {settings} {settings.wechat!r}"

    hidden = ["Xk29", "Rw73", "7d1f", "Hq83", AES_KEY, "Old5", "AAECAw"]
    assert not [secret for secret in hidden if secret in shown]


def test_both_tokens_are_known_while_they_are_rotated():
    settings = load_settings(PRODUCTION | {"WECHAT_TOKEN_OLD": "Old5Token7Old9Token"})

    assert settings.wechat.token_old
    assert settings.wechat.token_old.get_secret_value() == "Old5Token7Old9Token"
    assert settings.wechat.aes_key_old is None


REQUIRED = [name for name in PRODUCTION if name != "QIANXING_ENV"]


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("empty", [True, False])
def test_production_starts_with_nothing_missing(name, empty):
    environ = PRODUCTION | {name: ""}
    if not empty:
        del environ[name]

    (problem,) = problems(environ)

    assert problem.key == name
    assert str(problem).startswith(f"环境变量 {name}: 没有设置 · ")


@pytest.mark.parametrize("name", DEVELOPMENT)
def test_what_is_public_knowledge_is_refused_in_production(name):
    (problem,) = problems(PRODUCTION | {name: DEVELOPMENT[name]})

    assert problem.key == name


BAD_VALUES = [
    ("QIANXING_ENV", "live", "可选"),
    ("DATABASE_URL", "postgresql://qx:Xk29-vTq8_Lm41@db/qianxing", "不是支持"),
    ("DATABASE_URL", "oracle://qx:Xk29-vTq8_Lm41@db/qianxing", "不是支持"),
    ("DATABASE_URL", f"mysql+pymysql://qx:{PLANTED}/x@db/qianxing", "不是支持"),
    ("DATABASE_URL", "postgresql+psycopg://qx:Xk29-vTq8_Lm41@db", "库名"),
    ("DATABASE_URL", "postgresql+psycopg://postgres:postgres@db/qianxing", "默认值"),
    ("DATABASE_URL", "mysql+pymysql://root:123456@db/qianxing", "默认值"),
    ("DATABASE_URL", "mysql+pymysql://qx:Password1!@db/qianxing", "默认值"),
    ("DATABASE_URL", "mysql+pymysql://qx@db/qianxing", "没有密码"),
    ("DATABASE_URL", "sqlite://", "什么都不剩"),
    ("DATABASE_URL", "sqlite:///:memory:", "什么都不剩"),
    ("REDIS_URL", "http://redis.internal", "不是 Redis"),
    ("REDIS_URL", "redis://redis.internal:6379/0", "没有密码"),
    ("REDIS_URL", "redis://:redis@redis.internal:6379/0", "默认值"),
    ("REDIS_URL", "redis://:Rw73-pLs9_Qd52@redis.internal:port/0", "不是 Redis"),
    ("QIANXING_PUBLIC_URL", "http://app.example.com", "没有加密"),
    ("QIANXING_PUBLIC_URL", "shop.example.net", "不是网址"),
    ("QIANXING_PUBLIC_URL", "https://app.example.com/", "多余"),
    ("QIANXING_PUBLIC_URL", f"https://me:{PLANTED}@app.example.com", "多余"),
    ("QIANXING_PUBLIC_URL", "https://127.0.0.1:8000", "访问不到"),
    ("QIANXING_SECRET_KEY", PLANTED, "不是 base64"),
    ("QIANXING_SECRET_KEY", base64.b64encode(bytes(range(16))).decode(), "现在是 16 字节"),
    ("QIANXING_SECRET_KEY", base64.b64encode(bytes(range(64))).decode(), "现在是 64 字节"),
    ("QIANXING_SECRET_KEY", base64.b64encode(bytes(32)).decode(), "太弱"),
    ("QIANXING_CLOCK_FILE", "/srv/clock", "正式环境不能有"),
    ("QIANXING_COMPLIANCE_ACKNOWLEDGED", "yes", "不是姓名和日期"),
    ("QIANXING_DEBUG", "1", "调试"),
    ("QIANXING_DEBUG", "true", "调试"),
    ("TZ", "America/New_York", "时区"),
    ("WECHAT_APPID", "9f3a17c2d4e8b605", "AppID"),
    ("WECHAT_APPID", "wxsandbox", "真实"),
    ("WECHAT_SECRET", "secret123", "太弱"),
    ("WECHAT_SECRET", "a" * 32, "太弱"),
    ("WECHAT_TOKEN", "token", "太弱"),
    ("WECHAT_TOKEN", "weixin", "太弱"),
    ("WECHAT_TOKEN", "aaaaaaaaaaaaaaaaaaaa", "太弱"),
    ("WECHAT_TOKEN", "with-a-dash-inside-it", "英文和数字"),
    ("WECHAT_TOKEN", f"{PLANTED}{PLANTED}", "英文和数字"),
    ("WECHAT_TOKEN", " Hq83LmZx72TvKp94", "空格"),
    ("WECHAT_TOKEN", "Hq83LmZx72\nTvKp94", "换行"),
    ("WECHAT_AES_KEY", AES_KEY[:-1], "现在是 42 位"),
    ("WECHAT_AES_KEY", AES_KEY + "=", "现在是 44 位"),
    ("WECHAT_AES_KEY", "a" * 43, "太弱"),
    ("WECHAT_AES_KEY_OLD", "short", "43 位"),
    ("WECHAT_TOKEN_OLD", "token", "太弱"),
    ("WECHAT_ORIGINAL_ID", "7c1d93be20aa", "gh_"),
    ("WECHAT_MODE", "plaintext", "不加密"),
    ("WECHAT_MODE", "aes", "可选"),
    ("WECHAT_API_URL", "http://api.weixin.qq.com", "没有加密"),
    ("WECHAT_API_URL", "api.weixin.qq.com", "不是网址"),
    ("WECHAT_MP_URL", f"https://mp.weixin.qq.com?secret={PLANTED}", "多余"),
    ("WECHAT_OPEN_URL", "ftp://open.weixin.qq.com", "不是网址"),
]


@pytest.mark.parametrize(("name", "value", "word"), BAD_VALUES)
def test_a_bad_value_is_refused_in_one_line_that_never_repeats_it(name, value, word):
    found = problems(PRODUCTION | {name: value})

    problem = next(problem for problem in found if problem.key == name)
    assert word in str(problem)
    assert problem.instead
    assert str(problem).isprintable()
    assert PLANTED not in str(problem)
    assert value not in str(problem)
    # An environment that is misnamed is no production: the rest is then read more kindly.
    assert len(found) == 1 or name == "QIANXING_ENV"


def test_a_misspelt_name_is_recognised():
    environ = {name: value for name, value in PRODUCTION.items() if name != "WECHAT_TOKEN"}

    found = problems(environ | {"WECHAT_TOKN": PLANTED})

    assert [problem.key for problem in found] == ["WECHAT_TOKEN", "WECHAT_TOKN"]
    assert found[1].instead == "是不是 WECHAT_TOKEN"
    assert not [problem for problem in found if PLANTED in str(problem)]


def test_one_secret_is_not_used_twice():
    (problem,) = problems(PRODUCTION | {"WECHAT_SECRET": PRODUCTION["WECHAT_TOKEN"]})

    assert problem.key == "WECHAT_TOKEN"
    assert "和 WECHAT_SECRET 一样" in str(problem)


def test_serving_the_world_is_called_production():
    (problem,) = problems({"QIANXING_PUBLIC_URL": "https://app.example.com"})

    assert problem.key == "QIANXING_PUBLIC_URL"
    assert "QIANXING_ENV=production" in problem.instead


def test_formats_are_checked_in_development_too():
    (problem,) = problems({"WECHAT_AES_KEY": "short"})

    assert problem.key == "WECHAT_AES_KEY"


def test_a_file_is_read_below_the_environment(tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text("# keys\nexport WECHAT_TOKEN='fromTheFile'\nQIANXING_DATA=/srv/qx\n")

    settings = load_settings({"WECHAT_TOKEN": "fromTheShell"}, env_file)

    assert settings.wechat.token.get_secret_value() == "fromTheShell"
    assert settings.data == Path("/srv/qx")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nWECHAT_AES_KEY=PLANTED9\n", ".env:2 WECHAT_AES_KEY: 要 43 位"),
        ("WECHAT_TOKEN=PLANTED9a\nWECHAT_TOKEN=PLANTED9b\n", ".env:2 WECHAT_TOKEN: 写了两次"),
        ("PLANTED9\n", ".env:1 这一行读不懂"),
        ("A=1\n= PLANTED9\n", ".env:2 这一行读不懂"),
    ],
)
def test_a_mistake_in_the_file_is_shown_with_its_line(tmp_path, text, said):
    env_file = tmp_path / ".env"
    env_file.write_text(text)

    (problem,) = problems({}, env_file)

    assert str(problem).startswith(said)
    assert "PLANTED9" not in str(problem)


def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path):
    binary = tmp_path / ".env"
    binary.write_bytes(b"\xff\xfe\x00")

    assert "读不了" in str(problems({}, binary)[0])
    assert "读不了" in str(problems({}, tmp_path / "nowhere.env")[0])


def a_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public.decode()


def one_line(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


@pytest.fixture(scope="module")
def merchant() -> dict[str, str]:
    private, public = a_pair()
    return {
        "QIANXING_PAY_MCHID": "1900001109",
        "QIANXING_PAY_SERIAL": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
        "QIANXING_PAY_PRIVATE_KEY": one_line(private),
        "QIANXING_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0119000011092024",
        "QIANXING_PAY_PUBLIC_KEY": one_line(public),
        "QIANXING_PAY_APIV3_KEY": "Hq83LmZx72TvKp94Wn51RbYc06DsFgJa",
    }


def test_without_a_merchant_no_money_is_taken():
    assert load_settings(PRODUCTION).pay is None


def test_a_merchant_is_read_and_its_secrets_are_not_shown(merchant):
    pay = load_settings(PRODUCTION | merchant).pay

    assert pay is not None
    assert (pay.mchid, pay.api_url) == ("1900001109", "https://api.mch.weixin.qq.com")
    hidden = (merchant["QIANXING_PAY_PRIVATE_KEY"], merchant["QIANXING_PAY_APIV3_KEY"])
    assert not [secret for secret in hidden if secret in f"{pay!r} {pay}"]


def test_a_key_may_be_a_file(merchant, tmp_path):
    private, _ = a_pair()
    file = tmp_path / "apiclient_key.pem"
    file.write_text(private)

    pay = load_settings(merchant | {"QIANXING_PAY_PRIVATE_KEY": str(file)}).pay

    assert pay is not None
    assert pay.private_key.get_secret_value() == one_line(private)


@pytest.mark.parametrize("position", range(6))
def test_half_a_merchant_is_none(merchant, position):
    name = list(merchant)[position]

    [problem] = problems(PRODUCTION | merchant | {name: ""})

    assert problem.key == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QIANXING_PAY_MCHID", "wx123"),
        ("QIANXING_PAY_SERIAL", "PLANTED"),
        ("QIANXING_PAY_PRIVATE_KEY", PLANTED),
        ("QIANXING_PAY_PRIVATE_KEY", "/nowhere/PLANTED9planted8secret7.pem"),
        ("QIANXING_PAY_PUBLIC_KEY", base64.b64encode(b"x" * 300).decode()),
        ("QIANXING_PAY_PUBLIC_KEY_ID", PLANTED),
        ("QIANXING_PAY_APIV3_KEY", PLANTED),
        ("QIANXING_PAY_API_URL", "http://api.mch.example.com"),
    ],
)
def test_a_wrong_merchant_is_named_and_not_repeated(merchant, name, value):
    [problem] = problems(PRODUCTION | merchant | {name: value})

    assert problem.key == name
    assert PLANTED not in f"{problem}"
