"""Which claim file of a folder a card goes with."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.audits.subjects import grouped

MODELS = {"m": "mistralai/Mixtral-8x7B-v0.1", "model": "deepseek-ai/DeepSeek-R1", "new": "deepseek-ai/DeepSeek-R1-0528"}


def folder(tmp_path: Path, *files: str) -> list[Path]:
    for name in files:
        text = f"schema: moeaudit/claims/v1\nmodel: {{id: {MODELS[name]}}}\n"
        (tmp_path / f"{name}.claims.yaml").write_text(text, encoding="utf-8")
    return [tmp_path / f"{name}.claims.yaml" for name in files]


def goes_with(tmp_path: Path, text: str, *files: str, name: str = "README.md") -> list[str]:
    """The claim files of the subject that the card is in."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    subjects, failed = grouped([*folder(tmp_path, *files), tmp_path / name], together=False)
    assert not failed
    (mine,) = [one for one in subjects if one.cards]
    return [Path(one.file).name.partition(".")[0] for one in mine.claims]


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("# DeepSeek-R1\n671B parameters", ["model"]),
        ("---\nbase_model: deepseek-ai/DeepSeek-R1\n---\n# A copy", ["model"]),
        ("# DeepSeek R1 0528", ["new"]),  # R1 is only the beginning of its name
        ("# Mixtral 8x7B v0.1", ["m"]),
        ("# DeepSeek-R1 against Mixtral-8x7B-v0.1", []),  # two are named: neither
        ("# Something else", []),
        (f"# Something else\n{'x' * 4000}\nDeepSeek-R1", []),  # far below it may be anybody
    ],
)
def test_the_one_whose_model_it_names(tmp_path: Path, text: str, head: list[str]) -> None:
    assert goes_with(tmp_path, text, "m", "model", "new") == head


def test_the_only_one_whatever_it_says(tmp_path: Path) -> None:
    assert goes_with(tmp_path, "# Something else", "m") == ["m"]


def test_one_that_is_called_alike(tmp_path: Path) -> None:
    assert goes_with(tmp_path, "# DeepSeek-R1", "m", "model", name="m.md") == ["m"]
