"""加入: three sentences, a name, a place in a team."""

import pytest
from sqlalchemy import select

from commerce.people.audit import AuditRecord
from commerce.work import Office
from qianxing import app
from tests.handlers.doors import Door, column, last_words, suspended, tasks_run, token_of
from tests.people import Cast, Clock, Person

THREE_SENTENCES = (
    "三句话，看完再决定：\n"
    "1 免费参加，不用囤货，随时可以退出。\n"
    "2 收入来自真实卖出的商品和达标的作品，卖不出就没有。\n"
    "3 你的邀请人和他的邀请人，能看到你的昵称、星级和近 30 天业绩。\n"
    "需年满 16 周岁，未满 18 要监护人同意。\n"
    "同意[[《计划规则》|https://star.example/pages/rules]]"
    "和[[《隐私说明》|https://star.example/pages/privacy]]，就回复你的昵称。"
)


def test_a_newcomer_is_greeted_and_joins_by_giving_a_name(dan: Person):
    dan.hears(
        "你好，欢迎来到千星计划。\n"
        "这里可以推荐好物、预约直播、买直播价。\n"
        "参加免费，不用买东西。\n"
        "想参加，回复「加入」；先逛逛，回复「直播」。"
    )

    dan.says("加入").hears(THREE_SENTENCES).is_offered("先不加入")
    assert dan.member.state == "visitor"

    dan.says("小丹").hears(
        "欢迎，小丹！你现在是「见习」，可以推荐好物了。\n"
        "到一星还差：\n"
        "· 1 条带货短视频\n"
        "· 2 位朋友加入\n"
        "先拿邀请卡，回复「海报」；先发视频，回复「交短视频」。"
    )
    assert dan.member.consent_version == "2026-11"


def test_a_friend_who_scanned_joins_the_team_and_the_inviter_hears_of_it(amy: Person, people: Cast):
    hong = people("小红").follows(amy.card)
    hong.hears_of("是amy邀请你来的。")

    hong.says("加入").says("小红").hears_of("欢迎，小红！", "邀请人：amy，已确定。")

    assert hong.member.parent_id == amy.member.id
    assert amy.notices == ["小红加入了，是你邀请的。\n已邀请 1 人，席位还有 2 个。"]


def test_the_fourth_friend_joins_without_a_seat_and_both_are_told_kindly(amy: Person, people: Cast):
    for name in ("小红", "小刚", "阿丽"):
        people(name).joins(amy.card)

    wei = people("阿伟").joins(amy.card)

    wei.hears(
        "欢迎，阿伟！你是amy邀请的。\n"
        "amy的 3 个席位满了，所以你不进他的团队；"
        "卖货、佣金、升级和别人完全一样，你也有自己的 3 个席位。\n"
        "下一步：回复「海报」或「进度」。"
    )
    assert (wei.member.inviter_id, wei.member.parent_id) == (amy.member.id, None)
    assert amy.notices[2] == "阿丽加入了，是你邀请的。\n已邀请 3 人，席位已满。"
    assert amy.notices[3] == (
        "阿伟加入了。你的 3 个席位已满，这位朋友不占席位。\n"
        "没走别人的推广链接买东西时，算你推荐；这位朋友卖的货不算团队奖励。"
    )


def test_joining_twice_changes_nothing(bo: Person):
    joined_at = bo.member.joined_at

    bo.says("加入").hears("你已经加入了，bo。\n看还差什么升级，回复「进度」。")

    assert bo.member.joined_at == joined_at


def test_the_menu_asks_the_same(dan: Person):
    dan.taps("join").hears(THREE_SENTENCES)


@pytest.mark.parametrize("name", ["amy", "boss2026", "ABCDEF", "haha88", "K7M3Q2AB"])
def test_a_name_in_latin_letters_is_a_name(name: str, people: Cast):
    people(name).joins().hears_of(f"欢迎，{name}！")


