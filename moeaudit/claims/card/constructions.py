"""The constructions by which a figure finds its noun, each with sentences that it reads and sentences that it must not.

They are tried in order; the first whose noun states a field of the figure's size decides. A new one is a function and
its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from moeaudit.claims.card.fields import COUNT, PARAMETERS, fits
from moeaudit.claims.card.marks import ARROWS
from moeaudit.claims.card.nouns import LABELLING, Marks, Phrase, after, ahead, before, behind, opening
from moeaudit.later import dataclass

UNKNOWN = 4
"""Unknown words that may stand between a figure and the noun behind it."""
BACK = 14
"""Marks between a figure and the noun before it."""
JOINING = LABELLING | ARROWS | frozenset(["=", "-", "–", "~", "≈", "(", "（"])
SIZES = frozenset({"model", "size"})

CLASSES = frozenset({"scale", "model scale", "规模", "規模", "규모"})

Reads = Callable[[Marks, int], Iterator[Phrase]]
Example = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Construction:
    """How a figure may stand to its noun. `examples` are sentences with the fields they state; `never` state none."""

    id: str
    reads: Reads
    examples: tuple[Example, ...]
    never: tuple[str, ...] = ()


def one_word(marks: Marks, at: int) -> Iterator[Phrase]:
    """A total and an active size in one word."""
    if marks[at].sense in {"whole", "active"}:
        yield Phrase("parameters", frozenset({"total" if marks[at].sense == "whole" else "active"}))


def right_noun(marks: Marks, at: int) -> Iterator[Phrase]:
    """The noun stands behind the figure, adjectives between."""
    modifiers: set[str] = set()
    unknown = 0
    of = False
    place = at + 1
    while place < len(marks):
        one = marks[place]
        following = marks[place + 1] if place + 1 < len(marks) else None
        if one.kind == "noun" and one.sense in SIZES and following is not None and following.kind == "noun":
            modifiers |= {"moe"} if one.text.lower() == "moe" else set()
        elif one.kind == "noun" and one.text.lower() in CLASSES:
            yield Phrase("other", frozenset())  # `at the 10B scale` names a class of models
            return
        elif one.kind == "noun":
            if one.sense not in SIZES or _is_a_size(marks, at, place):
                rest = behind(marks, place) - (PREDICATES if _is_whole(marks, at) else set())
                yield Phrase(one.sense, frozenset({*modifiers, *before(marks, at), *rest}), not unknown)
            return
        elif one.modifier:
            modifiers.add(one.modifier)
        elif one.opens and place + 2 < len(marks) and marks[place + 1].figure and marks[place + 2].closes:
            place += 2  # the same figure in another form: `720억 (72B) 매개변수`
        elif one.is_("link", "of"):
            of = True
        elif one.figure and of:
            modifiers.add("part")
        elif one.is_("link", "and") and _coordinated(marks, place):
            place = _coordinated(marks, place)
        elif one.kind == "word" and unknown < UNKNOWN and not one.joined:
            unknown += 1
        elif not one.silent and not (
            one.is_("link", "and") and following is not None and following.kind in {"adjective", "word"}
        ):
            return
        place += 1


PREDICATES = {"active", "selected", "token"}
"""What is said of the part in `37B of the 671B parameters are active`, not of the whole."""


def _is_whole(marks: Marks, at: int) -> bool:
    """Whether another figure is a part of this one: `37B of its 671B parameters`."""
    for place in range(at - 1, max(-1, at - 5), -1):
        if marks[place].is_("link", "of"):
            return any(one.figure for one in marks[max(0, place - 3) : place])
        if not marks[place].silent and marks[place].kind != "who":
            return False
    return False


def _is_a_size(marks: Marks, at: int, place: int) -> bool:
    """Whether `671B MoE model` gives the size of that model: the noun follows at once."""
    figure = marks[at].figure
    return figure is not None and fits(PARAMETERS, figure) and place - at <= 5


def _coordinated(marks: Marks, place: int) -> int:
    """From the `and` of `256 routed and 1 shared experts` the place before the noun; 0 where none follows."""
    if place + 1 < len(marks) and marks[place + 1].figure:
        for further in range(place + 2, min(place + 5, len(marks))):
            if marks[further].is_("noun", "experts", "layers", "parameters"):
                return further - 1
            if marks[further].kind != "adjective":
                return 0
    return 0


def pair(marks: Marks, at: int) -> Iterator[Phrase]:
    """Two sizes with a stroke between: a total and an active one."""
    for here, there in ((at, at + 2), (at, at - 2)):
        first, second = sorted((here, there))
        if first < 0 or second >= len(marks) or marks[first + 1].text != "/":
            continue
        low, high = marks[first].figure, marks[second].figure
        if low is None or high is None or not (fits(PARAMETERS, low) and fits(PARAMETERS, high)):
            continue
        senses = _told(marks, first, second)
        noun = any(one.is_("noun", "parameters", "model") for one in marks[second + 1 : second + 4])
        if senses is None and noun and low.low != high.low:
            senses = ("active", "total") if low.low < high.low else ("total", "active")
        if senses is not None:
            yield Phrase("parameters", frozenset({senses[here != first]}))


def _told(marks: Marks, first: int, second: int) -> tuple[str, str] | None:
    """What the label before a pair, or the words behind it, say that its figures are."""
    colon = next((place for place in range(first - 1, -1, -1) if marks[place].text in {":", "：", "|"}), first)
    said = [one.sense for one in marks[:colon] if one.is_("adjective", "active", "total")]
    if len(said) >= 2 and said[0] != said[1] and any(one.text == "/" or one.opens for one in marks[:colon]):
        return said[0], said[1]
    if any(phrase.noun == "other" for phrase in right_noun(marks, second)):
        return None
    words = after(marks, second)
    return ("total", "active") if "active" in words else ("active", "total") if "total" in words else None


def adjective_behind(marks: Marks, at: int) -> Iterator[Phrase]:
    """The adjective behind a figure stands for its noun."""
    yield from _headless(marks, at, after(marks, at))


def adjective_before(marks: Marks, at: int) -> Iterator[Phrase]:
    """The verb or adjective before a figure stands for its noun."""
    yield from _headless(marks, at, before(marks, at))


def _headless(marks: Marks, at: int, modifiers: set[str]) -> Iterator[Phrase]:
    figure = marks[at].figure
    if figure is None:
        return
    if fits(PARAMETERS, figure) and modifiers & {"total", "active", "non_embedding", "mtp", "vision"}:
        yield Phrase("parameters", frozenset(modifiers))
    elif (
        fits(COUNT, figure)
        and modifiers & {"shared", "routed", "selected", "active", "total", "token"}
        and any(one.is_("noun", "experts") for one in marks)
    ):
        yield Phrase("experts", frozenset(modifiers))


def of_which(marks: Marks, at: int) -> Iterator[Phrase]:
    """`of which` refers to the last noun before."""
    if at + 1 < len(marks) and marks[at + 1].is_("link", "of"):
        noun = next((one for one in reversed(marks[:at]) if one.kind == "noun"), None)
        own = after(marks, at)
        if noun is not None and own:
            yield Phrase(noun.sense, frozenset(own))


def left_noun(marks: Marks, at: int) -> Iterator[Phrase]:
    """The noun stands before the figure, and something links them."""
    figure = marks[at].figure
    between: set[str] = set()
    linked, unknown = figure is not None and bool(figure.bound or figure.about), False
    place = at - 1
    while place >= 0 and at - place < BACK:
        one = marks[place]
        if one.closes:
            place = opening(marks, place)
            inside = marks[place + 1 : at]
            words = inside[: next(at for at, other in enumerate(inside) if other.closes)]
            between |= {one.sense for one in words if one.modifier} if all(one.modifier for one in words) else set()
        elif one.kind == "noun":
            if one.sense in SIZES and place > 0 and marks[place - 1].kind == "noun":
                place -= 1
                continue
            own = after(marks, at)
            if own <= {"token", "layer"}:
                between, own = between | own, set()
            if linked or one.joined or own:
                yield Phrase(one.sense, frozenset(own or {*between, *ahead(marks, place)}), True)
            return
        elif one.modifier:
            between.add(one.modifier)
        elif one.figure:
            # The old value of `from 384 to 16` and `384 → 16`.
            if not any(other.is_("link", "to") or other.text in ARROWS for other in marks[place + 1 : at]):
                return
        elif one.is_("link", "and"):
            return
        elif one.kind == "link" or one.text in JOINING or one.is_("verb", "supports"):
            linked = True
        elif one.kind == "word" and not unknown and not one.joined:
            unknown = True
        elif not one.silent:
            return
        place -= 1


def carried_noun(marks: Marks, at: int) -> Iterator[Phrase]:
    """A label's noun holds for every figure behind the colon that has an adjective of its own."""
    colon = next((place for place, one in enumerate(marks[:at]) if one.text in {":", "：", "|"}), None)
    noun = next((one for one in reversed(marks[:colon]) if one.kind == "noun"), None) if colon is not None else None
    own = after(marks, at)
    if noun is not None and own:
        yield Phrase(noun.sense, frozenset(own))


