"""`moeaudit estimate MODEL --fleet FLEET`: what it takes to serve the model, and took to train it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moeaudit.cli.output import deliver, wanted
from moeaudit.errors import NothingToAudit, UsageError

if TYPE_CHECKING:
    from moeaudit.costs.estimate import TrainingRun
    from moeaudit.costs.fleet import Fleet
    from moeaudit.costs.served import Served
    from moeaudit.ledger.inspection import Inspection


def estimate(
    model: Annotated[
        str, typer.Argument(help="Hub id (org/name[@revision]), folder, config.json, evidence file or spec file.")
    ] = "",
    fleet: Annotated[Path | None, typer.Option(help="A fleet file (moeaudit/fleet/v1).")] = None,
    gpus: Annotated[str, typer.Option(help="The short form: 8xH200, or 2x8xH200 for two nodes.")] = "",
    engine: Annotated[
        str, typer.Option(help="With --gpus: vllm, sglang, tensorrt-llm or generic, and a version: vllm@0.11.")
    ] = "vllm",
    from_command: Annotated[str, typer.Option(help="A launch command to read the layout and settings from.")] = "",
    context: Annotated[int | None, typer.Option(min=1, help="Tokens of the longest request.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Requests at once.")] = None,
    price: Annotated[float | None, typer.Option(min=0, help="Price of one device-hour.")] = None,
    training_tokens: Annotated[str, typer.Option(help="Tokens the model was trained on, such as 14.8T.")] = "",
    bits: Annotated[
        float | None,
        typer.Option(min=1, max=64, help="Assume this many bits per matrix parameter instead of the stored format."),
    ] = None,
    emit: Annotated[str, typer.Option(help="Print the launch command of the chosen layout: vllm or sglang.")] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="One device's memory as a bar, and the sums behind it.")
    ] = False,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="text or json; json=FILE writes to a file.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never touch the network: cache and recorded evidence only.")
    ] = False,
) -> int:
    """FLOPs, memory, traffic, time and cost on a fleet; which layouts fit."""
    chosen = wanted(formats or [], ("text", "json"))
    from moeaudit.costs.estimate import estimate as work_out

    if emit and emit not in ("vllm", "sglang"):
        raise UsageError(f"--emit {ascii(emit)[:40]} is not known", hint="There are: vllm, sglang.")
    asked, model = _fleet(fleet, gpus, engine, from_command, model)
    asked = _adjusted(asked, context, concurrency, price)
    served, inspection = _served(model, bits, revision, offline)
    found = work_out(served, asked, _run(training_tokens, inspection))
    if emit:
        from moeaudit.costs.launch import EMIT

        typer.echo(EMIT[emit](served.name, asked, found.chosen.fit.layout))
        return 0

    def text() -> str:
        from moeaudit.reports.estimate import render
        from moeaudit.reports.terminal import drawn

        return drawn(lambda out: render(found, out, explain=explain))

    def json() -> str:
        from moeaudit.reports.estimate_json import render

        return render(found)

    deliver({"text": text, "json": json}, chosen)
    return 0


def _fleet(path: Path | None, gpus: str, engine: str, command: str, model: str) -> tuple[Fleet, str]:
    """The fleet from a file or the short form, with a launch command's settings on top; and the model, which a
    command may name."""
    from moeaudit.costs.fleet import short_fleet
    from moeaudit.costs.fleet_file import read_fleet
    from moeaudit.costs.launch import parse_command

    read = parse_command(command) if command else None
    if (path is None) == (not gpus):
        raise UsageError(
            "give either --fleet FILE or --gpus 8xH200",
            hint="A fleet file also holds the engine, the work and the prices.",
        )
    if path is not None:
        asked = read_fleet(path)
    else:
        name, _, version = (read.engine if read and engine == "vllm" else engine).partition("@")
        asked = short_fleet(gpus, engine_name=name, engine_version=version)
    if read is not None:
        asked = read.applied(asked)
        model = model or read.model
        if read.layout.devices > asked.devices:
            raise UsageError(f"the command takes {read.layout.devices} devices, the fleet has {asked.devices}")
    if not model:
        raise UsageError(
            "no model is named", hint="Give a Hub id, a folder, a config.json, an evidence file or a spec file."
        )
    return asked, model


def _adjusted(fleet: Fleet, context: int | None, concurrency: int | None, price: float | None) -> Fleet:
    from dataclasses import replace

    work = replace(
        fleet.workload, context=context or fleet.workload.context, concurrency=concurrency or fleet.workload.concurrency
    )
    prices = fleet.prices if price is None else replace(fleet.prices, device_hour=price)
    return replace(fleet, workload=work, prices=prices)


def _served(model: str, bits: float | None, revision: str | None, offline: bool) -> tuple[Served, Inspection]:
    """The model with its storage: the config's format, and whether the weights agree with it."""
    from moeaudit.cli.progress import header_progress
    from moeaudit.costs.served import Served
    from moeaudit.costs.storage import packed, uniform
    from moeaudit.evidence import open_evidence
    from moeaudit.ledger.inspect import inspect_evidence
    from moeaudit.ledger.packing import Storage

    with header_progress() as progress:
        evidence = open_evidence(model, revision=revision, offline=offline, progress=progress)
    inspection = inspect_evidence(evidence)
    architecture = inspection.architecture
    if architecture is None:
        raise NothingToAudit(
            "the config names no known architecture, so nothing can be placed on devices",
            hint="Describe its blocks in a spec file (*.moe.yaml).",
        )
    if bits is not None:
        return Served(architecture, uniform(bits), name=evidence.model.id), inspection
    form = Storage.of(
        evidence.config.data if evidence.config else {}, evidence.quantization.data if evidence.quantization else None
    )
    agrees = {
        "agree": "; the weights' names and sizes agree",
        "disagree": "; the weights disagree, see moeaudit inspect",
    }
    origin = f"{form.precision()}, from the config{agrees.get(inspection.agreement.verdict, '; no weights were read')}"
    return Served(architecture, packed(form, architecture, origin=origin), name=evidence.model.id), inspection


def _run(tokens: str, inspection: Inspection) -> TrainingRun | None:
    """The training run that --training-tokens names, with the counts its shorthands take."""
    if not tokens:
        return None
    from moeaudit.claims.figures import parse_figure
    from moeaudit.costs.estimate import TrainingRun
    from moeaudit.ledger.values import Absent

    figure = parse_figure(tokens)
    if figure is None or figure.is_percent or figure.low < 1:
        raise UsageError(
            f"--training-tokens {ascii(tokens)[:40]} is not a number of tokens",
            hint="Write it as 14.8T or 14800000000000.",
        )
    counts = {}
    for name in ("active.head", "total.full"):
        value = inspection.denominators.get(name)
        counts[name] = None if value is None or isinstance(value, Absent) else value.typical
    return TrainingRun(int(figure.low), active=counts["active.head"], total=counts["total.full"])
