"""The first screen of an inspection: what the model is, how big, whether what is said of it is right, and on what that
rests. Sentences and a few rows; 24 lines of 80 columns hold it."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.integrity import unusable
from moeaudit.checks.kind import Kind, is_guess, unclassified
from moeaudit.claims.verdicts import Verdict
from moeaudit.costs.common import with_room
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.pipeline import Pipeline
from moeaudit.ledger.values import Absent, Range
from moeaudit.reports.amount import Amount, amount
from moeaudit.reports.document.blocks import Block, Facts, Paragraph, Tone
from moeaudit.reports.document.runs import Decimal, Figure, Form, Name, Number, Runs, Share, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import INSPECTED, Inspected
from moeaudit.reports.sections.answer_claims import claims, findings, worst_of
from moeaudit.reports.sections.answer_counts import active, layers, reasons, total
from moeaudit.text import visible
from moeaudit.vocabulary import Component

REMARKS, LETTERS, ASKED, FOLDERS = 2, 170, 40, 6
"""Remarks of the first screen, letters of one, letters of a model as it was asked for, and folders of a pipeline."""

PRINTED = 24
"""Letters of a printed figure in a sentence."""

PLAIN = str.maketrans("", "", "/._-@:=,")
"""Signs beside letters and digits that a shell takes as they are."""

NEEDS = INSPECTED


def section(result: Inspected, w: Words) -> Iterator[Block]:
    """What it is; the rows; how to go on."""
    yield Paragraph(opening(result, w), Tone.LEAD)
    for remark in remarks(result, w):
        yield Paragraph(remark, Tone.MUTED)
    labelled = ((w(f"answer.rows.{name}"), text) for name, text in rows(result, w))
    yield Facts(tuple((label, text) for label, text in labelled if text))
    yield Facts(tuple((w(f"answer.next.{name}"), runs(Name(command))) for name, command in following(result)))


def opening(result: Inspected, w: Words) -> Runs:
    """What it is, and how many bytes."""
    size = result.size
    if size is None or result.inspection.ledger.uncounted:
        return joined([what(result, w), doubt(result, w)], " ")
    takes = "answer.would_take" if size.told_by == "config" else "answer.takes"
    return joined([what(result, w), w(takes, size=Decimal(size.bytes)), doubt(result, w)], " ")


def doubt(result: Inspected, w: Words) -> Runs:
    """The worst of what speaks against the sentences before: it is not left for a row further down."""
    found = result.inspection
    agreement = found.agreement
    if agreement.verdict == "disagree" and found.converted is None:
        if not (agreement.names_missing or agreement.names_unexpected) and agreement.bytes_difference:
            return w("answer.doubt.bytes", bytes=Number(agreement.bytes_difference))
        missing, unexpected = Number(agreement.names_missing), Number(agreement.names_unexpected)
        return w("answer.doubt.disagree", missing=missing, unexpected=unexpected)
    wrong = next((one.claim for one in result.said if one.judgement.verdict is Verdict.CONTRADICTED), None)
    if wrong is not None:
        field = w.of("answer.fields", wrong.path.rpartition(".")[2])
        who, printed = w.of("answer.who", wrong.origin.value), visible(wrong.printed, limit=PRINTED)
        return w("answer.doubt.wrong", who=who, printed=printed, field=field)
    if result.size is None and result.kind is Kind.MOE and found.precision:
        return w("answer.doubt.format")
    if result.settlement.open and not is_guess(found):
        return w("answer.doubt.open", open=Number(result.settlement.open))
    return ()


def what(result: Inspected, w: Words) -> Runs:
    """What it is in one or two sentences."""
    found, kind = result.inspection, result.kind
    if kind is Kind.NOTHING:
        return w("answer.nothing", reason=found.ledger.uncounted)
    whole = short(found, "total.full", w)
    if found.pipeline is not None:
        return pipeline(found, found.pipeline, w)
    if kind is Kind.UNSURE and found.ledger.unsettled:
        reason = visible(found.ledger.unsettled, limit=LETTERS)
        return w("answer.unsettled", reason=f"{reason[:1].upper()}{reason[1:]}", total=whole)
    if kind is Kind.UNSURE:
        said = w("answer.unsure", why=unknown(found, w), unknown=Number(unclassified(found)))
        return joined([said, w("answer.counted", total=whole) if whole else runs(found.ledger.uncounted)], " ")
    if beyond_description(result):
        return w("answer.undescribed", total=whole)
    guess = w("answer.guess", why=unknown(found, w)) if is_guess(found) else ()
    if kind is Kind.DENSE:
        return joined([guess, w("answer.dense", total=whole)], " ")
    said = w("answer.moe", total=whole, active=per_token(found, w)) if whole else w("answer.moe_alone")
    return joined([guess, said], " ")


def beyond_description(result: Inspected) -> bool:
    """Whether the experts are in the files alone, and what describes the model has none."""
    described = result.inspection.architecture
    return result.kind is Kind.MOE and described is not None and not described.is_moe


def pipeline(found: Inspection, made: Pipeline, w: Words) -> Runs:
    """Of a pipeline: how many folders, how much of it is counted, and which of them choose experts for a token."""
    count, kind = len(made.folders), f" ({visible(made.kind, limit=ASKED)})" if made.kind else ""
    if found.ledger.uncounted:
        reason = visible(found.ledger.uncounted, limit=LETTERS)
        whole = w("answer.pipeline_part", folders=count, kind=kind, reason=reason)
    else:
        whole = w("answer.pipeline", folders=count, kind=kind, total=short(found, "total.stored", w))
    routed = [one.place for one in found.ledger.lines if one.component is Component.ROUTED_EXPERTS]
    named = [one.name for one in made.folders if any(f"{place}.".startswith(f"{one.name}.") for place in routed)]
    chooses = w("answer.pipeline_routes", names=", ".join(named)) if named else w("answer.pipeline_unrouted")
    return joined([whole, chooses], " ")


def unknown(found: Inspection, w: Words) -> Runs:
    """Why nothing describes the model."""
    if found.architecture is not None:
        return w("answer.unknown.part")
    if found.evidence.config is None and not found.evidence.documents:
        return w("answer.unknown.config")
    if unusable(found):
        return w("answer.unknown.unusable", file=found.evidence.describing)
    return w("answer.unknown.family")


def per_token(found: Inspection, w: Words) -> Runs:
    """Both readings of a vendor's figure: with the input embedding, and without."""
    full, head = short(found, "active.full", w), short(found, "active.head", w)
    if not full:
        return w("answer.unknown_share")
    if rest := short(found, "active.head-tables", w):
        return w("answer.tables", full=full, rest=rest)
    value, other = found.denominators["active.full"], found.denominators["active.head"]
    return full if isinstance(value, Range) or value == other else w("answer.both", full=full, head=head)


