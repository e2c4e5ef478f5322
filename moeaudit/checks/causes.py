"""What the account of the weights doubts: one rule for each cause, and what it says is one finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.needs import Need
from moeaudit.checks.one_cause import of_cause
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.settlement import settling
from moeaudit.errors import Place
from moeaudit.evidence.model import Evidence, Role
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.text import exact, several, visible

FAMILY = "evidence integrity"

MOST = 3
"""Doubts of one cause that a finding spells out; the others are counted."""

LONGEST = 600
"""Characters of one doubt's sentence, and of a side."""

OF_A_WRAPPER = frozenset({Cause.WEIGHTS_RENAMED, Cause.WEIGHTS_UNEXPECTED})
"""What an unknown wrapper brings along: its own prefix before the language model, and its own encoders."""

WRAPPED = "Nothing has to be mended: the wrapper is not known, only the language model inside it."

INDEX_PATHS = ("metadata", "weight_map")
"""Where a path inside a weight index begins; every other path is one of config.json."""

Otherwise = tuple[Severity, Outcome, Callable[[Doubt], bool]]
"""Another severity and outcome for the doubts that a test picks out."""


def _doubted(cause: Cause, otherwise: Otherwise | None) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        doubts = of_cause(cause, facts.seen)
        if doubts:
            said = report(doubts, facts.seen.evidence, otherwise)
            wrapped = facts.seen.architecture is not None and facts.seen.architecture.wrapped
            yield replace(said, severity=Severity.NOTE, tip=WRAPPED) if wrapped and cause in OF_A_WRAPPER else said

    return check


def report(doubts: Sequence[Doubt], evidence: Evidence, otherwise: Otherwise | None = None) -> Report:
    """All doubts of one cause as one report: what is seen, what it leaves open, and the depth that settles it."""
    said = list(dict.fromkeys(visible(doubt.message, limit=LONGEST) for doubt in doubts))
    more = f"; and {exact(len(said) - MOST)} more like it" if len(said) > MOST else ""
    path = next((doubt.path for doubt in doubts if doubt.path), None)
    other = otherwise if otherwise is not None and any(otherwise[2](doubt) for doubt in doubts) else (None, None)
    return Report(
        "; ".join(said[:MOST]) + more + cost(doubts),
        Place(file_of(path, evidence), path=path),
        claimed=_side(doubt.claimed for doubt in doubts),
        derived=_side(doubt.derived for doubt in doubts),
        tip=_fetch(evidence.missing_shards) if doubts[0].cause is Cause.WEIGHTS_MISSING else "",
        severity=other[0],
        outcome=other[1],
    )


def cost(doubts: Iterable[Doubt]) -> str:
    """What doubts leave open, in parameters, and the depth that would settle them: ` (N parameters are open; …)`."""
    open, settled_by = 0, None
    for doubt in doubts:
        open += doubt.open
        settled_by = settled_by or doubt.settled_by
    said = [several(open, "parameter is", "parameters are") + " open"] if open else []
    said += [settling(settled_by)] if settled_by is not None else []
    return f" ({'; '.join(said)})" if said else ""


def file_of(path: str | None, evidence: Evidence) -> str:
    """The file that a doubt is about: the config's where its path is one of the config, else the weights' list; a GGUF
    file is both."""
    if evidence.document(Role.GGUF) is not None or (path and not path.startswith(INDEX_PATHS)):
        return evidence.described_in
    return evidence.index.file if evidence.index is not None else "model.safetensors"


def _side(sides: Iterable[str]) -> str | None:
    """One side of all doubts; None where none of them has one."""
    said = list(dict.fromkeys(visible(side, limit=LONGEST) for side in sides if side))
    return "; ".join(said[:MOST]) + (f"; and {exact(len(said) - MOST)} more" if len(said) > MOST else "") or None


def _fetch(shards: Sequence[str]) -> str:
    if not shards:
        return ""
    more = f" and {exact(len(shards) - 1)} more" if len(shards) > 1 else ""
    return f"Fetch what is missing: {visible(shards[0], limit=80)}{more}; or upload it, where the release lacks it."


