"""A page.typ of one's own: no package, no other file, bounds, and its errors as one line with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.errors import UsageError
from moeaudit.reports.writers.templates import Templates
from tests.packet.pages import pdf as render_pdf
from tests.packet_pictures.samples import sample

SECRET = "PLANTED"
HEAD = '#set document(title: "x", date: datetime(year: 1980, month: 1, day: 1))\n#set text(lang: "en")\n'


def said(folder: Path, source: str) -> str:
    (folder / "page.typ").write_text(HEAD + source, "utf-8")
    with pytest.raises(UsageError) as failure:
        render_pdf(sample("gpt-4"), templates=Templates(folder))
    line = str(failure.value)
    assert len(line) <= 300 and line.isprintable() and SECRET not in line
    return line


@pytest.mark.parametrize(
    "source",
    [
        '#import "@preview/cetz:0.3.1"',
        '#import "@preview/" + "cetz:0.3.1"',
        '#include "@preview/cetz:0.3.1"',
        '#import "@local/mine:0.1.0"',
        '#import "@other/mine:0.1.0"',
    ],
)
@pytest.mark.parametrize("offline", ["", "1"])
def test_no_package_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, offline: str) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    assert "page.typ:3: the template cannot be used: Packages are not loaded" in said(tmp_path, source)


@pytest.mark.parametrize(
    "source",
    [
        '#read("secret.txt")',
        '#read("/secret.txt")',
        '#read("/etc/hostname")',
        '#read("../../../../../../etc/hostname")',
        '#import "secret.typ": *',
        '#include "secret.typ"',
        '#image("secret.svg")',
        '#json("secret.json")',
        '#csv("secret.txt")',
        '#bibliography("secret.bib")',
        '#plugin("secret.wasm")',
        '#read("strings.en.yaml")',
        '#read("page.html.jinja")',
    ],
)
def test_no_other_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Neither of the working directory, nor of its own folder, nor of ours."""
    (tmp_path / "own").mkdir()
    for folder in (tmp_path, tmp_path / "own"):
        for suffix in ("txt", "typ", "svg", "json", "bib", "wasm"):
            (folder / f"secret.{suffix}").write_text(SECRET)
    monkeypatch.chdir(tmp_path)
    assert "page.typ:3: the template cannot be used: page.typ reads no other file" in said(tmp_path / "own", source)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("#{ let i = 0; while true { i = i + 1 } }", "page.typ:3: the template cannot be used: condition is always"),
        ("#{ for i in range(1000000000) { [a] } }", "takes more memory than the limit of 360,000,000 bytes"),
        ("#{ let f(n) = f(n + 1) + f(n + 1); f(0) }", "maximum function call depth exceeded"),
        ('#("a" * 10000000000)', "takes more memory than the limit of 360,000,000 bytes"),
        ('#{ let s = "a"; for i in range(60) { s = s + s }; s }', "takes more memory than the limit"),
        ("#let x = (", "page.typ:3: the template cannot be used: unclosed delimiter"),
        ("#(1 / 0)", "page.typ:3: the template cannot be used: cannot divide by zero"),
        ('#panic("a\\u{202e}b\\u{1b}[31m")', "page.typ:3: the template cannot be used: panicked"),
        ("#sys.inputs.nothing", "page.typ:3: the template cannot be used"),
    ],
)
def test_what_is_wrong_or_too_much_is_one_line(tmp_path: Path, source: str, what: str) -> None:
    assert what in said(tmp_path, source)


def test_a_template_within_its_bounds_makes_the_pdf(tmp_path: Path) -> None:
    shipped = Templates().text("page.typ")
    (tmp_path / "page.typ").write_text(shipped, "utf-8")
    assert render_pdf(sample("gpt-4"), templates=Templates(tmp_path)) == render_pdf(sample("gpt-4"))
