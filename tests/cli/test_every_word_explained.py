"""Every word that any view prints has an answer of its own: from enums, registries, the words of the templates in every
language, and the documents behind the views of every command."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path

import pytest

import moeaudit
from moeaudit.cli.explain import commands
from moeaudit.data import data_folder, parsed
from moeaudit.errors import UsageError
from moeaudit.reports.document import reports
from moeaudit.reports.document.document import Section
from moeaudit.reports.explain import by_word, explanation, forms, leaves, topics
from moeaudit.reports.topics.pages import glossary
from tests.cli.printed import LONGEST, OWN, words_of
from tests.cli.samples import CommandLine
from tests.views.first_screens import model

ROOT = Path(__file__).parents[2]
CLAIMS = ROOT / "fixtures" / "claims"


@cache
def known() -> Mapping[str, object]:
    return by_word(commands())


def unanswered(words: Iterator[str]) -> list[str]:
    """Those that `explain` would have to guess at."""
    return sorted({word for word in words if not any(form in known() for form in forms(word))})


# enums


INTERNAL = {
    "moeaudit.architecture.weights.Sharding": "how a block is divided; views say what comes of it",
    "moeaudit.checks.rule.Persona": "ranks; their names are those of PersonaName",
    "moeaudit.claims.card.reasons.Reason": "sentences that a person reads as they are",
    "moeaudit.claims.card.shape.Shape": "a step in reading a card",
    "moeaudit.claims.card.subject.Relation": "a step in reading a card",
    "moeaudit.claims.card.whose.tells.Where": "a step in reading a card",
    "moeaudit.cli.cache.Do": "a command's own words, with its help",
    "moeaudit.cli.packet.Paper": "an option's own words, with its help",
    "moeaudit.cli.packet.Tongue": "an option's own words, with its help",
    "moeaudit.costs.engines.tokens.Style": "whose rules a command line is read by; no view names them",
    "moeaudit.costs.pools.kinds.Keeps": "a column of data; sentences say it",
    "moeaudit.costs.engines.splits.Does": "a column of data; reasons say it in sentences",
    "moeaudit.errors.Exit": 'numbers; `explain "exit code"` has them all',
    "moeaudit.ledger.names.Role": "which of two matrices; no view names it",
    "moeaudit.ledger.pairs.How": "rules say it",
    "moeaudit.reports.document.blocks.Tone": "a look",
    "moeaudit.reports.document.runs.Form": "a look",
    "moeaudit.reports.pictures.tones.Pattern": "a look",
}
"""Enums of which no view prints the members, each with why."""


def enums() -> Iterator[type[Enum]]:
    """Every enum of the package, room by room."""
    found: dict[str, type[Enum]] = {}
    for module in pkgutil.walk_packages(moeaudit.__path__, "moeaudit."):
        if module.name.rpartition(".")[2] in ("__main__", "apart_inside", "second_inside"):
            continue  # programs of their own
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and issubclass(one, Enum) and one.__module__.startswith("moeaudit"):
                found[f"{one.__module__}.{one.__qualname__}"] = one
    yield from found.values()


def test_every_member_of_every_enum_that_views_print() -> None:
    every = {f"{one.__module__}.{one.__qualname__}": one for one in enums()}
    assert len(every) > 40 and set(INTERNAL) <= set(every)
    words = {
        name: unanswered(str(member.value) for member in one) for name, one in every.items() if name not in INTERNAL
    }
    assert {name: lacking for name, lacking in words.items() if lacking} == {}


# registries


def registries() -> Iterator[tuple[str, Iterator[str]]]:
    from moeaudit.architecture.catalogue import TYPES
    from moeaudit.checks.registry import RULES
    from moeaudit.checks.retired import RETIRED
    from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS, ITEMS
    from moeaudit.cli import checking
    from moeaudit.cli.output import ENDINGS
    from moeaudit.costs.devices import catalogue
    from moeaudit.costs.engines.read import ALIASES, names
    from moeaudit.evidence.dtypes import ENCODINGS
    from moeaudit.evidence.recorded import recorded_ids
    from moeaudit.ledger.denominators import DENOMINATORS
    from moeaudit.ledger.packing.methods import METHODS
    from moeaudit.ledger.packing.schemes import SCHEMES
    from moeaudit.reports.packet.formats import FORMATS
    from moeaudit.reports.schemas import SCHEMAS
    from moeaudit.reports.sections import SECTIONS

    yield "denominators", iter(DENOMINATORS)
    yield "rules, retired ones among them", iter((*RULES, *RETIRED))
    yield "checklist", (item.id for item in ITEMS)
    yield "keys of claim files", (name.rpartition(".")[2] for name in (*FIELDS, *DEPLOYMENT_ITEMS, *EVALUATION_ITEMS))
    yield "devices", (name for one in catalogue() for name in (one.name, *one.aliases))
    yield "engines", iter((*names(), *ALIASES))
    yield "types of elements", iter(ENCODINGS)
    yield "methods of storage", iter(METHODS)
    yield "schemes of storage", (scheme.title for scheme in SCHEMES)
    yield "model types", (row.name for row in TYPES)
    yield "models that ship", iter(recorded_ids())
    yield "formats", iter((*FORMATS, *checking.FORMATS, *ENDINGS))
    yield "schemas", iter(SCHEMAS)
    yield "sections", iter(SECTIONS)
    yield "presets of a packet", iter(parsed((ROOT / "templates/reports.yaml").read_text())["packet"])
    yield "commands and options", (topic.name for topic in commands())


@pytest.mark.parametrize(("what", "words"), list(registries()), ids=lambda one: one if isinstance(one, str) else "")
def test_every_name_of_every_registry(what: str, words: Iterator[str]) -> None:
    assert unanswered(words) == []


# words of the templates


SENTENCES = (
    "document.subtitle", "document.yes_word", "document.no_word", "document.unnamed", "judgement.either",
    "denominators.absent", "findings.places", "check.models", "check.severities", "check.statuses",
    "catalogue.records",
    "between", "estimate.deciding", "answer.not_counted",
    "estimates.as_most", "estimate.work", "estimate.layouts.fits", "estimate.layouts.does-not-fit",
    "inspection.unseen", "answer.next", "answer.told", "answer.and", "answer.or", "answer.no_byte", "converted.all",
    "converted.equal", "pictures.layers.mixers.none", "pictures.layers.ffns.none", "pictures.memory.title",
)  # fmt: skip
"""Paths, and beginnings of such, of short texts that are no terms: joints of a sentence, or a whole of their own."""


def terms(language: str) -> Iterator[str]:
    """Short texts of a language that stand for themselves: labels, heads, titles."""
    texts = dict(leaves(parsed(data_folder("templates").joinpath(f"strings.{language}.yaml").read_text("utf-8"))))
    english = dict(leaves(parsed(data_folder("templates").joinpath("strings.en.yaml").read_text("utf-8"))))
    for path, text in english.items():
        dotted = ".".join(path)
        short = text and "{" not in text and len(text.split()) <= LONGEST and not text.endswith((".", ":"))
        if short and not any(dotted == one or dotted.startswith(f"{one}.") for one in SENTENCES):
            yield texts[path]


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_term_of_the_templates(language: str) -> None:
    assert len(list(terms(language))) > 200
    assert unanswered(terms(language)) == []


# documents


LINES = (
    "inspect deepseek-ai/DeepSeek-V3 --offline --all",
    "inspect openai/gpt-oss-20b --offline --all",
    "inspect LONGCAT --offline --all",
    "inspect moonshotai/Kimi-K2-Instruct --offline",
    "estimate mistralai/Mixtral-8x7B-v0.1 --offline --gpus 2xH100 --all --price 2USD --training-tokens 1T",
    "estimate mistralai/Mixtral-8x7B-v0.1 --offline --gpus 1xRTX-4090 --all",
    "estimate deepseek-ai/DeepSeek-V3 --offline --gpus 8xH100 --explain",
    "check CLAIMS/deepseek-v3.claims.yaml --offline --all",
    "check CLAIMS/gpt-4.claims.yaml CLAIMS/kimi-k2-instruct.claims.yaml --offline",
    "packet CLAIMS/deepseek-v3.claims.yaml --offline --gpus 8xH200",
    "packet CLAIMS/mixtral-8x7b-v0.1.claims.yaml --offline --gpus 2xH100 --preset regulator",
    "packet CLAIMS/gpt-4.claims.yaml --offline",
)


SUBJECTS = {"GPT-4"}
"""Models that are called by a product's name."""


