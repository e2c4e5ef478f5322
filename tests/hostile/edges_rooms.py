"""The edges of configs, of cards, and of what is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moeaudit import limits
from moeaudit.limits import Limit
from tests.hostile.moved import CUT, Edge, moved, said
from tests.scaling.axes import SMALL

# Configs


def refused(pattern: Callable[[int], str]) -> Edge:
    from moeaudit.ledger.packing.patterns import Matcher

    return lambda count, folder: CUT if Matcher.of([pattern(count)]).refused else ""


def module_letters(count: int) -> str:
    return "m" * count


def group_size(count: int, folder: Path) -> str:
    from moeaudit.ledger.packing.settings import Settings

    return said(lambda: Settings({"group_size": count}, "quantization_config").whole("group_size", 128))


def readings(count: int, folder: Path) -> str:
    """Only the last of so many ways to read a tensor is of a shape that has weights."""
    from moeaudit.ledger.packing import scheme

    def solutions(*given: object) -> Iterator[Any]:
        yield from (SimpleNamespace(shape=(0,)) for _ in range(count - 1))
        yield SimpleNamespace(shape=(1,))

    found = scheme.solve(mock.Mock(solutions=solutions), {}, (), None, None)
    return "" if found else CUT


def classes(count: int, folder: Path) -> str:
    """Only the last of so many classes explains the bytes that are left over."""
    from moeaudit.ledger import small_types as room

    many = [SimpleNamespace(name=f"{number:02d}", extra=0) for number in range(count - 1)]
    with mock.patch.object(room, "classes", lambda pairs, storage: [*many, SimpleNamespace(name="last", extra=1)]):
        return "" if room.explanation(1, (), mock.Mock()) else CUT


def sections(count: int, folder: Path) -> str:
    """A language model inside so many sections."""
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.unknown import known_text

    inside: dict[str, Any] = {"known": True}
    for _ in range(count):
        inside = {"text_config": inside}
    return "" if known_text(Config(inside), lambda data: "known" in data) else CUT


def defaults(count: int, folder: Path) -> str:
    """How many of so many open numbers are tried."""
    from moeaudit.architecture import defaults as room
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe

    tried: list[object] = []
    open_numbers = [SimpleNamespace(path=str(number)) for number in range(count)]
    config = mock.Mock(defaulted=open_numbers, data={})
    with (
        mock.patch.object(room, "_decides", lambda one, data: True),
        mock.patch.object(room, "_others", lambda one, *rest: iter(tried.append(one) or ())),  # type: ignore[func-returns-value]
    ):
        room.assumed(config, mock.Mock(), describe(Config(dict(SMALL))))
    return CUT if len(tried) < count else ""


LISTED = {"num_hidden_layers": 4, "moe_intermediate_size": [8, 16, 24, 32], "num_attention_heads": [4, 4, 2, 2]}


def described(**fields: Any) -> Callable[[], object]:
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe

    return lambda: describe(Config({**SMALL, **fields}))


def lists(count: int, folder: Path) -> str:
    """The limit moves: two fields are lists."""
    with moved("architecture.families.layerwise", "LISTS_BY_LAYER", 2 + limits.LISTS_BY_LAYER - count):
        return said(described(**LISTED))


def unlike(count: int, folder: Path) -> str:
    """The limit moves: four layers, each unlike the others."""
    with moved("architecture.families.layerwise", "UNLIKE_LAYERS", 4 * 4 + limits.UNLIKE_LAYERS - count) as small:
        return said(described(**LISTED)).replace(small.words(), limits.UNLIKE_LAYERS.words())


def codebooks(count: int, folder: Path) -> str:
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.encoders.qwen_talker import bounded

    return said(lambda: bounded(Config({"num_code_groups": count}), "num_code_groups", 16))


def lookups(count: int, folder: Path) -> str:
    """Over one layer; the width that they must divide is as large."""
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import qwen4

    text = {"ple_layer_ids": [1], "hidden_size": 8, "ngram_size": 2, "heads_per_ngram": count, "ple_embed_dim": count}
    with mock.patch.object(qwen4, "primes_from", lambda base, number: (7,) * number):
        return said(lambda: qwen4.ngram_layers(Config(text), 1, 1))


# Cards


def pieces(text: Callable[[int], str]) -> Edge:
    """A text that is read as one block, or as several."""
    from moeaudit.claims.card.layout import blocks

    return lambda count, folder: CUT if len(list(blocks(text(count)))) > 1 else ""


def sentence(count: int, folder: Path) -> str:
    from moeaudit.claims.card.text import clean

    return CUT if len(list(clean([(1, "x" * count)]).sentences())) > 1 else ""


def lead(count: int, folder: Path) -> str:
    from moeaudit.claims.card.layout import blocks

    below = list(blocks("x" * (count - 1) + ":\n\n- item\n"))[-1]
    return CUT if len(below.headings[-1]) < count else ""


def code(text: Callable[[int], str], measure: Callable[[Any], int]) -> Edge:
    from moeaudit.claims.card.layout import blocks

    def edge(count: int, folder: Path) -> str:
        (block,) = blocks(f"```\n{text(count)}\n```\n")
        return CUT if measure(block.rows) < count else ""

    return edge


def language(count: int, folder: Path) -> str:
    """The last of forty Greek letters, below which no script is told, stands at that place."""
    from moeaudit.claims.card.language import ENOUGH, unread_language
    from moeaudit.claims.card.text import Block, Text

    text = "1" * (count - ENOUGH) + "α" * ENOUGH
    return "" if unread_language([Block("text", Text(text, ((1, 1),)))]) else CUT


def compared(count: int, folder: Path) -> str:
    """How many of so many figures are held against others."""
    from moeaudit.checks import claims_together as room

    figure = SimpleNamespace(is_percent=False)
    stated = [SimpleNamespace(number=number, claim=SimpleNamespace(figure=figure)) for number in range(count)]
    seen: set[int] = set()

    def wanted(left: Any, right: Any) -> bool:
        seen.update((left.number, right.number))
        return False

    facts: Any = SimpleNamespace(written=lambda path: stated if path == room.COMPARED[0] else [])
    with mock.patch.object(room, "once", lambda found: found):
        assert list(room._pairs(facts, wanted)) == []
    return CUT if len(seen) < count else ""


def summed(count: int, folder: Path) -> str:
    """Of so many right sizes of a card the last makes the wrong one, with what is right."""
    from moeaudit.checks import proof
    from moeaudit.claims.figures import parse_figure

    def size(number: int) -> Any:
        figure = parse_figure(f"{number}.0B")
        assert figure is not None
        return figure

    figure = size(700)
    sizes = [size(101 + number) for number in range(count - 1)] + [size(1)]
    right: Any = {one.low: SimpleNamespace(figure=one, path="a.b") for one in [size(699), *sizes[1:]]}
    claim: Any = SimpleNamespace(quote="")
    told = list(proof._slip(claim, figure, Fraction(700_040_000_000), right))
    return "" if any("699.0B + 1.0B" in one for one in told) else CUT


# What is found and written


@cache
def audited() -> Any:
    from moeaudit.audits.inspect import inspect
    from moeaudit.checks.audit import audit
    from moeaudit.checks.facts import Facts, statements
    from moeaudit.claims.card import read_card
    from moeaudit.claims.claim import Distribution

    inspection = inspect("Qwen/Qwen3-30B-A3B", offline=True)
    card = read_card(
        "# Qwen3-30B-A3B\n\nIt has 90B total parameters, 9B active, 7 layers and 5 experts.\n", "README.md"
    )
    facts = Facts(inspection, statements(card.claims, inspection, Distribution.DOWNLOADABLE), cards=(card,))
    return audit("Qwen/Qwen3-30B-A3B", ["README.md"], facts)


def findings(count: int, folder: Path) -> str:
    from moeaudit.checks import audit as room

    found = audited()
    with mock.patch.object(room, "run", lambda *given, **named: (found.findings[0],) * count):
        return said(lambda: room.audit("m", ["README.md"], found.facts))


def output(count: int, folder: Path) -> str:
    """The limit moves; in bytes, of which ü has two."""
    from moeaudit.cli.output import deliver

    with mock.patch("moeaudit.limits.OUTPUT_BYTES", Limit(8 + limits.OUTPUT_BYTES - count, "", "", "{}")) as small:
        found = said(lambda: deliver({"json": lambda: "üüüü"}, {"json": folder / "out"}))
    assert (folder / "out").exists() == (not found)
    return found.replace(f"{int(small):,}", limits.OUTPUT_BYTES.words())


def sarif(count: int, folder: Path) -> str:
    """The limit moves; the error is kept, wherever it stands."""
    from moeaudit.reports.sarif import document

    found = audited()
    mixed = replace(found, findings=tuple(reversed(found.findings)))
    most = len(mixed.findings)
    with moved("reports.sarif", "SARIF_RESULTS", most + limits.SARIF_RESULTS - count):
        results = document([mixed])["runs"][0]["results"]
    assert "error" in {one["level"] for one in results}
    return CUT if len(results) < most else ""


def view(room: str, name: str, measure: Callable[[str], int]) -> Edge:
    """The limit moves; what is measured is of the view that nothing holds back."""

    def edge(count: int, folder: Path) -> str:
        from importlib import import_module

        render = import_module(f"moeaudit.{room}").render
        with moved(room, name, 10**9):
            whole = render([audited()])
        with moved(room, name, measure(whole) + limits.every()[name] - count):
            return "" if render([audited()]) == whole else CUT

    return edge


def longest_sentence(view: str) -> int:
    """Of the data of GitHub's commands, as it is before it is escaped."""
    data = (line.partition("::")[2].split("::", 1)[-1] for line in view.splitlines())
    return max(len(piece.replace("%25", "%")) for text in data for piece in text.split("%0A"))


