"""The money walk: a newcomer buys by 小红's card in a live, and the money goes all its ways.

小刚 invited 小明, 小明 invited 小红. Ten 藕粉 of 99.00 are 990.00; nobody's rank adds anything:

    小红, who recommended them    20 %   198.00
    小明, who invited 小红         5 %    49.50
    小刚, who invited 小明         3 %    29.70

Of 33.33 refunded each gives back its part, floored to the fen, e.g. 198.00 × 33.33 ÷ 990.00:

    小红   6.666  → 6.66, left 191.34
    小明   1.6665 → 1.66, left  47.84
    小刚   0.9999 → 0.99, left  28.71
"""

import html
import json
from datetime import datetime, timedelta

from tests.stories.phone import Phone, Sandbox
from tests.stories.test_purchase import ADDRESS, PARAMS, opened
from tests.stories.walk import approves, gets_poster, joins, submits_video

GOODS = "藕粉 10 袋装"
TITLE = "春日好物专场"
SETTLED = {"小红": "198.00", "小明": "49.50", "小刚": "29.70"}
BACK = {"小红": "6.66", "小明": "1.66", "小刚": "0.99"}
LEFT = {"小红": "191.34", "小明": "47.84", "小刚": "28.71"}
RATES = {
    "小红": ("990.00 × 20% = 198.00 元",),
    "小明": ("比例 5%：小红卖出，是你邀请的人，你当时是一星", "990.00 × 5% = 49.50 元"),
    "小刚": (
        "比例 3%：小红卖出，是你邀请的人再邀请的人，你当时是一星",
        "990.00 × 3% = 29.70 元",
    ),
}
ON_THE_WAY = timedelta(days=1)
HELD = timedelta(days=7)


def passes(sandbox: Sandbox, span: timedelta) -> None:
    sandbox.post("/clock", advance_s=span.total_seconds())


def begins(sandbox: Sandbox) -> None:
    """At 19:00 on the 3rd: all of it happens in one month, and at hours when people are told."""
    now = datetime.fromisoformat(sandbox.get("/state")["clock_at"])
    in_next_month = now.replace(day=1) + timedelta(days=32)
    passes(sandbox, in_next_month.replace(day=3, hour=19, minute=0, second=0) - now)


def next_morning(sandbox: Sandbox, hour: int = 9) -> None:
    now = datetime.fromisoformat(sandbox.get("/state")["clock_at"])
    at = (now + timedelta(days=1)).replace(hour=hour, minute=0, second=1, microsecond=0)
    passes(sandbox, at - now)


def becomes_star(boss: Phone, person: Phone, poster: bytes, *friends: str) -> list[Phone]:
    """Two friends and an approved video: 一星. The friends, joined."""
    joined = [joins(person.sandbox.person(name), poster) for name in friends]
    approves(boss, submits_video(person))
    person.is_told("🎉 你升到「一星」了！")
    return joined


def three_stand_in_line(sandbox: Sandbox, boss: Phone) -> list[Phone]:
    """小红, 小明 who invited her, 小刚 who invited him; the two above are 一星."""
    gang = joins(sandbox.person("小刚"))
    ming, _ = becomes_star(boss, gang, gets_poster(gang), "小明", "阿丽")
    hong, _ = becomes_star(boss, ming, gets_poster(ming), "小红", "阿强")
    return [hong, ming, gang]


def goes_on_air(boss: Phone) -> str:
    """The number of the live."""
    boss.says(f"建直播 {TITLE} 今天 20:00").hears("开直播前确认一次")
    answer = boss.says("王芳").hears("建好了，场次 ", TITLE)
    number = str(answer["text"].split("场次 ")[1].split("：")[0])
    boss.says(f"开播 {number}").hears("开播了", TITLE)
    return number


def shares_goods(person: Phone) -> bytes:
    person.says("推广 3").hears(f"正在画「{GOODS}」的推广卡")
    card = person.sees_picture()
    person.hears("标价卖 1 件，佣金 19.80 元。")
    return card


