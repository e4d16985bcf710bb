"""The public pages: the numbers of the rules in force, as they are written for people."""

import re

from commerce.rules import Rules
from web.pages import render


def cells(page: str) -> list[str]:
    return re.findall(r"<td[^>]*>[^<]*</td>", page)


def test_what_is_zero_steps_back_and_nothing_else_does(rules: Rules) -> None:
    found = cells(render("rules", rules))

    # 一星 asks 1 video, 2 invitations, and nobody of a team, of sales or of plays.
    assert found[:6] == [
        "<td>一星</td>",
        "<td>1</td>",
        "<td>2</td>",
        '<td class="zero">0</td>',
        '<td class="zero">0.00\u00a0元</td>',
        '<td class="zero">0</td>',
    ]
    zeros = [cell for cell in found if 'class="zero"' in cell]
    assert {re.sub("<[^>]*>", "", cell) for cell in zeros} == {"0", "0.00\u00a0元", "0%"}


def test_a_number_never_leaves_its_unit(rules: Rules) -> None:
    page = render("rules", rules)

    assert "起提 100.00\u00a0元" in page
    assert "200万" not in page
    assert not re.findall(r"[0-9] (?:元|天|小时|次|个|位|层)", page)
