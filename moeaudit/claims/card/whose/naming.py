"""What a card's model is called, read from the card itself: its title, the repos it links to, the code it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from moeaudit.claims.card.shape import HEAD, Shape, is_company, is_no_name, knows, shape_of
from moeaudit.claims.card.subject import Relation, Subject
from moeaudit.claims.card.text import Block
from moeaudit.claims.card.whose.cast import Cast, cast, head_of, weigh
from moeaudit.claims.card.whose.choice import chosen_of, core_of, generation_of, possible, sizes_in, words_of_name
from moeaudit.claims.card.whose.tells import TOTAL, Tell, Where, tells_of
from moeaudit.claims.card.whose.titles import DECORATION, LEAD
from moeaudit.claims.verdicts import NOTHING, Values

PRESENTED_FIRST = 10.0
"""What it weighs to be presented before all others of a family."""


SURE = 3.0
"""From which weight a name is surely the model's that no title shows and nothing presents."""


class Called(NamedTuple):
    """A model's name, what else the card calls it, whether the card is about this one alone, names of others, and
    names of rivals that may as well be meant."""

    name: str
    also: tuple[str, ...] = ()
    alone: bool = True
    others: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()

    @property
    def subject(self) -> Subject:
        return Subject(self.name, self.also, self.others, self.rivals)


def called(
    text: str, parts: Sequence[Block], model_id: str | None, also: Sequence[str] = (), known: Values = NOTHING,
    parents: Sequence[str] = (),
) -> Called:  # fmt: skip
    """The names of the card's model, as `own_names` has them, and those that headings beside its own give to others."""
    own = own_names(text, parts, model_id, also, known, parents)
    return own._replace(others=(*own.others, *beside(parts, own.subject)))


def own_names(
    text: str, parts: Sequence[Block], model_id: str | None, also: Sequence[str] = (), known: Values = NOTHING,
    parents: Sequence[str] = (),
) -> Called:  # fmt: skip
    """The names of the card's model. `model_id` is its name where that is known from elsewhere; `also` are guesses, of
    which the card has to bear one out; a size that `known` counts contradict names another model; `parents` are what
    the front matter says that it was made from."""
    tells = tells_of(text, parts, known)
    linked = [one.name for one in tells if one.where is Where.LINK]
    guess = None if model_id else next((one for one in also if _is_borne_out(one, tells)), None)
    roles = cast(tells, parents, known, guess)
    chosen, titles = _of_the_cast(roles, tells, parts, known)
    stated = model_id or guess
    if guess is not None and known and Subject(guess).relation(chosen) is Relation.SAME and not sizes_in(guess):
        stated = chosen  # a repository's name is its family's: of several sizes the evidence's own is meant
    if stated is not None and _is_told(stated, parts):
        return Called(stated, _family_of(stated, tells), _is_alone(stated, linked))
    if stated is not None:
        # A name that the card never uses: what it is headed by or presents is the model, unless a size says otherwise.
        shown = roles.subject is not None and roles.subject.shown
        own = [one for one in (chosen, *titles) if shown and one and not _is_of_another_size(one, stated)]
        return Called(stated, tuple(own), _is_alone(stated, linked))
    if not chosen:
        return Called("", titles, False, roles.others)
    sure = roles.subject is not None and (roles.subject.shown or roles.subject.weight >= SURE)
    alone = sure and not roles.rivals and _is_alone(chosen, linked)
    titles = tuple(dict.fromkeys((*titles, *_family_of(chosen, tells))))
    return Called(chosen, titles, alone, rivals=tuple(one for part in roles.rivals for one in part.names))


def _is_told(name: str, parts: Sequence[Block]) -> bool:
    """Whether a card's text tells of a model by this name."""
    subject = Subject(name)
    texts = (block.text.value for block in parts if block.text is not None)
    cells = (cell.value for block in parts for row in block.rows for cell in row)
    return any(one.relation is Relation.SAME for text in (*texts, *cells) for one in subject.mentions(text))


def _is_of_another_size(name: str, other: str) -> bool:
    sizes = sizes_in(name), sizes_in(other)
    return all(sizes) and not sizes[0] & sizes[1]


def _of_the_cast(
    roles: Cast, tells: Sequence[Tell], parts: Sequence[Block], known: Values
) -> tuple[str, tuple[str, ...]]:
    """The name of what the card is about, and its title where that is another: a family's name that alone heads a card
    is said there of the member that it speaks of."""
    if roles.subject is None:
        return "", ()
    group = _of_the_counted([one for one in tells if head_of(one.name) == roles.subject.head])
    linked = [one.name for one in group if one.where is Where.LINK]
    plain = [one for one in group if one.where is not Where.LINK and not one.other]
    named = [one.name for one in sorted(plain, key=lambda one: not one.introduced)]
    titles = [one.name for one in group if one.where is Where.TITLE]
    chosen = chosen_of(possible(linked, known), titles, parts, known, named, _weights(group)) or ""
    means = {one: Subject(chosen).relation(one) for one in titles}
    own = [one for one in titles if means[one] is Relation.SAME or len(titles) == 1]
    return chosen, tuple(own[:1])


