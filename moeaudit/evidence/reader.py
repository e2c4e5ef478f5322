"""One model's evidence, read on demand, and the places where it may be had, in their order."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.evidence.ahead import Ahead
from moeaudit.evidence.model import Depth, Evidence
from moeaudit.later import dataclass, expression
from moeaudit.text import quoted

if TYPE_CHECKING:
    from moeaudit.evidence.headers import Progress

HUB_ID = expression(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9._-]{1,96})?")
"""`org/name`, or the bare name of an early repo."""

REVISION = expression(r"(?!.*(?:\.\.|//))[A-Za-z0-9_][A-Za-z0-9._/+-]{0,250}")
"""A branch, tag, pull request (`refs/pr/1`) or commit, as git allows them."""

GGUF_ADDRESS = expression(
    r"(?:/(?:blob|resolve|raw)/(?:refs/[^/]+/[^/]+|[^/]+)|^hf://[^/]+/[^/@]+(?:@refs/[^/]+/[^/]+|@[^/]+)?)"
    r"/([^?#]+\.gguf)(?:[?#].*)?$"
)
"""A GGUF file of a repo, in an address: behind the revision."""

FILES = (".json", ".yaml", ".yml", ".md", ".gguf")

HOSTS = ("huggingface.co/", "www.huggingface.co/", "hf.co/", "git@")
"""How addresses without a scheme begin, in small letters or capitals."""

OTHER_HOSTS = ("github.com/", "www.github.com/", "gitlab.com/", "modelscope.cn/", "www.modelscope.cn/", "kaggle.com/")
"""How those of other places begin that models are pasted from."""

OTHER_KINDS = ("datasets/", "spaces/")
"""How the Hub names what is no model."""

GO_ONLINE = "Run it once online, or give a folder or an evidence file (moeaudit lock writes one)."

TRUE = {"1", "ON", "YES", "TRUE"}


class Reader(ABC):
    """One model's evidence, read on demand: it adds to what was read, and never reads a file again.

    Reading is cumulative: the index comes with the config, headers with both. Errors are those of `open_evidence`.
    """

    @property
    @abstractmethod
    def first(self) -> Depth:
        """The cheapest depth that gives two witnesses, or what comes closest."""

    @abstractmethod
    def has(self, depth: Depth) -> bool:
        """Whether reading down to `depth` could add a witness to what was read so far. Asks no network."""

    def begin(self, depth: Depth | None) -> None:  # noqa: B027 - nothing to be done where nothing is far away
        """Ask for what reading down to `depth` (None: to `first`) will need, without waiting for it."""

    @abstractmethod
    def read(self, depth: Depth) -> Evidence:
        """The evidence down to `depth`. NoEvidence where that cannot be had."""


def open_reader(
    model: str, *, revision: str | None = None, offline: bool = False, progress: Progress | None = None
) -> Reader:
    """The reader of `model`: a Hub id (`org/name[@revision]`) or its address, a folder, a config.json, an evidence, a
    spec or a GGUF file. Of a repo or folder of GGUF files `:Q4_K_M` behind it says which is meant.

    `offline`: never touch the network (as under HF_HUB_OFFLINE); the Hub's cache is read, then what ships with
    moeaudit. `progress` is told about headers read. Raises UsageError for a bad id or an unreadable file, NoEvidence
    where nothing could be had.
    """
    if not model.isprintable() or not model.strip():
        raise UsageError(f"{quoted(model)} names no model", hint="Give a Hub id, a folder or a file.")
    watch = progress or (lambda done, total: None)
    model, choice = split_choice(model if os.path.lexists(model) else as_pasted(model))
    path = Path(model)
    if os.path.lexists(path):
        if revision is not None:
            raise UsageError("a folder or file has no revision", place=Place(model), hint="Leave --revision out.")
        from moeaudit.evidence.local import open_local

        return open_local(path, watch, partial(open_base, offline=offline or is_offline(), progress=watch), choice)
    model, revision = split_id(model, revision)
    if offline or is_offline():
        return _open_offline(model, revision, watch, choice)
    return _open_hub(model, revision, watch, choice)


def open_base(model: str, *, offline: bool, progress: Progress) -> Reader:
    """The reader of a model that a document of others names: a Hub id, whatever lies here under that name."""
    name, revision = split_id(model)
    return (_open_offline if offline else _open_hub)(name, revision, progress)


def opening(
    model: str,
    *,
    depth: Depth | None = None,
    revision: str | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Callable[[], Reader]:
    """What gives the same reader when it is called. Of a Hub's model the listing, and then what `depth` needs, are
    asked for at once: whoever has something else to do first does it while they are on their way."""

    def opened() -> Reader:
        return open_reader(model, revision=revision, offline=offline, progress=progress)

    def begun() -> Reader:
        reader = opened()
        reader.begin(depth)
        return reader

    if offline or is_offline() or os.path.lexists(split_choice(model)[0]):
        return opened
    from moeaudit.evidence import hub

    ahead = Ahead(1)
    ahead.begin(hub, begun)
    from moeaudit.evidence import repo_reader  # noqa: F401 - its loading takes as long as the listing

    return partial(ahead.take, hub, begun)


def is_offline() -> bool:
    """Whether the environment forbids the network, as the Hub library reads it."""
    return (os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or "").upper() in TRUE


def split_choice(model: str) -> tuple[str, str]:
    """`MODEL:CHOICE` in two, where MODEL as a whole is no path: which of a repo's GGUF files is meant. The address of
    such a file means that file."""
    name, colon, choice = model.rpartition(":")
    if is_address(model) and (not colon or "/" in choice):
        return model, next((found[1] for found in [GGUF_ADDRESS.search(model)] if found), "")
    if not colon or os.path.lexists(model):
        return model, ""
    if not name or not choice:
        raise UsageError("nothing stands beside the colon", place=Place(model), hint="Write it as org/name:Q4_K_M.")
    return name, choice


def is_address(model: str) -> bool:
    """Whether a model is given by an address, with or without its scheme."""
    return "://" in model or model[:20].casefold().startswith((*HOSTS, *OTHER_HOSTS))


def as_pasted(model: str) -> str:
    """Without the space and the brackets around an address that were taken along with it."""
    model = model.strip()
    return model[1:-1] if model.startswith("<") and model.endswith(">") else model


def plain_id(model: str) -> str:
    """An address as `org/name[@revision]`; anything else as it is. Nothing of an address but that is worth keeping."""
    if not is_address(pasted := as_pasted(model)):
        return model
    name, revision = split_id(pasted)
    return f"{name}@{revision}" if revision else name


def split_id(model: str, revision: str | None = None) -> tuple[str, str | None]:
    """`org/name@revision`, or an address of the Hub, in two. UsageError where either cannot be one, or two revisions
    are given."""
    if is_address(model):
        from moeaudit.evidence.addresses import split_address

        name, found = split_address(model)
        model = name
    else:
        name, at, inline = model.partition("@")
        found = inline if at else None
    if found is not None and revision not in (None, found):
        raise UsageError(f"two revisions: {quoted(found)} and {quoted(revision)}", place=Place(name), hint="Give one.")
    revision = revision if found is None else found
    if name.startswith(OTHER_KINDS):
        said = f"no such folder, and {name[: name.index('/')]} of the Hub are no models"
        raise UsageError(said, place=Place(name), hint="Write a model's id as org/name.")
    if name.endswith(FILES) or name.startswith(("/", "./", "../", "~")) or name.count("/") > 1:
        raise NoEvidence("no such file or folder", place=Place(model), hint="Check the path.")
    if HUB_ID.fullmatch(name) is None or ".." in name or "--" in name:
        hint = "Write the id as org/name or org/name@revision."
        raise UsageError("neither a path nor a Hub id", place=Place(model), hint=f"{hint} {ships(name)}".rstrip())
    if revision is not None and REVISION.fullmatch(revision) is None:
        raise UsageError(
            f"{quoted(revision)} cannot be a revision", place=Place(name), hint="Give a branch, tag or commit."
        )
    return name, revision


def near_hint(model: str) -> str:
    """What to do about a model that is not at hand; where recorded ones are called alike, that they may be meant."""
    from moeaudit.evidence.recorded import recorded_evidence

    if recorded_evidence(model, None) is not None:
        return f"Another revision of it ships: ask without one. {GO_ONLINE}"
    return f"{ships(model)} {GO_ONLINE}" if ships(model) else f"{GO_ONLINE} `moeaudit list models` has what ships."


def ships(model: str) -> str:
    """That a recorded model of nearly that name may be meant; nothing where there is none."""
    from moeaudit.nearest import asked

    near = alike(model)
    return f"{asked(near)} {'Their' if near[1:] else 'Its'} evidence ships." if near else ""


def alike(model: str) -> list[str]:
    """Recorded models of nearly that name, with or without who publishes them, or of which it is a part."""
    from moeaudit.evidence.recorded import recorded_ids
    from moeaudit.nearest import nearest

    known = {word: recorded for recorded in recorded_ids() for word in (recorded, recorded.split("/")[-1])}
    owner, _, name = model.rpartition("/")
    near = nearest(name, known, most=3, parts=not owner) or nearest(model, known, most=3)
    return list(dict.fromkeys(known[name] for name in near))


def _open_hub(model: str, revision: str | None, progress: Progress, choice: str = "") -> Reader:
    """The Hub; where it has no such repo, recorded evidence of that id."""
    from moeaudit.evidence.formats import reader_of
    from moeaudit.evidence.held import recorded_reader
    from moeaudit.evidence.hub import HubRepo
    from moeaudit.evidence.hub_errors import RepoNotFound

    try:
        with mentioning_recorded(model, revision):
            follow = partial(open_base, offline=False, progress=progress)
            reader = reader_of(HubRepo(model, revision), progress, follow, choice)
    except RepoNotFound:
        recorded = recorded_reader(model, revision)
        if recorded is None:
            raise
        return recorded
    return Advised(reader, model, revision)


def _open_offline(model: str, revision: str | None, progress: Progress, choice: str = "") -> Reader:
    from moeaudit.evidence.cached_repo import cached_repo
    from moeaudit.evidence.formats import reader_of
    from moeaudit.evidence.held import recorded_reader

    cached = cached_repo(model, revision)
    if cached is not None:
        follow = partial(open_base, offline=True, progress=progress)
        return Offline(reader_of(cached, progress, follow, choice), model, revision)
    recorded = recorded_reader(model, revision)
    if recorded is None:
        raise NoEvidence(
            "offline, and neither cached nor recorded",
            place=Place(f"{model}@{revision}" if revision else model),
            hint=near_hint(model),
        )
    return recorded


@contextmanager
def mentioning_recorded(model: str, revision: str | None) -> Iterator[None]:
    """Run what asks the Hub; a failure says where evidence of that model ships with moeaudit."""
    try:
        yield
    except NoEvidence as error:
        from moeaudit.evidence.hub_errors import RepoNotFound, Unreachable
        from moeaudit.evidence.recorded import recorded_evidence

        if recorded_evidence(model, revision) is not None:
            error.hint = f"{error.hint} Or use --offline: evidence of this model ships with moeaudit.".lstrip()
        elif isinstance(error, Unreachable | RepoNotFound) and recorded_evidence(model, None) is None:
            meant = ships(model)  # where the Hub knows the model, something else is wrong
            error.hint = f"{error.hint} {meant}".strip()
        raise


@dataclass
class Advised(Reader):
    """The Hub's reader, with failures that mention recorded evidence."""

    reader: Reader
    model: str
    revision: str | None

    @property
    def first(self) -> Depth:
        with mentioning_recorded(self.model, self.revision):
            return self.reader.first

    def has(self, depth: Depth) -> bool:
        return self.reader.has(depth)

    def begin(self, depth: Depth | None) -> None:
        with mentioning_recorded(self.model, self.revision):
            self.reader.begin(depth)

    def read(self, depth: Depth) -> Evidence:
        with mentioning_recorded(self.model, self.revision):
            return self.reader.read(depth)


@dataclass
class Offline(Reader):
    """The Hub's cache where it gives two witnesses, else what is recorded, else the cache after all."""

    cached: Reader
    model: str
    revision: str | None

    @property
    def first(self) -> Depth:
        return self.chosen.first

    def has(self, depth: Depth) -> bool:
        return self.chosen.has(depth)

    def read(self, depth: Depth) -> Evidence:
        reader = self.cached if depth is Depth.CONFIG else self.chosen
        try:
            return reader.read(depth)
        except NoEvidence:
            if reader is self.recorded or self.recorded is None:
                raise
            return self.recorded.read(depth)

    @cached_property
    def recorded(self) -> Reader | None:
        from moeaudit.evidence.held import recorded_reader

        return recorded_reader(self.model, self.revision)

    @cached_property
    def chosen(self) -> Reader:
        try:
            first = self.cached.first
            self.cached.read(first)
        except NoEvidence:
            if self.recorded is None:
                raise
            return self.recorded
        return self.cached if first is not Depth.CONFIG or self.recorded is None else self.recorded


__all__ = ["Reader", "open_reader", "split_id"]
