"""What the environment variables must look like, and what production asks beyond that.

A check returns what is wrong, or nothing. No check ever repeats a value: a secret may stand in
the wrong variable.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

Wrong = tuple[str, str]
"""Why, and what to write instead."""
Check = Callable[[str, bool], Wrong | None]
"""(value, production) → what is wrong."""

SECRET_KEY_BYTES = 32
STRONG_LENGTH = 16
STRONG_VARIETY = 6
DATABASES = {"sqlite", "postgresql+psycopg", "mysql+pymysql", "mariadb+pymysql"}
ZONES = {"UTC", "Etc/UTC", "Asia/Shanghai", "Asia/Chongqing", "PRC"}
COMMON = frozenset(
    (
        "123456",
        "12345678",
        "password",
        "passw0rd",
        "admin",
        "root",
        "postgres",
        "mysql",
        "redis",
        "test",
        "token",
        "secret",
        "changeme",
        "change-me",
        "qianxing",
        "weixin",
        "wechat",
        "default",
        "example",
        "demo",
        "qwerty",
        "abc123",
        "letmein",
    )
)

# What the sandbox on one's own desk uses. Public, therefore refused in production.
DEVELOPMENT = {
    "QIANXING_SECRET_KEY": "cWlhbnhpbmctZGV2ZWxvcG1lbnQta2V5LTAxMjM0NTY=",
    "WECHAT_APPID": "wx0a1b2c3d4e5f6071",
    "WECHAT_SECRET": "development0only0secret0qianxing",
    "WECHAT_TOKEN": "developmentOnlyToken2026",
    "WECHAT_AES_KEY": "developmentOnlyAesKey0123456789QianxingABCD",
    "WECHAT_ORIGINAL_ID": "gh_0a1b2c3d4e5f",
}


def parsed(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_loopback(host: str | None) -> bool:
    if host in ("localhost", None, ""):
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def anything(value: str, production: bool) -> Wrong | None:
    return None


def one_of(*words: str) -> Check:
    def check(value: str, production: bool) -> Wrong | None:
        return None if value in words else ("不在可选的值里", f"写 {'、'.join(words)} 之一")

    return check


def is_weak(secret: str) -> bool:
    return (
        len(secret) < STRONG_LENGTH
        or len(set(secret)) < STRONG_VARIETY
        or secret.lower().rstrip("0123456789!") in COMMON
        or secret in DEVELOPMENT.values()
    )


def secret(value: str, production: bool) -> Wrong | None:
    if production and is_weak(value):
        return "太弱，或者是默认值", "换成后台生成的随机值"
    return None


def token(value: str, production: bool) -> Wrong | None:
    if not re.fullmatch(r"[A-Za-z0-9]{3,32}", value):
        return "微信只接受 3 到 32 位英文和数字", "去掉其他符号，和后台填的一致"
    if production and is_weak(value):
        return "太弱，或者是默认值", f"换成 {STRONG_LENGTH} 位以上的随机英文和数字，后台一起改"
    return None


def aes_key(value: str, production: bool) -> Wrong | None:
    if not re.fullmatch(r"[A-Za-z0-9]{43}", value):
        return f"要 43 位英文和数字，现在是 {len(value)} 位", "在后台随机生成"
    if production and is_weak(value):
        return "太弱，或者是默认值", "在后台随机生成"
    return None


def secret_key(value: str, production: bool) -> Wrong | None:
    instead = "用 openssl rand -base64 32 生成"
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return "不是 base64", instead
    if len(raw) != SECRET_KEY_BYTES:
        return f"要 {SECRET_KEY_BYTES} 字节，现在是 {len(raw)} 字节", instead
    if production and (len(set(raw)) < STRONG_LENGTH or value in DEVELOPMENT.values()):
        return "太弱，或者是默认值", instead
    return None


def api_token(value: str, production: bool) -> Wrong | None:
    """It opens the shop's lives to whoever has it: weak on nobody's desk either."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,128}", value) or is_weak(value):
        return "太短、太弱，或者有别的符号", "用 openssl rand -hex 32 生成"
    return None


