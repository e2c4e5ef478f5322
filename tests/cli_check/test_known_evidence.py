"""Models whose evidence is at hand for a catalogue: by the names of files and folders in a folder that is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.audits.catalogue import _known
from moeaudit.errors import UsageError


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("org--Model.evidence.json", "org/model"),
        ("org--a--b.evidence.json", "org/a--b"),
        ("org--Model/config.json", "org/model"),
        ("org/Model/config.json", "org/model"),
        ("org/a--b/config.json", None),
        ("Model.evidence.json", None),
        ("Model/config.json", None),
        ("a/b/c/config.json", None),
        ("org--Model/params.json", None),
    ],
)
def test_what_a_file_is_the_evidence_of(path: str, name: str | None, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}")
    new = {key: value for key, value in _known([tmp_path]).items() if value.startswith(str(tmp_path))}
    opened = str(file if path.endswith(".evidence.json") else file.parent)
    assert new == ({name: opened} if name is not None else {})


def test_a_folder_goes_before_what_ships_and_a_later_one_before_an_earlier(tmp_path: Path) -> None:
    shipped = next(iter(_known([])))
    for at in ("one", "two"):
        (tmp_path / at).mkdir()
        (tmp_path / at / f"{shipped.replace('/', '--')}.evidence.json").write_text("{}")
    known = _known([tmp_path / "one", tmp_path / "two"])
    assert known[shipped].startswith(str(tmp_path / "two"))
    assert not _known([])[shipped].startswith(str(tmp_path))


def test_evidence_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        _known([tmp_path / "absent"])
