import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amounts import BadAmount
from bot.phrases import SLOT_KINDS, Phrase, normalise


@pytest.mark.parametrize(
    ("said", "normal"),
    [
        ("我要提现２００元！", "提现200元"),
        ("麻烦帮我查一下进度呀~", "查一下进度"),
        ("「收益」", "收益"),
        ("[提现 200]", "提现200"),
        ("请问 提现 怎么还没到啊？", "提现怎么还没到"),
        ("你好，我想加入", "加入"),
        ("@千星助手 我的收益呢", "我的收益"),
        ("這筆怎麼算的", "这笔怎么算的"),
        ("收\u200b益\ufeff", "收益"),
        ("海报[微笑]谢谢🙏", "海报"),
        ("OK", "ok"),
        ("你好", "你好"),
        ("谢谢", "谢谢"),
        ("我要不要提现", "我要不要提现"),
        ("我要预约", "我要预约"),
        ("我想预约", "预约"),
        ("开播了吗", "开播了吗"),
        ("", ""),
    ],
)
def test_one_spelling_for_what_means_the_same(said, normal):
    assert normalise(said) == normal


@given(st.text() | st.text("请我想要帮问谢了吗呀 。！[]好是对確認Ａａ\u200b🙏", max_size=12))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text("请我想要谢了吗呀好是 。", min_size=1, max_size=8))
def test_politeness_alone_is_not_taken_away(text):
    assert normalise(text) != "" or not text.strip(" ")


@pytest.mark.parametrize(
    ("pattern", "said", "slots"),
    [
        ("提现", "我要提现！", {}),
        ("提现 {amount_fen:yuan}", "我要提现２００元", {"amount_fen": 200_00}),
        ("提现 {amount_fen:yuan}", "提现：一百二吧", {"amount_fen": 120_00}),
        ("提现 {amount_fen:yuan}", "提 现 1,000 元", {"amount_fen": 1_000_00}),
        ("提现 {amount_fen:yuan}", "提现到哪了", None),
        ("提现 {amount_fen:yuan}", "提现一下", None),
        ("提现 {amount_fen:yuan}", "今天提现200", None),
        ("{amount_fen:yuan}", "100块5", {"amount_fen": 100_50}),
        ("提现 {amount:all}", "提现全部", {"amount": "all"}),
        ("下单 {product:number}", "下单 第３个", {"product": 3}),
        ("下单 {product:number}", "下单十二", {"product": 12}),
        ("下单 {product:number} {quantity:number}", "下单 3 2", {"product": 3, "quantity": 2}),
        ("下单 {product:number} {quantity:number}", "下单32", None),
        ("定价 {p:number} {fen:yuan}", "定价 3 59.9", {"p": 3, "fen": 59_90}),
        ("{n:number} 怎么算的", "第2笔怎么算的呀", {"n": 2}),
        ("申诉 {video:video_number}", "申诉ｖ１２", {"video": 12}),
        ("申诉 {video:video_number}", "申诉 视频12", {"video": 12}),
        ("申诉 {video:video_number}", "申诉 12", None),
        ("退回 {v:video_number} {why:text}", "退回V12 没有Logo！", {"v": 12, "why": "没有Logo！"}),
        ("退回 {v:video_number} {why:text}", "退回V12", None),
        ("绑定 {code:code}", "绑定 o1l-abc9", {"code": "011ABC9"}),
        ("绑定 {code:code}", "绑定手机", None),
        ("看 {withdrawal:word}", "看 W1031吧", {"withdrawal": "W1031"}),
        ("我叫 {name:text}", "我叫 Amy🌸呀", {"name": "Amy🌸呀"}),
        ("我叫 {name:text}", "麻烦我叫 Tom  Cat。", {"name": "Tom  Cat"}),
        ("{name:text}", "小红啊", {"name": "小红啊"}),
        ("{name:text}", "  👨\u200d👩\u200d👧❤️ ", {"name": "👨\u200d👩\u200d👧❤️"}),
        ("{name:text}", "  ", None),
        (
            "{url:url}",
            "https://Weixin.qq.com/sph/A1b2C3。",
            {"url": "https://Weixin.qq.com/sph/A1b2C3"},
        ),
        ("{url:url}", "weixin.qq.com/sph/A1", {"url": "weixin.qq.com/sph/A1"}),
        ("{url:url}", "看看", None),
    ],
)
def test_a_phrase_finds_its_slots(pattern, said, slots):
    assert Phrase(pattern).match(said) == slots


@pytest.mark.parametrize(
    "said", ["确认", "確認。", "确 定", "好的", "好吧", "是的呀", "OK!", "嗯嗯", "同意了"]
)
def test_a_yes_is_a_yes(said):
    assert Phrase("{yes:yes}").match(said) == {"yes": True}


@pytest.mark.parametrize(
    "said", ["确定吗？", "是吗", "对吧", "对了", "好了吗", "确认?", "不是", "不确定"]
)
def test_a_doubt_is_no_yes(said):
    assert Phrase("{yes:yes}").match(said) is None
    assert Phrase("确认").match(said) is None


@pytest.mark.parametrize("said", ["提现 100.005", "提现-5", "提现 1e2", "提现0元", "提现几百"])
def test_an_amount_that_cannot_be_taken_is_told_apart_from_other_words(said):
    with pytest.raises(BadAmount):
        Phrase("提现 {amount_fen:yuan}").match(said)


def test_the_more_exact_phrase_goes_first():
    phrases = [
        "{name:text}",
        "看 {what:text}",
        "{n:number}",
        "看 {what:word}",
        "看 {video:video_number}",
        "看看 {n:number}",
        "看",
    ]

    assert sorted(phrases, key=lambda pattern: Phrase(pattern).specificity) == phrases
    assert [Phrase(pattern).is_free for pattern in phrases] == [True, True] + [False] * 5


@pytest.mark.parametrize("pattern", ["{a:colour}", "{a:yuan} {a:yuan}", "", "  "])
def test_a_pattern_that_cannot_work_is_refused_when_it_is_written(pattern):
    with pytest.raises(ValueError, match="phrase"):
        Phrase(pattern)


@given(st.sampled_from(sorted(SLOT_KINDS)), st.text(max_size=40))
def test_whatever_is_typed_matches_or_not(kind, text):
    phrase = Phrase(f"看 {{it:{kind}}}")
    try:
        found = phrase.match(f"看 {text}")
    except BadAmount:
        assert kind == "yuan"
    else:
        assert found is None or found.keys() == {"it"}


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.strip() and "。" not in text))
def test_free_text_is_kept_as_it_was_typed(text):
    found = Phrase("改名 {name:text}").match(f"改名 {text}")

    assert found is None or found["name"] in text
