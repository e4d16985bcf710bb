"""Which platform or legal rule each feature touches, and what switches the feature off.

Not legal advice. `checked` says whether the wording of the rule was compared with a published
copy; where it is False a lawyer has to look it up before launch.
"""

from collections.abc import Callable
from dataclasses import dataclass

from commerce.rules import Rules

INCOME_WORDS = ("佣", "赚", "钱", "红包", "收益")
ADULT = 18


@dataclass(frozen=True, slots=True)
class Touch:
    """A feature and the rule it touches."""

    feature: str
    is_on: Callable[[Rules], bool]
    rule: str
    source: str
    off: str
    checked: bool = True


def head_count(rules: Rules) -> bool:
    return any(rule.people for _, rule in rules.plan.ranks.items())


def bonus(rules: Rules) -> bool:
    return any(rule.bonus_fen for _, rule in rules.plan.ranks.items())


def team_reward(rules: Rules) -> bool:
    return rules.plan.team.paid_tiers > 1


TOUCHES = (
    Touch(
        "团队奖励（按下面的人卖出的货给上级）",
        team_reward,
        "按下线业绩给上线报酬，属于多级分销，可永久封号；法规称「团队计酬」，可处罚款",
        "微信公告 2015-02-26、2016-09-12；禁止传销条例第七条第三项",
        "plan.team.paid_tiers: 1，或 plan.compliance: strict",
    ),
    Touch(
        "奖励到第 3 层",
        lambda rules: rules.plan.team.paid_tiers > 2,
        "组织满 30 人且满 3 层，是立案追诉传销的门槛之一（另要入门费、拉人头等）",
        "立案追诉标准（二）第七十八条",
        "plan.team.paid_tiers: 2 或 1",
    ),
    Touch(
        "团队一代代往下延伸（tree: relative）",
        lambda rules: team_reward(rules) and rules.plan.team.tree == "relative",
        "滚动发展下线，是多级分销和传销的特征",
        "微信公告 2016-09-12；禁止传销条例第七条",
        "plan.team.tree: absolute",
    ),
    Touch(
        "自己没有成交也有团队奖励",
        lambda rules: team_reward(rules) and rules.plan.team.reward_needs_own_sale_days is None,
        "只靠别人卖货得报酬，更像团队计酬",
        "禁止传销条例第七条第三项",
        "plan.team.reward_needs_own_sale_days: 90天",
    ),
    Touch(
        "按人数升级",
        head_count,
        "按发展的人数给好处，包括间接的好处，属于拉人头；也是微信多级分销的认定标准",
        "禁止传销条例第七条第一项；微信公告 2016-09-12",
        "plan.ranks 各级的 invited 和 team 写 0，改用 gmv",
    ),
    Touch(
        "升级奖金",
        lambda rules: bonus(rules) and head_count(rules),
        "升级条件里有人数，一次性奖金就和人数挂钩",
        "禁止传销条例第七条第一项",
        "plan.ranks.thousand_star.bonus: 0元，或去掉人数条件",
    ),
    Touch(
        "海报上说收入",
        lambda rules: any(word in rules.slogan for word in INCOME_WORDS),
        "以金钱利益引诱分享、发展他人，外链可被停止传播、封域名",
        "微信外部链接内容管理规范 2.1.2；公众号运营规范 3.3.1",
        "brand.slogan 换成 brand.strict_slogan 的话",
    ),
    Touch(
        "助力",
        lambda rules: rules.assist.enabled,
        "外链里邀请好友助力、砍价、加速，被点名禁止",
        "微信外部链接内容管理规范 2.1.2",
        "assist.enabled: off",
    ),
    Touch(
        "分享增加中奖机会",
        lambda rules: rules.lottery.extra_tickets_per_friend > 0,
        "以「分享提高中奖率」引诱分享，被点名禁止",
        "微信外部链接内容管理规范 2.1.2",
        "lottery.extra_tickets_per_friend: 0",
    ),
    Touch(
        "预约抽奖",
        lambda rules: rules.lottery.enabled,
        "抽奖前要公示奖品、数量、条件、时间、方法、领取和主办方，之后不能改；单份不超过 5 万元",
        "规范促销行为暂行规定第十三条；视频号直播抽奖认定细则",
        "lottery.enabled: off",
    ),
    Touch(
        "奖品的税",
        lambda rules: rules.lottery.enabled,
        "随机奖品按偶然所得扣 20% 个税，由赠送方代扣",
        "财税公告 2019 年第 74 号",
        "lottery.enabled: off",
        checked=False,
    ),
    Touch(
        "进群领券",
        lambda rules: rules.coupons.enabled,
        "券的使用条件和期限要事先公示；不能以领券引诱分享",
        "规范促销行为暂行规定第十四条；微信外部链接内容管理规范 2.1.2",
        "coupons.enabled: off",
    ),
    Touch(
        "流量奖励",
        lambda rules: bool(rules.plan.traffic.tiers),
        "有购买链接的种草视频要显著标明「广告」；刷播放属于数据造假",
        "互联网广告管理办法；网络直播营销管理办法（试行）",
        "plan.traffic.tiers: []",
    ),
    Touch(
        "群里的种草和预告",
        lambda rules: any(post.id[:1] in "GL" for post in rules.posts),
        "首行标「广告」；外部客户群只能由员工确认后发，不能用外挂群发",
        "互联网广告管理办法；企业微信处罚规则",
        "从 posts 删掉 G 和 L 开头的模板",
    ),
    Touch(
        "16 到 18 岁的人参加",
        lambda rules: rules.joining.age < ADULT,
        "直播带货要年满 16 周岁，未满 18 周岁要监护人同意",
        "网络直播营销管理办法（试行）",
        "joining.age: 18",
    ),
    Touch(
        "提现到微信零钱",
        lambda rules: True,
        "多级分销和二清的商户，微信支付不批准转账；个人收入要代扣并按季报送",
        "微信支付商家转账规则；国务院令第 810 号；税务总局公告 2025 年第 16 号",
        "关不掉。选好 tax.mode，请财务和律师确认",
    ),
    Touch(
        "收集实名和收款信息",
        lambda rules: True,
        "属于敏感个人信息，要单独同意、加密保存、可以撤回和删除",
        "个人信息保护法第二十八至三十一条",
        "关不掉。用单独的同意页征求，做影响评估并留档 3 年",
        checked=False,
    ),
)


def touches(rules: Rules) -> list[Touch]:
    """What is switched on, the gravest first."""
    return [touch for touch in TOUCHES if touch.is_on(rules)]
