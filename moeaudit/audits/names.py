"""What a model is called, the same for every command that reads a card: by its Hub id, or where none says so by its
config, its folder, and the repository that it lies in.

git is never run in a folder under audit; its settings are read as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.evidence.model import Evidence, Source
from moeaudit.later import dataclass, expression
from moeaudit.limits import GIT_CONFIG_BYTES

if TYPE_CHECKING:
    from moeaudit.claims.card import Card

NAMES_NOTHING = frozenset({"model", "models", "checkpoint", "checkpoints", "output", "outputs", "src", "docs", "tmp"})
REMOTE = expression(r'\[\s*remote\s+"(?P<name>[^"\n]{1,100})"\s*\](?P<keys>[^\[]*)')
URL = expression(r"(?m)^\s*url\s*=\s*(?P<url>\S{1,500})\s*$")


@dataclass(frozen=True)
class Names:
    """`id`: what the model surely is called, None where nothing says so. `also`: guesses that its card has to confirm,
    the surest first."""

    id: str | None = None
    also: tuple[str, ...] = ()


def names_of(evidence: Evidence | None, named: str | None, card: Path | None = None) -> Names:
    """The names of a model for the reading of its card. `named`: what a person or a claim file calls it; `card`: the
    card's file, None where it is the one that came with the evidence."""
    folder = card.resolve().parent if card is not None else folder_of(evidence)
    return Names(named_model(evidence, named), names_beside(folder, evidence))


def folder_of(evidence: Evidence | None) -> Path | None:
    """The folder that evidence was read in; None where it comes from elsewhere."""
    source = evidence.model.source if evidence is not None else None
    if evidence is None or source not in (Source.FOLDER, Source.FILE):
        return None
    path = Path(evidence.model.id).resolve()
    return path if source is Source.FOLDER else path.parent


def named_model(evidence: Evidence | None, named: str | None) -> str | None:
    """What the model is called: by its evidence, else as named. Paths name nothing, but a folder `org--name` does."""
    for name in (evidence.model.id if evidence is not None else None, named):
        if name is None:
            continue
        parts = Path(name).resolve().name.split("--")
        if not is_path(name) and "/" in name:
            return name.split("@", 1)[0]
        if len(parts) == 2 and all(parts) and not name.endswith((".json", ".md")):
            return "/".join(parts)
    return named if named is not None and not is_path(named) else None


def is_path(name: str) -> bool:
    return Path(name).is_absolute() or Path(name).exists()


def shown_name(model_id: str | None, cards: Iterable[Card], evidence: Evidence | None) -> str:
    """What to call a model: its id, else as its card does, else its folder or file."""
    name = model_id or next((card.subject for card in cards if card.subject), "")
    return name or (Path(evidence.model.id).resolve().name if evidence is not None else "")


def names_beside(folder: Path | None, evidence: Evidence | None) -> tuple[str, ...]:
    """What else the model may be called, the surest first: the repository that its folder lies in, the folder, and
    `name_or_path` of its config. Each is a guess that the card has to confirm."""
    beside = [remote_of(folder), folder.name.replace("--", "/")] if folder is not None else []
    found = [*beside, *named_by_config(evidence)]
    return tuple(dict.fromkeys(name for name in found if name and like_a_model(name)))


def like_a_model(name: str) -> bool:
    from moeaudit.claims.card.shape import like_a_name  # with the reader of cards, which most commands do without

    last = name.rpartition("/")[2]
    return last.lower() not in NAMES_NOTHING and like_a_name(last)


def named_by_config(evidence: Evidence | None) -> Iterator[str]:
    """`name_or_path` as transformers writes it: a Hub id, or the path where the weights lay."""
    data = evidence.config.data if evidence is not None and evidence.config is not None else {}
    for key in ("_name_or_path", "name_or_path"):
        value = data.get(key)
        if isinstance(value, str) and len(value) < 500:
            parts = [part for part in value.split("/") if part]
            yield "/".join(parts) if len(parts) == 2 and not value.startswith(("/", ".")) else "".join(parts[-1:])


def remote_of(folder: Path) -> str:
    """`owner/name` of the remote that a folder's git repository comes from, `origin` first; empty without one."""
    settings = next((text for place in (folder, *folder.parents) if (text := _settings(place)) is not None), "")
    remotes = {found["name"]: found["keys"] for found in REMOTE.finditer(settings)}
    for name in sorted(remotes, key=lambda name: name != "origin"):
        if (url := URL.search(remotes[name])) is not None:
            parts = url["url"].removesuffix("/").removesuffix(".git").replace(":", "/").split("/")
            return "/".join(parts[-2:])
    return ""


def _settings(folder: Path) -> str | None:
    """The text of a repository's settings; None where the folder is no root of one, or they cannot be read."""
    path = folder / ".git" / "config"
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(GIT_CONFIG_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
