"""Everything that a packet is made from, and the making: the same inputs give the same packet, here or elsewhere.

A packet carries its inputs, so it can be made again from itself. Evidence always passes through the evidence file: what
is audited is exactly what is embedded.
"""

from __future__ import annotations

from dataclasses import field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import moeaudit
from moeaudit.checks.audit import Audit, Settings, audit
from moeaudit.checks.facts import Facts, proven, statements
from moeaudit.checks.rule import Persona
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.claims.file import parse_claims
from moeaudit.claims.names import name_claims
from moeaudit.errors import NoEvidence, UsageError
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.model import Evidence, EvidenceFile, ModelRef, Source
from moeaudit.later import dataclass
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.limits import PACKET_FILES
from moeaudit.reports.packet import model
from moeaudit.reports.packet.build import Making, build
from moeaudit.reports.packet.parts.estimates import fleet_fit

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate, TrainingRun
    from moeaudit.costs.training import Training

EMBEDDED = "embedded in the packet"


@dataclass(frozen=True)
class Text:
    """A text file by its name; folders differ between machines and are left out."""

    file: str
    text: str


@dataclass(frozen=True)
class Asked:
    """What the estimate is asked for: a fleet file or its short form, the work, the price of a device-hour and its
    currency, where that is named."""

    fleet: Text | None = None
    gpus: str = ""
    engine: str = "vllm"
    context: int | None = None
    concurrency: int | None = None
    price: float | None = None
    training_tokens: str = ""
    beside: tuple[str, ...] = ()  # further fleets in their short form, of which only the fit is told
    currency: str | None = None

    @property
    def on_fleet(self) -> bool:
        return self.fleet is not None or bool(self.gpus)


@dataclass(frozen=True)
class Inputs:
    """`model`: what the user called it; `source` and `recorded`: where the evidence was read. `evidence`: the text of
    an evidence file; `spec`: of a spec file. `unread`: why there is neither. `off`: rules switched off, with reasons.
    `called`: what the model surely is called, empty where nothing but the evidence and the claim files says so;
    `names`: what it may be called besides, for the reading of its card.
    """

    model: str
    source: str = ""
    recorded: bool = False
    evidence: str | None = None
    spec: Text | None = None
    claims: tuple[Text, ...] = ()
    cards: tuple[Text, ...] = ()
    asked: Asked = Asked()
    persona: str = "default"
    off: dict[str, str] = field(default_factory=dict)
    command: str = ""
    date: str = ""
    unread: str = ""
    called: str = ""
    names: tuple[str, ...] = ()


def with_evidence(inputs: Inputs, evidence: Evidence) -> Inputs:
    """The inputs with this evidence in them."""
    source, recorded = evidence.model.source, evidence.model.recorded
    if evidence.spec is not None:
        return replace(
            inputs, source=source.value, recorded=recorded, spec=Text(named(evidence.model.id), evidence.spec)
        )
    return replace(inputs, source=source.value, recorded=recorded, evidence=evidence_bytes(evidence).decode("ascii"))


def named(path: str) -> str:
    """A file by its name alone."""
    return path.replace("\\", "/").rpartition("/")[2]


def make(inputs: Inputs) -> model.Packet:
    """The packet. UsageError where an input is not what it should be."""
    evidence = evidence_of(inputs)
    inspection = inspect_evidence(evidence) if evidence else None
    done = audited(inputs, inspection)
    tokens, said_where = training_tokens(inputs, done)
    run = run_of(tokens, inspection)
    if inputs.asked.on_fleet and inspection is None and inputs.unread:
        raise NoEvidence(f"no evidence to estimate from: {inputs.unread}")
    found = estimated(inputs.asked, inspection, run)
    beside = [estimated(replace(inputs.asked, fleet=None, gpus=gpus), inspection, None) for gpus in inputs.asked.beside]
    making = Making(
        moeaudit.__version__, inputs.source, inputs.recorded, inputs.command, tuple(digests(inputs)),
        tuple(listed(file) for file in evidence.files if file.origin != Source.LOCK.value) if evidence else (),
        inputs.date, inputs.unread, said_where,
    )  # fmt: skip
    made = build(done, making, found, trained(inspection, run) if found is None else found.training)
    return replace(made, fleets=tuple(fleet_fit(one) for one in (found, *beside) if one is not None))


def evidence_of(inputs: Inputs) -> Evidence | None:
    """The embedded evidence, read as any evidence file or spec file is."""
    if inputs.spec is not None:
        data = inputs.spec.text.encode()
        record = EvidenceFile(inputs.spec.file, sha256(data).hexdigest(), len(data), "file")
        return Evidence(ModelRef(inputs.spec.file, Source.SPEC), spec=inputs.spec.text, files=(record,))
    if inputs.evidence is None:
        return None
    return read_evidence(inputs.evidence.encode(), "evidence")


