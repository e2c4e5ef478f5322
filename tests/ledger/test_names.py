"""Names of weights on both sides, held against each other."""

from __future__ import annotations

from moeaudit.ledger.names import Naming


def test_a_single_name_stands_for_what_is_not_at_home() -> None:
    """Two norms end alike; the one that is there by its own name is not what another name stands for."""
    for free in "abcdefgh":
        wanted = [f"{prefix}.norm.weight" for prefix in "abcdefgh"]
        there = [name for name in wanted if not name.startswith(free)]
        naming = Naming.between(wanted, [*there, "model.final.norm.weight"])
        assert naming.wanted_name("model.final.norm.weight") == f"{free}.norm.weight"


def test_of_two_stacks_that_fit_alike_the_first_is_taken() -> None:
    wanted = [f"{stack}.{{}}.{part}.weight" for stack in ("z", "a", "m") for part in ("up", "down")]
    naming = Naming.between(wanted, ["layers.{}.up.weight", "layers.{}.down.weight"])
    assert naming.wanted_name("layers.{}.up.weight") == "z.{}.up.weight"