def short(found: Inspection, name: str, w: Words) -> Runs:
    """A count as it is spoken of; nothing where there is none. A range with what is typical of it."""
    value = found.denominators.get(name)
    if value is None or isinstance(value, Absent):
        return ()
    figure = amount(name, value)
    shown = Figure(figure, Form.SHORT)
    if figure.typical in (None, figure.low, figure.high):  # exact, or an end that is typical of nothing
        return runs(shown)
    middle = Figure(Amount(name, figure.typical, figure.typical, figure.typical), Form.SHORT)
    return w("answer.typical", range=shown, typical=middle)


def remarks(result: Inspected, w: Words) -> Iterator[Runs]:
    """What kind of repo it is, where it is not the usual one."""
    told = 1 if result.inspection.pipeline is not None else 0  # what a pipeline is, the sentence above says
    for one in result.inspection.remarks[told : told + REMARKS]:
        start = one[:1].upper() if one.startswith(("a ", "an ")) else one[:1]  # else it may be a file's name
        yield runs(visible(f"{start}{one[1:]}.", limit=LETTERS))
    if result.inspection.converted is not None:
        from moeaudit.reports.sections.converted import which

        yield from which(result.inspection, w)


def rows(result: Inspected, w: Words) -> Iterator[tuple[str, Runs]]:
    """The rows by name; one without text is left out."""
    found = result.inspection
    if result.kind is not Kind.NOTHING:
        yield "folders", folders(found, w)
        yield "total", total(found, w)
        yield "active", active(found, w) if result.kind is Kind.MOE and not beyond_description(result) else ()
        yield "range", reasons(found, w)
        yield "layers", layers(found, w)
    yield "stored", stored(result, w)
    yield "claims", claims(result, w)
    yield "rests", rests(result, w)
    yield "open", runs(result.settlement.left_open)
    yield "findings", findings(result, w)
    yield "fleet", fleet(result, w)


