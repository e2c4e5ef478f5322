"""One of something is no plural: in whatever a view or a rule was approved to say, and in the two places that count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moeaudit.reports.document.fill import filled
from moeaudit.reports.document.runs import Number, Plain
from moeaudit.reports.writers.templates import Templates
from moeaudit.text import several

ROOT = Path(__file__).parents[1]
NOUNS = [
    "tensor", "parameter", "layer", "expert", "shard", "file", "item", "statement", "question", "name", "claim", "row",
    "finding", "request", "node", "element", "head", "folder", "module", "template", "device", "token", "layout",
    "note", "warning", "error", "figure", "byte", "part", "record", "model",
]  # fmt: skip
ONE = re.compile(rf"(?<![\w.,×/:=+–-])(?<!\d )1 (?:more |of the )?(?:{'|'.join(NOUNS)})s\b")
"""`1 tensors`; not what another number ends with, as a share or a product."""

SAID = sorted(
    path
    for folder, endings in (("views/expected", (".txt", ".md")), ("checks/words", (".yaml",)))
    for path in (ROOT / folder).rglob("*")
    if path.suffix in endings
)


def test_the_approved_texts_are_many() -> None:
    assert len(SAID) > 200


@pytest.mark.parametrize("path", SAID, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_one_is_no_plural(path: Path) -> None:
    text = re.sub(r"\s+", " ", path.read_text("utf-8"))
    assert [text[max(0, one.start() - 30) : one.end() + 20] for one in ONE.finditer(text)] == []


def test_the_pattern_finds_one() -> None:
    assert ONE.search("and 1 tensors are") and not ONE.search("of 31 tensors, 2.1 tokens, 1 tensor")


def test_so_many_of_them() -> None:
    assert [several(n, "tensor") for n in (0, 1, 2, 1024)] == ["0 tensors", "1 tensor", "2 tensors", "1,024 tensors"]
    assert (
        several(1, "entry is", "entries are") == "1 entry is"
        and several(3, "entry is", "entries are")[2:] == "entries are"
    )


def test_words_for_one_and_for_more() -> None:
    text = "{n} {n?tensor is|tensors are} missing"
    assert filled(text, n=1) == "1 tensor is missing" and filled(text, n="12") == "12 tensors are missing"
    with pytest.raises(ValueError, match="nothing to fill"):
        filled("{m?a|b}", n=1)


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "1 question to the vendor", "2 questions to the vendor"),
        ("de", "1 Frage an den Anbieter", "2 Fragen an den Anbieter"),
    ],
)
def test_either_language_counts(language: str, one: str, two: str) -> None:
    w = Templates(language=language).words

    def said(count: int | str | Number) -> str:
        found = w("judgement.questions", count=count)
        return "".join(run.text if isinstance(run, Plain) else str(run.value) for run in found)  # type: ignore[union-attr]

    assert said(1) == said(Number(1)) == said("1") == one and said(2) == said(Number(2)) == two
