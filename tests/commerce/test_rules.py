from datetime import time, timedelta
from pathlib import Path

import pytest

from commerce.rules import ConfigError, Rank, load_rules, overlay, read_document, rules_from

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config.yaml"
SHIPPED = CONFIG.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rules():
    return load_rules(CONFIG)


def refusal(path: Path):
    """The one problem of a file, which takes one line to say."""
    with pytest.raises(ConfigError) as caught:
        load_rules(path)
    (problem,) = caught.value.problems
    assert str(caught.value) == str(problem)
    assert "\n" not in str(problem)
    return problem


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The shipped configuration with its first `old` written `new`."""
    assert old in SHIPPED, old
    path = tmp_path / "config.yaml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_shipped_rules_are_those_of_the_product_page(rules):
    plan = rules.plan
    ranks = [
        (rank.label, rule.uplift_bp, rule.tier2_bp, rule.tier3_bp, rule.gmv_fen)
        for rank, rule in plan.ranks.items()
    ]

    assert ranks == [
        ("见习", 0, 0, 0, 0),
        ("一星", 0, 500, 300, 0),
        ("二星", 200, 500, 300, 5_000_00),
        ("三星", 400, 600, 350, 20_000_00),
        ("十星", 700, 650, 400, 100_000_00),
        ("百星", 1100, 700, 450, 500_000_00),
        ("千星", 1500, 800, 500, 2_000_000_00),
    ]
    assert [rule.people for _, rule in plan.ranks.items()] == [0, 2, 3, 5, 7, 9, 10]
    assert plan.ranks[Rank.THOUSAND_STAR].bonus_fen == 10_000_00
    assert plan.ranks[Rank.THOUSAND_STAR].plays == 1_000_000
    assert (plan.withdrawal.minimum_fen, plan.withdrawal.fee_bp) == (100_00, 100)
    assert plan.hold.received_days == timedelta(hours=168)
    assert (plan.payment_fee_bp, plan.overhead_bp) == (60, 500)
    assert [(tier.plays, tier.reward_fen) for tier in plan.traffic.tiers] == [
        (100_000, 100_00),
        (300_000, 300_00),
        (500_000, 500_00),
        (1_000_000, 1_000_00),
    ]
    assert plan.team.idle_seat_days is None
    assert rules.orders.unpaid_valid == timedelta(minutes=15)
    assert rules.offers.first_n.price_fen == 9_90
    assert rules.settlement.nightly_at == time(2)


def test_the_shipped_file_is_as_designed_and_acknowledged_by_nobody(rules):
    assert rules.plan.compliance == "as_designed"
    assert rules.compliance_acknowledged is None
    assert rules.tax.mode is None


def test_ranks_climb_and_have_two_names():
    assert Rank.TEN_STAR > Rank.THREE_STAR
    assert (Rank.TEN_STAR.key, Rank.TEN_STAR.label) == ("ten_star", "十星")
    assert Rank.of("ten_star") is Rank.TEN_STAR


def test_the_menu_and_the_posts_are_as_the_voice_says(rules):
    menu = [(column.name, [entry.key for entry in column.entries]) for column in rules.menu]

    assert menu == [
        ("千星计划", ["join", "poster", "progress", "team", "submit_video"]),
        ("直播好物", ["lives", "lottery", "products", "orders", "after_sales"]),
        ("我的", ["earnings", "earning_lines", "withdraw", "rules", "human"]),
    ]
    assert " ".join(post.id for post in rules.posts) == "G1 G2 G3 G4 L1 L2 L3 L4 S1 S2 S3 S4"
    assert "live_title" in rules.posts[4].variables
    assert not [post.id for post in rules.posts if rules.review.banned_in(post.text)]


def test_rules_cannot_be_changed_while_running(rules):
    with pytest.raises(ValueError, match="frozen"):
        rules.plan.withdrawal.minimum_fen = 1


def test_the_strict_preset_pays_one_tier_and_helps_nobody_share(rules):
    strict = overlay(rules, {"compliance": "strict"})

    assert strict.plan.team.paid_tiers == 1
    assert strict.plan.team.reward_needs_own_sale_days == timedelta(days=90)
    assert {rule.tier2_bp + rule.tier3_bp for _, rule in strict.plan.ranks.items()} == {0}
    assert not strict.assist.enabled
    assert strict.lottery.extra_tickets_per_friend == 0
    assert strict.slogan == "加入千星计划，一起推荐好物"
    assert rules.slogan == "加入千星计划，带货分佣"


def test_the_strict_preset_cannot_be_weakened_beside_it(rules):
    strict = overlay(rules, {"compliance": "strict", "team": {"paid_tiers": 3}})

    assert strict.plan.team.paid_tiers == 1


def test_a_tier_that_is_not_paid_has_no_rate(rules):
    two = overlay(rules, {"team": {"paid_tiers": 2}})

    assert two.plan.ranks[Rank.TEN_STAR].tier2_bp == 650
    assert {rule.tier3_bp for _, rule in two.plan.ranks.items()} == {0}


def test_a_scenario_writes_some_keys_of_the_plan_anew(rules):
    other = overlay(rules, {"withdrawal": {"minimum": "50元"}, "hold": {"received_days": 3}})

    assert other.plan.withdrawal.minimum_fen == 50_00
    assert other.plan.hold.received_days == timedelta(days=3)
    assert other.plan.withdrawal.auto_fen == rules.plan.withdrawal.auto_fen
    assert rules.plan.withdrawal.minimum_fen == 100_00
    assert overlay(other, {"withdrawal": {"fee": "2%"}}).plan.withdrawal.minimum_fen == 50_00


def test_a_wrong_override_is_shown_where_the_scenario_says_it(rules, tmp_path):
    path = tmp_path / "evening.yaml"
    path.write_text("members: []\nplan:\n  team:\n    paid_tiers: 4\n", encoding="utf-8")
    scenario = read_document(path)

    with pytest.raises(ConfigError) as caught:
        overlay(rules, scenario.data["plan"], scenario)

    assert str(caught.value).startswith("evening.yaml:4 plan.team.paid_tiers: ")


def test_the_same_rules_have_the_same_version_and_others_another(rules):
    assert load_rules(CONFIG).version == rules.version
    assert overlay(rules, {}).version == rules.version
    assert overlay(rules, {"withdrawal": {"fee": "2%"}}).version != rules.version


def test_every_placeholder_of_the_published_texts_is_a_key(rules):
    for name in ("rules", "privacy", "qualifications"):
        text = (ROOT / "web/pages/texts" / f"{name}.md").read_text(encoding="utf-8")

        filled = rules.fill(text)

        assert "{" not in filled
        assert not [word for word in ("None", "True", "timedelta") if word in filled]
    assert rules.words("lottery.claim_within") == "72 小时"
    with pytest.raises(KeyError):
        rules.fill("{plan.nothing}")


# As LOOKS say it: thousands by comma, two decimals of money, never 万.
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("plan.ranks.two_star.gmv", "5,000.00 元"),  # 5000元
        ("plan.ranks.thousand_star.gmv", "2,000,000.00 元"),  # 200万元
        ("plan.ranks.one_star.gmv", "0.00 元"),  # Not in the file.
        ("offers.first_n.price", "9.90 元"),  # 9.9元
        ("plan.ranks.three_star.plays", "10,000"),  # 1万
        ("coupons.per_month", "2,000"),  # 2000
        ("plan.withdrawal.per_day", "3"),
        ("plan.ranks.one_star.tier3", "3%"),
        ("joining.text_version", "2026-11"),
        ("brand.service_hours", "9:00–21:00"),  # 09:00-21:00
        ("payouts.from_clock", "09:00"),
        ("qualifications.contact", "尚未填写"),  # null
        ("assist.enabled", "启用"),  # on
    ],
)
def test_values_are_published_as_people_read_them(rules, key, said):
    assert rules.words(key) == said


def test_the_published_texts_follow_the_preset(rules):
    strict = overlay(rules, {"compliance": "strict"})

    assert rules.words("plan.ranks.one_star.tier2") == "5%"
    assert strict.words("plan.ranks.one_star.tier2") == "0%"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("全网最好的藕粉", ["最"]),
        ("最近上新，最晚明天发，最多 3 份", []),
        ("最近这款是最香的", ["最"]),
        ("销量第 一", ["第一"]),
        ("第一次来，第一步先关注", []),
        ("１００％有效", ["100%有效"]),
        ("躺 赚，稳赚", ["稳赚", "躺赚"]),
        ("国家级非遗", ["国家级"]),
        ("直播间 69.00 元", []),
    ],
)
def test_banned_words_are_found_and_innocent_ones_pass(rules, text, said):
    assert rules.review.banned_in(text) == said


def test_hours_have_an_end(rules):
    assert rules.chat.service_hours.contains(time(22, 29))
    assert not rules.chat.service_hours.contains(time(22, 30))
    assert str(rules.chat.marketing_hours) == "09:00–21:00"


BAD_LINES = [
    # What stands there, what is written instead, the key that is named, a word of the reason.
    ("minimum: 100元", "minimum: 100", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimum: -100元", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimum: 100.005元", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimum: 0元", "plan.withdrawal.minimum", "不能低于 1 元"),
    ("minimum: 100元", "minimum: 100块", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimum: 1e2元", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimum: 9999999999万元", "plan.withdrawal.minimum", "太大"),
    ("minimum: 100元", "minimum: [100元]", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimum:", "plan.withdrawal.minimum", "不是金额"),
    ("minimum: 100元", "minimun: 100元", "plan.withdrawal.minimun", "是不是 minimum"),
    ("fee: 1%", "fee: 0.01", "plan.withdrawal.fee", "不是比例"),
    ("fee: 1%", "fee: -1%", "plan.withdrawal.fee", "不是比例"),
    ("fee: 1%", "fee: 11%", "plan.withdrawal.fee", "超过 10%"),
    ("fee: 1%", "fee: 1.005%", "plan.withdrawal.fee", "不是比例"),
    ("auto: 500元", "auto: 50元", "plan.withdrawal.auto", "低于起提"),
    ("two_person: 5000元", "two_person: 499元", "plan.withdrawal.two_person", "低于自动"),
    ("per_day: 3", "per_day: 0", "plan.withdrawal.per_day", "不能是 0"),
    ("per_day: 3", "per_day: 三次", "plan.withdrawal.per_day", "不是整数"),
    ("per_day: 3", "per_day: 2.5", "plan.withdrawal.per_day", "不是整数"),
    ("per_day: 3", "per_day: on", "plan.withdrawal.per_day", "不是整数"),
    ("per_month: 50000元", "per_month: 50元", "plan.withdrawal.per_month", "低于起提"),
    ("seats: 3", "seats: 4", "plan.team.seats", "最多 3"),
    ("seats: 3", "seats: 0", "plan.team.seats", "不能是 0"),
    ("paid_tiers: 3", "paid_tiers: 4", "plan.team.paid_tiers", "没有第四层"),
    ("tree: relative", "tree: pyramid", "plan.team.tree", "可选的值"),
    ("root_rank: three_star", "root_rank: 三星", "plan.team.root_rank", "可选的值"),
    ("idle_seat_days: off", "idle_seat_days: 0天", "plan.team.idle_seat_days", "之间"),
    ("idle_seat_days: off", "idle_seat_days: on", "plan.team.idle_seat_days", "不是时长"),
    ("    min: 10%", "    min: 9%", "plan.commission.min", "低于 10%"),
    ("    max: 30%", "    max: 31%", "plan.commission.max", "高于 30%"),
    ("    min: 10%", "    min: 30.01%", "plan.commission.min", "高于上限"),
    ("tier2: 6%,", "tier2: 7,", "plan.ranks.three_star.tier2", "不是比例"),
    ("tier2: 6%,", "tier2: 4%,", "plan.ranks.three_star.tier2", "比二星的还低"),
    ("tier2: 8%,", "tier2: 101%,", "plan.ranks.thousand_star.tier2", "超过 100%"),
    ("tier2: 8%,", "tier2: 60%,", "plan.ranks", "加起来超过 100%"),
    ("overhead: 5%", "overhead: 60%", "plan.overhead", "加起来超过 100%"),
    (
        "tier3: 5%,\n",
        "tier3: 5%, tier4: 1%,\n",
        "plan.ranks.thousand_star.tier4",
        "第 3 层",
    ),
    ("uplift: 4%", "uplift: 1%", "plan.ranks.three_star.uplift", "还低"),
    ("team: 7", "team: 4", "plan.ranks.ten_star.team", "还少"),
    ("gmv: 10万元", "gmv: 1万元", "plan.ranks.ten_star.gmv", "还少"),
    ("plays: 5万", "plays: 5000", "plan.ranks.ten_star.plays", "还少"),
    ("trainee:       {}", "trainee: {videos: 1}", "plan.ranks.trainee.videos", "见习"),
    ("    two_star: ", "    twostar: ", "plan.ranks.twostar", "two_star"),
    ("received_days: 7天", "received_days: 一周", "plan.hold.received_days", "不是时长"),
    ("received_days: 7天", "received_days: -7天", "plan.hold.received_days", "不是时长"),
    ("received_days: 7天", "received_days: 9999天", "plan.hold.received_days", "10 年"),
    ("{plays: 30万", "{plays: 3万", "plan.traffic.tiers[1]", "上一档"),
    ("reward: 500元", "reword: 500元", "plan.traffic.tiers[2].reword", "reward"),
    ("compliance: as_designed", "compliance: off", "plan.compliance", "可选的值"),
    ("timezone: Asia/Shanghai", "timezone: UTC", "timezone", "Asia/Shanghai"),
    ("acknowledged: null", "acknowledged: yes", "compliance_acknowledged", "不是文字"),
    ("acknowledged: null", "acknowledged: 看过了", "compliance_acknowledged", "姓名和日期"),
    ("slogan: 加入", "slogun: 加入", "brand.slogun", "是不是 slogan"),
    ("  age: 16", "  age: 15", "joining.age", "16"),
    ("guardian_age: 18", "guardian_age: 17", "joining.guardian_age", "监护人"),
    ("poster_valid: 30天", "poster_valid: 31天", "joining.poster_valid", "30 天"),
    ('text_version: "2026-11"', "text_version: 2026", "joining.text_version", "引号"),
    ("confirm_valid: 2分钟", "confirm_valid: 2", "staff.confirm_valid", "不是时长"),
    ("nightly_at: 02:00", "nightly_at: 25:00", "settlement.nightly_at", "几点几分"),
    ("nightly_at: 02:00", "nightly_at: 2:00", "settlement.nightly_at", "几点几分"),
    ("hours: 09:00-22:30", "hours: 22:30-09:00", "chat.service_hours", "不早于"),
    ("hours: 09:00-22:30", "hours: 09:00", "chat.service_hours", "不是时段"),
    ("understand_threshold: 38", "understand_threshold: 155", "chat.understand_threshold", "100"),
    ("price: 9.9元", "price: 9.9", "offers.first_n.price", "写成 100元"),
    ("price_protection: off", "price_protection: 0", "offers.stair.price_protection", "on 或 off"),
    ("off: 5元", "off: 29元", "coupons.off", "门槛"),
    ("prize_limit: 50000元", "prize_limit: 50000.01元", "lottery.prize_limit", "5 万元"),
    ("records_kept: 2年", "records_kept: 1年", "lottery.records_kept", "2 年"),
    ("records_kept: 3年", "records_kept: 60天", "lives.records_kept", "3 年"),
    ("winners: 10", "winners: 101", "lottery.winners", "锁定人数"),
    ("return_days: 7天", "return_days: 6天", "after_sales.return_days", "至少 7 天"),
    ("mode: null", "mode: none_with_reason", "tax.reason", "理由"),
    ("mode: null", "mode: cash", "tax.mode", "可选的值"),
    ("up_to: 144000元", "up_to: 30000元", "tax.cumulative.brackets[1]", "上一档"),
    ("scene: 1005", "scene: 佣金", "payouts.transfer.scene", "转账场景"),
    ("content: 带货达人", "content: " + "货" * 33, "payouts.transfer.report[0].content", "33 个字"),
    ("name: 加入计划", "name: 现在马上就加入计划", "menu[0].entries[0].name", "8 个字"),
    ("key: join", "key: JOIN!", "menu[0].entries[0].key", "意图名"),
    ("key: poster", "key: join", "menu", "两次"),
    ("review: on", "review: 要", "posts[0].review", "on 或 off"),
    ("id: G2", "id: G1", "posts", "两次"),
    ("      广告 · 含推广链接\n", "", "posts[0].text", "首行"),
    ("brand:\n", "wechat_secret: HUNTER2hunter2\nbrand:\n", "wechat_secret", "环境变量"),
    ("bind_code:\n  valid: 10分钟", "bind_code: 10分钟", "bind_code", "键: 值"),
    ("assist:  ", "helping: ", "helping", "没有这个键"),
    ("  seats: 3", "  seats: 3\n    seats: 2", "plan.team.seats", "写了两次"),
    ("seats: 3", "seats: &three 3", "plan.team.seats", "锚点"),
    ("seats: 3", "seats: *three", "plan.team.seats", "锚点"),
    ("seats: 3", "seats: !!python/object:os.system 3", "plan.team.seats", "类型标记"),
    ("seats: 3", "seats: " + "[" * 40 + "]" * 40, "plan.team.seats", "嵌套"),
]


@pytest.mark.parametrize(("old", "new", "key", "word"), BAD_LINES)
def test_a_bad_line_is_refused_in_one_line_that_names_it(tmp_path, old, new, key, word):
    path = changed(tmp_path, old, new)

    with pytest.raises(ConfigError) as caught:
        load_rules(path)

    problem = next(problem for problem in caught.value.problems if problem.key == key)
    assert word in str(problem)
    assert problem.instead
    assert "\n" not in str(problem)
    assert "HUNTER2hunter2" not in str(caught.value)
    # A renamed key that resembles nothing leaves the old one missing: the only second line.
    others = [other for other in caught.value.problems if other is not problem]
    assert [other.key for other in others] == (["assist"] if key == "helping" else [])


def test_there_are_sixty_bad_lines_at_least():
    assert len(BAD_LINES) >= 60
    assert len({(old, new) for old, new, *_ in BAD_LINES}) == len(BAD_LINES)


def test_a_problem_names_the_very_line_and_what_to_write(tmp_path):
    path = changed(tmp_path, "fee: 1%", "fee: 7 元")
    line = SHIPPED[: SHIPPED.index("fee: 1%")].count("\n") + 1

    problem = refusal(path)

    assert str(problem) == (
        f"config.yaml:{line} plan.withdrawal.fee: 「7 元」不是比例 · 写成 5% 这样"
    )


def test_all_mistakes_are_told_at_once_in_their_order(tmp_path):
    path = tmp_path / "config.yaml"
    text = SHIPPED.replace("fee: 1%", "fee: 1").replace("seats: 3", "seats: 4")
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_rules(path)

    assert [problem.key for problem in caught.value.problems] == [
        "plan.team.seats",
        "plan.withdrawal.fee",
    ]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "空的"),
        (b"# nothing\n", "空的"),
        (b"- a\n- b\n", "最外层"),
        (b"just words\n", "最外层"),
        (b"a: b: c\n", "不是合法的 YAML"),
        (b"brand: {name: x\n", "不是合法的 YAML"),
        (b"\tbrand: x\n", "不是合法的 YAML"),
        (b"brand: \x00\n", "不允许的字符"),
        ("brand: 千星\n".encode("gbk"), "UTF-8"),
        (b"a: 1\n---\nb: 2\n", "两份文档"),
        (b"a" * 300_000, "超过 256 KB"),
        (b"? [a]\n: 1\n", "一个词"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path, raw, word):
    path = tmp_path / "config.yaml"
    path.write_bytes(raw)

    assert word in str(refusal(path))


def test_a_missing_file_is_refused(tmp_path):
    assert "找不到" in str(refusal(tmp_path / "config.yaml"))


def test_a_missing_section_is_named_once(tmp_path):
    path = changed(tmp_path, "staff:\n  code_valid: 10分钟", "# \n#")
    text = path.read_text(encoding="utf-8").replace("  confirm_valid: 2分钟", "# ", 1)
    path.write_text(text, encoding="utf-8")

    problem = refusal(path)

    assert (problem.key, problem.why) == ("staff", "缺少这一项")


def test_a_value_cannot_break_the_line_or_fill_the_screen(tmp_path):
    path = changed(tmp_path, "fee: 1%", 'fee: "1\\r\\nERROR forged\\e[31m' + "x" * 500 + '"')

    text = str(refusal(path))

    assert text.isprintable()
    assert len(text) < 150


def test_rules_may_come_from_a_mapping(rules):
    again = rules_from(rules.written)

    assert again.version == rules.version


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("100元", 100_00),
        ("100 元", 100_00),
        ("50.00", 50_00),
        ("9.9元", 9_90),
        ("50,000元", 50_000_00),
        ("1.5万元", 15_000_00),
    ],
)
def test_money_is_read_to_the_fen(rules, written, fen):
    budget = overlay(rules, {"traffic": {"budget": written}}).plan.traffic.budget_fen

    assert budget == fen