@pytest.mark.parametrize("name", ["小伊👨‍👩‍👧", "𠮷野家", "שלום", "阿 米", "小红。花", "2026"])
def test_a_name_is_kept_whole(name: str, dan: Person):
    dan.says("加入").says(name).hears_of(f"欢迎，{name}！")

    assert column(dan, "nickname") == name


@pytest.mark.parametrize("said", ["我叫小明", "叫我小明", "我的昵称是小明", "我叫：小明", " 小明 "])
def test_a_name_is_a_name_however_it_is_put(said: str, dan: Person):
    dan.says("加入").says(said).hears_of("欢迎，小明！")


def test_a_name_that_may_not_be_is_refused_and_the_next_one_is_taken(dan: Person):
    dan.says("加入").says("全网最低小丹").hears(
        "昵称里不能有「最」、「全网最低」。\n换一个，写成「我叫小明」这样发来就行。"
    )
    dan.says("一二三四五六七八九十一二三").hears(
        "昵称要 1 到 12 个字。\n换一个，写成「我叫小明」这样发来就行。"
    )
    assert dan.member.state == "visitor"

    dan.says("我叫小丹").hears_of("欢迎，小丹！")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("规则", "免费参加，不用买东西。"),
        ("我想先看看规则", "免费参加，不用买东西。"),
        ("帮助", "可以直接说："),
        ("今天好累啊", "我在。"),
        ("haibao", "加入后这里会有你的数据。"),
        ("要钱吗", "「要钱吗」听着像在问事情，先没当昵称。"),
        ("这是干什么的？", "听着像在问事情"),
        ("", "这句我没对上"),
        ("   ", "这句我没对上"),
    ],
)
def test_what_is_no_name_does_not_become_one(said: str, answer: str, dan: Person):
    dan.says("加入").says(said).hears_of(answer)
    assert dan.member.state == "visitor"

    dan.says("小丹").hears_of("欢迎，小丹！")


@pytest.mark.parametrize("no", ["取消", "先不加入", "算了", "不用了"])
def test_a_no_leaves_it_at_that(no: str, dan: Person):
    dan.says("加入").says(no).hears("好，先不办了。\n什么时候想办，再说一声。")
    dan.says("小丹")

    assert dan.member.state == "visitor"


def test_a_question_that_waited_too_long_says_so_and_takes_no_name(dan: Person, clock: Clock):
    dan.says("加入")
    clock.passes(minutes=10)

    dan.says("小丹").hears("刚才那一步等得久了，没有生效。\n还要办的话，从头再说一次就行。")
    assert dan.member.state == "visitor"

    dan.says("小丹").hears_of("这句我没对上")


def test_the_next_day_nobody_speaks_of_yesterdays_question(dan: Person, clock: Clock):
    dan.says("加入")
    clock.passes(days=1)

    dan.says("小丹").hears_of("这句我没对上")


def test_the_question_survives_a_restart(dan: Person, office: Office, rules):
    dan.says("加入")

    dan.bot = app.bot(rules, "https://star.example")

    dan.says("小丹").hears_of("欢迎，小丹！")


def test_what_was_asked_at_one_door_may_be_answered_at_another(
    amy: Person, amy_at_service: Door, amy_in_group: Door
):
    amy.says("退出")

    amy_in_group.says("确认退出")
    assert column(amy, "state") == "joined"

    amy_at_service.says("确认退出").hears(
        "已退出，个人信息正在删除。\n哪天想回来，回复「加入」就行，邀请人和星级还在。"
    )
    assert column(amy, "state") == "left"


def test_ones_own_card_makes_nobody_ones_inviter(amy: Person):
    amy.scans(amy.card).hears("这是你自己的邀请卡，发给朋友，让朋友扫。")

    assert amy.member.inviter_id is None


def test_the_card_of_a_suspended_star_welcomes_and_credits_nobody(amy: Person, people: Cast):
    card = amy.card
    suspended(amy)

    eve = people("eve").joins(card)

    assert eve.member.inviter_id is None
    assert amy.notices == []


