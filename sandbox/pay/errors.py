"""Errors of api.mch.weixin.qq.com: a real HTTP status and a JSON body with a word for a code."""

from typing import Any

STATUS = {
    "ALREADY_EXISTS": 400,
    "APPID_MCHID_NOT_MATCH": 400,
    "FREQUENCY_LIMITED": 429,
    "FREQUENCY_LIMIT_EXCEED": 429,
    "INVALID_REQUEST": 400,
    "NO_AUTH": 403,
    "NO_STATEMENT_EXIST": 400,
    "NOT_ENOUGH": 403,
    "NOT_FOUND": 404,
    "ORDERPAID": 400,
    "ORDER_CLOSED": 400,
    "ORDER_NOT_EXIST": 404,
    "OUT_TRADE_NO_USED": 403,
    "PARAM_ERROR": 400,
    "RESOURCE_NOT_EXISTS": 404,
    "RULE_LIMIT": 403,
    "SIGN_ERROR": 401,
    "STATEMENT_CREATING": 400,
    "SYSTEM_ERROR": 500,
    "USER_ACCOUNT_ABNORMAL": 403,
}
MESSAGES = {
    "FREQUENCY_LIMITED": "频率超限，请降低请求频率",
    "FREQUENCY_LIMIT_EXCEED": "频率超限，请降低请求频率",
    "NOT_ENOUGH": "商户账户余额不足",
    "ORDERPAID": "该订单已支付",
    "ORDER_CLOSED": "订单已关闭",
    "ORDER_NOT_EXIST": "订单不存在",
    "OUT_TRADE_NO_USED": "商户订单号重复",
    "SIGN_ERROR": "签名错误",
    "SYSTEM_ERROR": "系统繁忙，请稍后重试",
}


class PayError(Exception):
    """Answered with the code's own status, or 400. `field` names what is wrong in the request."""

    def __init__(self, code: str, message: str = "", field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS.get(code, 400)
        self.message = message or MESSAGES.get(code, code)
        self.field = field

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field:
            issue = {"field": self.field, "issue": self.message, "location": "body"}
            found["detail"] = issue
        return found