def value_letters(count: int, folder: Path) -> str:
    from moeaudit.reports.writers.escape import legible

    return CUT if legible("x" * count).endswith("… (1 more characters)") else ""


def address(count: int, folder: Path) -> str:
    from moeaudit.reports.writers.escape import web_address

    return "" if web_address("https://x/" + "a" * (count - 10)) else CUT


def catalogue_rows(count: int, folder: Path) -> str:
    from moeaudit.checks.differences import CatalogueAudit
    from moeaudit.claims.catalogues import Unread
    from moeaudit.errors import Place
    from moeaudit.reports.catalogue_result import CatalogueResult
    from moeaudit.reports.document.blocks import Items
    from moeaudit.reports.sections.records_left import section
    from moeaudit.reports.writers.templates import Templates

    found = CatalogueAudit(1, 0, (), (), (Unread(Place("a.json"), "why"),) * count)
    blocks = list(section(CatalogueResult(found, everything=True), Templates().words))
    return CUT if sum(len(block.items) for block in blocks if isinstance(block, Items)) < count else ""


def comment_letters(count: int, folder: Path) -> str:
    """The limit moves; what is measured is the comment that nothing holds back."""
    from moeaudit.reports.check_views import views

    with moved("reports.comment", "COMMENT_LETTERS", 10**9):
        whole = str(views([audited()])["markdown"]())
    with moved("reports.comment", "COMMENT_LETTERS", len(whole) + limits.COMMENT_LETTERS - count):
        return "" if views([audited()])["markdown"]() == whole else CUT


