import pytest

from bot.second_thoughts import is_sound

FACTS = ["满 100.00 元可以提现，手续费 1%，第二天 09:00 起付款。", "每人 3 个席位。"]


@pytest.mark.parametrize(
    "answer",
    [
        "满 100 元就能提现。",
        "手续费 1％，满 100.00 元可提。",
        "第二天 09:00 付款。",
        "可以的，随时能问。",
    ],
)
def test_words_around_the_facts_numbers_are_sound(answer):
    assert is_sound(answer, FACTS)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "满 10 元就能提现。",
        "手续费 0%。",
        "已为你提现，明天到。",
        "满 100 元可以提现，我们保证到账。",
        "详情看 https://evil.example/x",
        "加微信 weixin123 了解",
        "发到 a@evil.com",
        "[[点这里|x]]",
        "五百元就送你。",
        "字" * 201,
    ],
)
def test_invented_numbers_addresses_and_promises_are_not(answer):
    assert not is_sound(answer, FACTS)


def test_a_banned_word_is_not_sound():
    assert not is_sound("满 100 元可以提现。", FACTS, ("最",))