def test_a_card_that_ran_out_says_so(amy: Person, people: Cast, clock: Clock):
    card = amy.card
    clock.passes(days=31)

    eve = people("eve").follows(card)

    eve.hears_of("你扫的邀请卡失效了，没记下邀请人；请朋友回复「海报」换张新的再扫。")
    eve.scans(amy.card).hears_of("是amy邀请你来的。")


def test_the_first_card_counts(amy: Person, bo: Person, people: Cast):
    eve = people("eve").follows(bo.card)

    eve.scans(amy.card).hears_of("是bo邀请你来的。")


def test_following_again_keeps_the_inviter_and_credits_nothing_twice(amy: Person, bo: Person):
    bo.unfollows().hears_nothing()

    bo.follows(amy.card).hears("欢迎回来，bo。\n邀请人还是amy，进度和团队都还在。")

    amy.says("进度").hears_of("邀请 1 / 2 人")
    assert len(amy.notices) == 1


def test_a_scan_after_joining_says_how_to_name_the_inviter(amy: Person, people: Cast):
    eve = people("eve").joins()

    eve.scans(amy.card).hears(
        f"你已经加入，扫码不会改邀请人。\n加入 7 天内可以补填：回复「邀请码 {token_of(amy)}」。"
    )
    eve.says(f"邀请码 {token_of(amy)}").hears("邀请人：amy，已确定。\n你坐在amy的团队里了。")
    assert amy.notices == ["eve加入了，是你邀请的。\n已邀请 1 人，席位还有 2 个。"]


def test_a_code_instead_of_a_scan(amy: Person, dan: Person):
    token = token_of(amy)

    dan.says(f"邀请码 {token.lower()}").hears("记下了，是amy邀请你来的。\n想参加，回复「加入」。")
    dan.says("加入").says("小丹").hears_of("邀请人：amy，已确定。")


def test_a_friends_code_given_for_a_name_is_taken_as_a_code(amy: Person, dan: Person):
    dan.says("加入").says(token_of(amy)).hears(
        "记下了，是amy邀请你来的。\n现在回复你的昵称，就加入了。"
    )

    dan.says("小丹").hears_of("欢迎，小丹！", "邀请人：amy，已确定。")


def test_an_inviter_stays_whoever_gives_a_code_later(amy: Person, bo: Person, people: Cast):
    eve = people("eve").joins()

    bo.says(f"邀请码 {token_of(eve)}").hears(
        "你的邀请人是amy，谁先邀请算谁的，不能换。\n记错了，回复「人工」。"
    )


def test_a_code_after_a_week_comes_too_late(amy: Person, people: Cast, clock: Clock):
    eve = people("eve").joins()
    clock.passes(days=8)

    eve.says(f"邀请码 {token_of(amy)}").hears(
        "邀请码要在加入后 7 天内填，你已经过了。\n有特殊情况，回复「人工」。"
    )


def test_consent_is_kept_with_its_text_and_time(dan: Person, office: Office):
    dan.says("加入").says("小丹")

    with office.work() as work:
        record = work.session.scalars(select(AuditRecord)).one()
    assert (record.act, record.facts) == ("consent", {"version": "2026-11"})


def test_who_left_comes_back_as_the_same_person(amy: Person, bo: Person, office: Office):
    before = bo.member.id
    bo.says("退出").says("确认退出")
    tasks_run(office)

    bo.follows().hears("欢迎回来。\n你之前退出了计划，想再参加，回复「加入」。")
    bo.says("加入").says("阿波").hears("欢迎回来，阿波！\n邀请人还是amy，星级和团队都还在。")

    assert (bo.member.id, bo.member.inviter_id) == (before, amy.member.id)
    assert len(amy.notices) == 1
    bo.says("海报")
    assert last_words(bo).startswith("有效到")
