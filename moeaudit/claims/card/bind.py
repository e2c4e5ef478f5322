"""Figures bound to their nouns: which field each figure of a sentence or cell states, and why one states none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from moeaudit.claims.card.fields import CONTEXT, COUNT, PARAMETERS, TOKENS, Row, field_of
from moeaudit.claims.card.labels import fits
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.figures import Figure

ARROWS = frozenset({"→", ">", "->", "➔", "⇒"})
LABELLING = frozenset(": ： | † ‡ * #".split())
JOINING = LABELLING | frozenset("= - – ~ ≈ ( （ ) ） → > -> =>".split())

REACH = 4
"""Unknown words that may stand between a figure and its noun."""


class Reason(StrEnum):
    """Why a figure is not taken as the model's own claim."""

    NO_NOUN = "no known noun stands at it"
    OTHER_NOUN = "it counts something else"
    PART = "it counts a part of the model"
    SUM = "it adds up others"
    SIZE = "its size is not one of what its noun counts"
    SETTING = "it is a setting of a test or a stage"
    DENIED = "the sentence denies it"
    SUPPOSED = "the sentence supposes it"
    OLD_VALUE = "it is the value before a change"
    LISTED = "it is one of several"
    COMPARED = "it is what the model is compared with"
    OTHER_MODEL = "it is another model's"


class Bound(NamedTuple):
    """A figure and the row of fields that its noun states, or the reason why it states none."""

    mark: Mark
    at: int
    row: Row | None
    reason: Reason | None = None


class Phrase(NamedTuple):
    """A noun with what modifies it, and how far it stands from the figure in unknown words."""

    noun: str
    modifiers: frozenset[str]
    far: int = 0
    end: int = 0


Construction = Callable[[list[Mark], int], Iterator[Phrase]]

SILENT = {("adjective", "plain"), ("sign", "-"), ("sign", "–"), ("sign", "*"), ("sign", "+"), ("sign", "†"), ("sign", "‡")}


def bind(marks: list[Mark]) -> list[Bound]:
    """Every figure of a sentence, in order."""
    found: list[Bound] = []
    for at, one in enumerate(marks):
        if one.kind == "figure":
            found.append(_within(marks, _bound(marks, at), found))
    return _without_people(marks, _without_sums(found))


def _without_sums(found: list[Bound]) -> list[Bound]:
    """`8 routed plus one shared (9 experts in total)`: a figure that adds up the two others is no count of its own."""
    counts = [one for one in found if one.row is not None and one.row.noun == "experts" and one.mark.figure]
    values = {one.at: one.mark.figure.low for one in counts if one.mark.figure}
    pairs = {first + second for first in values.values() for second in values.values() if first != second}
    sums = {at for at, value in values.items() if value in pairs}
    return [one._replace(row=None, reason=Reason.SUM) if one.at in sums else one for one in found]


def _without_people(marks: list[Mark], found: list[Bound]) -> list[Bound]:
    """Experts that were hired, or of some field, are people."""
    if not any(one.kind == "people" for one in marks):
        return found
    return [
        one._replace(row=None, reason=Reason.OTHER_NOUN) if one.row is not None and one.row.noun == "experts" else one
        for one in found
    ]


def _within(marks: list[Mark], one: Bound, before: list[Bound]) -> Bound:
    """In `1.4B activated (non-embedding 789M)` the figure in brackets is a part of the active one before it."""
    if one.row is None or one.row.path != "architecture.non_embedding_parameters" or not before:
        return one
    last = before[-1]
    active = last.row is not None and last.row.path == "architecture.active_parameters"
    if active and any(mark.text in {"(", "（"} for mark in marks[last.at : one.at]):
        return one._replace(row=field_of("parameters", {"non_embedding", "active"}))
    return one


def _bound(marks: list[Mark], at: int) -> Bound:
    one = marks[at]
    assert one.figure is not None
    reason: Reason | None = None
    for construction in CONSTRUCTIONS:
        for phrase in construction(marks, at):
            if phrase.noun == "other":
                reason = reason or Reason.OTHER_NOUN
                return Bound(one, at, None, reason)
            row = _row(marks, at, phrase)
            if row is None:
                reason = reason or Reason.PART
                if phrase.far == 0 and construction in (right_noun, left_noun):
                    return Bound(one, at, None, reason)
                continue
            if fits(row.sort, one.figure) and _alone(marks, at) and not (one.text.lower() == "one" and "shared" not in phrase.modifiers):
                return Bound(one, at, row)
            reason = reason or Reason.SIZE
    return Bound(one, at, None, reason or Reason.NO_NOUN)