@pytest.mark.parametrize("line", LINES)
def test_every_word_of_every_document(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    made: list[Section] = []
    inside = reports._sections

    def seen(*given: object) -> Iterator[Section]:
        for section in inside(*given):  # type: ignore[arg-type]
            made.append(section)
            yield section

    monkeypatch.setattr(reports, "_sections", seen)
    longcat = model("longcat", Path.cwd()) if "LONGCAT" in line else ""
    run = cli(*line.replace("CLAIMS", str(CLAIMS)).replace("LONGCAT", longcat).split())
    assert run.code in (0, 1) and made, run.err
    words = [word for section in made for word in words_of(section)]
    assert len(words) > 10
    assert unanswered(word for word in words if OWN.fullmatch(word) is None and word not in SUBJECTS) == []


# answers


def test_an_answer_says_more_than_the_word() -> None:
    thin = [topic.name for topic in topics(commands()) if len(str(topic).split("\n", 1)[1].split()) < 3]
    assert thin == []


def test_the_glossary_says_what_a_word_is_and_what_it_changes() -> None:
    found = list(glossary())
    assert len({(topic.name, topic.kind) for topic in found}) == len(found)
    for topic in found:
        changes = dict(topic.lines)["changes"]
        first = topic.sentence[0]
        assert topic.sentence.endswith((".", ")")) and (first.isupper() or first.isdigit()), topic.name
        assert not changes or changes.endswith("."), topic.name
        assert changes or topic.kind == "unit", topic.name


@pytest.mark.parametrize("word", ["frobnicate", "xyzzy", "qqq", "routting", "--ofline"])
def test_what_nobody_prints_is_no_word(word: str) -> None:
    assert unanswered(iter([word])) == [word]
    with pytest.raises(UsageError, match="nothing is named"):
        explanation(word, commands())


@pytest.mark.parametrize(
    ("word", "near"),
    [("routting", "Did you mean routing?"), ("--ofline", "Did you mean --offline?"), ("xyzzy", "lists them all")],
)
def test_a_guess_is_near_or_none(word: str, near: str) -> None:
    with pytest.raises(UsageError) as raised:
        explanation(word, commands())
    assert near in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("TP 8", "TP (layout)"),
        ("8xH200", "H200-SXM (GPU)"),
        ("Routed Experts", "routed_experts (component)"),
        ("not disclosed", "not-disclosed (verdict)"),
        ("MoE-Schichten", "MoE layer (architecture)"),
        ("prediction modules", "prediction module (architecture)"),
        ("weights-second-copy", "weights-second-copy (retired rule)"),
    ],
)
def test_other_forms_of_a_word(asked: str, told: str) -> None:
    assert explanation(asked).startswith(told)


def test_all_meanings_are_told() -> None:
    assert [text.splitlines()[0] for text in explanation("card").split("\n\n")] == [
        "card (witness)",
        "card (what rules look at)",
        "card text (where a claim stands)",
    ]
