"""Facts as the callers give them."""

from typing import Any

INVITATION: dict[str, Any] = {
    "member_id": 21,
    "nickname": "小明",
    "avatar": None,
    "slogan": "加入千星计划，带货分佣",
    "brand": "千星计划",
    "qr": "http://weixin.qq.com/q/02abcdefghij",
    "lines": ["长按识别二维码", "关注后回复「加入」", "免费参加，不用买东西"],
    "valid_until": "4月1日",
    "ad_mark": "广告",
}

PROGRESS: dict[str, Any] = {
    "rank": 1,
    "next_rank": 2,
    "perk": "带货佣金 +2 个百分点",
    "conditions": [
        {"name": "邀请", "unit": "人", "have": 3, "need": 3, "pending": 0},
        {"name": "直播业绩", "unit": "元", "have": 326000, "need": 500000, "pending": 48000},
    ],
    "next_step": {"title": "大约再播 3 场", "text": "近 30 天每场 620.00 元"},
}

AWKWARD_NAMES = {
    "empty": "",
    "family": "👨‍👩‍👧‍👦👩🏽‍🚀🇨🇳1️⃣",
    "name among emoji": "🌸阿丽🌸",
    "rare": "𠮷野家",
    "right to left": "مريم",
    "mixed directions": "小明 مريم Ali",
    "zero width": "小\u200b\u200d\u2060明\ufeff",
    "direction marks": "\u202e小明\u202c\u2066\u2069",
    "control": "小\x00\x07\n明",
    "combining": "e\u0301" * 20,
    "many marks": "a" + "\u0300" * 300,
    "long": "很长的名字" * 12,
    "half a pair": "小\ud800明",
    "blank": "\u3000 \t\u3164\u2800",
    "korean": "\u1112\u1161\u11ab글",
}


def seat(member_id: int, nickname: str, *seats: dict[str, Any], rank: int = 0) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "nickname": nickname,
        "rank": rank,
        "gmv_fen": 34_000 * member_id,
        "place": member_id or None,
        "joined_days": 12,
        "seats": list(seats),
    }


def team(*seats: dict[str, Any], rank: int = 2, nickname: str = "小明") -> dict[str, Any]:
    return {
        "period": "2月5日 – 3月6日",
        "self": {"member_id": 0, "nickname": nickname, "rank": rank, "gmv_fen": 186_000},
        "seats": list(seats),
        "total_people": 1 + len(seats),
        "total_fen": 348_000,
    }


FULL_TEAM = team(
    *(
        seat(number, "欧阳小明", *(seat(10 * number + k, "Alexander", rank=k) for k in range(3)))
        for number in (1, 2, 3)
    )
)