def _alone(marks: list[Mark], at: int) -> bool:
    """Not a factor of a product such as `16 x 3.8B`, nor a fraction of a benchmark."""
    after = marks[at + 1] if at + 1 < len(marks) else None
    return after is None or after.text not in {"×", "%", "^"}


def _row(marks: list[Mark], at: int, phrase: Phrase) -> Row | None:
    noun = phrase.noun
    if noun == "tokens":
        noun = _sort_of_tokens(marks, at)
    elif noun in {"model", "size"}:
        modifiers = phrase.modifiers - {"routed", "dense", "shared", "component"}
        return field_of("size" if "stored" in modifiers else "parameters", modifiers)
    return field_of(noun, phrase.modifiers) if noun else None


def _sort_of_tokens(marks: list[Mark], at: int) -> str:
    """Tokens are a context or a corpus, as the sentence says."""
    figure = marks[at].figure
    assert figure is not None
    if fits(TOKENS, figure) and any(one.is_("verb", "trained") or one.is_("noun", "training") for one in marks):
        return "training"
    near = marks[max(0, at - 12) : at + 10]
    if fits(CONTEXT, figure) and any(
        one.is_("noun", "context") or (one.is_("verb", "supports") and one.start < marks[at].start) for one in near
    ):
        return "context"
    return ""


