"""Counts that are not settled contradict nothing within what is open of them.

EXL3 repo of a 1.87B model whose packed elements once made its true size false:
https://github.com/FlashML-org/FreeToken/issues/362
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.claims.figures import parse_figure
from moeaudit.claims.verdicts import Judgement, Unsettled, Verdict, judge

COUNTED, OPEN = 314_051_456, 1_556_873_216
"""Elements of the EXL3 repo's headers, and the parameters of its packed matrices."""

EXL3 = {"total.full": COUNTED, "total.body": COUNTED - 10_000_000, "active.full": 200_000_000}
LEFT = Unsettled({"total.full": OPEN, "active.full": OPEN}, "storage-unknown; --depth headers would settle it")


def verdict(text: str, kind: str = "total", stated: str | None = None, unsettled: Unsettled = LEFT) -> Judgement:
    return judge(parse_figure(text), kind, EXL3, stated, unsettled)


@pytest.mark.parametrize(
    ("text", "stated", "unsettled", "found"),
    [
        ("1.87B", None, LEFT, Verdict.UNVERIFIABLE),  # the true size, within what is open
        ("1.87B", None, Unsettled(), Verdict.CONTRADICTED),
        ("4B", None, LEFT, Verdict.CONTRADICTED),  # beyond all that is open
        ("1.87B", "total.full", LEFT, Verdict.UNVERIFIABLE),
        ("304M", "total.full", LEFT, Verdict.UNVERIFIABLE),  # fits total.body, and total.full may be it
        ("304M", "total.full", Unsettled(), Verdict.REPRODUCED_ELSEWHERE),
        ("314M", "total.full", LEFT, Verdict.REPRODUCED),
        ("304M", "total.body", LEFT, Verdict.REPRODUCED),
    ],
)
def test_a_claim_is_held_against_what_is_settled(
    text: str, stated: str | None, unsettled: Unsettled, found: Verdict
) -> None:
    assert verdict(text, "total", stated, unsettled).verdict is found


def test_the_reason_names_count_cost_and_way_out() -> None:
    judged = verdict("1.87B")
    assert judged.unsettled == "total.full"
    assert judged.reason == (
        "total.full = 314,051,456 is not settled, and the figure lies within the 1,556,873,216 parameters that are "
        "open: storage-unknown; --depth headers would settle it"
    )


def test_a_fit_to_an_unsettled_count_says_so() -> None:
    assert verdict("314M").reason.startswith("total.full is not settled, 1,556,873,216 parameters are open")
    assert verdict("314M", unsettled=Unsettled()).reason == ""


def test_a_share_is_as_open_as_its_two_counts() -> None:
    assert verdict("39%", "active").verdict is Verdict.UNVERIFIABLE  # 736M of 1.87B
    assert verdict("39%", "active", unsettled=Unsettled()).verdict is Verdict.CONTRADICTED


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(1, 10**13))
def test_nothing_within_reach_is_contradicted(value: int, open: int, said: int) -> None:
    found, settled = (
        judge(parse_figure(said), "total", {"total.full": value}, None, Unsettled({"total.full": left})).verdict
        for left in (open, 0)
    )
    assert found is not Verdict.CONTRADICTED or not value - open <= said <= value + open
    assert found is not Verdict.CONTRADICTED or settled is Verdict.CONTRADICTED  # openness only takes proof away
    assert found is Verdict.UNVERIFIABLE or found is settled
