"""`moeaudit estimate MODEL --fleet FLEET`: what it takes to serve the model, and took to train it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.options import AsJson, Outputs
from moeaudit.cli.output import deliver, say, show, wanted
from moeaudit.errors import UsageError
from moeaudit.reports.estimate import FORMATS

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate
    from moeaudit.costs.fleet import Fleet
    from moeaudit.ledger.inspection import Inspection


Model = Annotated[
    str, typer.Argument(help="Hub id (org/name[@revision]) or URL, folder, config.json, evidence, spec or GGUF file.")
]
FleetFile = Annotated[Path | None, typer.Option(help="A fleet file (moeaudit/fleet/v1).")]
Gpus = Annotated[str, typer.Option(help="The short form: 8xH200, or 2x8xH200 for two nodes.")]
Engine = Annotated[
    str, typer.Option(help="With --gpus: vllm, sglang, tensorrt-llm, llama.cpp or generic, and a version: vllm@0.11.")
]
FromCommand = Annotated[str, typer.Option(help="A launch command to read the layout and settings from.")]
Context = Annotated[int | None, typer.Option(min=1, max=10**8, help="Tokens of the longest request.")]
Concurrency = Annotated[int | None, typer.Option(min=1, max=2**32, help="Requests at once.")]
Price = Annotated[str, typer.Option(help="Price of one device-hour: 2.5, or 2.5USD in a currency.")]
Tokens = Annotated[str, typer.Option(help="Tokens the model was trained on, such as 14.8T.")]
Bits = Annotated[
    str,
    typer.Option(
        help="Assume this many bits per matrix parameter instead of the stored format, or a GGUF type: q4_k_m."
    ),
]
ReadConfig = Annotated[
    bool, typer.Option("--read-config", help="Read the file of settings that the launch command names.")
]
Emit = Annotated[
    str,
    typer.Option(
        help="Print the launch command of the chosen layout: vllm, sglang or tensorrt-llm; vllm:docker in its image."
    ),
]
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
    bits: Bits = "",
    read_config: ReadConfig = False,
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
    from moeaudit.audits.estimate import Asked
    from moeaudit.audits.estimate import estimate as work_out
    from moeaudit.cli.progress import header_progress

    refuse(emit)
    asked = Asked(
        fleet, gpus, engine, from_command, context, concurrency, price, training_tokens, assumed(bits), emit,
        read_config,
    )  # fmt: skip
    with header_progress() as progress:
        done = work_out(model, asked, revision=revision, offline=offline, against=against, progress=progress)
    if emit:
        emitted(emit, done.estimate.model.name, done.fleet, done.estimate)
    else:
        shown(done.estimate, done.inspection, chosen, everything=everything, explain=explain)
    return 0


def shown(
    found: Estimate, inspection: Inspection, chosen: Mapping[str, Path | None], *, everything: bool, explain: bool
) -> None:
    """The estimate in every format that is wanted."""
    from moeaudit.checks.settlement import settlement
    from moeaudit.reports.estimate import EXPLAINED, FULL, USUAL, Estimated, views

    preset = FULL if everything else EXPLAINED if explain else USUAL
    deliver(views(Estimated(found, settlement(inspection)), preset), chosen)


def assumed(bits: str) -> float | str | None:
    """`--bits` as it is meant; None where it is not given."""
    if not bits:
        return None
    from moeaudit.costs.asked import bits_of

    return bits_of(bits)


def refuse(emit: str) -> None:
    """UsageError for an engine whose commands are not written."""
    if emit:
        from moeaudit.costs.launch import EMIT

        name, colon, form = emit.partition(":")
        if name not in EMIT or (colon and form != "docker"):
            from moeaudit.nearest import did_you_mean

            known = [*EMIT, *(f"{engine}:docker" for engine in EMIT)]
            raise UsageError(f"--emit {ascii(emit)[:40]} is not known", hint=did_you_mean(emit, known))


def emitted(engine: str, name: str, asked: Fleet, found: Estimate) -> None:
    """The launch command of the chosen layout; on stderr what it does not hold, and how often to start it."""
    from moeaudit.costs.engines.emit import EMITTED

    layout = found.chosen.fit.layout
    engine, _, form = engine.partition(":")
    written = EMITTED[engine](name, asked, layout)
    show((written.docker() if form else written.text()) + "\n")
    for unsaid in written.unsaid:
        say(f"No flag of {asked.settings.engine.title} says this: {unsaid}.")
    if form and written.start[0] == "mpirun":
        say("Over several nodes, the scheduler starts this container on each of them.")
    if len(written.nodes) > 1:
        say("One line for each node; HEAD_NODE is the first one's address.")
    if not found.chosen.fit.starts:
        say(f"This layout does not hold what is asked: {found.chosen.fit.binds}.")
    if layout.replicas > 1:
        each = layout.devices // layout.replicas
        say(f"Start it {layout.replicas} times, on {each} devices each.")
