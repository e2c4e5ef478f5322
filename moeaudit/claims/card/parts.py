"""What a sentence does with several figures beside each other: what is masked, kept, of one token, or of one kind.

Each rule looks at the figures of a sentence once their nouns are known, and changes what one of them states.
"""

from __future__ import annotations

from moeaudit.claims.card.bound import Bound
from moeaudit.claims.card.fields import COUNT, PARAMETERS, field_of, fits
from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.nouns import Marks
from moeaudit.claims.card.reasons import Reason
from moeaudit.later import expression

ACTIVE = "architecture.active_parameters"
LAYERS = "architecture.layers"
SPARSE = frozenset({"moe", "sparse", "mixture-of-experts"})
"""What layers with experts are called where only their kind is said: `1 dense + 60 MoE`."""
MOST_NUMBERED = 1000
REACH = 5
FEWEST_LAYERS = 4
"""Below it `two layers`, `a 3-layer design` count what something else is built of."""
_ACRONYM = expression(r"[A-Z][A-Z0-9]{1,5}|[A-Z][a-z]+\d")
"""What a kind of layers is called for short: `36 KDA layers`."""


def settled(marks: Marks, found: list[Bound]) -> list[Bound]:
    """The figures of a sentence, each rule applied in turn."""
    found = [_unless_dropped(marks, one) for one in found]
    found = [_of_one_token(marks, one, found) for one in found]
    found = [_unless_some_layers(marks, _sparse_layers(marks, one, found)) for one in found]
    found = _of_the_kept(marks, found)
    return [_coordinated(marks, one, found) for one in found]


def is_numbered(marks: Marks, at: int) -> bool:
    """Whether a figure is the place in a row of what the word before it names: `Phase 2B`, `Table 3`, `第 3 层`, and
    `Layer 3`, which no count of layers is called."""
    figure = marks[at].figure
    if at == 0 or figure is None:
        return False
    before = marks[at - 1]
    close = marks[at].start - before.end <= 1
    if close and before.is_("noun", "layers", "experts") and before.text.lower() in {"layer", "expert"}:
        return True
    known = words_of("index")
    return close and figure.low < MOST_NUMBERED * 10**9 and (before.text in known or before.text.lower() in known)


def bracketed(marks: Marks, first: int, second: int) -> bool:
    """Whether a bracket opens right behind the first figure's words and still stands open at the second."""
    between = marks[first + 1 : second]
    return any(one.opens for one in between) and not any(one.closes or one.text in {",", "，"} for one in between)


def _unless_dropped(marks: Marks, one: Bound) -> Bound:
    """`masking 10 experts`, `64 experts were removed`: what somebody takes out is no count of the model's."""
    if one.row is None or one.row.noun not in {"experts", "layers"}:
        return one
    before = next((mark for mark in reversed(marks[: one.at]) if not _is_small(mark)), None)
    dropped = before is not None and before.kind == "drop" and before.end <= one.mark.start
    behind = [mark for mark in marks[one.at + 1 : one.at + 2 + REACH] if not _is_small(mark)][:3]
    passive = len(behind) > 1 and behind[0].kind == "noun" and any(
        mark.kind == "drop" for mark in behind[1 : 3 if behind[1].is_("link", "copula") else 2]
    )  # fmt: skip
    return one._replace(row=None, reason=Reason.OTHER_NOUN) if dropped or passive else one


def _is_small(one: Mark) -> bool:
    return one.silent or one.kind in {"adjective", "per"}


def _of_one_token(marks: Marks, one: Bound, found: list[Bound]) -> Bound:
    """`33B active parameters (8 experts + 1 shared)`: the experts in the brackets of an active size."""
    if one.row is None or one.row.path != "architecture.routed_experts":
        return one
    beside = [other for other in found if other is not one and other.row is not None]
    if any(other.row and other.row.path.endswith("per_token") for other in beside):
        return one
    held = any(other.row and other.row.path == ACTIVE and bracketed(marks, other.at, one.at) for other in beside)
    return one._replace(row=field_of("experts", {"selected"})) if held else one


