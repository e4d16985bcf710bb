"""The environment variables: what each is for, which belong together, which are secret."""

from dataclasses import dataclass

from qianxing.checks import (
    Check,
    aes_key,
    agent_id,
    anything,
    api_token,
    apiv3_key,
    app_id,
    bot_id,
    corp_id,
    database_url,
    debug,
    merchant_id,
    mode,
    model_url,
    name_and_date,
    not_in_production,
    one_of,
    original_id,
    platform_url,
    private_rsa_key,
    public_key_id,
    public_rsa_key,
    public_url,
    redis_url,
    secret,
    secret_key,
    serial,
    socket_url,
    template_id,
    token,
    webhooks,
    zone,
)


@dataclass(frozen=True, slots=True)
class Variable:
    """`default` None: production must set it; development may leave it to DEVELOPMENT."""

    name: str
    hint: str
    check: Check
    default: str | None = None


CONSOLE = "从公众号后台「基本配置」复制"
WECOM_CONSOLE = "从企业微信后台的自建应用复制；不用企业微信就一个都不设"
BOT_CONSOLE = "从企业微信后台「智能机器人」的 API 模式复制；不用群机器人就一个都不设"
MODEL_CONSOLE = "从模型服务商复制，任何 OpenAI 兼容的都行；不用模型就一个都不设"
MERCHANT = "从微信支付商户平台复制；不收款就一个都不设"

