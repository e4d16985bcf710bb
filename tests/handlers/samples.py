"""What somebody would say for a phrase: its slots filled."""

from bot.phrases import SLOT

SAMPLES = {
    "text": "小明",
    "code": "K7M3Q2AB",
    "url": "https://weixin.qq.com/sph/A1b2C3",
    "video_number": "V1",
    "number": "1",
    "line": "0073",
    "place": "2",
    "word": "abc",
    "yuan": "200",
    "sum": "200",
    "yes": "是",
    "all": "全部",
}


def said(pattern: str) -> str:
    return SLOT.sub(lambda slot: SAMPLES[slot[2]], pattern)
