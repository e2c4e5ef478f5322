"""The page on Python runs as it stands, block after block; and the package loads nothing before it is used."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from datetime import date, datetime
from pathlib import Path

import pytest

import moeaudit
from tests.cli.samples import CONFIG, folder

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")


def test_the_page_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 5
    with chdir(ROOT):
        exec(compile("\n".join(blocks), "docs/api.md", "exec"), {})


def test_every_function_is_on_the_page_and_documented() -> None:
    names = set(moeaudit.__all__) - {"__version__", "AuditError"}
    assert names == set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) - {"Errors"}
    assert all(getattr(moeaudit, name).__doc__ for name in names)


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    code = "import sys, moeaudit; print([name for name in sys.modules if name.startswith('moeaudit.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        moeaudit.nothing  # noqa: B018


MIXTRAL = "mistralai/Mixtral-8x7B-v0.1"


def test_one_path_is_one_path() -> None:
    """A text is no list of its letters: `.` among them would be the whole folder."""
    with chdir(ROOT):
        one = moeaudit.check("examples/CARD.md", model=MIXTRAL, offline=True)
        assert [audit.files for audit in one.audits] == [("examples/CARD.md",)]
        same = moeaudit.check([Path("examples/CARD.md")], model=MIXTRAL, offline=True)
        assert [audit.files for audit in same.audits] == [("examples/CARD.md",)]


def test_no_paths_are_what_lies_in_the_folder_and_an_empty_list_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.claims.yaml").write_text(
        "schema: moeaudit/claims/v1\nmodel: {id: acme/hosted, distribution: hosted}\n"
    )
    (audit,) = moeaudit.check(folder=tmp_path, offline=True).audits
    assert [Path(file).name for file in audit.files] == ["a.claims.yaml"]
    with pytest.raises(moeaudit.AuditError, match="no paths are given"):
        moeaudit.check([])


def test_models_may_be_paths(tmp_path: Path) -> None:
    made = folder(tmp_path / "model", CONFIG)
    assert moeaudit.inspect(made).denominators["total.full"] == moeaudit.inspect(str(made)).denominators["total.full"]
    assert moeaudit.open_evidence(made).config is not None
    assert moeaudit.estimate(made, gpus="1xH100").verdict == "fits"


def test_days(tmp_path: Path) -> None:
    with chdir(ROOT):
        for day in (date(2026, 11, 30), datetime(2026, 11, 30, 12), "2026-11-30"):
            made = moeaudit.packet("examples/mixtral.claims.yaml", date=day, offline=True)
            assert made.appendix.date == "2026-11-30"
        with pytest.raises(moeaudit.AuditError, match="'tomorrow' is no date"):
            moeaudit.packet("examples/mixtral.claims.yaml", date="tomorrow", offline=True)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: moeaudit.inspect(None), "model is a text or a path, not NoneType"),
        (lambda: moeaudit.inspect(5), "model is a text or a path, not int"),
        (lambda: moeaudit.inspect(MIXTRAL, revision=7, offline=True), "revision is a text or a path, not int"),
        (lambda: moeaudit.check([5]), "each of paths is a text or a path, not int"),
        (lambda: moeaudit.estimate(MIXTRAL, gpus=8, offline=True), "gpus is a text or a path, not int"),
        (lambda: moeaudit.estimate(MIXTRAL, gpus="8xH200", context="many"), "context is a whole number, not str"),
    ],
)  # fmt: skip
def test_what_is_of_another_type_is_said(call: Callable[[], object], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        call()


def test_depths_are_named() -> None:
    with pytest.raises(moeaudit.AuditError, match=r"'deep' is not known\. There are: config, index, headers") as caught:
        moeaudit.inspect(MIXTRAL, depth="deep", offline=True)
    assert caught.value.exit_code == 2
