"""A sentence that begins with another subject than the model states nothing of it: what it says is assumed."""

from __future__ import annotations

import pytest

from moeaudit.claims.card import read_card
from moeaudit.claims.card.whose.owner import Owner

HEAD = "# Marlin-3\n\nMarlin-3 is a Mixture-of-Experts model with 671B total parameters, 37B of them active.\n\n"


@pytest.mark.parametrize(
    ("sentence", "owner"),
    [
        ("Fine-tuning touches only 2.1B parameters with adapters.", Owner.ASSUMED),
        ("We stored 120 GB of logs from 40 experts.", Owner.ASSUMED),
        ("Serving costs rise with 48 experts.", Owner.ASSUMED),
        ("The largest open model before it had 405B parameters.", Owner.OTHER),
        ("It activates 47B parameters.", Owner.STATED),
        ("The model has 571B parameters.", Owner.STATED),
        ("Marlin-3 has 571B parameters.", Owner.STATED),
        ("Total parameters: 571B", Owner.STATED),
        ("571B parameters, of which 47B are active.", Owner.STATED),
        ("We release a model with 571B parameters.", Owner.STATED),
        ("Supports a context of 256K tokens.", Owner.STATED),
    ],
)
def test_whose_a_sentence_without_a_name_is(sentence: str, owner: Owner) -> None:
    card = read_card(f"{HEAD}{sentence}\n", "README.md")
    sized = [one for one in card.readings if one.path and one.start >= 0 and one.text.value.startswith(sentence[:8])]
    assert sized and {one.owner for one in sized} == {owner}
