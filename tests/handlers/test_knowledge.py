"""Common questions, product facts, and what colleagues teach the house."""

from sqlalchemy import select

from bot.reply import Text
from commerce.knowledge import AskedQuestion, State
from tests.commerce.sales import product
from tests.people import Cast, Clock, Person

NEW = "你们仓库周末有人值班吗"


def test_a_common_question_is_answered_with_its_source(dan: Person):
    dan.says("退货运费谁出？").hears(
        "质量问题、发错、少件，运费我们出。\n"
        "没发货就退，也没有运费。\n"
        "不想要了的无理由退货，寄回的运费自己付。\n"
        "来自：常见问题·售后"
    )
    dan.says("提现手续费是多少").hears_of("手续费 1%", "来自：常见问题·提现")


def test_a_wish_stays_a_wish(amy: Person):
    for wish, route in (("提现", "withdraw"), ("我要退货", "after_sales"), ("海报", "poster")):
        amy.says(wish)
        assert amy.route == route or amy.route[0].isupper()  # A refusal answers for it.


def test_it_is_said_aloud_in_a_group(amy: Person):
    amy.says("退货运费谁出", room="g1").hears_of("运费我们出", "来自：常见问题·售后")


def test_a_product_s_facts_come_from_the_catalogue(office, dan: Person):
    with office.work() as work:
        goods = product(work)
        title, number = goods.title, goods.id

    dan.says(f"{title}多少钱").hears_of("广告\n", title, "标价 99.00 元", "来自：商品资料")
    assert isinstance(dan.aloud, Text)
    assert f"下单 {number}" in dan.aloud.choices


def test_what_nobody_knows_goes_to_a_colleague_and_is_known_from_then_on(
    people: Cast, dan: Person, boss: Person, clock: Clock
):
    dan.says(NEW).hears("这个我还不会，我问问同事，有答案就告诉你。\n着急就回复「人工」。")
    boss.is_told("有问题等你答")
    people("eve").follows().says(NEW)

    boss.says("待答").hears_of("等答案的问题 1 个：", f"1 {NEW}（2 人问）")
    boss.says("答 1 有人，周末 9:00–18:00 值班").hears_of("告诉了 2 个问的人")

    dan.is_told(f"你问过：{NEW}\n有人，周末 9:00–18:00 值班\n来自：同事回复")
    people("eve").is_told("周末 9:00–18:00 值班")
    amy = people("amy").follows()
    amy.says(f"{NEW}？").hears("有人，周末 9:00–18:00 值班\n来自：同事回复")
    boss.says("待答").hears("现在没有等答案的问题。")


def test_an_answer_may_be_asked_for_and_corrected(dan: Person, boss: Person):
    dan.says(NEW)

    boss.says("答 1").hears_of(NEW, "写一句答案")
    boss.says("没人值班").hears_of("记下了")
    boss.says("答 1 有人值班").hears_of("记下了")

    dan.is_told("没人值班", "有人值班")
    dan.says(NEW).hears("有人值班\n来自：同事回复")


def test_some_questions_need_no_answer(dan: Person, boss: Person):
    dan.says(NEW)

    boss.says("不答 1").hears("好，1 不答了。")

    boss.says("待答").hears("现在没有等答案的问题。")
    boss.says("答 9 无").hears("没有 9 号问题。\n看等答案的，回复「待答」。")


def test_to_others_these_words_do_not_exist(dan: Person, amy: Person):
    dan.says(NEW)

    for words in ("待答", "答 1 随便说", "不答 1"):
        amy.says(words).hears_of("这句我没对上")
    dan.says(NEW).hears_of("我问问同事")


def test_small_talk_is_no_question_for_a_colleague(office, dan: Person):
    dan.says("今天好累啊").hears_of("我在。")
    dan.says("股票会涨吗")
    dan.says("哈哈")

    with office.work() as work:
        assert list(work.session.scalars(select(AskedQuestion))) == []


def test_nobody_can_fill_the_list(office, dan: Person):
    for number in range(30):
        dan.says(f"你们第{number}号仓库周末到底有没有人值班")

    with office.work() as work:
        rows = list(work.session.scalars(select(AskedQuestion)))
    assert len(rows) == 10
    assert {row.state for row in rows} == {State.OPEN}


def test_who_leaves_takes_the_questions_along(office, amy: Person):
    from commerce import knowledge

    member_id = amy.says(NEW).member.id
    with office.work() as work:
        knowledge.forget(work, member_id)

    with office.work() as work:
        assert list(work.session.scalars(select(AskedQuestion))) == []
