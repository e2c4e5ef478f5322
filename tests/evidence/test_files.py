import os
from pathlib import Path

import pytest

from moeaudit.errors import NoEvidence, UsageError
from moeaudit.evidence.files import read_whole
from moeaudit.evidence.outputs import write_whole


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.json"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UsageError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write here: No such file or directory"):
        write_whole(tmp_path / "missing" / "out.json", b"")


def test_not_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(UsageError, match="not a regular file"):
            read_whole(path, 10)


def test_too_large_and_missing(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(11))
    with pytest.raises(UsageError, match="11 bytes, more than the limit of 10"):
        read_whole(tmp_path / "big", 10)
    with pytest.raises(NoEvidence, match="no such file"):
        read_whole(tmp_path / "none", 10)


def test_what_is_no_file_is_written_to_and_a_link_stays_a_link(tmp_path: Path) -> None:
    """Renaming over /dev/null or /dev/stdout would take it away from every other program."""
    (tmp_path / "old.json").write_bytes(b"old")
    (tmp_path / "link").symlink_to("old.json")
    (tmp_path / "null").symlink_to("/dev/null")
    for name in ("link", "null"):
        write_whole(tmp_path / name, b"new")
        assert (tmp_path / name).is_symlink()
    assert (tmp_path / "old.json").read_bytes() == b"new"
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["", ".", "n" * 300])
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot write here"):
        write_whole(tmp_path / name if name.startswith("n") else Path(name), b"")
