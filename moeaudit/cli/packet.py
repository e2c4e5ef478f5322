"""`moeaudit packet CLAIMS|MODEL`: the audit packet, and `--verify`, which makes one again."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moeaudit.cli.cache import NoCache
from moeaudit.cli.output import View, deliver, wanted
from moeaudit.errors import Exit, NoEvidence, UsageError

if TYPE_CHECKING:
    from moeaudit.reports.packet.inputs import Asked, Inputs

FORMATS = ("md", "markdown", "html", "pdf", "json", "cyclonedx", "spdx")


class Paper(StrEnum):
    """Page sizes of the PDF."""

    A4 = "a4"
    LETTER = "letter"


def packet(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CLAIMS|MODEL",
            help="Claim files (*.claims.yaml), a card or their folder; or a model as for inspect.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model that claim files speak of: Hub id, folder or evidence file.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="md, html, pdf, json, cyclonedx or spdx; NAME=FILE writes to a file."),
    ] = None,
    preset: Annotated[str, typer.Option(help="procurement, card-review or regulator.")] = "procurement",
    template: Annotated[
        Path | None, typer.Option(help="A folder of your own templates, used before the shipped ones.")
    ] = None,
    paper: Annotated[Paper, typer.Option(help="The PDF's page size.")] = Paper.A4,
    fleet: Annotated[Path | None, typer.Option(help="A fleet file (moeaudit/fleet/v1).")] = None,
    gpus: Annotated[str, typer.Option(help="The short form: 8xH200, or 2x8xH200 for two nodes.")] = "",
    engine: Annotated[str, typer.Option(help="With --gpus: the engine, and a version: vllm@0.11.")] = "vllm",
    context: Annotated[int | None, typer.Option(min=1, help="Tokens of the longest request.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Requests at once.")] = None,
    price: Annotated[float | None, typer.Option(min=0, help="Price of one device-hour.")] = None,
    training_tokens: Annotated[str, typer.Option(help="Tokens the model was trained on, where no claim says.")] = "",
    verify: Annotated[
        Path | None, typer.Option(help="A packet as JSON: make every figure again and say what changed.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network.")] = False,
    no_cache: NoCache = False,
) -> int:
    """Render the audit packet, or verify one."""
    given = targets or []
    if verify is not None:
        if len(given) > 1 or (given and model):
            raise UsageError("--verify holds a packet against one model at most")
        return verified(verify, model or (given[0] if given else None), revision, offline)
    chosen = wanted(formats or [], FORMATS, default="md")
    from moeaudit.reports.packet.inputs import Asked, make
    from moeaudit.reports.packet.templates import Templates

    if fleet is not None and gpus:
        raise UsageError("give either --fleet FILE or --gpus 8xH200")
    if fleet is None and not gpus and (context or concurrency or price is not None or engine != "vllm"):
        raise UsageError(
            "--context, --concurrency, --price and --engine need a fleet",
            hint="Name one with --gpus 8xH200 or --fleet.",
        )
    asked = Asked(None, gpus, engine, context, concurrency, price, training_tokens)
    inputs = gathered(given, model, with_fleet(asked, fleet), revision, offline)
    templates = Templates(template)
    templates.sections(preset)  # an unknown preset is named before anything is worked out
    again = command(given, model, inputs, fleet, preset, template, revision)
    inputs = replace(inputs, command=again, date=source_date())
    made = make(inputs)

    def markdown() -> str:
        from moeaudit.reports.packet.markdown import render

        return render(made, preset, templates)

    def html() -> str:
        from moeaudit.reports.packet.html import render

        return render(made, preset, templates)

    def pdf() -> bytes:
        from moeaudit.reports.packet.pdf import render_pdf

        return render_pdf(made, paper=paper.value, preset=preset, templates=templates)

    def json() -> str:
        from moeaudit.reports.packet.document import render

        return render(made, inputs)

    def cyclonedx() -> str:
        from moeaudit.reports.packet.bom import cyclonedx

        return cyclonedx(made)

    def spdx() -> str:
        from moeaudit.reports.packet.bom import spdx

        return spdx(made)

    views: dict[str, View] = {
        "md": markdown, "markdown": markdown, "html": html, "pdf": pdf, "json": json,
        "cyclonedx": cyclonedx, "spdx": spdx,
    }  # fmt: skip
    deliver(views, chosen)
    if inputs.unread:
        typer.echo(f"moeaudit: no evidence went into this packet: {inputs.unread}", err=True)
        return Exit.NO_EVIDENCE
    return Exit.OK


def with_fleet(asked: Asked, fleet: Path | None) -> Asked:
    """The fleet file's text among what is asked."""
    if fleet is None:
        return asked
    from moeaudit.costs.fleet_file import read_fleet
    from moeaudit.reports.packet.inputs import Text

    read_fleet(fleet)  # errors name the file as the user did
    return replace(asked, fleet=Text(fleet.name, fleet.read_text("utf-8")))


