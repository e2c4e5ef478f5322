"""What `estimate` does: a model read, a fleet put together from a file, a short form or a launch command, and both
worked out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import UsageError
from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate, TrainingRun
    from moeaudit.costs.fleet import Fleet
    from moeaudit.costs.launch import Command
    from moeaudit.evidence.headers import Progress
    from moeaudit.ledger.inspection import Inspection


@dataclass(frozen=True)
class Asked:
    """What an estimate is asked for. `fleet`: a fleet file, or `gpus` its short form; `command`: an engine's launch
    command, whose settings go over the fleet's; `price` of a device-hour as `2.5` or `2.5USD`; `bits` per matrix
    parameter, or a file type of llama.cpp's; `emit`: the engine for which a command will be written."""

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
    from moeaudit.costs.asked import adjusted, at_own_length, priced, served_model
    from moeaudit.costs.estimate import estimate as work_out

    money, currency = priced(asked.price) if asked.price else (None, None)
    read = command_of(asked.command)
    fleet = fleet_of(asked, read)
    model = model or (read.model if read is not None else "")
    if not model:
        raise UsageError(
            "no model is named", hint="Give a Hub id, a folder, a config.json, an evidence file or a spec file."
        )
    inspection = inspect(model, revision=revision, offline=offline, progress=progress, against=against)
    served = served_model(inspection, asked.bits)
    if read is not None and read.context is None and asked.context is None:
        fleet = at_own_length(fleet, served)
    fleet = fleet.with_engine(asked.emit) if asked.emit else fleet
    fleet = adjusted(fleet, asked.context, asked.concurrency, money, currency)
    if (inspection.converted is not None or isinstance(asked.bits, str)) and fleet.settings.engine.name != "llama.cpp":
        note = f"{fleet.settings.engine.title} as the engine, though these are llama.cpp's types: --engine llama.cpp."
        fleet = replace(fleet, notes=(*fleet.notes, note))
    return Worked(work_out(served, fleet, training_run_of(asked.training_tokens, inspection)), inspection, fleet)


def command_of(text: str) -> Command | None:
    """A launch command as its engine reads it."""
    from moeaudit.costs.launch import parse_command

    return parse_command(text) if text else None


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
        name, _, version = (read.engine if read and asked.engine == "vllm" else asked.engine).partition("@")
        fleet = short_fleet(asked.gpus, engine_name=name, engine_version=version)
    if read is None:
        return fleet
    fleet = read.applied(fleet)
    if read.layout.devices > fleet.devices:
        raise UsageError(f"the command takes {read.layout.devices} devices, the fleet has {fleet.devices}")
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