def page_findings(count: int, folder: Path) -> str:
    from moeaudit.reports.check_views import views

    found = audited()
    with moved("reports.check_views", "PAGE_FINDINGS", len(found.findings) + limits.PAGE_FINDINGS - count):
        return CUT if "more finding is left out here" in str(views([found])["html"]()) else ""


def openrouter(folder: Path, records: int, prose: str) -> str:
    """What is unread of a list that names one model so many times, each time with other prose."""
    import json

    from moeaudit.audits.catalogue import audit_catalogue
    from moeaudit.audits.settings import read_settings

    made = [
        {
            "id": f"a/{number}",
            "hugging_face_id": "deepseek-ai/DeepSeek-V3",
            "context_length": 9,
            "description": f"{number}{prose}",
        }
        for number in range(records)
    ]
    (folder / "models.json").write_text(json.dumps({"data": made}))
    found = audit_catalogue([folder / "models.json"], [], read_settings(folder).rules)
    return " ".join(one.reason for one in found.unread)


def catalogue_judged(count: int, folder: Path) -> str:
    with moved("audits.catalogue", "CATALOGUE_JUDGED", 4 + limits.CATALOGUE_JUDGED - count) as small:
        found = openrouter(folder, 4, "")
        return found.replace(small.words(), limits.CATALOGUE_JUDGED.words())


def catalogue_prose(count: int, folder: Path) -> str:
    with moved("audits.catalogue", "CATALOGUE_PROSE", 400 + limits.CATALOGUE_PROSE - count) as small:
        found = openrouter(folder, 4, "a" * 99)
        return found.replace(small.words(), limits.CATALOGUE_PROSE.words())


# Templates


def template(count: int, folder: Path) -> str:
    from moeaudit.reports.writers.templates import Templates

    (folder / "page.md.jinja").write_bytes(b"x" * count)
    return said(lambda: Templates(folder).text("page.md.jinja"))


