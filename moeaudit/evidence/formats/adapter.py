"""An adapter: adapter_config.json, the weights that were trained beside a base, and the base, which is followed.

The evidence is the base's, under the adapter's name; what the adapter adds is a part of its own. Sources: PEFT,
`PeftConfig` (`base_model_name_or_path`, `revision`) and `adapter_model.safetensors`; mlx-lm, tuner/utils.py (`model`,
`adapters.safetensors`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from moeaudit.errors import AuditError, NoEvidence, NothingToAudit, Place, Transient, UsageError
from moeaudit.evidence.model import ADAPTER_PART, BASE_FIELDS, Depth, Evidence, JsonFile, Part, Role
from moeaudit.evidence.reader import HUB_ID, REVISION, Advised, Offline, Reader, is_address, plain_id
from moeaudit.evidence.repo import ADAPTER, Repo
from moeaudit.evidence.repo_reader import RepoReader
from moeaudit.evidence.shard_sets import SUFFIX, is_adapter
from moeaudit.text import quoted

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress

T = TypeVar("T")


class AdapterWeights(RepoReader):
    """What the repo of an adapter holds itself: only safetensors files that are named as an adapter's."""

    def weight_files(self) -> list[str]:
        files = [file for file in self.listing if file.endswith(SUFFIX) and "/" not in file]
        return sorted([file for file in files if is_adapter(file)] or files)

    def roles(self) -> dict[str, Role]:
        return {ADAPTER: Role.ADAPTER}


class AdapterReader(Reader):
    """The base's reader, and the adapter's weights beside what it reads. The base is opened when it is first needed."""

    def __init__(self, own: Reader, follow: Follow) -> None:
        self.own, self.follow = own, follow

    @cached_property
    def about(self) -> Evidence:
        """The adapter itself, its headers where they can be had. Pickled weights are left closed."""
        return self.own.read(Depth.HEADERS if self.own.has(Depth.HEADERS) else Depth.CONFIG)

    @cached_property
    def named(self) -> str:
        """The base's id, with the revision where one is named."""
        document = self.about.document(Role.ADAPTER)
        assert document is not None
        return base_of(document)

    @cached_property
    def base(self) -> Reader:
        """One step, and no further: an adapter may name another, or itself."""
        found = self.follow(self.named)
        inner = found.reader if isinstance(found, Advised) else found.cached if isinstance(found, Offline) else found
        if isinstance(inner, AdapterReader):
            raise NothingToAudit("it is itself an adapter")
        return found

    @property
    def first(self) -> Depth:
        return self.told(lambda: self.base.first)

    def has(self, depth: Depth) -> bool:
        return self.base.has(depth)

    def read(self, depth: Depth) -> Evidence:
        base = self.told(lambda: self.base.read(depth))
        return joined(base, self.about)

    def told(self, work: Callable[[], T]) -> T:
        """What `work` gives; a failure of the base says that it is the base's, and that it is to be audited itself."""
        name = self.named
        try:
            return work()
        except AuditError as error:
            kind = Transient if isinstance(error, Transient) else NoEvidence
            raise kind(
                f"an adapter of {name}, whose evidence cannot be had: {error.message}",
                place=Place(self.about.model.id),
                hint=f"Audit {name} itself.",
            ) from None


def joined(base: Evidence, adapter: Evidence) -> Evidence:
    """The base's evidence under the adapter's name, with the adapter as a part of it."""
    part = replace(adapter, documents=(), files=(), card=None, passed_over=())
    return replace(
        base,
        model=adapter.model,
        card=adapter.card,
        documents=adapter.documents,
        files=(*adapter.files, *base.files),
        parts=(Part(ADAPTER_PART, part),),
        passed_over=adapter.passed_over,
    )


def base_of(document: JsonFile) -> str:
    """The base's Hub id, or its address as an id, with the revision where one is named. A path is never followed: a
    file of others would then say what is opened here."""
    field = next((key for key in BASE_FIELDS if document.data.get(key)), BASE_FIELDS[0])
    name, place = document.data.get(field), Place(document.file, path=field)
    if not name:
        raise UsageError("the adapter does not name its base", place=place, hint="Audit the base's own repo.")
    if isinstance(name, str) and is_address(name):
        try:
            name = plain_id(name)
        except AuditError as error:
            said = f"the base's address is not followed: {error.message}"
            raise NothingToAudit(said, place=place, hint="Audit the base's own folder or repo.") from None
    plain, at, revision = name.partition("@") if isinstance(name, str) else ("", "", "")
    if HUB_ID.fullmatch(plain) is None or ".." in plain:
        raise NothingToAudit(
            f"an adapter of {quoted(name)}, which is no Hub id",
            place=place,
            hint="Audit the base's own folder or repo.",
        )
    stated = document.data.get("revision")
    return with_revision(plain, revision if at else None, stated, Place(document.file, path="revision"))


def with_revision(name: str, own: str | None, stated: object, place: Place) -> str:
    """`name@revision`, by the base's name or by `stated`, the field of its own; UsageError where that is none, or the
    two differ: which of the base's commits was trained on is then not known."""
    hint = "Correct it, or audit the base itself as org/name@revision."
    if stated in (None, ""):
        stated = own
    if stated is None:
        return name
    if not isinstance(stated, str) or REVISION.fullmatch(stated) is None:
        raise UsageError(f"{quoted(stated)} cannot be a revision of the base {name}", place=place, hint=hint)
    if own not in (None, stated):
        said = f"two revisions of the base {name}: {quoted(own)} in its name, {quoted(stated)} in this field"
        raise UsageError(said, place=place, hint=hint)
    return f"{name}@{stated}"


def open_adapter(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return AdapterReader(AdapterWeights(repo, progress), follow)
