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

SHARED = INVITATION | {"title": "春日好物专场", "lines": ["3月6日 周五 20:00"]}

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

BOARD: dict[str, Any] = {
    "title": "春日好物专场",
    "host": "小明",
    "state": "正在播",
    "is_on": True,
    "at": "20:31",
    "lasted": "已播 31 分钟",
    "online": 1_284,
    "peak": 1_455,
    "viewers": 3_906,
    "buyers": 146,
    "orders": 146,
    "gmv_fen": 4_125_60,
    "conversion_bp": 374,
    "recent_minutes": 10,
    "recent_orders": 19,
    "recent_bp": 190,
    "step": 1,
    "times": [f"20:{minute:02d}" for minute in range(31)],
    "online_each": [320 + 60 * min(minute, 17) for minute in range(31)],
    "orders_each": [9, 12, 14, 13, 12, 13, 8, 6, 5, 4, 5, 4, 4, 3, 2, 3, *[2] * 15],
    "flash": 11,
    "sold_out": "20:10 前 100 单售完",
    "goods": [
        {"title": "藕粉 10 袋装", "sold": 122, "left": 68, "fen": 3_168_00},
        {"title": "毛巾 3 条", "sold": 24, "left": 276, "fen": 957_60},
    ],
    "offers": [
        ["前 100 单 9.90 元", "已售完"],
        ["助力 69.00 元", "解锁 0 份"],
        ["预约 128 人，抽 10 份", "已开奖，领取 4 份"],
    ],
    "hint": {
        "at": "20:31",
        "headline": "当前转化率低，建议上架福利品",
        "detail": "毛巾 3 条还有 276 份，下一条最早 20:41",
    },
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