def _rule(
    cause: Cause,
    title: str,
    why: str,
    decided: str,
    fix: str,
    *,
    severity: Severity,
    outcome: Outcome = Outcome.CONTRADICTED,
    otherwise: Otherwise | None = None,
    example: str = "",
    url: str = "",
) -> Rule:
    """The rule of one cause, documented like any other."""
    return Rule(
        cause.value,
        FAMILY,
        title,
        why=why,
        decided=decided,
        fix=fix,
        check=_doubted(cause, otherwise),
        needs=(Need.EVIDENCE,),
        severity=severity,
        outcome=outcome,
        example=example,
        url=url,
    )


PRESENT: tuple[Rule, ...] = (
    _rule(
        Cause.WEIGHTS_MISSING,
        "the weights lack tensors that the config describes",
        "A model that cannot be loaded whole is not the model that was evaluated.",
        "Every weight that config.json implies is looked for in the index or the headers, packing and layout undone.",
        "Upload the missing tensors, or correct config.json.",
        severity=Severity.ERROR,
        example="a prediction module's projection is indexed and was not uploaded",
        url="https://github.com/huggingface/huggingface_hub/issues/4725",
    ),
    _rule(
        Cause.WEIGHTS_UNEXPECTED,
        "the weights hold tensors that the config does not describe",
        "Unloaded parameters count in every size that is read off the files.",
        "Every stored weight, packing and layout undone, is looked for among those that config.json implies.",
        "Describe them in config.json, or say in the card what they are for.",
        severity=Severity.WARNING,
    ),
    _rule(
        Cause.WEIGHTS_SHAPES,
        "tensors have other shapes than the config gives them",
        "The config then describes another model than the weights hold.",
        "Shapes in the safetensors headers, packing undone, are held against those derived from config.json.",
        "Correct the config's sizes.",
        severity=Severity.ERROR,
    ),
    _rule(
        Cause.ENCODERS_ABSENT,
        "the config describes encoders that the weights do not hold",
        "Totals with encoders are not those of this repo, and images or audio cannot be read.",
        "config.json has a section for an encoder, and no stored tensor belongs to it.",
        "Take the encoder's section out of config.json, or upload its weights.",
        severity=Severity.WARNING,
    ),
    _rule(
        Cause.EXPERTS_MISSING,
        "the weights hold other experts than the config says",
        "Routers score experts that are not there, and every count that follows the config is wrong.",
        "The experts of each layer are counted in the weights (numbers, rows of stacks) and held against config.json.",
        "Write the real number of experts into config.json, or upload the missing ones.",
        severity=Severity.ERROR,
        example="an export under expert parallelism wrote local numbers: 16 of 128 experts survived",
        url="https://github.com/NVIDIA/Model-Optimizer/pull/1631",
    ),
    _rule(
        Cause.EXPERTS_RENUMBERED,
        "the experts' numbers are not 0 to the count less one",
        "Loaders ask for expert 0 to n − 1 by name, and find others.",
        "As many experts as config.json says are stored in each layer, under other numbers.",
        "Write the experts again, numbered from 0.",
        severity=Severity.WARNING,
    ),
)

NAMED: tuple[Rule, ...] = (
    _rule(
        Cause.WEIGHTS_RENAMED,
        "the same tensors stand under another prefix",
        "A loader of the config's family looks for the other prefix, and leaves the weights uninitialised.",
        "Names agree with those that config.json implies once a level is added or taken off.",
        "Save the weights with the class that config.json names, or name the class that they were saved with.",
        severity=Severity.WARNING,
        outcome=Outcome.SUSPECT,
        example="a multimodal model saved with the text model's prefix does not load",
        url="https://github.com/ModelCloud/GPTQModel/issues/2694",
    ),
    _rule(
        Cause.WEIGHTS_RELAID,
        "the same weights stand in another layout",
        "Counts are equal; tools that look experts up by name need to know the layout.",
        "Stacks, splits, joined or renamed matrices of one module hold as many parameters as config.json implies.",
        "Nothing has to be mended.",
        severity=Severity.NOTE,
        outcome=Outcome.SUSPECT,
        example="a conversion calls the experts w1 to w3 gate, down and up, stacked under switch_mlp",
        url="https://github.com/jundot/omlx/issues/967",
    ),
)

