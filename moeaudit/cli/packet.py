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

from moeaudit.cli.cache import NoCache, Timeout
from moeaudit.cli.options import AsJson, Outputs
from moeaudit.cli.output import deliver, say, wanted
from moeaudit.errors import Exit, UsageError
from moeaudit.later import expression
from moeaudit.reports.packet.formats import FORMATS
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.reports.packet.inputs import Asked, Inputs

DAY = expression(r"\d{4}-\d\d-\d\d")


class Tongue(StrEnum):
    """Languages that pages speak."""

    EN = "en"
    DE = "de"


class Paper(StrEnum):
    """Page sizes of the PDF."""

    A4 = "a4"
    LETTER = "letter"


Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CLAIMS|MODEL",
        help="Claim files (*.claims.yaml), a card or their folder; or a model as for inspect.",
    ),
]
Model = Annotated[
    str | None, typer.Option(help="The model that claim files speak of: Hub id, folder or evidence file.")
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help=f"{', '.join(FORMATS)}; NAME=FILE writes to a file."),
]
Language = Annotated[Tongue, typer.Option(help="The language of headings and labels; facts and messages are English.")]
Date = Annotated[
    str, typer.Option(help="The date of the packet, YYYY-MM-DD; else SOURCE_DATE_EPOCH's, else today's (UTC).")
]
Preset = Annotated[str, typer.Option(help="procurement, card-review or regulator.")]
Own = Annotated[Path | None, typer.Option(help="A folder of your own templates, used before the shipped ones.")]
Page = Annotated[Paper, typer.Option(help="The PDF's page size.")]
FleetFile = Annotated[Path | None, typer.Option(help="A fleet file (moeaudit/fleet/v1).")]
Gpus = Annotated[
    list[str] | None,
    typer.Option(
        help="The short form: 8xH200, or 2x8xH200 for two nodes. Given again: fleets of which only the fit is told."
    ),
]
Engine = Annotated[str, typer.Option(help="With --gpus: the engine, and a version: vllm@0.11.")]
Context = Annotated[int | None, typer.Option(min=1, help="Tokens of the longest request.")]
Concurrency = Annotated[int | None, typer.Option(min=1, help="Requests at once.")]
Price = Annotated[str, typer.Option(help="Price of one device-hour: 2.5, or 2.5USD in a currency.")]
Tokens = Annotated[str, typer.Option(help="Tokens the model was trained on, where no claim says.")]
Verify = Annotated[
    Path | None,
    typer.Option(help="A packet as PDF, HTML or JSON: make every figure again and say what changed."),
]
Revision = Annotated[str | None, typer.Option(help="Branch, tag, commit or refs/pr/N.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]


def packet(
    targets: Targets = None,
    model: Model = None,
    formats: Formats = None,
    output: Outputs = None,
    as_json: AsJson = False,
    preset: Preset = "procurement",
    template: Own = None,
    paper: Page = Paper.A4,
    language: Language = Tongue.EN,
    date: Date = "",
    fleet: FleetFile = None,
    gpus: Gpus = None,
    engine: Engine = "vllm",
    context: Context = None,
    concurrency: Concurrency = None,
    price: Price = "",
    training_tokens: Tokens = "",
    verify: Verify = None,
    revision: Revision = None,
    offline: Offline = False,
    no_cache: NoCache = False,
    timeout: Timeout = None,
) -> int:
    """Render the audit packet, or verify one."""
    from moeaudit.evidence.reader import plain_id

    given, model = [plain_id(target) for target in targets or []], plain_id(model) if model else model
    if verify is not None:
        if len(given) > 1 or (given and model):
            raise UsageError("--verify holds a packet against one model at most")
        from moeaudit.cli.verifying import verified

        return verified(verify, model or (given[0] if given else None), revision, offline)
    chosen = wanted(formats or [], FORMATS, default="markdown", outputs=output or (), as_json=as_json)
    from moeaudit.costs.asked import priced
    from moeaudit.reports.packet.formats import views
    from moeaudit.reports.packet.inputs import Asked, make
    from moeaudit.reports.writers.templates import Templates

    first, *beside = gpus or [""]
    money, currency = priced(price) if price else (None, None)
    asked = Asked(None, first, engine, context, concurrency, money, training_tokens, tuple(beside), currency)
    asked = with_fleet(asked, fleet)
    day = dated(date)
    templates = Templates(template, language.value)
    templates.sections("packet", preset, named=True)  # an unknown one is told before anything is read
    inputs = replace(gather(given, model, asked, revision, offline), date=day)
    inputs = replace(inputs, command=command(given, model, inputs, fleet, preset, template, revision, offline))
    deliver(views(make(inputs), inputs, preset, templates, paper.value), chosen)
    if inputs.unread:
        say(f"moeaudit: no evidence went into this packet: {inputs.unread}")
        return Exit.NO_EVIDENCE
    return Exit.OK


def with_fleet(asked: Asked, fleet: Path | None) -> Asked:
    """The fleet file's text among what is asked. UsageError where two fleets are given, or settings of none."""
    if fleet is not None and asked.gpus:
        raise UsageError("give either --fleet FILE or --gpus 8xH200")
    work = asked.context or asked.concurrency or asked.price is not None or asked.engine != "vllm"
    if fleet is None and not asked.gpus and work:
        raise UsageError(
            "--context, --concurrency, --price and --engine need a fleet",
            hint="Name one with --gpus 8xH200 or --fleet.",
        )
    if fleet is None:
        return asked
    from moeaudit.costs.fleet_file import read_fleet
    from moeaudit.reports.packet.inputs import Text

    read_fleet(fleet)  # errors name the file as the user did
    return replace(asked, fleet=Text(fleet.name, fleet.read_text("utf-8")))


def gather(given: list[str], model: str | None, asked: Asked, revision: str | None, offline: bool) -> Inputs:
    """Everything the packet is made from, by the settings of the project."""
    from moeaudit.audits.packet import gathered
    from moeaudit.audits.settings import read_settings
    from moeaudit.cli.progress import header_progress
    from moeaudit.reports.packet.inputs import Inputs

    settings = read_settings(Path.cwd()).rules
    inputs = Inputs(model or "", asked=asked, persona=settings.persona.name.lower(), off=dict(settings.off or {}))
    with header_progress() as progress:
        return gathered(inputs, given, model, revision=revision, offline=offline, progress=progress)


def command(
    targets: list[str], model: str | None, inputs: Inputs, fleet: Path | None, preset: str, template: Path | None,
    revision: str | None, offline: bool,
) -> str:  # fmt: skip
    """The command that makes this packet's JSON again, with files by their names alone: other forms of it are made by
    the same, and say its digest."""
    asked = inputs.asked
    options = {
        "--model": model, "--fleet": fleet and fleet.name, "--gpus": asked.gpus,
        "--engine": asked.engine if asked.gpus and asked.engine != "vllm" else None, "--context": asked.context,
        "--concurrency": asked.concurrency,
        "--price": f"{asked.price}{asked.currency or ''}" if asked.price is not None else None,
        "--training-tokens": asked.training_tokens,
        "--preset": preset, "--template": template and template.name, "--revision": revision,
    }  # fmt: skip
    words = ["moeaudit", "packet", *(named(target) for target in targets)]
    words += [word for name, value in options.items() if value for word in (name, named(str(value)))]
    words += [word for gpus in asked.beside for word in ("--gpus", gpus)]
    return shlex.join([*words, "--date", inputs.date, *(["--offline"] if offline else []), "--format", "json"])


def named(target: str) -> str:
    """A path by its last part, a Hub id whole."""
    return Path(target).name if Path(target).exists() else target


def dated(given: str) -> str:
    """The date of the packet: as given, else the one that SOURCE_DATE_EPOCH names, else today's in UTC."""
    if given:
        try:
            if DAY.fullmatch(given):
                return datetime.strptime(given, "%Y-%m-%d").date().isoformat()
        except ValueError:
            pass
        raise UsageError(f"--date {visible(given, limit=40)!r} is no date", hint="Write it as 2026-11-30.")
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return datetime.now(UTC).date().isoformat()
    from moeaudit.cli.numbers import whole

    seconds = whole(text)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    raise UsageError(f"SOURCE_DATE_EPOCH {ascii(text)[:40]} is not a number of seconds")
