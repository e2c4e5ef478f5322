"""A document with every kind of block and every kind of run, and texts that are awkward to set."""

from __future__ import annotations

from moeaudit.reports.document.blocks import (
    Block,
    Code,
    Column,
    Facts,
    Fields,
    Heading,
    Items,
    Note,
    Pane,
    Paragraph,
    Picture,
    Table,
    Tallies,
    Tiles,
    Tone,
)
from moeaudit.reports.document.document import Document, Section
from moeaudit.reports.document.runs import (
    Band,
    Bar,
    Break,
    Decimal,
    Figure,
    Form,
    Gap,
    Link,
    Name,
    Number,
    Plain,
    Power,
    Quote,
    Run,
    Share,
    Tag,
    lines,
    muted,
    runs,
    strong,
)
from moeaudit.reports.packet.model import Amount
from moeaudit.reports.writers.templates import Templates
from tests.packet_pictures.samples import sample

ACTIVE = Amount("active.full", 37_552_297_472, 37_552_297_472, 37_552_297_472)
RANGED = Amount("active.head", 18_600_000_000, 25_000_000_000, 31_300_000_000, "zero-computation experts")

RUNS: tuple[Run, ...] = (
    Plain("Plain words of some length, "),
    Name("model.layers.12.mlp.experts.255.down_proj.weight"),
    Plain(" "),
    Quote("37B activated for each token"),
    Plain(" "),
    Figure(ACTIVE, Form.SHORT),
    Plain(" "),
    Figure(ACTIVE, Form.EXACT),
    Plain(" "),
    Figure(RANGED, Form.NAMED),
    Plain(" "),
    Number(641 * 2**30, "bytes"),
    Plain(" "),
    Number(61),
    Plain(" "),
    Decimal(688_586_727_753),
    Plain(" "),
    Band(1.25, 3.5, "s"),
    Plain(" "),
    Share(974, 1000),
    Plain(" "),
    Gap(0.04),
    Plain(" "),
    Power(3.3e24),
    Plain(" "),
    Bar(3, 4),
    Plain(" "),
    Tag("contradicted"),
    Plain(" "),
    Tag("verified", "Stated, and borne out"),
    Plain(" "),
    Link("the technical report", "https://example.org/report.pdf"),
    Plain(" "),
    Link("no address", "javascript:alert(1)"),
    Plain(" "),
    strong("strong ", Name("strong.mono"), " words"),
    Plain(" "),
    muted("muted words"),
    Break(),
    Plain("a new line"),
)

LONG = "incomprehensibilities-and-counterrevolutionaries/with_marks_and.dots:everywhere" + "x" * 60
PROSE = (
    "A claim is compared with every denominator of its kind, and the answer is the set that fits; "
    "unclassified prediction modules, quantisation scales and characteristically long words stay whole. "
)


def table(rows: int = 3) -> Table:
    """Columns of every sort, among them one of bars and a narrow one with long names."""
    columns = (
        Column(runs("Name"), 1), Column(runs("Stored parameters"), 1.4, right=True), Column(runs("Part"), 0.8),
        Column(runs("Verdict"), 1.1), Column(runs("What it means, in a longer title"), 3),
    )  # fmt: skip
    made = tuple(
        (runs(Name(f"total.full+mtp+encoders.{place}")), runs(Figure(ACTIVE)), runs(Bar(place + 1, rows)),
         runs(Tag("reproduced-elsewhere")), lines(PROSE, muted(Name(LONG))))
        for place in range(rows)
    )  # fmt: skip
    return Table(columns, made, runs("A table"), name="claims")


NOTE = Note(
    "error",
    runs("Active parameters contradicted: ", Figure(ACTIVE, Form.NAMED)),
    (runs(PROSE * 2), runs(strong("To do: "), "name the denominator.")),
    (
        Pane(runs("The card says"), (runs(Quote("21B active")), runs(Name("README.md:12:4"))), "error"),
        Pane(runs("The files hold"), (runs(Figure(ACTIVE)), runs(Name(LONG))), "verified"),
    ),
    runs("rule ", Name("active-parameters"), ", high confidence"),
)
PANES = Note("note", runs("Three sides"), (), tuple(Pane(runs(f"Side {n}"), (runs(PROSE),)) for n in range(3)))


def pictures() -> tuple[Picture, ...]:
    """The layers of DeepSeek-V3, as its packet draws them."""
    packet = sample("deepseek-v3")
    drawn = (("layers", packet.architecture.layers), Templates().words.drawn("layers"))
    return (Picture("layers", drawn, runs("Layers"), (Paragraph(runs("No picture.")),)),)


def blocks(rows: int = 3) -> tuple[Block, ...]:
    """One of each kind at least."""
    return (
        Paragraph(runs(PROSE), Tone.LEAD),
        Tiles(tuple((runs(Figure(ACTIVE, Form.SHORT)), runs(Name(f"active.full{more}")), runs(Figure(ACTIVE)))
                    for more in ("", "+mtp", "+encoders", "+mtp+encoders"))),
        Tallies((
            (runs("Claims by verdict"), ((12, runs(Tag("reproduced"))), (3, runs(Tag("contradicted")))), runs("None.")),
            (runs("Findings"), (), runs("No rule found anything.")),
        )),
        Heading(runs("A heading of the second level")),
        Facts(((runs("Family"), runs("deepseek")), (runs("Made of"), runs(*RUNS))), runs("Facts")),
        Paragraph(RUNS),
        Paragraph(runs("Said quietly. ", PROSE), Tone.MUTED, leads=True),
        table(rows),
        Heading(runs("A third level: ", Name("model.layers")), 3),
        Paragraph(runs("Beware. ", PROSE), Tone.WARN),
        Items((runs("first ", strong("item")), runs(PROSE), runs(Name(LONG)))),
        Items((runs("fourth"), runs("fifth")), ordered=True, start=4),
        NOTE,
        PANES,
        *pictures(),
        Code("moeaudit packet deepseek-v3.claims.yaml \\\n    --gpus 8xH200 --format pdf=" + "very-long-name-" * 12
             + ".pdf\nMMMMM\n  A   B"),
        Fields(tuple(runs(one) for one in ("Purpose", "Reviewer", "Date", "Signature"))),
    )  # fmt: skip


def specimen(rows: int = 3, *, fresh: bool = False, sections: int = 4, contents: bool = True) -> Document:
    """The whole: the first section with every kind of block, and more of them after it."""
    made = tuple(
        Section(f"part-{n}", runs(f"Part {n} of the specimen"), blocks(rows) if n == 1 else blocks(rows)[3:8],
                runs("What this part is about."), fresh and n == 2)
        for n in range(1, sections + 1)
    )  # fmt: skip
    return Document(
        "packet", "Audit packet", "deepseek-ai/DeepSeek-V3", (runs("For procurement"), runs("moeaudit 0.1.0")), made,
        "moeaudit 0.1.0", "2026-03-04", contents=contents,
    )  # fmt: skip
