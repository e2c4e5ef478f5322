"""The first screen of `inspect`: it fits 80 × 24, and answers. Each as it was looked at and approved; what is said of
the well-known ones is held against their published figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.reports.writers.wrapping import cells
from tests.approved import approved
from tests.cli.samples import CommandLine
from tests.cli.test_inspect import FIXTURES, SPECS
from tests.views.first_screens import SCREENS, model

HERE = Path(__file__).parent / "expected" / "first"
ROWS, COLUMNS = 23, 80
"""A terminal of 24 rows shows the prompt below."""


def fits(text: str, columns: int = COLUMNS, rows: int = ROWS) -> None:
    lines = text.splitlines()
    assert len(lines) <= rows, f"{len(lines)} lines"
    assert [line for line in lines if cells(line) > columns or line != line.rstrip()] == []


@pytest.mark.parametrize("name", SCREENS)
def test_first_screen(cli: CommandLine, name: str) -> None:
    run = cli("inspect", model(name, Path.cwd()), "--offline")
    fits(run.out)
    approved(HERE / f"{name}.txt", f"exit {run.code}\n{run.out}\n{run.err}")


@pytest.mark.parametrize("name", [*FIXTURES, *SPECS])
def test_every_recorded_model_fits(cli: CommandLine, name: str) -> None:
    fits(cli("inspect", name, "--offline").out)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        # The model cards: 671B with 37B activated; the index of the repo: 688,574,839,360 bytes.
        ("deepseek-v3", ["671.03B parameters", "37.55B", "36.63B without the input embedding", "689 GB"]),
        # OpenAI's card: 21B with 3.6B active; the repo's index: 13,761,264,768 bytes.
        ("gpt-oss-20b", ["20.91B parameters", "3.61B without the input", "13.8 GB", "“20b” total (name) is right"]),
        # Mistral's page: 46.7B, 12.9B per token; 93.4 GB by the repo's index.
        ("mixtral", ["46.70B parameters", "12.88B", "93.4 GB", "8 experts, a token uses 2"]),
        # Moonshot's card: 1T with 32B activated, 384 experts of which 8; 1,029,173,256,720 bytes of headers.
        ("kimi-k2", ["1.03T parameters", "32.86B", "1.03 TB", "384 experts, a token uses 8, and 1 shared"]),
        # The report of LongCat-Flash: 560B, 18.6B to 31.3B per token, 27B on average, which are active.head.
        ("longcat", ["560.66B parameters", "18.69B to 31.38B, typically 27.15B (active.head)"]),
        # Llama 3.1 8B's page: 8.03B, 16.1 GB.
        ("dense", ["A dense model", "8.03B parameters", "16.1 GB"]),
    ],
)  # fmt: skip
def test_it_says_what_is_published(cli: CommandLine, name: str, said: list[str]) -> None:
    text = " ".join(cli("inspect", model(name, Path.cwd()), "--offline").out.split())
    assert [one for one in said if one not in text] == []


def test_what_it_says_of_the_rest(cli: CommandLine) -> None:
    """Not settled is not wrong: no first screen accuses where nothing is proved, and each says what is not known."""
    said = {
        "unknown-family": ["Its family is not known.", "which is a guess"],
        "unknown-names": ["whether it is sparse is not known"],
        "card-contradicted": [
            "Its card says otherwise: “45B” total is wrong.",
            "“12.9B” active (card) is right: 12.88B (active.full) rounded",
        ],
        "format-unsettled": ["newest (not understood)"],
        "kimi-k2.7-format-unsettled": ["How it stores its weights is not known", "how many bytes is not known"],
        "witnesses-disagree": ["Its files contradict each other: 1 tensor is missing, 0 are unexpected"],
        "gpt-oss-120b": [
            "“120b” total (name) is right: 116.83B (total.full), 116.25B (total.head), 115.67B (total.body) rounded"
        ],
        "pipeline": ["No router chooses experts", "take turns by noise step"],
        "weights-alone": ["There is no config."],
    }
    for name, words in said.items():
        text = " ".join(cli("inspect", model(name, Path.cwd()), "--offline").out.split())
        assert [one for one in words if one not in text] == [], name
        if name not in ("card-contradicted", "witnesses-disagree"):
            assert "error" not in text and "contradicted" not in text, name


@pytest.mark.parametrize("columns", [40, 60, 100, 120, 200])
@pytest.mark.parametrize("everything", [False, True], ids=["first", "all"])
def test_other_widths(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, columns: int, *, everything: bool) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in ("deepseek-v3", "longcat", "card-contradicted", "witnesses-disagree", "gguf", "pipeline"):
        where = Path.cwd() / str(columns)
        where.mkdir(exist_ok=True)
        asked = model(name, where)
        path = where / asked if (where / asked).exists() else asked
        fits(cli("inspect", path, "--offline", *["--all"] * everything).out, columns, 10_000)


def test_exit_codes(cli: CommandLine) -> None:
    """A dense model gives its counts and 0; what card and weights contradict, 1."""
    codes = {"dense": 0, "pipeline": 0, "unknown-names": 0, "gguf": 0, "card-contradicted": 1, "witnesses-disagree": 1}
    for name, code in codes.items():
        assert cli("inspect", model(name, Path.cwd()), "--offline").code == code, name