def _weights(group: Sequence[Tell]) -> dict[tuple[str, ...], float]:
    """How much is told of each generation of a family; most speaks for the one that is presented first."""
    generations: dict[tuple[str, ...], list[Tell]] = {}
    for one in group:
        generations.setdefault(generation_of(one.name), []).append(one)
    weights = {generation: weigh(tells) for generation, tells in generations.items()}
    first = next((one.name for one in group if one.introduced and not one.other and one.where is Where.FIRST), None)
    if first is not None:
        weights[generation_of(first)] += PRESENTED_FIRST
    return weights


def _of_the_counted(group: list[Tell]) -> list[Tell]:
    """Of several members of a family the one whose figures the evidence counts, else the one at which the card points
    (`This model X`); where there is neither, all."""
    counts: Counter[str] = Counter()
    for one in group:
        counts[one.name] += 0 if one.other else one.counts
    if not any(counts.values()):
        counts.update({one.name: 1 for one in group if one.pointed})
    best = next((name for name, count in counts.most_common() if count and not _is_a_family_of(name, counts)), None)
    if best is None:
        return group
    means = Subject(best)
    # An active size may be several members': it tells one of them where it is that one's alone.
    alone = not any(count and means.relation(name) is Relation.OTHER for name, count in counts.items())
    if not alone and counts[best] < TOTAL:
        return group
    return [one for one in group if means.relation(one.name.rpartition("/")[2]) is not Relation.OTHER]


def _is_a_family_of(name: str, others: Iterable[str]) -> bool:
    """Whether one of the others says more than this name does: it is a member of what this one names."""
    return any(Subject(one).relation(name) is Relation.FAMILY for one in others)


def _family_of(name: str, tells: Sequence[Tell]) -> tuple[str, ...]:
    """The family's name, where the card is headed by it or presents it, and tells of no other member."""
    means = Subject(name)
    shown = (one for one in tells if not one.other and (one.where is Where.TITLE or one.introduced))
    family = next((one.name for one in shown if means.relation(one.name) is Relation.FAMILY), "")
    core = core_of(family)
    members = (one.name for one in tells if core <= set(words_of_name(one.name)))
    if not core or any(means.relation(one) is Relation.OTHER for one in members):
        return ()
    return (family,)


def _is_borne_out(guess: str, tells: Sequence[Tell]) -> bool:
    """Whether the card's title or its first sentences tell of a model by this name."""
    subject = Subject(guess)
    early = {Where.TITLE, Where.FIRST, Where.HEADING}
    return bool(subject.tokens) and any(
        one.where in early and not one.other and subject.relation(one.name) is Relation.SAME for one in tells
    )


def beside(parts: Sequence[Block], subject: Subject) -> tuple[str, ...]:
    """Names of other models in the headings beside one that is, whole, this model's: `1. Our-Model`, `2. Other`."""
    groups: dict[tuple[str, ...], dict[str, None]] = {}
    for above in dict.fromkeys(block.headings for block in parts if block.kind != "heading"):
        for depth in range(len(above)):
            groups.setdefault(above[:depth], {})[above[depth]] = None
    found: list[str] = []
    for headings in groups.values():
        bare = [_last_name(one) for one in headings]
        own = [one and subject.relation(one) is Relation.SAME for one in bare]
        if any(own):
            numbered = {one[:1].isdigit() for one, ours in zip(headings, own, strict=True) if ours}
            found += [
                name for name, heading, ours in zip(bare, headings, own, strict=True)
                if name and not ours and heading[:1].isdigit() in numbered and not subject.is_kin(name)
            ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def _last_name(heading: str) -> str:
    """The name that a heading is, without its number and the company before it; empty where it says more."""
    words = [word for word in (one.strip(DECORATION + "()[],:：") for one in heading.split()) if word]
    words = [word for word in words if any(letter.isalpha() for letter in word)]
    if not words or len(words) > LEAD:
        return ""
    name = words.pop()
    if not all(is_company(word) or word.isupper() or not word.isascii() for word in words):
        return ""
    sure = heading[:1].isdigit() or shape_of(name) is Shape.STRONG
    named = HEAD.fullmatch(name) and not is_no_name(name) and not knows(name)
    return name if sure and named and len(name) > 3 else ""


def _is_alone(name: str, linked: Iterable[str]) -> bool:
    """Whether no other size of the same model is linked."""
    own = words_of_name(name)
    return all(words == own for one in linked if (words := words_of_name(one))[:1] == own[:1])
