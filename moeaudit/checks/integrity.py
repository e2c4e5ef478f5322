"""Evidence integrity: the published files held against each other. Nothing here needs a claim."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Report, Rule
from moeaudit.errors import Place
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count
from moeaudit.text import exact, visible
from moeaudit.vocabulary import Component, Part

FAMILY = "evidence integrity"


def _missing(facts: Facts) -> Iterable[Report]:
    for inspection, file in _compared(facts):
        missing = inspection.agreement.comparison.missing  # type: ignore[union-attr]
        if missing.tensors:
            yield Report(
                f"{exact(missing.tensors)} tensors that config.json describes are not in the weights: "
                f"{first_names(missing)}",
                Place(file),
                claimed="config.json describes them",
                derived="no shard holds them",
            )


def _unexpected(facts: Facts) -> Iterable[Report]:
    for inspection, file in _compared(facts):
        unexpected = inspection.agreement.comparison.unexpected  # type: ignore[union-attr]
        if unexpected.tensors:
            yield Report(
                f"{exact(unexpected.tensors)} tensors in the weights are not described by config.json: "
                f"{first_names(unexpected)}",
                Place(file),
                claimed="config.json does not describe them",
                derived="the weights hold them",
            )


def _shapes(facts: Facts) -> Iterable[Report]:
    for inspection, file in _compared(facts):
        for odd in inspection.agreement.comparison.shapes:  # type: ignore[union-attr]
            yield Report(
                f"{exact(odd.group.tensors)} × {visible(odd.group.template, limit=120)} has another shape than "
                f"config.json gives it",
                Place(file),
                claimed=f"config.json: {list(odd.expected)}",
                derived=f"headers: {list(odd.group.shape or ())}",
            )


def _bytes(facts: Facts) -> Iterable[Report]:
    for inspection, file in _compared(facts):
        difference = inspection.agreement.bytes_difference
        if difference and inspection.agreement.comparison.equal:  # type: ignore[union-attr]
            index = inspection.evidence.index
            yield Report(
                f"the weights' bytes differ from config.json's by {difference:+,}",
                Place(file, path="metadata.total_size"),
                claimed=f"total_size {exact(index.total_size)}" if index and index.total_size is not None else None,
                derived="every tensor by name, at the config's shapes and types",
            )


def _declared_parameters(facts: Facts) -> Iterable[Report]:
    if facts.inspection is None or facts.inspection.evidence.index is None:
        return
    index, stored = facts.inspection.evidence.index, facts.inspection.ledger.total()
    elements = facts.inspection.denominators["stored.elements"]
    if (
        index.total_parameters is not None
        and index.total_parameters != stored
        and not (isinstance(elements, Count) and elements.value == index.total_parameters)
    ):
        yield Report(
            f"the index declares {exact(index.total_parameters)} parameters",
            Place(index.file, path="metadata.total_parameters"),
            claimed=f"total_parameters {exact(index.total_parameters)}",
            derived=f"total.stored {exact(stored)}",
        )


def _tied(facts: Facts) -> Iterable[Report]:
    inspection = facts.inspection
    if inspection is None or inspection.architecture is None or inspection.agreement.comparison is None:
        return
    comparison = inspection.agreement.comparison
    stored_head = any(_is_head(group.template) for group in comparison.unexpected.groups)
    lacks_head = any(_is_head(group.template) for group in comparison.missing.groups)
    if inspection.architecture.tied and stored_head:
        yield Report(
            "tie_word_embeddings is true, yet the weights hold an output projection of their own",
            Place("config.json", path="tie_word_embeddings"),
            claimed="tied",
            derived="lm_head.weight is stored",
        )
    if not inspection.architecture.tied and lacks_head:
        yield Report(
            "tie_word_embeddings is false, yet the weights hold no output projection",
            Place("config.json", path="tie_word_embeddings"),
            claimed="not tied",
            derived="no lm_head.weight is stored",
        )


def _prediction(facts: Facts) -> Iterable[Report]:
    inspection = facts.inspection
    if inspection is None or inspection.summary is None or inspection.weights_ledger is None:
        return
    held = any(line.part is Part.MTP for line in inspection.weights_ledger.lines)
    if inspection.summary.mtp_modules and not held:
        yield Report(
            f"config.json declares {inspection.summary.mtp_modules} prediction modules, the weights hold none",
            Place("config.json", path="num_nextn_predict_layers"),
            claimed=f"{inspection.summary.mtp_modules} modules",
            derived="none",
        )


def _unclassified(facts: Facts) -> Iterable[Report]:
    if facts.inspection is None:
        return
    counts = facts.inspection.ledger.components()
    unknown, whole = counts.get(Component.UNCLASSIFIED, 0), sum(counts.values())
    if unknown:
        yield Report(
            f"{exact(unknown)} of {exact(whole)} stored parameters ({100 * unknown / whole:.1f} %) have no known role; "
            "figures that leave them out or in are uncertain by that much"
        )


def _by_words(facts: Facts) -> Iterable[Report]:
    inspection = facts.inspection
    if inspection is not None and inspection.architecture is None and inspection.by_words:
        yield Report("the family is unknown: roles come from tensor names alone", confidence=Confidence.LOW)


def _compared(facts: Facts) -> Iterable[tuple[Inspection, str]]:
    if (
        facts.inspection is not None
        and facts.inspection.agreement.comparison is not None
        and facts.inspection.architecture is not None
    ):
        index = facts.inspection.evidence.index
        yield facts.inspection, index.file if index else "model.safetensors"


def _is_head(template: str) -> bool:
    return template.endswith(("lm_head.weight", "head.weight")) and "{}" not in template


def first_names(table: TensorTable, most: int = 3) -> str:
    """A few templates of a table, for a message."""
    shown = "; ".join(visible(group.template, limit=100) for group in table.groups[:most])
    return shown + (f"; and {len(table.groups) - most} more templates" if len(table.groups) > most else "")


INTEGRITY: tuple[Rule, ...] = (
    Rule(
        "weights-missing",
        FAMILY,
        "the weights lack tensors that the config describes",
        why="A model that cannot be loaded whole is not the model that was evaluated.",
        decided="Every tensor that config.json implies is looked up by name in the weight index or headers.",
        fix="Upload the missing shards, or correct config.json.",
        check=_missing,
        severity=Severity.ERROR,
        example="a prediction module's projection is indexed and was not uploaded",
        url="https://github.com/huggingface/huggingface_hub/issues/4725",
    ),
    Rule(
        "weights-unexpected",
        FAMILY,
        "the weights hold tensors that the config does not describe",
        why="Unloaded parameters count in every size that is read off the files.",
        decided="Every stored tensor is looked up by name among those that config.json implies.",
        fix="Remove them, or describe them in config.json.",
        check=_unexpected,
    ),
    Rule(
        "weights-shapes",
        FAMILY,
        "tensors have other shapes than the config gives them",
        why="The config then describes another model than the weights hold.",
        decided="Shapes in the safetensors headers, packing undone, are held against those derived from config.json.",
        fix="Correct the config's sizes.",
        check=_shapes,
        severity=Severity.ERROR,
    ),
    Rule(
        "weights-bytes",
        FAMILY,
        "total_size is not the weights' size",
        why="Loaders and storage plans trust total_size.",
        decided="Names agree one by one, but the sum of their bytes at the config's types is not the index's "
        "total_size.",
        fix="Write the index again with the tool that writes the shards.",
        check=_bytes,
        example="a stale total in the index metadata: 333,312 parameters for a 7.6B model",
        url="https://github.com/huggingface/huggingface_hub/issues/4221",
    ),
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
        severity=Severity.ERROR,
    ),
    Rule(
        "mtp-absent",
        FAMILY,
        "declared prediction modules are not in the weights",
        why="Totals that include them, and speed-ups that need them, are not those of this repo.",
        decided="num_nextn_predict_layers (or its alias) is above zero and no tensor belongs to a prediction module.",
        fix="Set the field to 0, or upload the modules.",
        check=_prediction,
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
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
    ),
    Rule(
        "family-unknown",
        FAMILY,
        "the model family is not known",
        why="Without the family there is no second witness: names are all that tells roles.",
        decided="Neither model_type nor architectures is in the registry of families.",
        fix="Describe the model in a spec file; moeaudit schema spec shows how.",
        check=_by_words,
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
    ),
)
