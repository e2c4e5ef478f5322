"""Ollama: the manifest of a tag with its config blob, and what its server says of a model (`/api/show`, `/api/tags`).

A manifest (`manifests/<host>/<namespace>/<model>/<tag>`) lists layers with their bytes; its config, beside it in
`blobs`, states the size that Ollama shows (`model_type`) and the file's type. `/api/show` gives the counts of the
GGUF file itself. Formats: https://github.com/ollama/ollama, docs/api.md and types/model/config.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from moeaudit.claims.catalogues.json_parts import JsonText, Part, unread
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
    number_of,
    plain_text,
    text_of,
)
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.claim import Claim
from moeaudit.errors import UsageError
from moeaudit.evidence.yaml_text import Node
from moeaudit.later import expression

SOURCE = catalogue_source("Ollama", "https://ollama.com/library")
WEIGHTS = "application/vnd.ollama.image.model"
DIGEST = expression(r"sha256[:-][0-9a-f]{64}")
OF_A_CONFIG = {
    "model_type": "architecture.total_parameters",
    "file_type": "runtime.precision",
    "context_length": "runtime.context_length",
}
OF_A_GGUF = {
    "context_length": "runtime.context_length",
    "block_count": "architecture.layers",
    "expert_count": "architecture.routed_experts",
    "expert_used_count": "architecture.experts_per_token",
    "expert_shared_count": "architecture.shared_experts",
}
"""Keys below the name of the architecture."""

BASES = ("general.base_model.0.repo_url", "general.source.url", "general.source.huggingface.repository")


def ollama(source: JsonText, shelf: Shelf) -> Iterator[Record | Unread] | None:
    """The records of a manifest, a config blob, or an answer of the server; None where the file is none of these."""
    top = source.top
    if "model_info" in top and "details" in top:
        return _whole(source, shelf, _shown)
    if {"schemaVersion", "config", "layers"} <= top.keys():
        return _whole(source, shelf, _manifest) if "ollama" in source.text else None
    if {"model_format", "model_type"} <= top.keys():
        return _whole(source, shelf, _config)
    models = top.get("models")
    first = next(source.parts(models.start), None) if models is not None else None
    if models is None or first is None or not {"digest", "details"} <= {one.key for one in source.parts(first.start)}:
        return None
    return _tags(source, models)


def _whole(source: JsonText, shelf: Shelf, read: Callable[[Node, Shelf], Record]) -> Iterator[Record | Unread]:
    whole = Part("", 0, 0, len(source.text))
    try:
        root = source.node(whole)
    except UsageError:
        yield unread(source, whole)
        return
    yield read(root, shelf)


def _tags(source: JsonText, models: Part) -> Iterator[Record | Unread]:
    for part in source.parts(models.start):
        if not isinstance(part.plain, dict):
            yield unread(source, part)
        else:
            name = plain_text(part.plain, "name")
            told = partial(_tag, source, part)
            yield Record("Ollama", name, told, hub_ids=_of_name(name), place=source.place(part.start))


def _tag(source: JsonText, part: Part) -> Iterator[Claim]:
    entry = source.node(part)
    yield from node_claim("architecture.total_parameters", child(entry, "details", "parameter_size"), SOURCE)
    yield from node_claim("runtime.precision", child(entry, "details", "quantization_level"), SOURCE)
    yield from _bytes(child(entry, "size"))


def _shown(root: Node, _shelf: Shelf) -> Record:
    info = child(root, "model_info")
    kind = text_of(child(info, "general.architecture"))
    count = child(info, "general.parameter_count") or child(root, "details", "parameter_size")
    claims = [*node_claim("architecture.total_parameters", count, SOURCE)]
    for key, path in OF_A_GGUF.items():
        claims += node_claim(path, child(info, f"{kind}.{key}"), SOURCE)
    addresses = [text_of(child(info, key)) for key in BASES]
    name = text_of(child(info, "general.name")) or kind
    return Record("Ollama", name, lambda: claims, hub_ids=hub_ids(addresses), place=root.place)


def _manifest(root: Node, shelf: Shelf) -> Record:
    claims: list[Claim] = []
    for layer in items(child(root, "layers")):
        if text_of(child(layer, "mediaType")) == WEIGHTS:
            claims += _bytes(child(layer, "size"))
    digest = text_of(child(root, "config", "digest"))
    folders, found, below = root.place.file.replace("\\", "/").rpartition("manifests/")
    if found and DIGEST.fullmatch(digest):
        config = shelf.json(f"{folders}blobs/{digest.replace(':', '-')}")
        claims += _of_config(config) if config is not None else ()
    name = _name_of(below.split("/")) if found else below
    return Record("Ollama", name, lambda: claims, hub_ids=_of_name(name), place=root.place)


def _config(root: Node, _shelf: Shelf) -> Record:
    return Record("Ollama", text_of(child(root, "base_name")), partial(_of_config, root), place=root.place)


def _of_config(config: Node) -> Iterator[Claim]:
    for key, path in OF_A_CONFIG.items():
        yield from node_claim(path, child(config, key), SOURCE)


def _bytes(node: Node | None) -> Iterator[Claim]:
    if node is not None and number_of(node) is not None:
        yield field_claim("architecture.stored_capacity", node.plain(), node.text, node.place, SOURCE)


def _name_of(parts: list[str]) -> str:
    """`registry.ollama.ai/library/phi/mini` is called `phi:mini`; other hosts keep their name."""
    shown = parts[2:] if parts[:2] == ["registry.ollama.ai", "library"] else parts
    return "/".join(shown[:-1]) + f":{shown[-1]}" if len(shown) > 1 else shown[0]


def _of_name(name: str) -> tuple[HubId, ...]:
    """A model that is pulled from the Hub bears its id."""
    host, _, rest = name.partition("/")
    return hub_ids((f"https://hf.co/{rest.partition(':')[0]}",)) if host in ("hf.co", "huggingface.co") else ()
