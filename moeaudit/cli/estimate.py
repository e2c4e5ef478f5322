"""`moeaudit estimate MODEL --fleet FLEET`: what it takes to serve the model, and took to train it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.options import AsJson, Outputs
from moeaudit.cli.output import deliver, say, show, wanted
from moeaudit.errors import UsageError
from moeaudit.reports.estimate import FORMATS

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate, TrainingRun
    from moeaudit.costs.fleet import Fleet
    from moeaudit.costs.launch import Command
    from moeaudit.ledger.inspection import Inspection


Model = Annotated[
    str, typer.Argument(help="Hub id (org/name[@revision]) or URL, folder, config.json, evidence, spec or GGUF file.")
]
FleetFile = Annotated[Path | None, typer.Option(help="A fleet file (moeaudit/fleet/v1).")]
Gpus = Annotated[str, typer.Option(help="The short form: 8xH200, or 2x8xH200 for two nodes.")]
Engine = Annotated[
    str, typer.Option(help="With --gpus: vllm, sglang, tensorrt-llm or generic, and a version: vllm@0.11.")
]
FromCommand = Annotated[str, typer.Option(help="A launch command to read the layout and settings from.")]
Context = Annotated[int | None, typer.Option(min=1, max=10**8, help="Tokens of the longest request.")]
Concurrency = Annotated[int | None, typer.Option(min=1, max=2**32, help="Requests at once.")]
Price = Annotated[str, typer.Option(help="Price of one device-hour: 2.5, or 2.5USD in a currency.")]
Tokens = Annotated[str, typer.Option(help="Tokens the model was trained on, such as 14.8T.")]
Bits = Annotated[
    float | None,
    typer.Option(min=1, max=64, help="Assume this many bits per matrix parameter instead of the stored format."),
]
Emit = Annotated[str, typer.Option(help="Print the launch command of the chosen layout: vllm or sglang.")]
Explain = Annotated[bool, typer.Option("--explain", help="One device's memory in full, and the sums behind it.")]
All = Annotated[bool, typer.Option("--all", help="Everything: layouts, memory, times, operations, assumptions.")]
Formats = Annotated[
    list[str] | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; NAME=FILE writes to a file.")
]
Revision = Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network: cache and recorded evidence only.")]
Against = Annotated[
    str | None, typer.Option(help="The model that GGUF files were converted from, whose config they need.")
]


def estimate(
    model: Model = "",
    fleet: FleetFile = None,
    gpus: Gpus = "",
    engine: Engine = "vllm",
    from_command: FromCommand = "",
    context: Context = None,
    concurrency: Concurrency = None,
    price: Price = "",
    training_tokens: Tokens = "",
    bits: Bits = None,
    emit: Emit = "",
    explain: Explain = False,
    everything: All = False,
    formats: Formats = None,
    output: Outputs = None,
    as_json: AsJson = False,
    revision: Revision = None,
    offline: Offline = False,
    against: Against = None,
    no_cache: NoCache = False,
    timeout: Timeout = None,
) -> int:
    """FLOPs, memory, traffic, time and cost on a fleet; which layouts fit."""
    chosen = wanted(formats or [], FORMATS, outputs=output or (), as_json=as_json)
    from moeaudit.costs.asked import adjusted, at_own_length, priced, served_model
    from moeaudit.costs.estimate import estimate as work_out

    refuse(emit, bits)
    money, currency = priced(price) if price else (None, None)
    read = _command(from_command)
    asked, model = _fleet(fleet, gpus, engine, read, model, trained=bool(training_tokens))
    inspection = _inspected(model, revision, offline, against)
    served = served_model(inspection, bits)
    if read is not None and read.context is None and context is None:
        asked = at_own_length(asked, served)
    asked = adjusted(asked.with_engine(emit) if emit else asked, context, concurrency, money, currency)
    found = work_out(served, asked, _run(training_tokens, inspection))
    if emit:
        emitted(emit, served.name, asked, found)
    else:
        shown(found, inspection, chosen, everything=everything, explain=explain)
    return 0


def shown(
    found: Estimate, inspection: Inspection, chosen: Mapping[str, Path | None], *, everything: bool, explain: bool
) -> None:
    """The estimate in every format that is wanted."""
    from moeaudit.checks.settlement import settlement
    from moeaudit.reports.estimate import EXPLAINED, FULL, USUAL, Estimated, views

    preset = FULL if everything else EXPLAINED if explain else USUAL
    deliver(views(Estimated(found, settlement(inspection)), preset), chosen)


def refuse(emit: str, bits: float | None) -> None:
    """UsageError for an engine whose commands are not written, and for what is no number."""
    if emit:
        from moeaudit.costs.launch import EMIT

        if emit not in EMIT:
            raise UsageError(f"--emit {ascii(emit)[:40]} is not known", hint=f"There are: {', '.join(EMIT)}.")
    if isnan(bits or 0):  # no bound of an option holds it back
        raise UsageError("--bits is a number", hint="Write it as 4.")


def emitted(engine: str, name: str, asked: Fleet, found: Estimate) -> None:
    """The launch command of the chosen layout; on stderr what it does not hold, and how often to start it."""
    from moeaudit.costs.launch import EMIT

    layout = found.chosen.fit.layout
    show(EMIT[engine](name, asked, layout) + "\n")
    if not found.fits:
        say(f"This layout does not hold what is asked: {found.chosen.fit.binds}.")
    if layout.replicas > 1:
        each = layout.devices // layout.replicas
        say(f"Start it {layout.replicas} times, on {each} devices each.")


def _command(text: str) -> Command | None:
    from moeaudit.costs.launch import parse_command

    return parse_command(text) if text else None


def _fleet(
    path: Path | None, gpus: str, engine: str, read: Command | None, model: str, *, trained: bool
) -> tuple[Fleet, str]:
    """The fleet from a file or the short form, with a launch command's settings on top; and the model, which a
    command may name."""
    from moeaudit.costs.fleet import short_fleet
    from moeaudit.costs.fleet_file import read_fleet

    if (path is None) == (not gpus):
        alone = "Training compute without a fleet: moeaudit packet MODEL --training-tokens N."
        raise UsageError(
            "give either --fleet FILE or --gpus 8xH200",
            hint=alone if trained and not gpus else "A fleet file also holds the engine, the work and the prices.",
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


def _inspected(model: str, revision: str | None, offline: bool, against: str | None) -> Inspection:
    from moeaudit.audits.inspect import inspect
    from moeaudit.cli.progress import header_progress

    with header_progress() as progress:
        return inspect(model, revision=revision, offline=offline, progress=progress, against=against)


def _run(tokens: str, inspection: Inspection) -> TrainingRun | None:
    """The training run that --training-tokens names."""
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