def app_id(value: str, production: bool) -> Wrong | None:
    if not re.fullmatch(r"wx[0-9A-Za-z_]{4,30}", value):
        return "不是公众号的 AppID", "以 wx 开头，从公众号后台复制"
    if production and (value in DEVELOPMENT.values() or not re.fullmatch(r"wx[0-9a-f]{16}", value)):
        return "不是真实公众号的 AppID", "wx 加 16 位，从公众号后台复制"
    return None


def original_id(value: str, production: bool) -> Wrong | None:
    if not re.fullmatch(r"gh_[0-9A-Za-z_]{4,30}", value):
        return "不是公众号的原始 ID", "以 gh_ 开头，从公众号后台复制"
    if production and value in DEVELOPMENT.values():
        return "是默认值", "以 gh_ 开头，从公众号后台复制"
    return None


def public_url(value: str, production: bool) -> Wrong | None:
    parts = parsed(value)
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
        return "不是网址", "写成 https://app.example.com 这样"
    if parts.username or parts.query or parts.fragment or value.endswith("/"):
        return "网址里有多余的部分", "只写协议、域名和端口，结尾不要 /"
    if production and parts.scheme != "https":
        return "没有加密", "正式环境要用 https://"
    if production and is_loopback(parts.hostname):
        return "外面访问不到", "写对外的域名"
    if not production and parts.scheme == "https" and not is_loopback(parts.hostname):
        return "是对外的地址，但环境是 development", "对外服务要设 QIANXING_ENV=production"
    return None


def platform_url(value: str, production: bool) -> Wrong | None:
    parts = parsed(value)
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
        return "不是网址", "不设就用微信的地址"
    if parts.username or parts.query or parts.fragment:
        return "网址里有多余的部分", "只写协议、域名和路径"
    if production and parts.scheme != "https" and not is_loopback(parts.hostname):
        return "没有加密", "正式环境要用 https://"
    return None


def model_url(value: str, production: bool) -> Wrong | None:
    wrong = platform_url(value, production)
    return wrong and (wrong[0], "写到 /chat/completions 之前，比如 https://api.example.com/v1")


def database_url(value: str, production: bool) -> Wrong | None:
    parts = parsed(value)
    scheme = parts.scheme if parts else ""
    if not parts or scheme not in DATABASES:
        return "不是支持的数据库地址", f"以 {'、'.join(sorted(DATABASES))} 之一开头"
    if scheme == "sqlite":
        if not value.startswith("sqlite://") or parts.netloc:
            return "不是支持的数据库地址", "写成 sqlite:///./var/qianxing.db 这样"
        in_memory = value in ("sqlite://", "sqlite:///") or ":memory:" in value
        return ("重启后什么都不剩", "写一个文件的路径") if production and in_memory else None
    if not parts.hostname or len(parts.path) < 2:
        return "缺少主机或库名", "写成 postgresql+psycopg://用户:密码@主机/库 这样"
    return weak_password(parts) if production else None


def redis_url(value: str, production: bool) -> Wrong | None:
    parts = parsed(value)
    if not parts or parts.scheme not in ("redis", "rediss", "unix"):
        return "不是 Redis 地址", "写成 redis://:密码@主机:6379/0 这样"
    if parts.scheme == "unix":
        return None
    if not parts.hostname:
        return "缺少主机", "写成 redis://:密码@主机:6379/0 这样"
    return weak_password(parts) if production else None


def weak_password(parts: SplitResult) -> Wrong | None:
    """A server on this machine may trust its own people; one elsewhere needs a real password."""
    password = parts.password
    if password is None:
        on_this_machine = is_loopback(parts.hostname)
        return None if on_this_machine else ("没有密码", "在地址里写上密码")
    common = password.lower().rstrip("0123456789!") in COMMON or password.lower() in COMMON
    if common or password == parts.username or len(set(password)) < STRONG_VARIETY:
        return "密码太弱，或者是默认值", "换一个 16 位以上的随机密码"
    return None


def name_and_date(value: str, production: bool) -> Wrong | None:
    fits = re.fullmatch(r"\S.{0,40} [0-9]{4}-[0-9]{2}-[0-9]{2}", value)
    return None if fits else ("不是姓名和日期", "写成 王芳 2026-11-20 这样")


def not_in_production(value: str, production: bool) -> Wrong | None:
    return ("正式环境不能有", "删掉这个变量") if production else None


