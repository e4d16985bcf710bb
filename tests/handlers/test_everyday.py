"""改名, 规则, 帮助, 人工, 别发了, 取消, what is not there yet, and what nobody understood."""

from tests.handlers.doors import column
from tests.people import Clock, Person


def test_a_new_name(amy: Person):
    amy.says("我叫 阿米🌸").hears("改好了，amy → 阿米🌸。\n之后画的邀请卡用新昵称。")

    amy.says("改名").hears("想改成什么昵称？")
    amy.says("小米").hears("改好了，阿米🌸 → 小米。\n之后画的邀请卡用新昵称。")


def test_a_name_given_outright_answers_the_question_too(amy: Person):
    amy.says("改名").says("我叫阿米")

    amy.says("周末愉快的一天")

    assert amy.member.name == "阿米"


def test_a_bad_name_may_be_tried_again(amy: Person):
    amy.says("改名").says("第一名").hears(
        "昵称里不能有「第一」。\n换一个，写成「我叫小明」这样发来就行。"
    )

    amy.says("阿米").hears_of("改好了，amy → 阿米。")


def test_asking_for_something_else_is_no_name(amy: Person):
    amy.says("改名").says("怎么邀请朋友")

    assert amy.route == "poster"
    assert amy.member.name == "amy"


def test_a_visitor_has_no_name_to_change(dan: Person):
    dan.says("我叫小丹").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")


def test_the_rules_in_four_lines(amy: Person):
    amy.taps("rules").hears(
        "免费参加，不用买东西。\n"
        "收入只来自真实卖出的商品、达标的作品和升级奖金；邀请朋友本身没有钱。\n"
        "每人 3 个席位，团队奖励看两层：你邀请的人，和他们邀请的人。\n"
        "完整版：[[计划规则|https://star.example/pages/rules]]　"
        "[[隐私说明|https://star.example/pages/privacy]]　"
        "[[资质公示|https://star.example/pages/qualifications]]"
    )


def test_help_names_what_may_be_said(amy: Person, dan: Person):
    amy.says("帮助").hears(
        "可以直接说：\n"
        "「进度」还差什么升级\n"
        "「海报」拿邀请卡\n"
        "「团队」看团队和排名\n"
        "「交短视频」提交作品\n"
        "「我叫小明」改昵称\n"
        "「规则」「绑定」「别发了」「退出」「人工」"
    )
    dan.says("帮助").hears_of("「加入」免费成为星主")


def test_a_colleague_is_called_with_one_sentence(amy: Person):
    amy.says("都不是").hears(
        "那我请同事来，9:00–21:00 一般 10 分钟内回。\n先用一句话说说要办什么，我一起转过去。"
    )

    amy.says("我叫的快递怎么还没到").hears(
        "转过去了，编号 C1。\n9:00–21:00 一般 10 分钟内回，回复会发到这里。"
    )
    assert amy.member.name == "amy"


def test_at_night_it_says_when_somebody_comes(amy: Person, clock: Clock):
    clock.passes(hours=10)

    amy.taps("human").hears(
        "同事 9:00–21:00 在，我先记下，3月3日 09:00 起回。\n先用一句话说说要办什么，我一起转过去。"
    )
    amy.says("提现").hears_of("还差 100.00 元")
    amy.says("我想问问怎么退款").hears("转过去了，编号 C1。\n3月3日 09:00 起回，回复会发到这里。")


def test_no_more_news_and_news_again(amy: Person):
    amy.says("别发了").hears(
        "好，活动和推荐不再发了。\n钱和服务的消息照常。想恢复，回复「恢复提醒」。"
    )
    assert column(amy, "muted_at") is not None

    amy.says("恢复提醒").hears("恢复了，有新直播和好物会告诉你。\n不想收，回复「别发了」。")
    assert column(amy, "muted_at") is None


def test_nothing_to_cancel(amy: Person):
    amy.says("取消").hears("现在没有等你确认的事，不用取消。")


def test_my_invitation_code(amy: Person, dan: Person):
    dan.says("邀请码").hears("把朋友给的码写在后面，比如「邀请码 K7M3Q2AB」。")
    amy.says("邀请码").hears_of("你的邀请码是 ", "再回复「加入」，就算你邀请的。")


def test_a_visitor_may_look_for_lives(dan: Person):
    dan.says("周五几点播").hears("现在没有排好的直播，排好了在这里就能看到。")


def test_what_nobody_understood_gets_a_way_on(amy: Person):
    amy.says("那个东西咋整").hears(
        "这句我没对上，换个说法试试。\n"
        "也可以直接说「进度」「海报」「团队」，或者回复「人工」找同事。"
    )
    amy.says("今天好累啊").hears("我在。\n要我办事就说一声，「进度」「海报」「团队」都行。")
    amy.sends_picture().hears("收到了，不过我只看得懂文字和短视频。\n想办什么，打几个字告诉我。")


def test_pinyin_is_understood_before_it_is_taken_for_a_code(amy: Person):
    amy.says("haibao")

    assert amy.route == "poster"
