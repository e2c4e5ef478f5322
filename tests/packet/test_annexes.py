"""An article that refers to an annex counts the items of that annex, and of no other."""

from __future__ import annotations

import pytest

from moeaudit.reports.packet.model import Obligation
from moeaudit.reports.packet.parts.obligations import ANNEXES, with_annex

ARTICLE = Obligation("Art. 53(1)(a)", "Documentation", "open", "", "", "")


def item(number: int, annex: str, status: str) -> Obligation:
    return Obligation(f"{ANNEXES[annex]}{number}", "…", status, "", "", "")


@pytest.mark.parametrize("annex", ANNEXES)
def test_only_its_own_items_are_counted(annex: str) -> None:
    """Of four items of this annex one is answered and one partly; all nine of the others are."""
    own = [item(number, annex, status) for number, status in enumerate(["answered", "partly", "open", "outside"])]
    other = [item(number, name, "answered") for name in ANNEXES if name != annex for number in range(9)]
    found = with_annex(ARTICLE, {"facts": [annex]}, [*other, *own])
    assert found.answer.startswith("2 of 4 items of ") and found.status == "partly"


def test_where_none_has_facts_it_is_open() -> None:
    annex = next(iter(ANNEXES))
    found = with_annex(ARTICLE, {"facts": [annex]}, [item(1, annex, "open"), item(2, annex, "outside")])
    assert (found.status, found.answer.split(" items")[0]) == ("open", "0 of 2")


def test_an_article_that_refers_to_none_stays_as_it_is() -> None:
    assert with_annex(ARTICLE, {"facts": ["licence"]}, []) is ARTICLE
