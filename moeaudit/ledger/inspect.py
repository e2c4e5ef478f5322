"""From evidence to an inspection: describe, hold what is implied against what is stored, settle, count, name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from moeaudit.architecture.config import ListTooShort, Notice
from moeaudit.architecture.defaults import Assumed, assumed
from moeaudit.architecture.families.registry import UNKNOWN
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.readers import Described, description
from moeaudit.architecture.summary import summarise
from moeaudit.architecture.unknown import Hints, hints, remarks
from moeaudit.errors import NothingToAudit, Place, UsageError
from moeaudit.evidence.model import Evidence, Role
from moeaudit.ledger.account import Account, account_of
from moeaudit.ledger.denominators import DENOMINATORS, measure_all
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.inspection import Agreement, Inspection, Witness
from moeaudit.ledger.ledger import Ledger
from moeaudit.ledger.names import expert_name
from moeaudit.ledger.packing.methods import SECTIONS
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.packing.stored_words import precision_of
from moeaudit.ledger.readings import readings
from moeaudit.ledger.values import Absent, Value, is_settled
from moeaudit.limits import TENSORS_HELD_AGAINST_NAMES
from moeaudit.text import several
from moeaudit.vocabulary import Basis, Component

QUANTIZATION = "quantization_config"

READ_ALL_THE_SAME = frozenset({"quantization-unknown", "quantization-block-assumed", "quantization-modules-missing"})
"""What a config leaves open about its format, and headers tell."""


def inspect_evidence(evidence: Evidence) -> Inspection:
    """All that this evidence says. NothingToAudit where it names no known family and holds no shapes to count."""
    made = inspect_model(evidence)
    if not (evidence.documents or evidence.passed_over):
        return made
    from moeaudit.ledger.other_words import told_besides

    return told_besides(made)


def inspect_model(evidence: Evidence) -> Inspection:
    """The same by what describes the model, whatever else is there."""
    converted = evidence.document(Role.GGUF)
    if converted is not None:
        from moeaudit.ledger.gguf import inspect_gguf

        return inspect_gguf(evidence, converted)
    if evidence.document(Role.PIPELINE) is not None and evidence.config is None:
        from moeaudit.ledger.pipeline import inspect_pipeline

        return inspect_pipeline(evidence, inspect_evidence)
    how = description(evidence)
    config = how.config if how is not None else None
    architecture, left_open = described(evidence, how)
    evidence, storage, unusable = readable(evidence)
    if how is None and evidence.spec is None:
        storage = replace(storage, notices=())  # nothing could have said how the weights are stored
    said_so = hints(config) if config else Hints(stated=False)
    account = account_of(evidence, architecture, storage, said_so)
    told: tuple[Notice, ...] = ()
    if how is not None and config is not None and architecture is not None and account.agrees is False:
        for other, notice in readings(config, architecture, account, left_open, how.describe):
            read = account_of(evidence, other, storage, said_so)
            if read.agrees is not False:
                account, told = read, (notice,)
                left_open = tuple(one for one in left_open if one.path != notice.path)
                break
    if account.ledger is not None and not is_sparse(account):
        from moeaudit.ledger.lost_experts import with_doubt

        account = with_doubt(account, evidence)
    if account.ledger is None:
        raise unknown(evidence)
    values = measure_all(account.ledger)
    by_weights = by_the_weights(values["total.full"])
    left_open = tuple(one for one in left_open if not (by_weights and one.settled_by_weights))
    apart = any(doubt.cause is Cause.STORAGE_UNKNOWN for doubt in account.doubts)
    understood = evidence.headers is not None and by_weights
    said = (
        *(config.notices if config else ()),
        *(remarks(config) if config and architecture is None else ()),
        *told,
        *(one.notice(config.file) for one in left_open if one.matters and config is not None),
        *(one for one in storage.notices if not ((understood or apart) and one.rule in READ_ALL_THE_SAME)),
        *unusable,
    )
    return Inspection(
        evidence=evidence,
        ledger=account.ledger,
        denominators=weakened(values, [one for one in left_open if one.matters]),
        agreement=agreement_of(account),
        witnesses=witnesses_of(evidence, account),
        architecture=account.architecture,
        summary=summarise(account.architecture) if account.architecture else None,
        precision=precision_of(account.storage, evidence.headers),
        config_ledger=account.config,
        weights_ledger=account.weights,
        notices=tuple({(notice.rule, notice.message): notice for notice in said}.values()),
        unstated={fact: one.path for one in left_open for fact in one.facts},
        by_words=account.by_words,
        account=account,
        remarks=named_alone(evidence) if how is None and evidence.headers is None else (),
    )


def is_sparse(account: Account) -> bool:
    """Whether experts are described or counted."""
    routed = account.ledger is not None and Component.ROUTED_EXPERTS in account.ledger.components()
    return routed or (account.architecture is not None and account.architecture.is_moe)


def named_alone(evidence: Evidence) -> tuple[str, ...]:
    """What an index tells that nothing describes: how much there is, and the experts that its names number."""
    index = evidence.index
    if index is None:
        return ()
    size = f" of {index.total_size:,} bytes" if index.total_size is not None else ""
    numbers = [
        len(group.index[-1])
        for group in index.table.groups
        if group.index and (name := expert_name(group.template)) is not None and name.numbered
    ]
    experts = f"; {max(numbers):,} routed experts in a layer by their names" if numbers else ""
    return (f"{index.file} alone: {several(index.table.tensors, 'tensor')}{size}{experts}",)


def described(evidence: Evidence, how: Described | None) -> tuple[Architecture | None, tuple[Assumed, ...]]:
    """The architecture of a spec file or a config, and what it leaves open that moves a count. None where the family
    is unknown and headers can be counted instead."""
    if evidence.spec is not None:
        from moeaudit.architecture.spec import read_spec

        return read_spec(evidence.spec, evidence.model.id, DENOMINATORS), ()
    if how is None:
        return None, ()
    config, describe = how.config, how.describe
    config.defaulted = []
    try:
        found = describe(config)
        if evidence.headers is not None or evidence.index is not None:
            bounded(found, config.file)
        return found, assumed(config, describe, found)
    except NothingToAudit as error:
        if evidence.headers is None:
            raise not_dense(error, evidence) from None
    except UsageError as error:  # the config contradicts its own family; the weights still say what they hold
        if evidence.headers is None:
            raise
        said, path = f"{error.message}; the weights alone are counted", error.place.path or "" if error.place else ""
        if isinstance(error, ListTooShort):
            config.notice("config-list-shorter", said, path)
        else:
            config.notice("config-unusable", said, path)
    return None, ()


def not_dense(error: NothingToAudit, evidence: Evidence) -> NothingToAudit:
    """Why nothing describes the model; where an index names experts, not that there are none."""
    if evidence.index is None:
        return error
    from moeaudit.ledger.lost_experts import named_experts

    if not (named := named_experts(evidence)):
        return error
    said = f"no family reads this config, and {named} tells of experts, which an index alone does not count"
    return NothingToAudit(said, place=error.place, hint=UNKNOWN)


def bounded(architecture: Architecture, file: str) -> None:
    """UsageError where a config implies more tensors than stored names could be held against in a second."""
    most = max(architecture.weights, key=lambda weight: weight.tensors, default=None)
    if most is not None and most.tensors > TENSORS_HELD_AGAINST_NAMES:
        numbers = " × ".join(f"{len(axis):,}" for axis in most.index)
        raise UsageError(
            f"the config implies {numbers} tensors {most.name}, the limit beside weight files is "
            f"{TENSORS_HELD_AGAINST_NAMES:,}",
            place=Place(file),
            hint="Correct the number of layers or experts, or count the config alone with --depth config.",
        )


def by_the_weights(value: Value) -> bool:
    """Whether the weights, not the config alone, say what a count is."""
    return is_settled(value) and not isinstance(value, Absent) and value.basis in (Basis.READ, Basis.MATCHED)


def weakened(values: Mapping[str, Value], left_open: Sequence[Assumed]) -> dict[str, Value]:
    """The values with the assumptions that they rest on: a default that nobody states, and what it may cost."""
    found = dict(values)
    for one in left_open:
        for name, value in found.items():
            active = name.startswith(("active.", "executed.", "prefill."))
            cost = abs(one.active - one.other_active) if active else abs(one.total - one.other_total)
            if isinstance(value, Absent) or not cost or not (active or name.startswith("total.")):
                continue
            found[name] = replace(value, basis=Basis.ASSUMED, open=value.open + cost)
    return found


def readable(evidence: Evidence) -> tuple[Evidence, Storage, tuple[Notice, ...]]:
    """The storage format that the config states. A section on it that cannot be read is left out of the evidence where
    headers tell the format anyway, and this is said; without headers it is an error."""
    try:
        return evidence, stated_storage(evidence), ()
    except UsageError as error:
        if evidence.headers is None or evidence.config is None:
            raise
        path = error.place.path if error.place else None
        rest = {name: value for name, value in evidence.config.data.items() if name not in SECTIONS}
        notice = Notice(
            "config-unusable",
            f"{error.message}; the storage format is read off the weights",
            path or QUANTIZATION,
            file=evidence.described_in,
        )
        usable = replace(evidence, config=replace(evidence.config, data=rest), quantization=None)
        return usable, stated_storage(usable), (notice,)


def stated_storage(evidence: Evidence) -> Storage:
    """As the config says it, or the params.json that stands for one."""
    params = evidence.document(Role.PARAMS) if evidence.config is None else None
    if params is None:
        separate = evidence.quantization.data if evidence.quantization else None
        return Storage.of(storage_fields(evidence), separate, file=evidence.described_in)
    return Storage.of(params.data, file=params.file)


def storage_fields(evidence: Evidence) -> Mapping[str, Any]:
    """The config's fields; a quantisation that an evidence file leaves out is one that is not known, not none."""
    if evidence.config is None:
        return {}
    if QUANTIZATION in evidence.config.omitted:
        return {**evidence.config.data, QUANTIZATION: {"quant_method": "unrecorded"}}
    return evidence.config.data


def unknown(evidence: Evidence) -> NothingToAudit:
    return NothingToAudit(
        "nothing here says what the model's tensors are",
        place=Place(evidence.model.id),
        hint="Give a config.json of a known family, or read the weights' headers with --depth headers.",
    )


def agreement_of(account: Account) -> Agreement:
    """Names, shapes and bytes held against each other."""
    verdict = {True: "agree", False: "disagree", None: "single-witness"}[account.agrees]
    return Agreement(verdict, account.comparison, account.difference)


def witnesses_of(evidence: Evidence, account: Account) -> dict[str, Witness]:
    """Each witness with its own totals; an index knows names and bytes, never parameters."""
    index, headers = evidence.index, evidence.headers
    return {
        "config": Witness(account.config is not None, total_of(account.config), account.tensors, account.bytes),
        "index": Witness(
            index is not None, None, index.table.tensors if index else None, index.total_size if index else None
        ),
        "headers": Witness(
            headers is not None,
            total_of(account.weights) if headers else None,
            headers.tensors if headers else None,
            headers.bytes if headers else None,
            evidence.synthesised,
        ),
    }


def total_of(ledger: Ledger | None) -> int | None:
    return None if ledger is None else ledger.total(lambda line: line.held and not line.optional)
