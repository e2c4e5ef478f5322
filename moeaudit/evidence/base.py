"""Files as one commit has them, brought to a folder outside: what a pull request started from, whatever it changed.

git is asked for stored objects alone, and never by a name that somebody else wrote: from the commit's tree down, by the
objects' own ids.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NamedTuple

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.files import POINTER
from moeaudit.evidence.git import REVISION, ask, refuse_other_repository, root_of
from moeaudit.later import expression
from moeaudit.limits import COMMIT_FOLDERS_DEEP, INDEX_BYTES, LINKS_FOLLOWED, POINTER_BYTES
from moeaudit.text import quoted

TREE, LINK = "040000", "120000"
REGULAR = ("100644", "100755")
LISTED = expression(r"(?P<mode>[0-7]{6}) [a-z]+ (?P<object>[0-9a-f]{40,64}) +(?P<size>\d+|-)\t(?P<name>[^\0]+)\0")
SIZE = expression(r"(?m)^size ([0-9]{1,19})$")


class Entry(NamedTuple):
    """One name in a stored folder. `size`: bytes; 0 of folders."""

    mode: str
    object: str
    size: int


class Base:
    """The commit that `revision` names in the repository of `here`. Files come to `folder`, at the same places as below
    `root`. UsageError where there is no git, no repository of the caller's, or no such commit: never a guess."""

    def __init__(self, revision: str, here: Path) -> None:
        self.revision = revision
        if REVISION.fullmatch(revision) is None:
            raise UsageError(
                f"--trust-base {quoted(revision, 60)} cannot be a git revision", hint="Give a branch, tag or commit."
            )
        root = root_of(here.resolve())
        if root is None or ask(root, "rev-parse", "--git-dir") is None:
            raise UsageError(
                "--trust-base: git finds no repository here that it may read",
                hint="Run this in the checkout of the pull request, by its owner.",
            )
        self.root = root
        self.commit = self._commit(revision)
        self.head = self._commit("HEAD")
        self._made = TemporaryDirectory(prefix="moeaudit-base-")
        self.folder = Path(self._made.name).resolve()
        self._trees: dict[str, Mapping[str, Entry]] = {}

    def close(self) -> None:
        """Remove what was brought."""
        self._made.cleanup()

    def _commit(self, revision: str) -> str:
        found = ask(self.root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found is None:
            raise UsageError(
                f"--trust-base: git has no commit {quoted(revision, 60)} here",
                hint="Fetch it first; actions/checkout does with fetch-depth: 0.",
            )
        return found.decode("ascii", "replace").strip()

    def inside(self, path: Path) -> PurePosixPath | None:
        """The place of a path below the root, links on the way to it followed; None where it lies elsewhere.
        UsageError where it lies in a repository of its own."""
        real = path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
        if not real.is_relative_to(self.root):
            return None
        refuse_other_repository(real / "any" if real.is_dir() else real)
        return PurePosixPath(real.relative_to(self.root).as_posix())

    def there(self, inside: PurePosixPath) -> Path:
        """Where a place's file is brought to."""
        return self.folder / inside

    def here(self, brought: Path) -> Path | None:
        """The path in the work tree, as seen from the folder worked in, of what was brought; None of anything else."""
        if not brought.is_relative_to(self.folder):
            return None
        return Path(os.path.relpath(self.root / brought.relative_to(self.folder)))

    def names(self, inside: PurePosixPath) -> Mapping[str, Entry]:
        """What the folder holds; nothing where the commit has no such folder."""
        return self._folder(inside, self.commit)

    def bring(self, inside: PurePosixPath, limit: int = INDEX_BYTES) -> Path | None:
        """One file, in its place; None where the commit has no regular file there, nor a link to one."""
        entry = self._entry(inside)
        if entry is None:
            return None
        if entry.size > limit:
            raise UsageError(
                f"--trust-base: the file has {entry.size:,} bytes, more than the limit of {limit:,}",
                place=Place(f"{self.revision}:{inside}"),
                hint="Name the model with --model.",
            )
        path = self.there(inside)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._bytes(entry, inside))
        return path

    def below(
        self, inside: PurePosixPath, wanted: Callable[[str], bool], depth: int = COMMIT_FOLDERS_DEEP
    ) -> Iterator[PurePosixPath]:
        """Places of the wanted files of a folder and those in it, hidden folders aside."""
        for name, entry in self.names(inside).items():
            if entry.mode != TREE:
                if wanted(name):
                    yield inside / name
            elif depth > 0 and not name.startswith("."):
                yield from self.below(inside / name, wanted, depth - 1)

    def unchanged(self, inside: PurePosixPath) -> bool:
        """Whether the work tree has the file as the commit has it; ends of lines may differ, and for what git-lfs keeps
        the pointer that is checked out stands."""
        entry, path = self._entry(inside), self.root / inside
        if entry is None or not path.is_file():
            return False
        if _object_id(path, len(entry.object)) == entry.object:
            return True
        stored = self._bytes(entry, inside) if entry.size <= INDEX_BYTES else b""
        if entry.size <= POINTER_BYTES and stored.startswith(POINTER):
            size = SIZE.search(stored.decode("utf-8", "replace"))
            now = self._folder(inside.parent, self.head).get(inside.name)
            return now == entry and size is not None and path.stat().st_size == int(size[1])
        same_size = path.stat().st_size <= entry.size + stored.count(b"\n")
        return bool(stored) and same_size and _plain(path.read_bytes()) == _plain(stored)

    def _entry(self, inside: PurePosixPath, links: int = LINKS_FOLLOWED) -> Entry | None:
        """The regular file at a place, links inside the commit followed."""
        found = self.names(inside.parent).get(inside.name)
        if found is None or found.mode in REGULAR:
            return found
        if found.mode != LINK or not links or found.size > POINTER_BYTES:
            return None
        written = self._bytes(found, inside).decode("utf-8", "replace")
        to = posixpath.normpath(posixpath.join(str(inside.parent), written))
        return None if to.startswith(("/", "..")) else self._entry(PurePosixPath(to), links - 1)

    def _bytes(self, entry: Entry, inside: PurePosixPath) -> bytes:
        data = ask(self.root, "cat-file", "blob", entry.object)
        if data is None:
            raise self._unread(str(inside))
        return data

    def _folder(self, inside: PurePosixPath, commit: str) -> Mapping[str, Entry]:
        tree = f"{commit}^{{tree}}"
        for part in inside.parts:
            entry = self._names(tree).get(part)
            if entry is None or entry.mode != TREE:
                return {}
            tree = entry.object
        return self._names(tree)

    def _names(self, tree: str) -> Mapping[str, Entry]:
        if tree not in self._trees:
            listed = ask(self.root, "ls-tree", "-l", "-z", tree)
            if listed is None:
                raise self._unread("")
            self._trees[tree] = {
                one["name"]: Entry(one["mode"], one["object"], int(one["size"]) if one["size"] != "-" else 0)
                for one in LISTED.finditer(os.fsdecode(listed))
                if "/" not in one["name"] and one["name"] not in (".", "..")
            }
        return self._trees[tree]

    def _unread(self, file: str) -> UsageError:
        return UsageError(
            "--trust-base: git cannot read what the commit holds",
            place=Place(f"{self.revision}:{file}"),
            hint="Fetch the commit whole: no partial clone.",
        )


def _object_id(path: Path, digits: int) -> str:
    """The id that git would give a file's bytes."""
    made = hashlib.sha1(usedforsecurity=False) if digits == 40 else hashlib.sha256()
    made.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            made.update(part)
    return made.hexdigest()


def _plain(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
