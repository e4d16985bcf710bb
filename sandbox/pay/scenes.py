"""What each transfer scene wants reported, and the words the payee may be shown."""

from typing import Any

from sandbox.pay.errors import PayError

SCENES: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "1000": ({"活动名称", "奖励说明"}, ("活动奖励", "现金奖励")),
    "1005": ({"岗位类型", "报酬说明"}, ("劳务报酬", "报销款", "企业补贴", "开工利是")),
    "1011": ({"赔付原因"}, ("退款", "商家赔付")),
}
"""Those this merchant was granted."""


def check(scene: str, reports: object, perception: str) -> None:
    """PayError unless everything the scene wants is there, once, and nothing else."""
    if scene not in SCENES:
        raise PayError("NO_AUTH", "商户未开通该转账场景")
    wanted, words = SCENES[scene]
    if not isinstance(reports, list) or not reports:
        raise PayError("PARAM_ERROR", "需传入转账场景报备信息", "/transfer_scene_report_infos")
    types = [_checked(report) for report in reports]
    if len(types) != len(wanted) or set(types) != wanted:
        message = "未传入完整且对应的转账场景报备信息"
        raise PayError("PARAM_ERROR", message, "/transfer_scene_report_infos")
    if perception and perception not in words:
        raise PayError("INVALID_REQUEST", "暂不支持展示当前传入的用户收款感知")


def _checked(report: Any) -> str:
    field = "/transfer_scene_report_infos"
    if not isinstance(report, dict):
        raise PayError("PARAM_ERROR", "报备信息的格式不对", field)
    for key, most in (("info_type", 15), ("info_content", 32)):
        value = report.get(key)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            raise PayError("PARAM_ERROR", f"{key} 要有 1 到 {most} 个字", field)
    return str(report["info_type"])