VARIABLES = (
    Variable("QIANXING_ENV", "", one_of("production", "development"), "development"),
    Variable("DATABASE_URL", "写成 postgresql+psycopg://用户:密码@主机/库 这样", database_url),
    Variable("REDIS_URL", "写成 redis://:密码@主机:6379/0 这样", redis_url),
    Variable("QIANXING_DATA", "", anything, "./var"),
    Variable("QIANXING_CONFIG", "", anything, "config.yaml"),
    Variable("QIANXING_COMPLIANCE_ACKNOWLEDGED", "", name_and_date, ""),
    Variable("QIANXING_PUBLIC_URL", "写成 https://app.example.com 这样", public_url),
    Variable("QIANXING_SECRET_KEY", "用 openssl rand -base64 32 生成", secret_key),
    Variable("QIANXING_API_TOKEN", "用 openssl rand -hex 32 生成；不给机器用就不设", api_token, ""),
    Variable("QIANXING_CLOCK_FILE", "", not_in_production, ""),
    Variable("QIANXING_DEBUG", "", debug, ""),
    Variable("TZ", "", zone, ""),
    Variable("WECHAT_APPID", CONSOLE, app_id),
    Variable("WECHAT_SECRET", CONSOLE, secret),
    Variable("WECHAT_TOKEN", CONSOLE, token),
    Variable("WECHAT_AES_KEY", CONSOLE, aes_key),
    Variable("WECHAT_TOKEN_OLD", "", token, ""),
    Variable("WECHAT_AES_KEY_OLD", "", aes_key, ""),
    Variable("WECHAT_ORIGINAL_ID", CONSOLE, original_id),
    Variable("WECHAT_MODE", "", mode, "safe"),
    Variable("WECHAT_API_URL", "", platform_url, "https://api.weixin.qq.com"),
    Variable("WECHAT_MP_URL", "", platform_url, "https://mp.weixin.qq.com"),
    Variable("WECHAT_OPEN_URL", "", platform_url, "https://open.weixin.qq.com"),
    Variable("WECHAT_TEMPLATE_LIVE_REMINDER", "", template_id, ""),
    Variable("WECHAT_TEMPLATE_DRAW_RESULT", "", template_id, ""),
    Variable("WECOM_CORPID", WECOM_CONSOLE, corp_id, ""),
    Variable("WECOM_AGENTID", WECOM_CONSOLE, agent_id, ""),
    Variable("WECOM_SECRET", WECOM_CONSOLE, secret, ""),
    Variable("WECOM_TOKEN", WECOM_CONSOLE, token, ""),
    Variable("WECOM_AES_KEY", WECOM_CONSOLE, aes_key, ""),
    Variable("WECOM_KF_TOKEN", WECOM_CONSOLE, token, ""),
    Variable("WECOM_KF_AES_KEY", WECOM_CONSOLE, aes_key, ""),
    Variable("WECOM_BOT_ID", BOT_CONSOLE, bot_id, ""),
    Variable("WECOM_BOT_SECRET", BOT_CONSOLE, secret, ""),
    Variable("WECOM_BOT_TOKEN", BOT_CONSOLE, token, ""),
    Variable("WECOM_BOT_AES_KEY", BOT_CONSOLE, aes_key, ""),
    Variable("WECOM_WEBHOOKS", "", webhooks, ""),
    Variable("WECOM_API_URL", "", platform_url, "https://qyapi.weixin.qq.com"),
    Variable("WECOM_WS_URL", "", socket_url, "wss://openws.work.weixin.qq.com"),
    Variable("QIANXING_MODEL_URL", MODEL_CONSOLE, model_url, ""),
    Variable("QIANXING_MODEL_KEY", MODEL_CONSOLE, secret, ""),
    Variable("QIANXING_MODEL_NAME", MODEL_CONSOLE, anything, ""),
    Variable("QIANXING_PAY_MCHID", MERCHANT, merchant_id, ""),
    Variable("QIANXING_PAY_SERIAL", MERCHANT, serial, ""),
    Variable("QIANXING_PAY_PRIVATE_KEY", MERCHANT, private_rsa_key, ""),
    Variable("QIANXING_PAY_PUBLIC_KEY_ID", MERCHANT, public_key_id, ""),
    Variable("QIANXING_PAY_PUBLIC_KEY", MERCHANT, public_rsa_key, ""),
    Variable("QIANXING_PAY_APIV3_KEY", MERCHANT, apiv3_key, ""),
    Variable("QIANXING_PAY_API_URL", "", platform_url, "https://api.mch.weixin.qq.com"),
)
PAY = tuple(
    one.name
    for one in VARIABLES
    if one.name.startswith("QIANXING_PAY_") and one.name != "QIANXING_PAY_API_URL"
)
"""All of them, or none: then the house takes no money yet, and says so."""
WECOM = (
    *("WECOM_CORPID", "WECOM_AGENTID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_AES_KEY"),
    *("WECOM_KF_TOKEN", "WECOM_KF_AES_KEY"),
)
"""All of them, or none: then only the official account is open."""
WECOM_BOT = ("WECOM_BOT_ID", "WECOM_BOT_SECRET", "WECOM_BOT_TOKEN", "WECOM_BOT_AES_KEY")
"""All of them, or none: then nobody answers in groups."""
MODEL = ("QIANXING_MODEL_URL", "QIANXING_MODEL_KEY", "QIANXING_MODEL_NAME")
"""All of them, or none: then nothing is asked of a model."""
TOGETHER = {"支付": PAY, "企业微信": WECOM, "群机器人": WECOM_BOT, "模型": MODEL}
"""What is set together, or not at all."""
BY_WECOM = {"群机器人": WECOM_BOT, "群消息推送": ("WECOM_WEBHOOKS",)}
"""What the app in WeCom makes possible: without it they are of no use."""
TEMPLATES = {
    "live_reminder": "WECHAT_TEMPLATE_LIVE_REMINDER",
    "draw_result": "WECHAT_TEMPLATE_DRAW_RESULT",
}
"""What the rules call a subscription message, and the variable with its id."""
SECRETS = (
    "QIANXING_SECRET_KEY",
    "QIANXING_API_TOKEN",
    "WECHAT_SECRET",
    "WECHAT_TOKEN",
    "WECHAT_AES_KEY",
    "WECOM_SECRET",
    "WECOM_TOKEN",
    "WECOM_AES_KEY",
    "WECOM_KF_TOKEN",
    "WECOM_KF_AES_KEY",
    "WECOM_BOT_SECRET",
    "WECOM_BOT_TOKEN",
    "WECOM_BOT_AES_KEY",
    "QIANXING_MODEL_KEY",
    "QIANXING_PAY_PRIVATE_KEY",
    "QIANXING_PAY_APIV3_KEY",
)
"""No two of them may be the same."""