def right_noun(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`671B total parameters`, `256 routed experts`, `14.8T diverse tokens`, `37B of its 671B parameters`."""
    modifiers: set[str] = set()
    far = 0
    whole = False
    place = at + 1
    while place < len(marks):
        one = marks[place]
        if one.kind == "noun":
            if one.sense in {"model", "size"} and place + 1 < len(marks) and marks[place + 1].kind == "noun":
                modifiers |= {"moe"} if one.text.lower() == "moe" else set()
                place += 1
                continue
            behind = _behind(marks, place)
            if _is_whole(marks, at):
                behind -= {"active", "selected", "token"}
            if one.sense in {"model", "size"} and not _sized(marks, at, place):
                return
            yield Phrase(one.sense, frozenset({*modifiers, *_before(marks, at), *behind}), far, place)
            return
        if (one.kind, one.sense) in SILENT or one.kind == "per":
            if one.kind == "per":
                modifiers.add(_per(one))
        elif one.kind == "adjective":
            modifiers.add(one.sense)
        elif one.is_("link", "of"):
            whole = True
        elif one.kind == "figure" and whole:
            modifiers.add("part")
        elif one.is_("link", "and") and _coordinated(marks, place):
            place = _coordinated(marks, place)
        elif one.is_("link", "and") and place + 1 < len(marks) and marks[place + 1].kind in {"adjective", "word"}:
            pass
        elif one.kind == "word" and far < REACH and not _cjk(one):
            far += 1
        else:
            break
        place += 1


def _is_whole(marks: list[Mark], at: int) -> bool:
    """Whether a figure is what another one is a part of: `37B of its 671B parameters`."""
    for place in range(at - 1, max(-1, at - 5), -1):
        if marks[place].is_("link", "of"):
            return place > 0 and any(one.kind == "figure" for one in marks[max(0, place - 3) : place])
        if (marks[place].kind, marks[place].sense) not in SILENT and marks[place].kind != "who":
            return False
    return False


def _sized(marks: list[Mark], at: int, place: int) -> bool:
    """Whether a bare `671B MoE model` gives the size of that model: the noun follows at once."""
    figure = marks[at].figure
    return figure is not None and fits(PARAMETERS, figure) and place - at <= 5


def _cjk(one: Mark) -> bool:
    return one.text[:1] >= "\u3040"


def _coordinated(marks: list[Mark], place: int) -> int:
    """The place before the noun of `256 routed and 1 shared experts`, seen from its `and`; 0 where there is none."""
    after = place + 1
    if after < len(marks) and marks[after].kind == "figure":
        for further in range(after + 1, min(after + 4, len(marks))):
            if marks[further].is_("noun", "experts", "layers", "parameters"):
                return further - 1
            if marks[further].kind != "adjective":
                return 0
    return 0


def _before(marks: list[Mark], at: int) -> set[str]:
    """Modifiers right before a figure: `activates only`, `a total of`, `shared:`."""
    found: set[str] = set()
    for place in range(at - 1, max(-1, at - 8), -1):
        one = marks[place]
        if one.kind == "adjective":
            if one.sense != "plain":
                found.add(one.sense)
        elif one.kind == "per":
            found.add(_per(one))
        elif one.is_("link", "of") and any(other.kind == "figure" for other in marks[max(0, place - 4) : place]):
            break
        elif one.kind not in {"link", "who"} and one.text not in LABELLING or one.is_("link", "and", "from"):
            break
    return found


def _behind(marks: list[Mark], place: int) -> set[str]:
    """Modifiers right after a noun: `parameters in total`, `experts are selected per token`, `(active)`."""
    found: set[str] = set()
    opened = False
    for after in range(place + 1, min(place + 8, len(marks))):
        one = marks[after]
        if one.kind == "adjective":
            if one.sense != "plain" and not (opened and not found and one.sense == "plain"):
                found.add(one.sense)
        elif one.kind == "per":
            found.add(_per(one))
        elif one.is_("sign", "(", "（") and not opened and not found:
            opened = True
        elif opened and one.text in {")", "）"}:
            return found
        elif one.is_("link", "copula"):
            continue
        else:
            # Brackets with more than such words in them speak of something else.
            return set() if opened and one.text not in {")", "）"} else found
    return found


def one_word(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`397B-A17B`: a total and an active size in one word."""
    if marks[at].sense in {"whole", "active"}:
        yield Phrase("parameters", frozenset({"total" if marks[at].sense == "whole" else "active"}))


def pair(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`3B/16B-parameter`, `671B / 37B activated`: a total and an active size, as label, words or their sizes say."""
    for here, there in ((at, at + 2), (at, at - 2)):
        other = marks[there] if 0 <= there < len(marks) else None
        if other is None or other.figure is None or marks[(at + there) // 2].text != "/":
            continue
        first, second = sorted((here, there))
        if not (fits(PARAMETERS, marks[first].figure) and fits(PARAMETERS, marks[second].figure)):  # type: ignore[arg-type]
            continue
        senses = _pair_senses(marks, first, second)
        if senses:
            yield Phrase("parameters", frozenset({senses[here != first]}))


def _pair_senses(marks: list[Mark], first: int, second: int) -> tuple[str, str] | None:
    """What the two figures of a pair count: as the label, or the words behind the second, say; else by their size."""
    colon = next((place for place in range(first - 1, -1, -1) if marks[place].text in {":", "：", "|"}), first)
    said = [one.sense for one in marks[:colon] if one.is_("adjective", "active", "total")]
    slash = any(one.text in {"/", "(", "（"} for one in marks[:colon])
    if len(said) >= 2 and slash and said[0] != said[1]:
        return said[0], said[1]
    if any(phrase.noun == "other" for phrase in right_noun(marks, second)):
        return None
    behind = _after(marks, second)
    if "active" in behind:
        return "total", "active"
    if "total" in behind:
        return "active", "total"
    if any(one.is_("noun", "parameters", "model") for one in marks[second + 1 : second + 4]):
        low, high = marks[first].figure, marks[second].figure
        assert low is not None and high is not None
        if low.low != high.low:
            return ("active", "total") if low.low < high.low else ("total", "active")
    return None


def left_noun(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`Total parameters: 671B`, `a context length of 128K`, `参数总量为6710亿`, `experts from 384 to 16`."""
    place = at - 1
    between: set[str] = set()
    figure = marks[at].figure
    linked, unknown = int(figure is not None and bool(figure.bound or figure.about)), 0
    while place >= 0 and at - place < 14:
        one = marks[place]
        if one.text in {")", "）"}:
            opening = _opening(marks, place)
            inside = marks[opening + 1 : place]
            between |= {one.sense for one in inside if one.kind == "adjective"} if _only_words(inside) else set()
            place = opening - 1
            continue
        if one.kind == "noun":
            own = _after(marks, at)
            if own <= {"token", "layer"}:
                between, own = between | own, set()
            if one.sense in {"model", "size"} and place > 0 and marks[place - 1].kind == "noun":
                place -= 1
                continue
            if linked or _cjk(one) or own:
                yield Phrase(one.sense, frozenset(own or {*between, *_ahead(marks, place)}), 0, place)
            return
        if one.kind == "adjective":
            between |= {one.sense} - {"plain"}
        elif one.kind == "per":
            between.add(_per(one))
        elif one.kind == "figure":
            # The old value of `from 384 to 16` and `384 → 16`.
            if not any(other.is_("link", "to") or other.text in ARROWS for other in marks[place + 1 : at]):
                return
        elif one.kind == "link" or one.text in JOINING or one.is_("verb", "supports"):
            linked += 1
            if one.is_("link", "and"):
                return
        elif one.kind == "word" and not unknown and not _cjk(one):
            unknown += 1
        else:
            return
        place -= 1


def _opening(marks: list[Mark], place: int) -> int:
    """The bracket that a closing one belongs to; -1 where there is none."""
    return next((before for before in range(place - 1, -1, -1) if marks[before].text in {"(", "（"}), -1)


def _only_words(inside: list[Mark]) -> bool:
    return all(one.kind in {"adjective", "per"} for one in inside)


def _per(one: Mark) -> str:
    return "part_of" if one.sense == "part" else one.sense


def _ahead(marks: list[Mark], place: int) -> set[str]:
    """Modifiers right before a noun that stands left of its figure: `total number of`, `activated`."""
    found: set[str] = set()
    for before in range(place - 1, max(-1, place - 6), -1):
        one = marks[before]
        if one.kind == "adjective":
            if one.sense != "plain":
                found.add(one.sense)
        elif one.kind == "per":
            found.add(_per(one))
        elif not one.is_("sign", "-", "(", "#"):
            break
    return found


def adjective_after(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`671B total`, `37B active`, `1 shared`: the adjective behind a figure stands for its noun."""
    yield from _headless(marks, at, _after(marks, at))


def adjective_before(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`activates 37B`, `a total of 671B`, `激活370亿`: the word before a figure stands for its noun."""
    yield from _headless(marks, at, _before(marks, at))


def _headless(marks: list[Mark], at: int, modifiers: set[str]) -> Iterator[Phrase]:
    figure = marks[at].figure
    assert figure is not None
    if fits(PARAMETERS, figure) and modifiers & {"total", "active", "non_embedding", "mtp", "vision"}:
        yield Phrase("parameters", frozenset(modifiers))
    elif fits(COUNT, figure) and modifiers & {"shared", "routed", "selected", "active", "total", "token"}:
        if any(one.is_("noun", "experts") for one in marks):
            yield Phrase("experts", frozenset(modifiers))


def of_which(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`61 layers, the first 3 of which are dense`: the noun is the last one before."""
    if at + 1 < len(marks) and marks[at + 1].is_("link", "of"):
        noun = next((one for one in reversed(marks[:at]) if one.kind == "noun"), None)
        own = _after(marks, at)
        if noun is not None and own:
            yield Phrase(noun.sense, frozenset(own))


def _after(marks: list[Mark], at: int) -> set[str]:
    """Modifiers right after a figure without a noun: `active`, `(total)`, `of which are dense`."""
    found: set[str] = set()
    place = at + 1
    for place in range(at + 1, min(at + 8, len(marks))):
        one = marks[place]
        if one.kind == "adjective":
            found |= {one.sense} - {"plain"}
        elif one.kind == "per":
            found.add(_per(one))
        elif one.is_("sign", "(", "（", "-") and place == at + 1:
            continue
        elif not one.is_("link", "copula", "of") or found:
            # `31.6B (active 3.2B)`: the word in the brackets is the next figure's.
            return set() if one.kind == "figure" and marks[at + 1].is_("sign", "(", "（") else found
    return found


def carried_noun(marks: list[Mark], at: int) -> Iterator[Phrase]:
    """`Experts: 8 active / 256 total and 1 shared`: the label's noun holds for every figure behind it."""
    colon = next((place for place, one in enumerate(marks[:at]) if one.is_("sign", ":", "：", "|")), None)
    if colon is None:
        return
    noun = next((one for one in reversed(marks[:colon]) if one.kind == "noun"), None)
    if noun is not None:
        first = all(one.kind != "figure" for one in marks[colon:at])
        own = _after(marks, at)
        yield Phrase(noun.sense, frozenset(own or (_ahead(marks, colon) if first else set())))


CONSTRUCTIONS: tuple[Construction, ...] = (
    one_word,
    right_noun,
    pair,
    adjective_after,
    of_which,
    left_noun,
    adjective_before,
    carried_noun,
)
