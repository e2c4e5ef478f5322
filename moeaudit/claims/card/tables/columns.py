"""Whose the columns and rows of a table are: by their names, and by which of them holds the evidence's counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from moeaudit.claims.card.fields import borne_out
from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.shape import like_a_name
from moeaudit.claims.card.subject import Relation, Subject, name_tokens
from moeaudit.claims.card.tables.cells import figures
from moeaudit.claims.card.tables.headings import Label
from moeaudit.claims.card.text import Text
from moeaudit.claims.card.whose.owner import Owned, Owner, of_relation
from moeaudit.claims.card.whose.strangers import called_otherwise
from moeaudit.claims.verdicts import NOTHING, Values


class Around(NamedTuple):
    """What a table is read with: the card's model, whose the section and the card are, and what the evidence counts."""

    subject: Subject
    section: Owned | None
    card: Owned
    counts: Values = NOTHING
    asked: bool = False
    """Whether it stands under a heading on what the model runs on."""
    measured: bool = False
    """Whether its headings speak of throughput, batches or scores."""

    @property
    def default(self) -> Owned:
        return self.section or self.card


def owner_of_name(name: str, subject: Subject) -> Owned | None:
    """Whose a row or column of this name is; None where it names nobody. A row of totals adds up several models."""
    bare = name.strip(" *").lower()
    if bare in words_of("column_totals"):
        return Owned(Owner.OTHER, name, Reason.SUM)
    if any(word in bare for word in words_of("column_ours")):
        return Owned(Owner.STATED, name)
    if _begins_as_a_parent(bare):
        return Owned(Owner.OTHER, name, Reason.OTHER_MODEL)
    mentions = list(subject.mentions(name))
    relations = {one.relation for one in mentions}
    if not relations:
        relation = subject.relation(name) if name.strip() else Relation.OTHER
        if relation is Relation.SAME:
            return Owned(Owner.STATED, name)
        other = called_otherwise(name, subject)
        return Owned(Owner.OTHER, name, Reason.OTHER_MODEL) if other else None
    return of_relation(Relation.SAME if Relation.SAME in relations else min(relations, key=lambda one: one.value), name)


def _begins_as_a_parent(bare: str) -> bool:
    """Whether a column's name says that it holds what the model was made from: `Original`, `Base model (dense)`."""
    word = re.sub(r"^\W+", "", bare)
    return any(
        word.startswith(one) and not word[len(one) : len(one) + 1].isalnum() for one in words_of("column_parents")
    )


def owners_of(names: Sequence[str], around: Around, *, columns: bool = False) -> list[Owned]:
    """Whose each column or row is. Named ones are their names'; where none is this model's and nothing names another,
    a single one is the card's, and of several the one with a size of its name."""
    subject, default = around.subject, around.default
    owners = [owner_of_name(name, subject) for name in names]
    if any(one is not None and one.owner is Owner.STATED for one in owners):
        other = Owned(Owner.OTHER, "", Reason.OTHER_MODEL)
        exact = [name_tokens(name) == subject.tokens for name in names]
        return [
            one if one is not None and (one.owner is not Owner.STATED or not any(exact) or same) else other
            for one, same in zip(owners, exact, strict=True)
        ]
    sized = [subject.has_size(name) for name in names]
    if any(sized) and default.owner in {Owner.STATED, Owner.ASSUMED}:
        return [
            Owned(Owner.STATED, name) if fits else Owned(Owner.OTHER, name, Reason.OTHER_MODEL)
            for name, fits in zip(names, sized, strict=True)
        ]
    free = [place for place, one in enumerate(owners) if one is None]
    if free and len(names) > 1 and all(called_otherwise(names[place], subject, weak=True) for place in free):
        return [one or Owned(Owner.OTHER, name, Reason.OTHER_MODEL) for one, name in zip(owners, names, strict=True)]
    plain = [place for place in free if names[place].strip(" *").lower() in words_of("column_values")]
    ours = plain[:1] or (free if len(free) == 1 else [])
    if columns and not ours and free and not any(like_a_name(name) for name in names):
        # `Large MoE model | Small MoE model`: the first is the likeliest, and no more than that.
        ours, default = free[:1], default if default.reason else Owned(Owner.ASSUMED, names[free[0]])
    other = Owned(Owner.OTHER, "", Reason.OTHER_MODEL)
    return [default if place in ours else one or other for place, one in enumerate(owners)]


def borne_out_in(cells: Iterable[tuple[Label | None, Text]], counts: Values) -> int:
    """How many figures of a column or row are what the evidence counts."""
    owner = Owned(Owner.ASSUMED)
    found = (one for known, cell in cells if known is not None and counts for one in figures(known, cell, owner, ""))
    return sum(borne_out(one.path, one.figure, counts) for one in found)


def by_figures(owners: list[Owned], names: Sequence[str], fits: Sequence[int], subject: Subject) -> list[Owned]:
    """The same owners, where figures do not tell better: of several named as this model those whose figures the
    evidence bears out, and where none is, the one that it bears out most. What has just the model's name is its own
    whatever it says: that a figure is wrong does not make it another's."""
    most = max(fits, default=0)
    if most < 2:
        return owners
    by_name = [
        (one.owner, one.why) == (Owner.STATED, name) and bool(name) for one, name in zip(owners, names, strict=True)
    ]
    stated = [place for place, named in enumerate(by_name) if named]
    if not stated and list(fits).count(most) == 1:
        stated = [list(fits).index(most)]
    kept = [place for place in stated if 2 * fits[place] > most or name_tokens(names[place]) == subject.tokens]
    if not kept:
        return owners
    return [
        Owned(Owner.STATED, names[place])
        if place in kept
        else Owned(Owner.OTHER, names[place], Reason.OTHER_MODEL)
        if one.reason is None
        else one
        for place, one in enumerate(owners)
    ]


def names_no_models(heading: str) -> bool:
    """Whether a first heading says that the rows are no models."""
    if heading.strip(" *#:：").lower() in words_of("column_models"):
        return False
    marks = mark(heading)
    known = heading.strip(" *#").lower() in words_of("column_no_models")
    return known or (bool(marks) and marks[0].is_("noun", "other"))