def gathered(targets: list[str], model: str | None, asked: Asked, revision: str | None, offline: bool) -> Inputs:
    """Everything the packet is made from. Claims whose evidence cannot be had still give a packet, which says so."""
    from moeaudit.audits.check import inspection_of, text_of
    from moeaudit.audits.subjects import expanded, grouped
    from moeaudit.cli.settings import read_settings
    from moeaudit.reports.packet.inputs import Inputs, Text, with_evidence

    settings = read_settings(Path.cwd()).rules
    inputs = Inputs(model or "", asked=asked, persona=settings.persona.name.lower(), off=dict(settings.off or {}))
    paths = [Path(target) for target in targets if speaks(Path(target))]
    if not paths:
        if len(targets) != 1 or model is not None:
            raise UsageError("a packet is about one model", hint="Give claim files of one model, or one model.")
        return of_model(replace(inputs, model=targets[0]), revision, offline)
    if len(paths) < len(targets):
        raise UsageError("claim files and a model side by side", hint="Name the model with --model.")
    found, absent = expanded(paths)
    subjects, unreadable = grouped(found, together=model is not None)
    for failure in (*absent, *unreadable):
        raise failure.error
    if len(subjects) != 1:
        raise UsageError(
            f"the paths speak of {len(subjects)} models",
            hint="A packet is about one: give its files alone, or --model.",
        )
    subject = subjects[0]
    files = [Path(claims.file) for claims in subject.claims]
    inputs = replace(
        inputs,
        claims=tuple(Text(path.name, text_of(path)) for path in files),
        cards=tuple(Text(path.name, text_of(path)) for path in subject.cards),
    )
    try:
        inspection = inspection_of(subject, model, revision=revision, offline=offline)
    except NoEvidence as error:
        if model is not None or not subject.claims:
            raise
        return replace(inputs, unread=str(error))
    return with_evidence(inputs, inspection.evidence) if inspection is not None else inputs


def speaks(path: Path) -> bool:
    """Whether a path holds claims: a claim file, a card, or a folder with claim files."""
    from moeaudit.audits.subjects import CARDS
    from moeaudit.claims.file import SUFFIX

    if path.is_dir():
        return any(path.glob(f"*{SUFFIX}"))
    return path.name.endswith((SUFFIX, *CARDS))


def of_model(inputs: Inputs, revision: str | None, offline: bool) -> Inputs:
    """A model without a claim file: its card and its name are what is claimed."""
    from moeaudit.audits.inspect import inspect
    from moeaudit.cli.progress import header_progress
    from moeaudit.reports.packet.inputs import Text, with_evidence

    with header_progress() as progress:
        evidence = inspect(inputs.model, revision=revision, offline=offline, progress=progress).evidence
    cards = (Text("README.md", evidence.card),) if evidence.card else ()
    return with_evidence(replace(inputs, cards=cards), evidence)


def command(
    targets: list[str], model: str | None, inputs: Inputs, fleet: Path | None, preset: str, template: Path | None,
    revision: str | None,
) -> str:  # fmt: skip
    """The command that makes this packet again, with files by their names alone."""
    asked = inputs.asked
    options = {
        "--model": model, "--fleet": fleet and fleet.name, "--gpus": asked.gpus,
        "--engine": asked.engine if asked.gpus and asked.engine != "vllm" else None, "--context": asked.context,
        "--concurrency": asked.concurrency, "--price": asked.price, "--training-tokens": asked.training_tokens,
        "--preset": preset, "--template": template and template.name, "--revision": revision,
    }  # fmt: skip
    words = ["moeaudit", "packet", *(named(target) for target in targets)]
    words += [word for name, value in options.items() if value for word in (name, named(str(value)))]
    return shlex.join(words)


def named(target: str) -> str:
    """A path by its last part, a Hub id whole."""
    return Path(target).name if Path(target).exists() else target


def source_date() -> str:
    """The date that SOURCE_DATE_EPOCH names; none without it, so that the same input gives the same bytes."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return ""
    try:
        return datetime.fromtimestamp(int(text), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH {ascii(text)[:40]} is not a number of seconds") from None


def verified(path: Path, model: str | None, revision: str | None, offline: bool) -> int:
    """Make a packet again and print what changed; 1 where anything did."""
    from moeaudit.audits.inspect import inspect
    from moeaudit.evidence.files import read_whole
    from moeaudit.limits import PACKET_BYTES
    from moeaudit.reports.packet.document import read_packet
    from moeaudit.reports.packet.verify import verify

    recorded, inputs = read_packet(read_whole(path, PACKET_BYTES), str(path))
    fresh = inspect(model, revision=revision, offline=offline).evidence if model is not None else None
    result = verify(recorded, inputs, fresh)
    for change in result.changes:
        typer.echo(f"changed: {change}")
    against = "evidence read now" if fresh is not None else "the embedded evidence"
    typer.echo(f"{result.figures:,} values made again from {against}; {len(result.changes):,} changed.")
    if result.versions[0] != result.versions[1]:
        typer.echo(f"The packet was made with moeaudit {result.versions[0]}, and again with {result.versions[1]}.")
    return Exit.FINDINGS if result.changes else Exit.OK
