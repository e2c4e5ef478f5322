"""Evidence integrity: the published files held against each other. Nothing here needs a claim."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.architecture.config import Config
from moeaudit.architecture.prediction import declaration
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.needs import Need
from moeaudit.checks.one_cause import STORED, odd_head
from moeaudit.checks.rule import Report, Rule
from moeaudit.errors import Place
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent, Value
from moeaudit.text import exact, several
from moeaudit.vocabulary import Component, Part

FAMILY = "evidence integrity"

UNUSABLE = frozenset({"config-unusable", "config-list-shorter"})
"""Notices after which a known family's config describes nothing."""

BESIDE_THE_INDEX = frozenset({Cause.FILES_ONLY_COPY, Cause.FILES_FORGOTTEN})
"""Causes under which a module lies in a file that the index does not name."""


def _declared_parameters(facts: Facts) -> Iterable[Report]:
    index, stored = facts.seen.evidence.index, facts.seen.ledger.total()
    assert index is not None
    counts = [facts.seen.denominators[name] for name in ("total.stored", "stored.elements")]
    declared = index.total_parameters
    if declared is None or declared == stored or any(_may_be(declared, value) for value in counts):
        return
    yield Report(
        f"the index declares {exact(declared)} parameters",
        Place(index.file, path="metadata.total_parameters"),
        claimed=f"total_parameters {exact(declared)}",
        derived=f"total.stored {exact(stored)}",
    )


def _may_be(number: int, value: Value) -> bool:
    """Whether a count is this number, as far as the evidence settles it."""
    if isinstance(value, Absent):
        return False
    low, high = value.bounds
    return low - value.open <= number <= high + value.open


def _tied(facts: Facts) -> Iterable[Report]:
    odd = odd_head(facts.seen)
    if odd:
        stored = odd == STORED
        yield Report(
            "tie_word_embeddings is true, yet the weights hold an output projection of their own"
            if stored
            else "tie_word_embeddings is false, yet the weights hold no output projection",
            Place(facts.config_file, path="tie_word_embeddings"),
            claimed="tied" if stored else "not tied",
            derived="lm_head.weight is stored" if stored else "no lm_head.weight is stored",
        )


def _prediction(facts: Facts) -> Iterable[Report]:
    inspection = facts.seen
    if inspection.weights_ledger is None or inspection.evidence.config is None:
        return
    if inspection.converted is not None:  # converters leave them out; the table beside the origin says it
        return
    path, declared = declaration(Config(inspection.evidence.config.data))
    held = any(line.part is Part.MTP and line.held for line in inspection.weights_ledger.lines)
    missing = inspection.account.comparison.missing.tensors if inspection.account.comparison else 0
    elsewhere = any(doubt.cause in BESIDE_THE_INDEX for doubt in facts.doubts)  # called otherwise, not absent
    if declared and not held and not missing and not elsewhere and not inspection.evidence.synthesised:
        yield Report(
            f"{facts.config} declares {several(declared, 'prediction module')}, the weights hold none",
            Place(facts.config_file, path=path),
            claimed=several(declared, "module"),
            derived="none",
        )


def _unclassified(facts: Facts) -> Iterable[Report]:
    counts = facts.seen.ledger.components()
    unknown, whole = counts.get(Component.UNCLASSIFIED, 0), sum(counts.values())
    if unknown:
        yield Report(
            f"{exact(unknown)} of {exact(whole)} stored parameters ({100 * unknown / whole:.1f} %) have no known role; "
            "figures that leave them out or in are uncertain by that much"
        )


def _by_words(facts: Facts) -> Iterable[Report]:
    inspection = facts.seen
    if inspection.named or not inspection.by_words:
        return
    if unusable(inspection):
        yield Report(
            f"{facts.config} could not be used: roles come from tensor names alone",
            confidence=Confidence.LOW,
            tip=f"Correct {facts.config}, as the finding about it says.",
        )
    else:
        yield Report("the family is unknown: roles come from tensor names alone", confidence=Confidence.LOW)


def unusable(inspection: Inspection) -> bool:
    """Whether the family is known and its config describes nothing."""
    return any(notice.rule in UNUSABLE for notice in inspection.notices)


INTEGRITY: tuple[Rule, ...] = (
    Rule(
        "index-total-parameters",
        FAMILY,
        "the index declares a false number of parameters",
        why="The Hub shows this number as the model's size.",
        decided="metadata.total_parameters equals neither total.stored nor stored.elements.",
        example="safetensors.total = 333,312 for a 7.6B model",
        url="https://github.com/huggingface/huggingface_hub/issues/4221",
        fix="Remove metadata.total_parameters or correct it.",
        check=_declared_parameters,
        needs=(Need.INDEX,),
        severity=Severity.ERROR,
    ),
    Rule(
        "tie-flag",
        FAMILY,
        "the tie flag and the stored head disagree",
        why="Whether the head is the input table changes every total, and which matrix is used.",
        decided="tie_word_embeddings is held against the presence of an output projection in the weights.",
        example="granite-4.1-8b ties but ships lm_head",
        url="https://github.com/ml-explore/mlx-lm/issues/1298",
        fix="Make tie_word_embeddings say what the weights hold.",
        check=_tied,
        needs=(Need.EVIDENCE,),
        severity=Severity.ERROR,
    ),
    Rule(
        "mtp-absent",
        FAMILY,
        "declared prediction modules are not in the weights",
        why="Totals that include them, and speed-ups that need them, are not those of this repo.",
        decided="num_nextn_predict_layers (or another field that counts them) is above zero, whether or not the family "
        "reads it, and no tensor belongs to a prediction module.",
        fix="Set the field to 0, or upload the modules.",
        check=_prediction,
        needs=(Need.CONFIG,),
        severity=Severity.NOTE,
    ),
    Rule(
        "unclassified",
        FAMILY,
        "some stored parameters have no known role",
        why="They are in the totals without anyone knowing what they do.",
        decided="Neither the family nor the tensor's name says which component it is.",
        fix="Report the family, or describe the model in a spec file.",
        check=_unclassified,
        needs=(Need.EVIDENCE,),
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
    ),
    Rule(
        "family-unknown",
        FAMILY,
        "roles are read off tensor names alone",
        why="Without a family and its config there is no second witness: names are all that tells roles.",
        decided="Neither model_type nor architectures is in the registry of families, or config.json contradicts its "
        "own family.",
        fix="Describe the model in a spec file; moeaudit schema spec shows how.",
        check=_by_words,
        needs=(Need.EVIDENCE,),
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
    ),
)