def stored(result: Inspected, w: Words) -> Runs:
    """Bytes, who says so, and the format."""
    found, size = result.inspection, result.size
    precision = found.precision if found.named or found.evidence.headers is not None else ""
    said = w("answer.size", size=Decimal(size.bytes), told=w(f"answer.told.{size.told_by}")) if size else ()
    return joined([said or (w("answer.no_size") if precision else ()), runs(precision)], ": ")


def rests(result: Inspected, w: Words) -> Runs:
    """What most counts rest on, and whether a second witness says the same."""
    found, agreement = result.inspection, result.inspection.agreement
    if found.converted is not None:
        from moeaudit.reports.sections.converted import against_origin

        return joined([runs(result.settlement.words), against_origin(found, w)], "; ")
    names = Number(agreement.names_matched)
    if agreement.verdict == "disagree":
        odd = w(
            "answer.disagree", names=names, missing=Number(agreement.names_missing),
            unexpected=Number(agreement.names_unexpected),
        )  # fmt: skip
        return joined([runs(result.settlement.words), odd], "; ")
    if agreement.verdict == "agree":
        equal = agreement.bytes_difference == 0 and result.settlement.by_the_weights
        said = w("answer.agree", names=names, bytes=w("answer.no_byte") if equal else "")
    else:
        said = w("answer.alone") if result.settlement.by_the_weights else ()
    return joined([runs(result.settlement.words), said], "; ")


def folders(found: Inspection, w: Words) -> Runs:
    """What a pipeline is made of, the largest first."""
    if found.pipeline is None:
        return ()
    parts = sorted(found.pipeline.folders, key=lambda one: -(one.parameters or 0))
    told = [
        runs(Name(one.name), " ", Number(one.parameters) if one.parameters is not None else w("answer.not_counted"))
        for one in parts[:FOLDERS]
    ]
    rest = w("answer.more", count=len(parts) - FOLDERS) if len(parts) > FOLDERS else ()
    return joined([*told, rest])


def fleet(result: Inspected, w: Words) -> Runs:
    """The smallest common fleet with room for the weights."""
    if result.size is None or result.kind in (Kind.PIPELINE, Kind.NOTHING):
        return ()
    found = with_room(result.size.bytes)
    if found is None:
        return w("answer.no_fleet")
    return w("answer.fleet", fleet=Name(found.gpus), share=Share(result.size.bytes, found.bytes))


def following(result: Inspected) -> Iterator[tuple[str, str]]:
    """Command lines that go on from here."""
    asked = result.asked or (result.inspection.evidence.model.id,)
    asked = asked if len(" ".join(asked)) <= ASKED else ("MODEL",)
    if not result.whole:
        yield "all", command("inspect", *asked, "--all")
    found = with_room(result.size.bytes) if result.size is not None else None
    if found is not None and result.inspection.architecture is not None:
        yield "estimate", command("estimate", *asked, "--gpus", found.gpus)
    if result.inspection.evidence.headers is None and result.settlement.needs is not None:
        yield "deeper", command("inspect", *asked, "--depth", result.settlement.needs.value)
    if (worst := worst_of(result.found)) is not None:
        yield "finding", command("explain", worst.rule)
    elif result.kind is not Kind.NOTHING:
        words = {Kind.MOE: "active.full", Kind.PIPELINE: "total.stored"}
        yield "explain", command("explain", words.get(result.kind, "total.full"))


def command(*words: str) -> str:
    """A line for a shell."""
    if all(word.isascii() and word.translate(PLAIN).isalnum() for word in words):
        return " ".join(("moeaudit", *words))
    from shlex import join

    return join(("moeaudit", *words))