def templates(count: int, folder: Path) -> str:
    from moeaudit.reports.writers.templates import Templates

    for number in range(count):
        (folder / f"{number}.jinja").touch()
    return said(lambda: list(Templates(folder).sources()))


def bounds() -> dict[int, int]:
    """What the process that renders asks the system for."""
    import resource

    from moeaudit.reports.writers.apart_inside import bound

    asked: dict[int, int] = {}
    with (
        mock.patch.object(resource, "setrlimit", lambda kind, pair: asked.update({kind: pair[0]})),
        mock.patch.object(resource, "getrusage", lambda who: (0.5, 0.4)),
    ):
        bound()
    return asked


def rendered(data: bytes, code: int = 0) -> str:
    from moeaudit.reports.writers import apart

    job = apart.Jinja({}, "markdown", "page.md.jinja", {})
    with mock.patch.object(apart, "_run", lambda job: (data[: apart.ANSWER + 1], code)):
        return said(lambda: apart.rendered_apart(job, Path("own")))


def template_seconds(count: int, folder: Path) -> str:
    """Beside what was spent before, and the second that is begun."""
    import resource
    import signal

    return rendered(b"", -signal.SIGXCPU) if count > bounds()[resource.RLIMIT_CPU] - 1 else ""


def template_memory(count: int, folder: Path) -> str:
    import resource

    nothing = b'-{"message": "", "name": "", "line": null}'
    return rendered(nothing) if count > bounds()[resource.RLIMIT_AS] else ""


def rendered_bytes(count: int, folder: Path) -> str:
    return rendered(b"+" + b"x" * count)


def pdf_rows(count: int, folder: Path) -> str:
    """A table, facts, a list, notes in a row, and the lines of one note and of its sides alike."""
    from moeaudit.reports.document.blocks import Column, Facts, Items, Note, Pane, Table
    from moeaudit.reports.document.document import Document, Section
    from moeaudit.reports.document.runs import runs
    from moeaudit.reports.writers.bounded import bounded
    from moeaudit.reports.writers.templates import Templates

    x = runs("x")
    blocks = (
        (Table((Column(x),), ((x,),) * count),), (Facts(((x, x),) * count),), (Items((x,) * count),),
        (Note("", x, ()),) * count, (Note("", x, (x,) * count),), (Note("", x, (), (Pane(x, (x,) * count),)),),
    )  # fmt: skip
    made = [Document("", "", "", (), (Section("", x, each),), "") for each in blocks]
    kept = [bounded(one, Templates().words) == one for one in made]
    assert len(set(kept)) == 1
    return "" if all(kept) else CUT


def edges() -> dict[str, Edge]:
    return {
        "MODULE_LETTERS": refused(module_letters),
        "OPEN_ENDS": refused(lambda count: "re:" + "a.*" * count),
        "GROUP_SIZE": group_size,
        "READINGS": readings,
        "CLASSES": classes,
        "SECTIONS_DEEP": sections,
        "DEFAULTS_TRIED": defaults,
        "LISTS_BY_LAYER": lists,
        "UNLIKE_LAYERS": unlike,
        "CODEBOOKS": codebooks,
        "LOOKUPS": lookups,
        "CARD_PARAGRAPH": pieces(lambda count: "x\n" * count),
        "CARD_SENTENCE": sentence,
        "CARD_LEAD": lead,
        "CARD_CODE": code(lambda count: "\n".join("x" * count), len),
        "CARD_CODE_LINE": code(lambda count: "x" * count, lambda rows: len(rows[0][0].value)),
        "LANGUAGE_LETTERS": language,
        "COMPARED_FIGURES": compared,
        "SUMMED": summed,
        "FINDINGS": findings,
        "OUTPUT_BYTES": output,
        "SARIF_RESULTS": sarif,
        "PDF_ROWS": pdf_rows,
        "COMMENT_LETTERS": comment_letters,
        "PAGE_FINDINGS": page_findings,
        "ANNOTATION_LETTERS": view("reports.github", "ANNOTATION_LETTERS", longest_sentence),
        "VALUE_LETTERS": value_letters,
        "ADDRESS_LETTERS": address,
        "CATALOGUE_ROWS": catalogue_rows,
        "CATALOGUE_JUDGED": catalogue_judged,
        "CATALOGUE_PROSE": catalogue_prose,
        "TEMPLATE_BYTES": template,
        "TEMPLATE_FILES": templates,
        "TEMPLATE_SECONDS": template_seconds,
        "TEMPLATE_MEMORY": template_memory,
        "RENDERED_BYTES": rendered_bytes,
    }