def mode(value: str, production: bool) -> Wrong | None:
    if value not in ("plaintext", "compatible", "safe"):
        return "不在可选的值里", "写 safe、compatible、plaintext 之一"
    if production and value == "plaintext":
        return "消息不加密", "公众号后台改成安全模式，这里写 safe"
    return None


def zone(value: str, production: bool) -> Wrong | None:
    if production and value.removeprefix(":") not in ZONES:
        return "时区不对", "写 Asia/Shanghai 或 UTC，或者删掉"
    return None


def debug(value: str, production: bool) -> Wrong | None:
    if production and value.lower() not in ("0", "false", "no", "off"):
        return "正式环境不能开调试", "删掉这个变量"
    return None


def template_id(value: str, production: bool) -> Wrong | None:
    fits = re.fullmatch(r"[0-9A-Za-z_-]{2,64}", value)
    return None if fits else ("不是订阅通知的模板 ID", "从公众号后台「订阅通知」复制")


def merchant_id(value: str, production: bool) -> Wrong | None:
    return None if re.fullmatch(r"[0-9]{8,12}", value) else ("不是商户号", "写 10 位数字")


def serial(value: str, production: bool) -> Wrong | None:
    fits = re.fullmatch(r"[0-9A-Fa-f]{16,40}", value)
    return None if fits else ("不是证书序列号", "从商户平台的 API 证书页复制")


def public_key_id(value: str, production: bool) -> Wrong | None:
    fits = re.fullmatch(r"PUB_KEY_ID_[0-9A-Za-z]{4,60}", value)
    return None if fits else ("不是微信支付公钥的 ID", "以 PUB_KEY_ID_ 开头，从商户平台复制")


def apiv3_key(value: str, production: bool) -> Wrong | None:
    if not re.fullmatch(r"[A-Za-z0-9]{32}", value):
        return f"要 32 位英文和数字，现在是 {len(value)} 位", "在商户平台设置"
    return ("太弱", "在商户平台换成随机的") if production and is_weak(value) else None


def private_rsa_key(value: str, production: bool) -> Wrong | None:
    return rsa_key(value, load_der_private_key)


def public_rsa_key(value: str, production: bool) -> Wrong | None:
    return rsa_key(value, lambda der, _: load_der_public_key(der))


def rsa_key(value: str, load: Callable[[bytes, None], object]) -> Wrong | None:
    """A PEM file, or what stands between its lines, in one line."""
    try:
        load(base64.b64decode(key_text(value), validate=True), None)
    except OSError:
        return "文件读不了", "检查路径和权限"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "不是 RSA 密钥", "写 PEM 文件的路径，或 PEM 首尾两行之间的内容，连成一行"
    return None


def key_text(value: str) -> str:
    """The base64 of a key, in one line. OSError when it names a file nobody can read."""
    text = Path(value).read_text() if value.endswith(".pem") else value
    return "".join(line.strip() for line in text.splitlines() if not line.startswith("-----"))


def corp_id(value: str, production: bool) -> Wrong | None:
    fits = re.fullmatch(r"w[wm][0-9A-Za-z_-]{4,62}", value)
    return None if fits else ("不是企业 ID", "从企业微信后台「我的企业」复制，ww 开头")


def agent_id(value: str, production: bool) -> Wrong | None:
    return None if re.fullmatch(r"[0-9]{1,12}", value) else ("不是应用的 AgentId", "写 7 位数字")


def bot_id(value: str, production: bool) -> Wrong | None:
    fits = re.fullmatch(r"[0-9A-Za-z_-]{6,64}", value)
    instead = "从企业微信后台「智能机器人」的 API 模式复制，只有英文、数字、_ 和 -"
    return None if fits else ("不是智能机器人的 Bot ID", instead)


def socket_url(value: str, production: bool) -> Wrong | None:
    parts = parsed(value)
    if parts is None or parts.scheme not in ("ws", "wss") or not parts.hostname:
        return "不是长连接地址", "写成 wss://主机 这样"
    if production and parts.scheme != "wss":
        return "没有加密", "正式环境用 wss://"
    return None


def webhooks(value: str, production: bool) -> Wrong | None:
    named = [one.partition("=") for one in value.split(",")]
    if all(name.strip() and re.fullmatch(r"[0-9A-Za-z_-]{8,80}", key) for name, _, key in named):
        return None
    return "读不懂", "写成 群名=key,群名=key，key 从群里「消息推送」的地址复制"
