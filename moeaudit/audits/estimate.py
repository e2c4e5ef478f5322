"""What `estimate` does: a model read, a fleet put together from a file, a short form or a launch command, and both
worked out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import UsageError
from moeaudit.later import dataclass
from moeaudit.text import several

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate, TrainingRun
    from moeaudit.costs.fleet import Fleet
    from moeaudit.costs.launch import Command
    from moeaudit.costs.served import Served
    from moeaudit.evidence.headers import Progress
    from moeaudit.ledger.inspection import Inspection


@dataclass(frozen=True)
class Asked:
    """What an estimate is asked for. `fleet`: a fleet file, or `gpus` its short form; `command`: an engine's launch
    command, whose settings go over the fleet's; `price` of a device-hour as `2.5` or `2.5USD`; `bits` per matrix
    parameter, or a file type of llama.cpp's; `emit`: the engine for which a command will be written; `read_config`: the
    file of settings that the command names may be read."""

    fleet: Path | None = None
    gpus: str = ""
    engine: str = "vllm"
    command: str = ""
    context: int | None = None
    concurrency: int | None = None
    price: str = ""
    training_tokens: str = ""
    bits: float | str | None = None
    emit: str = ""
    read_config: bool = False


@dataclass(frozen=True)
class Worked:
    """The estimate with what it was made from."""

    estimate: Estimate
    inspection: Inspection
    fleet: Fleet


def estimate(
    model: str, asked: Asked, *, revision: str | None = None, offline: bool = False, against: str | None = None,
    progress: Progress | None = None,
) -> Worked:  # fmt: skip
    """The estimate of a model on the fleet that is asked for. Without `model`, the launch command names it.

    Raises UsageError, NoEvidence and NothingToAudit as the rooms below do.
    """
    from moeaudit.audits.inspect import inspect
    from moeaudit.costs.asked import adjusted, at_own_length, placed, priced, served_model
    from moeaudit.costs.estimate import estimate as work_out

    money, currency = priced(asked.price) if asked.price else (None, None)
    read = command_of(asked.command, asked.engine.partition("@")[2], files=asked.read_config)
    fleet = fleet_of(asked, read)
    model = model or named(read)
    if not model:
        raise UsageError(
            "no model is named", hint="Give a Hub id, a folder, a config.json, an evidence file or a spec file."
        )
    inspection = inspect(model, revision=revision, offline=offline, progress=progress, against=against)
    served = served_model(inspection, asked.bits)
    if read is not None:
        served, fleet = started(read, served, fleet, inspection)
        if read.context is None and asked.context is None:
            fleet = at_own_length(fleet, served)
    fleet = fleet.with_engine(asked.emit.partition(":")[0]) if asked.emit else fleet
    fleet = adjusted(fleet, asked.context, asked.concurrency, money, currency)
    if fleet.layout is not None:
        fleet = replace(fleet, layout=placed(served, fleet.layout))
    if read is not None and read.fitted and asked.context is None:
        fleet = at_longest(served, fleet)
    if (inspection.converted is not None or isinstance(asked.bits, str)) and fleet.settings.engine.name != "llama.cpp":
        note = f"{fleet.settings.engine.title} as the engine, though these are llama.cpp's types: --engine llama.cpp."
        fleet = replace(fleet, notes=(*fleet.notes, note))
    return Worked(work_out(served, fleet, training_run_of(asked.training_tokens, inspection)), inspection, fleet)


def command_of(text: str, version: str = "", *, files: bool = False) -> Command | None:
    """A launch command as its engine reads it; with `files`, the file of settings that it names too."""
    if not text:
        return None
    from moeaudit.costs.engines.options import read_options
    from moeaudit.costs.launch import parse_command

    return parse_command(text, version, read_options if files else None)


def named(read: Command | None) -> str:
    """The model that a launch command names. UsageError where it names a placeholder."""
    if read is None:
        return ""
    from moeaudit.costs.launch import is_hole

    name = read.model
    if is_hole(name):
        raise UsageError(
            f"the command's model is the placeholder {ascii(name)[1:-1][:60]}",
            hint="Name the model before the options: moeaudit estimate MODEL --from-command …",
        )
    return name


def started(read: Command, served: Served, fleet: Fleet, inspection: Inspection) -> tuple[Served, Fleet]:
    """The model as the command's engine loads it, and the fleet with what that leaves open."""
    from moeaudit.costs.launched import as_loaded, beyond, kept_on_host, with_overrides

    config = inspection.evidence.config
    if read.overrides and config is not None:
        served = with_overrides(served, config.data, config.file, read.overrides)
    loaded = as_loaded(served, fleet.settings)
    fleet = kept_on_host(loaded.model, fleet, read.host_experts, read.device_layers)
    notes, long = (*fleet.notes, *loaded.notes), beyond(loaded.model, read.program, read.context)
    return loaded.model, replace(fleet, notes=notes, unmodelled=(*fleet.unmodelled, *loaded.unmodelled, *long))


def at_longest(served: Served, fleet: Fleet) -> Fleet:
    """The fleet at the longest request that fits, which the engine finds by itself."""
    from moeaudit.costs.launched import longest

    found = longest(served, fleet)
    if found is None or found == fleet.workload.context:
        return fleet
    note = f"The command leaves the length to the engine, which takes the longest that fits: {found:,} tokens."
    return replace(fleet, workload=replace(fleet.workload, context=found), notes=(*fleet.notes, note))


def fleet_of(asked: Asked, read: Command | None) -> Fleet:
    """The fleet from a file or the short form, with a launch command's settings on top."""
    from moeaudit.costs.fleet import short_fleet
    from moeaudit.costs.fleet_file import read_fleet

    if (asked.fleet is None) == (not asked.gpus):
        alone = "Training compute without a fleet: moeaudit packet MODEL --training-tokens N."
        raise UsageError(
            "give either --fleet FILE or --gpus 8xH200",
            hint=alone
            if asked.training_tokens and not asked.gpus
            else "A fleet file also holds the engine, the work and the prices.",
        )
    if asked.fleet is not None:
        fleet = read_fleet(asked.fleet)
    else:
        name, _, version = asked.engine.partition("@")
        if read is not None and name == "vllm":
            name, version = read.engine, version or read.version
        fleet = short_fleet(asked.gpus, engine_name=name, engine_version=version)
    if read is None:
        return fleet
    fleet = read.applied(fleet)
    taken = fleet.layout.devices if fleet.layout is not None else 0
    if taken > fleet.devices:
        raise UsageError(f"the command takes {several(taken, 'device')}, the fleet has {fleet.devices}")
    return fleet


def training_run_of(tokens: str, inspection: Inspection) -> TrainingRun | None:
    """The training run over a number of tokens, as it is printed."""
    if not tokens:
        return None
    from moeaudit.claims.figures import parse_figure
    from moeaudit.costs.asked import training_run

    figure = parse_figure(tokens)
    if figure is None or figure.is_percent or figure.low < 1:
        raise UsageError(
            f"--training-tokens {ascii(tokens)[:40]} is not a number of tokens",
            hint="Write it as 14.8T or 14800000000000.",
        )
    return training_run(int(figure.low), inspection)