def buys_as_a_newcomer(fang: Phone, card: bytes) -> str:
    """The address of the cashier's page."""
    fang.scans(card).hears("广告 · 含推广链接", f"小红推荐：{GOODS}，99.00 元")
    fang.says("下单 3 10").hears("寄到哪里？")
    message = fang.says(ADDRESS).hears(f"{GOODS} × 10", "应付 990.00 元", "寄到：阿芳 138****6688")
    [link] = [one for one in message["links"] if "/pages/cashier" in one["url"]]
    return str(link["url"])


def pays(fang: Phone, link: str) -> str:
    """The tail of the order's number."""
    page = opened(link)
    assert "990" in page
    params = json.loads(html.unescape(PARAMS.search(page)[1]))
    fang.sandbox.post("/people/阿芳/bridge", call="getBrandWCPayRequest", params=params, sure=True)
    told = fang.hears("付款成功，990.00 元", "订单尾号 ")["text"]
    assert "付款成功" in opened(link)
    return str(told.split("订单尾号 ")[1][:4])


def earnings_arrive(sandbox: Sandbox, boss: Phone, number: str, line: list[Phone]) -> None:
    boss.says(f"下播 {number}").hears("下播了", "本场 1 单")
    passes(sandbox, timedelta(minutes=10, seconds=1))
    for person in line:
        person.is_told(f"「{TITLE}」结算好了：1 笔，共 {SETTLED[person.name]} 元。")
    boss.says(f"结算 {number}").hears("本场 1 单，已结算 100%")


def asks_how(person: Phone, tail: str, *parts: str) -> None:
    person.says("明细").hears(f"「{TITLE}」1 笔", GOODS, "想看哪笔，回复「1 怎么算的」。")
    person.says("1 怎么算的").hears(f"订单尾号 {tail}，{GOODS} × 10", *RATES[person.name], *parts)


def part_comes_back(boss: Phone, fang: Phone, line: list[Phone], tail: str) -> None:
    fang.says(f"售后 {tail} 33.33 元 2 袋破损").hears("收到，售后编号 S1", "退 33.33 元")
    boss.is_told("有一件新的售后，编号 S1", "要退 33.33 元")
    boss.says("看 S1").hears("S1 ", "质量问题：2 袋破损", "要退 33.33 元")
    boss.says("同意 S1").hears("已同意 S1，退给", "33.33 元。")
    fang.is_told(f"订单尾号 {tail} 退款 33.33 元", "33.33 元原路退回")
    for person in line:
        back, left = BACK[person.name], LEFT[person.name]
        formula = f"{SETTLED[person.name]} × 33.33 ÷ 990.00 = "
        person.is_told(f"按比例退回 {back} 元", formula, f"得 {back}", f"这笔还剩 {left} 元")


def rest_is_released(line: list[Phone], tail: str) -> None:
    """Nobody has written for days, so that nothing could be sent: it is told at the next visit."""
    for person in line:
        left = LEFT[person.name]
        person.says("收益").hears(f"可提现 {left} 元", "待到账 0.00 元")
        person.hears(f"到账 {left} 元，可以提现，也可以抵扣购物。")
        asks_how(person, tail, f"退回 {BACK[person.name]} 元", f"还剩 {left} 元", "已转为可提现")


def asks_for_money(hong: Phone) -> None:
    """100.00, of which 1 % is the fee: 99.00 arrive, 191.34 − 100.00 = 91.34 stay."""
    hong.says("提现 100").hears("核对一下：", "手续费 1.00 元（1%）", "到手 99.00 元，进微信零钱")
    hong.says("确认").hears("已受理，单号 W1。", "可提现还剩 91.34 元。")


def money_arrives(sandbox: Sandbox, hong: Phone) -> None:
    next_morning(sandbox)
    hong.is_told("W1 的 99.00 元备好了")
    hong.says("提现记录").hears("W1 的 99.00 元备好了，就差你点「确认收款」")
    [bill] = sandbox.get("/pay/bills")["bills"]
    sandbox.post("/people/小红/confirm-transfer", bill=bill["out_bill_no"])
    hong.is_told("到账 99.00 元", "手续费 1.00 元", "可提现还有 91.34 元。")
    hong.says("提现记录").hears("最近的提现：", "W1 ", "100.00 元，已到账")
