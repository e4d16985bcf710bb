"""加入: three sentences, a name, a place in a team."""

from tests.people import Person


def test_a_newcomer_is_greeted_and_joins_by_giving_a_name(dan: Person):
    dan.hears(
        "你好，欢迎来到千星计划。\n"
        "这里可以推荐好物、预约直播、买直播价。\n"
        "参加免费，不用买东西。\n"
        "想参加，回复「加入」；先逛逛，回复「直播」。"
    )

    dan.says("加入").hears_of(
        "三句话，看完再决定", "免费参加，不用囤货", "需年满 16 周岁", "就回复你的昵称"
    )
    assert dan.member.state == "visitor"

    dan.says("小丹").hears(
        "欢迎，小丹！你现在是「见习」，可以推荐好物了。\n"
        "到一星还差：\n"
        "· 1 条带货短视频\n"
        "· 2 位朋友加入\n"
        "先拿邀请卡，回复「海报」；先发视频，回复「交短视频」。"
    )
    assert dan.member.consent_version == "2026-11"
