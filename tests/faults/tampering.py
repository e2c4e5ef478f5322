"""What may stand in a cache that others, or a machine that went down, have written to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

Tamper = Callable[[Path], None]

FOREIGN = Path(__file__).with_name("foreign.json")


def _small(home: Path) -> list[Path]:
    """The links to small files that a repeat reads: the index is had from its table."""
    found = [path for path in home.rglob("snapshots/*/*") if path.name != "model.safetensors.index.json"]
    assert len(found) == 3 and all(path.is_symlink() for path in found)
    return found


def _blobs(change: Callable[[Path], object]) -> Tamper:
    def tamper(home: Path) -> None:
        for link in _small(home):
            change(link.resolve())

    return tamper


def _tables(kind: str, change: Callable[[Path], object]) -> Tamper:
    def tamper(home: Path) -> None:
        (table,) = home.glob(f"hub/*/moeaudit/*/{kind}-*")
        change(table)

    return tamper


def _other_bytes(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-2] + bytes(byte ^ 1 for byte in data[-2:]))


def _other_type(data: bytes) -> bytes:
    assert b'"BF16"' in data
    return data.replace(b'"BF16"', b'"F32"')


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _links(change: Callable[[Path, Path], None]) -> Tamper:
    def tamper(home: Path) -> None:
        for path in _small(home):
            path.unlink()
            change(path, home)

    return tamper


def _foreign(path: Path, home: Path) -> None:
    path.symlink_to("/etc/hostname" if Path("/etc/hostname").exists() else home.parent)


def _refs(text: str) -> Tamper:
    return lambda home: next(home.glob("hub/*/refs/main")).write_text(text) and None


TAMPERS: Mapping[str, Tamper] = {
    "blobs cut": _blobs(lambda path: path.write_bytes(path.read_bytes()[:9])),
    "blobs emptied": _blobs(lambda path: path.write_bytes(b"")),
    "blobs of other bytes": _blobs(_other_bytes),
    "blobs gone": _blobs(Path.unlink),
    "links lead elsewhere": _links(_foreign),
    "links lead to themselves": _links(lambda path, home: path.symlink_to(path.name)),
    "links are files": _links(lambda path, home: path.write_text("{}") and None),
    "headers cut": _tables("headers", lambda path: path.write_bytes(path.read_bytes()[:-9])),
    "headers of other bytes": _tables("headers", _other_bytes),
    "headers of another type": _tables("headers", lambda path: path.write_bytes(_other_type(path.read_bytes()))),
    "links lead to another config": _links(lambda path, home: path.symlink_to(FOREIGN)),
    "headers emptied": _tables("headers", lambda path: path.write_bytes(b"")),
    "headers are a folder": _tables("headers", _folder),
    "index of other bytes": _tables("index", _other_bytes),
    "listing cut": _tables("listing", lambda path: path.write_bytes(path.read_bytes()[:-9])),
    "refs climb": _refs("../../../x"),
    "refs name another commit": _refs("c" * 40),
    "tables of another Hub": lambda home: [shutil.copytree(path, path.with_name("0" * 16), dirs_exist_ok=True)
                                           for path in home.glob("hub/*/moeaudit/*")] and None,
}  # fmt: skip