CONSTRUCTIONS: tuple[Construction, ...] = (
    Construction(
        "one-word",
        one_word,
        (("Now out: a 397B-A17B MoE.", {"397B": "total_parameters", "17B": "active_parameters"}),),
        ("It beats Qwen3-30B-A3B.",),
    ),
    Construction(
        "noun-behind",
        right_noun,
        (
            ("It has 671B total parameters.", {"671B": "total_parameters"}),
            ("It uses only 37B of its 671B parameters.", {"37B": "active_parameters", "671B": "total_parameters"}),
            ("It was trained on 14.8T diverse and high-quality tokens.", {"14.8T": "training_tokens"}),
            ("256 routed and 1 shared experts", {"256": "routed_experts", "1": "shared_experts"}),
            ("A 45-layer Transformer.", {"45": "layers"}),
        ),
        ("It saw 3 billion images.", "Each expert has 3.4B parameters.", "It has 64 attention heads."),
    ),
    Construction(
        "pair",
        pair,
        (
            ("A 3B/16B-parameter MoE.", {"3B": "active_parameters", "16B": "total_parameters"}),
            ("#Activated / #Total Params: 15B / 309B", {"15B": "active_parameters", "309B": "total_parameters"}),
        ),
        ("2B / 3B active users",),
    ),
    Construction(
        "adjective-behind",
        adjective_behind,
        (
            ("671B total, 37B active.", {"671B": "total_parameters", "37B": "active_parameters"}),
            ("256 routed experts plus 1 shared", {"256": "routed_experts", "1": "shared_experts"}),
        ),
    ),
    Construction(
        "of-which",
        of_which,
        (("61 layers, the first 3 of which are dense", {"61": "layers", "3": "dense_layers"}),),
    ),
    Construction(
        "noun-before",
        left_noun,
        (
            ("Total parameters: 671B", {"671B": "total_parameters"}),
            ("a context length of up to 128K", {"128K": "context_length"}),
            ("参数总量为6710亿", {"6710亿": "total_parameters"}),
        ),
        ("The dense layer 0 is kept.",),
    ),
    Construction(
        "adjective-before",
        adjective_before,
        (
            ("It activates only 11B.", {"11B": "active_parameters"}),
            ("每个token激活370亿", {"370亿": "active_parameters"}),
        ),
    ),
    Construction(
        "label",
        carried_noun,
        (("Layers: 61 (first 3 dense)", {"61": "layers", "3": "dense_layers"}),),
    ),
)
