"""models.dev: one TOML file a model. `models/<lab>/<id>.toml` states the model, `providers/<provider>/models/<id>.toml`
what a provider serves; by `base_model` the second takes over what the first says, and says what differs.

Limits and prices of a provider are a product's, not the checkpoint's. Where the weights are is stated by `[[weights]]`,
how many there are by `[parameters]` (`total`, `active`: plain numbers). Format: https://github.com/anomalyco/models.dev
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from moeaudit.claims.catalogues.record import (
    HubId,
    Record,
    Unread,
    catalogue_source,
    child,
    field_claim,
    hub_ids,
    items,
    node_claim,
    text_of,
)
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.errors import Place
from moeaudit.evidence.yaml_text import Node
from moeaudit.later import expression

SOURCE = catalogue_source("models.dev", "https://models.dev")
FIELDS_OF_FILE = {
    ("parameters", "total"): "architecture.total_parameters",
    ("parameters", "active"): "architecture.active_parameters",
    ("limit", "context"): "runtime.context_length",
    ("cost", "input"): "runtime.cost_per_million_tokens",
    ("release_date",): "governance.release_date",
    ("license",): "governance.licence",
}
OF_A_MODEL = ("limit", "open_weights", "weights", "parameters", "modalities")
BASE = expression(r"[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.:-]{0,95}){1,3}")


def models_dev(root: Node, shelf: Shelf) -> Iterator[Record | Unread] | None:
    """The record of one file, or None where the file is none."""
    named = text_of(child(root, "name")) and any(child(root, key) is not None for key in OF_A_MODEL)
    return _records(root, shelf) if named or text_of(child(root, "base_model")) else None


def _records(root: Node, shelf: Shelf) -> Iterator[Record | Unread]:
    file = root.place.file
    base: Node | None = None
    if (named := child(root, "base_model")) is not None:
        try:
            base = _base(text_of(named), file, shelf)
        except ValueError as error:
            yield Unread(named.place, str(error))
    omitted = {text_of(one) for one in items(child(root, "base_model_omit"))}
    model_id = _id_of(file)
    ids = (*_weights(root), *(_weights(base) if base is not None else ()))
    yield Record(
        "models.dev",
        model_id or text_of(child(root, "name")),
        partial(_claims, root, base, omitted),
        Distribution.HOSTED,
        tuple(dict.fromkeys(ids)) or hub_ids((), model_id),
        Place(file, 1),
    )


def _base(named: str, file: str, shelf: Shelf) -> Node:
    """The file that `base_model` names. ValueError where there is none to be read."""
    if not BASE.fullmatch(named) or ".." in named:
        raise ValueError("base_model is no path of a model")
    folders, _, _ = file.replace("\\", "/").rpartition("providers/")
    found = shelf.toml(f"{folders}models/{named}.toml")
    if found is None:
        raise ValueError(f"base_model names {named}, which models/ does not hold or which cannot be read")
    return found


def _claims(root: Node, base: Node | None, omitted: set[str]) -> Iterator[Claim]:
    for keys, path in FIELDS_OF_FILE.items():
        node = child(root, *keys)
        if node is None and not any(".".join(keys[:depth]) in omitted for depth in range(1, len(keys) + 1)):
            node = child(base, *keys)
        yield from node_claim(path, node, SOURCE)
    opened = child(root, "open_weights") or child(base, "open_weights")
    if opened is not None and isinstance(opened.content, bool):
        value = "downloadable" if opened.content else "hosted"
        yield field_claim("governance.distribution", value, value, opened.place, SOURCE)


def _weights(root: Node) -> tuple[HubId, ...]:
    return hub_ids(text_of(child(one, "url")) for one in items(child(root, "weights")))


def _id_of(file: str) -> str:
    """A model's id is its path below `models`."""
    parts = file.replace("\\", "/").removesuffix(".toml").split("/")
    below = parts[len(parts) - parts[::-1].index("models") :] if "models" in parts else parts[-1:]
    return "/".join(below)