def _unless_some_layers(marks: Marks, one: Bound) -> Bound:
    """`5 SWA layers followed by 1 GA layer`, `8 layers of the hierarchy`: a kind of layers, or those of something
    else."""
    if one.row is None or one.row.path != LAYERS or one.mark.figure is None:
        return one
    behind = marks[one.at + 1 : one.at + 2 + REACH]
    noun = next((at for at, mark in enumerate(behind) if mark.is_("noun", "layers")), None)
    if noun is None or any(mark.figure for mark in behind[:noun]):
        return one
    if any(mark.kind == "word" and _ACRONYM.fullmatch(mark.text) for mark in behind[:noun]):
        return one._replace(row=None, reason=Reason.PART)
    few = one.mark.figure.low < FEWEST_LAYERS
    rest = behind[noun + 1 : noun + 3]
    of_it = len(rest) == 2 and rest[0].is_("link", "of") and rest[1].kind == "word"
    return one._replace(row=None, reason=Reason.OTHER_NOUN) if few or of_it else one


def _sparse_layers(marks: Marks, one: Bound, found: list[Bound]) -> Bound:
    """`61 layers (1 dense + 60 MoE)`: a kind of layer behind the count of all."""
    figure = one.mark.figure
    if figure is None or not fits(COUNT, figure) or (one.row is not None and one.row.noun != "layers"):
        return one
    rest = [mark for mark in marks[one.at + 1 : one.at + 5] if not mark.silent or mark.text == "+"]
    if rest and rest[0].is_("noun", "layers"):
        rest = rest[1:]
    if not rest or rest[0].text.lower() not in SPARSE or (len(rest) > 1 and rest[1].kind in {"noun", "word"}):
        return one
    whole = any(
        other.row is not None and other.row.path == LAYERS and other.at < one.at
        and other.mark.figure is not None and other.mark.figure.low > figure.low
        for other in found
    )  # fmt: skip
    return one._replace(row=field_of("layers", {"moe"}), reason=None) if whole else one


def _of_the_kept(marks: Marks, found: list[Bound]) -> list[Bound]:
    """`keeps 24 of the 61 layers`: the model has those that are kept; all of them were its parent's."""
    keeps = next((place for place, mark in enumerate(marks) if mark.kind == "keep"), None)
    if keeps is None or not any(mark.is_("noun", "layers") for mark in marks):
        return found
    counts = {place: mark.figure for place, mark in enumerate(marks) if mark.figure and fits(COUNT, mark.figure)}
    kept = next((place for place in counts if place > keeps), None)
    if len(counts) != 2 or kept is None:
        return found
    other = next(place for place in counts if place != kept)
    if counts[kept].low >= counts[other].low:
        return found
    told = {kept: (field_of("layers", set()), None), other: (None, Reason.OLD_VALUE)}
    return [one._replace(row=told[one.at][0], reason=told[one.at][1]) if one.at in told else one for one in found]


def _coordinated(marks: Marks, one: Bound, found: list[Bound]) -> Bound:
    """`8B parameters per token in prefill and 16B in decode`: the second is what the first is."""
    figure = one.mark.figure
    if one.row is not None or one.reason is not Reason.NO_NOUN or figure is None or not fits(PARAMETERS, figure):
        return one
    last = next((other for other in reversed(found) if other.at < one.at), None)
    if last is None or last.row is None or last.row.path != ACTIVE or last.mark.figure is None:
        return one
    between = [mark for mark in marks[last.at + 1 : one.at] if not mark.silent]
    joined = bool(between) and (between[-1].is_("link", "and") or between[-1].text in {",", "，", "、"})
    alike = last.mark.figure.unit == figure.unit
    behind = marks[one.at + 1] if one.at + 1 < len(marks) else None
    placed = behind is not None and (behind.kind in {"link", "per"} or behind.text.lower() in words_of("placing"))
    stops = any(mark.kind in {"name", "stop", "compare", "who"} for mark in between)
    return one._replace(row=last.row, reason=None) if joined and alike and placed and not stops else one