def audited(inputs: Inputs, inspection: Inspection | None) -> Audit:
    """All rules on all that is claimed."""
    from moeaudit.claims.card import read_card

    if len(inputs.claims) + len(inputs.cards) > PACKET_FILES:
        raise UsageError(f"a packet of {PACKET_FILES.words()}", hint="Give those of one model alone.")

    files = tuple(parse_claims(one.text, one.file) for one in inputs.claims)
    evidence_id = inspection.evidence.model.id if inspection else ""
    hub_id = evidence_id if "/" in evidence_id else next((one.model_id for one in files), "")
    called, known = inputs.called or hub_id or None, proven(inspection)
    cards = tuple(read_card(one.text, one.file, called, inputs.names, known) for one in inputs.cards)
    model_id = called or next((card.subject for card in cards if card.subject), "") or evidence_id or inputs.model
    distribution = files[0].distribution if files else Distribution.DOWNLOADABLE
    said: list[Claim] = [
        *(claim for one in files for claim in one.claims),
        *(claim for one in cards for claim in one.claims),
    ]
    if not files and "/" in model_id:
        said += name_claims(model_id)
    facts = Facts(
        inspection, statements(said, inspection, distribution), files, cards, distribution,
        {one.file: one.text for one in inputs.cards}, named=called is not None,
    )  # fmt: skip
    settings = Settings(Persona[inputs.persona.upper()], inputs.off)
    return audit(model_id, [one.file for one in (*inputs.claims, *inputs.cards)], facts, settings)


def estimated(asked: Asked, inspection: Inspection | None, run: TrainingRun | None) -> Estimate | None:
    """The estimate on the fleet that was asked for."""
    if not asked.on_fleet:
        return None
    if inspection is None:
        raise UsageError(
            "a fleet is given, but there is no evidence to estimate from", hint="Leave --fleet and --gpus out."
        )
    from moeaudit.costs.asked import adjusted, served_model
    from moeaudit.costs.estimate import estimate
    from moeaudit.costs.fleet import short_fleet
    from moeaudit.costs.fleet_file import parse_fleet

    name, _, version = asked.engine.partition("@")
    fleet = (
        parse_fleet(asked.fleet.text, asked.fleet.file)
        if asked.fleet
        else short_fleet(asked.gpus, engine_name=name, engine_version=version)
    )
    fleet = adjusted(fleet, asked.context, asked.concurrency, asked.price, asked.currency)
    return estimate(served_model(inspection), fleet, run)


def run_of(tokens: int | None, inspection: Inspection | None) -> TrainingRun | None:
    """The training run over the tokens that somebody states."""
    if tokens is None or inspection is None:
        return None
    from moeaudit.costs.asked import training_run

    return training_run(tokens, inspection)


def trained(inspection: Inspection | None, run: TrainingRun | None) -> Training | None:
    """Training compute without a fleet."""
    if inspection is None or inspection.architecture is None or run is None:
        return None
    from moeaudit.costs.training import training

    return training(
        inspection.architecture,
        run.tokens,
        sequence=run.sequence,
        active=run.active,
        total=run.total,
        executed=run.executed,
        counted=run.counted,
    )


def training_tokens(inputs: Inputs, done: Audit) -> tuple[int | None, str]:
    """Tokens as given, else as stated in a claim file or card; and in words where they come from."""
    from moeaudit.claims.figures import parse_figure

    given = inputs.asked.training_tokens
    if given:
        figure = parse_figure(given)
        if figure is None or figure.is_percent or figure.low < 1:
            raise UsageError(
                f"--training-tokens {ascii(given)[:40]} is not a number of tokens",
                hint="Write it as 14.8T or 14800000000000.",
            )
        return int(figure.low), f"{given}, as given"
    for statement in done.facts.stated("governance.training_tokens"):
        figure = statement.claim.figure
        if figure is not None and not figure.is_percent and figure.low >= 1:
            return int(figure.low), f"{statement.claim.printed}, as stated in {statement.claim.location.file}"
    return None, ""


def digests(inputs: Inputs) -> list[model.EvidenceFile]:
    """What went in beside the published files, with digests."""
    texts = [*inputs.claims, *inputs.cards, *([inputs.asked.fleet] if inputs.asked.fleet else [])]
    if inputs.evidence is not None:
        texts.insert(0, Text("evidence file", inputs.evidence))
    return [digest(one) for one in texts]


def digest(text: Text) -> model.EvidenceFile:
    data = text.text.encode("utf-8", "surrogatepass")
    return model.EvidenceFile(text.file, sha256(data).hexdigest(), len(data), EMBEDDED)


def listed(file: EvidenceFile) -> model.EvidenceFile:
    return model.EvidenceFile(file.file, file.sha256, file.bytes, file.origin)


__all__ = ["Asked", "Inputs", "Text", "make", "with_evidence"]