STORED: tuple[Rule, ...] = (
    _rule(
        Cause.STORED_UNPACKED,
        "weights are stored unpacked although the config says packed",
        "Loaders that follow the config look for scales that are not there; plans for bytes come out too low.",
        "Weights that quantization_config covers are stored in a plain type, and no exception lists them.",
        "List these modules in the quantisation's exceptions (ignore, modules_to_not_convert).",
        severity=Severity.NOTE,
    ),
    _rule(
        Cause.STORED_PACKED,
        "weights are stored packed although the config does not say so",
        "Loaders that follow the config read packed numbers as weights.",
        "Packed weights with their scales stand where config.json says plain ones.",
        "Say in quantization_config how these modules are stored.",
        severity=Severity.NOTE,
    ),
    _rule(
        Cause.STORED_DTYPE,
        "some weights have another type than the config says",
        "Bytes follow the type; most often these are routers, norms or tables kept in a wider one on purpose.",
        "Types in the headers are held against the config's; at index depth, such a set of small tensors explains "
        "the bytes exactly.",
        "Nothing has to be mended.",
        severity=Severity.NOTE,
    ),
    _rule(
        Cause.DTYPE_CONTRADICTS,
        "the weights have another type than the config says",
        "Memory plans and bits per parameter read off the config are then wrong by a factor.",
        "Most plain weights have another type by the headers, or every name agrees and total_size equals the bytes at "
        "another type exactly.",
        "Set torch_dtype (dtype) to the stored type, or save the weights in the stated one.",
        severity=Severity.WARNING,
    ),
    _rule(
        Cause.WEIGHTS_BYTES,
        "the bytes of the weights do not fit the config's shapes",
        "The weights then hold another model than the config describes, or the index is not theirs.",
        "Names agree one by one, and no known choice of types makes their bytes at the config's shapes the index's "
        "total_size. A note where the index states no total_size, or where the difference is no more than scales of "
        "another size or single small tensors in another type would take.",
        "Read the headers (--depth headers); then correct config.json, or write the index again.",
        severity=Severity.ERROR,
        otherwise=(Severity.NOTE, Outcome.UNVERIFIABLE, lambda doubt: not doubt.claimed),
        example="experts pruned from stacked tensors, the config's count left as it was",
        url="https://github.com/NVIDIA-NeMo/Megatron-Bridge/pull/4706",
    ),
    _rule(
        Cause.INDEX_BYTES,
        "total_size is not the shards' size",
        "Loaders and storage plans trust total_size.",
        "metadata.total_size of the index is held against the bytes that the shards' headers list.",
        "Write the index again with the tool that writes the shards.",
        severity=Severity.WARNING,
        example="a stale total in the index metadata: 333,312 parameters for a 7.6B model",
        url="https://github.com/huggingface/huggingface_hub/issues/4221",
    ),
)

