"""Boxes against the numbers they stand for: every law is held against plain sets of tuples."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.evidence.boxes import Box, Boxes, cells, common, minus, size
from moeaudit.evidence.indices import indices

AXIS = st.sets(st.integers(0, 5), min_size=1).map(lambda numbers: indices(sorted(numbers)))
AXES = st.integers(0, 3)


def boxes_of(axes: int) -> st.SearchStrategy[Box]:
    return st.tuples(*[AXIS] * axes)


SEVERAL = AXES.flatmap(lambda axes: st.tuples(boxes_of(axes), st.lists(boxes_of(axes), max_size=12)))


def at(*boxes: Box) -> set[tuple[int, ...]]:
    return {numbers for box in boxes for numbers in product(*box)}


def test_a_box_without_another() -> None:
    layers_without_two = minus((range(4), range(8)), [(range(2, 3), range(8)), (range(3, 4), range(4))])
    assert layers_without_two == [(range(2), range(8)), (range(3, 4), range(4, 8))]
    assert minus((), [()]) == [] and minus((), []) == [()]
    assert common((range(4),), (range(2, 9),)) == (range(2, 4),) and common((range(4),), ()) is None


@given(SEVERAL)
def test_laws(several: tuple[Box, list[Box]]) -> None:
    box, others = several
    left = minus(box, others)
    assert at(*left) == at(box) - at(*others) and sum(map(size, left)) == len(at(*left))
    parts = list(cells(box, others))
    assert sum(size(part) for part, _ in parts) == size(box) and at(*(part for part, _ in parts)) == at(box)
    for part, places in parts:
        assert [bool(at(part) & at(other)) for other in others] == [place in places for place in range(len(others))]
        assert all(at(part) <= at(others[place]) for place in places)
    met = Boxes(others).meeting(box)
    assert met == [place for place, other in enumerate(others) if at(other) & at(box)]
    assert all((common(box, other) is not None) == (place in met) for place, other in enumerate(others))


@settings(max_examples=20)
@given(SEVERAL, st.integers(0, 12))
def test_boxes_may_be_added_between_questions(several: tuple[Box, list[Box]], first: int) -> None:
    box, others = several
    grown = Boxes(others[:first])
    grown.meeting(box)
    for other in others[first:]:
        grown.add(other)
    assert grown.meeting(box) == Boxes(others).meeting(box)


def test_fifteen_thousand_experts_of_unlike_shape() -> None:
    """Each is a box of its own. What taking every second one away costs is held by tests/scaling."""
    singles = [(indices((layer,)), indices((expert,))) for layer in range(58) for expert in range(256)]
    left = minus((range(58), range(256)), singles[::2])
    known = Boxes(singles)
    assert sum(map(size, left)) == len(singles) // 2 and all(len(known.meeting(one)) == 1 for one in singles[::7])
