"""The rules: every number of the business, read from `config.yaml`, checked, frozen.

    rules = load_rules(Path("config.yaml"))
    rules.plan.withdrawal.minimum_fen                # 10000
    rules.plan.ranks[Rank.TWO_STAR].uplift_bp        # 200

A number an operator may change is a field here and a line there. What nobody may change is not
a rule: it is code.
"""

from commerce.rules.document import ConfigError, Document, Problem, read_document
from commerce.rules.plan import Plan, Rank, RankRule
from commerce.rules.reading import load_rules, overlay, rules_from
from commerce.rules.units import Hours
from commerce.rules.whole import Rules

__all__ = [
    "ConfigError",
    "Document",
    "Hours",
    "Plan",
    "Problem",
    "Rank",
    "RankRule",
    "Rules",
    "load_rules",
    "overlay",
    "read_document",
    "rules_from",
]