PACKED: tuple[Rule, ...] = (
    _rule(
        Cause.STORAGE_UNKNOWN,
        "weights are stored in a way that is not understood",
        "Their stored elements are no parameters; the counts are the config's, and nothing confirms them.",
        "The storage format is none of those that can be undone, or its tensors do not come out as it would store "
        "them.",
        "Report the format, with a link to the program that writes it.",
        severity=Severity.WARNING,
        outcome=Outcome.UNVERIFIABLE,
        example="EXL3: the elements of the headers give a sixth of the parameters",
        url="https://github.com/FlashML-org/FreeToken/issues/362",
    ),
    _rule(
        Cause.PACKING_SCALES_MISSING,
        "packed weights lack their scales",
        "Without its scales a packed weight cannot be read back.",
        "Tensors that the format stores beside a packed weight are not in the weights.",
        "Upload the scales, or write the quantised weights again.",
        severity=Severity.WARNING,
    ),
    _rule(
        Cause.PACKING_SHAPES_DISAGREE,
        "scales do not fit the packed weights beside them",
        "Weight or scales are of another tensor or another group size, so the count is one of two.",
        "The shapes that the format would store for the unpacked weight are held against the stored ones.",
        "Write the quantised weights again.",
        severity=Severity.WARNING,
    ),
    _rule(
        Cause.PACKING_ASSUMED,
        "how packed weights unfold is assumed",
        "The parameters behind a packed tensor follow from bits and group sizes that nobody states.",
        "Shapes and types leave more than one reading; the usual one is taken. A warning where the count depends "
        "on it.",
        "State bits and group size in quantization_config.",
        severity=Severity.NOTE,
        outcome=Outcome.UNVERIFIABLE,
        otherwise=(Severity.WARNING, Outcome.UNVERIFIABLE, lambda doubt: doubt.open > 0),
    ),
    _rule(
        Cause.PACKING_MISDECLARED,
        "the weights are packed otherwise than the config says",
        "Loaders that trust the config fail on a shape, or read wrong numbers.",
        "Bits and group size follow from the shapes of weight and scales, and are others than the config's.",
        "Write the real bits and group size into the config.",
        severity=Severity.NOTE,
        example="a conversion says 4 bits and stores 2",
        url="https://github.com/jundot/omlx/issues/967",
    ),
    _rule(
        Cause.PACKING_ORPHAN,
        "scales stand without the weight they belong to",
        "Either the weight was not uploaded, or the scales are left over from another format.",
        "A tensor with a scale's name stands beside no packed weight.",
        "Upload the weight, or write the quantised weights again.",
        severity=Severity.WARNING,
        outcome=Outcome.SUSPECT,
    ),
    _rule(
        Cause.PACKING_UNREADABLE,
        "stored tensors are not understood and not counted",
        "What they hold may be parameters, so totals are open by as much.",
        "A tensor's name and type are those of packed weights, and no format explains its shape.",
        "Report the format, with a link to the program that writes it.",
        severity=Severity.WARNING,
        outcome=Outcome.UNVERIFIABLE,
    ),
)

BESIDE: tuple[Rule, ...] = (
    _rule(
        Cause.FILES_SECOND_COPY,
        "weight files beside the index hold the same tensors again",
        "Whoever downloads the repo stores more than the model, and two copies may differ.",
        "Headers of weight files that the index does not name list tensors that its own shards hold.",
        "Say in the card what the second copy is for.",
        severity=Severity.NOTE,
        outcome=Outcome.SUSPECT,
    ),
    _rule(
        Cause.FILES_ONLY_COPY,
        "a module's only copy lies beside the index",
        "A loader that follows the index leaves the module out; whoever tidies the repo up may delete it.",
        "Headers of a weight file that the index does not name list tensors of the model that no shard holds.",
        "Keep the file, and name it in the card or in the index.",
        severity=Severity.NOTE,
        outcome=Outcome.SUSPECT,
        example="mtp.safetensors holds the prediction module, the index does not list it",
        url="https://github.com/jundot/omlx/issues/1944",
    ),
    _rule(
        Cause.FILES_SIDECAR,
        "weight files beside the index hold something else",
        "Adapters, drafters and encoders of their own are no part of the counts.",
        "Headers of weight files that the index does not name list tensors that config.json does not describe.",
        "Say in the card what they are.",
        severity=Severity.NOTE,
        outcome=Outcome.SUSPECT,
        example="a self-contained repo whose drafter lies in a folder of its own",
        url="https://github.com/raullenchai/Rapid-MLX/pull/1985",
    ),
    _rule(
        Cause.FILES_FORGOTTEN,
        "the index forgets shards of the model",
        "Loaders follow the index: what it does not name stays uninitialised.",
        "Weight files beside the index hold tensors that config.json describes and that no indexed shard holds.",
        "Write the index again with the tool that writes the shards.",
        severity=Severity.ERROR,
    ),
)

CAUSES: tuple[Rule, ...] = (*PRESENT, *NAMED, *STORED, *PACKED, *BESIDE)
"""The rule of every member of `Cause`, in its order."""
