"""Which lineage reads a config: by its `model_type`, its class, or what is most like them (`catalogue.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from moeaudit.architecture.catalogue import BY_NAME, SPARSE_SIBLINGS, Type
from moeaudit.architecture.config import TEXT_SECTIONS, Config, show
from moeaudit.architecture.families.aliases import note_contradictions, note_other_head
from moeaudit.architecture.families.dense import DENSE, is_dense_config
from moeaudit.architecture.families.layerwise import layer_by_layer
from moeaudit.architecture.model import Architecture, Head, Single
from moeaudit.architecture.prediction import declaration, with_proven_modules
from moeaudit.architecture.spelling import by_class, by_type, frame, nearest, refusal, stem, text_half
from moeaudit.architecture.unknown import OTHER_MODALITIES, Hints, hints, known_text
from moeaudit.architecture.unread import Refused
from moeaudit.errors import AuditError, NothingToAudit, Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import SECTIONS_DEEP


def lineage_of(model_type: str) -> Callable[[Config], Architecture]:
    """The function that turns a config of this type into blocks. KeyError where no family is known."""
    return reader_of(BY_NAME[model_type])


def reader_of(row: Type) -> Callable[[Config], Architecture]:
    file, function = row.reads.split(":")
    lineage = import_module(f"moeaudit.architecture.families.{file}")
    reader: Callable[[Config], Architecture] = getattr(lineage, function)
    return reader


def read_by(row: Type, config: Config) -> Architecture:
    """By this row's reader; by its text half's where the language model's fields stand in no section of their own, as
    in a config that was saved with the language model alone and kept the whole model's type."""
    try:
        return reader_of(row)(config)
    except UsageError as error:
        half, missing = text_half(row), error.place.path if error.place else None
        if half.name == row.name or missing not in TEXT_SECTIONS or has_encoders(config.data):
            raise
        aside = replace(config, notices=[], asked=[], defaulted=[])
        try:
            architecture = reader_of(half)(aside)
        except AuditError:
            raise error from None
    config.notice(
        "config-section-missing",
        f"{missing} is missing, and the language model's fields stand without it: {row.name} is read as its language "
        "model alone; encoders are not counted",
        missing,
    )
    take_over(config, aside)
    return architecture


def has_encoders(data: Mapping[str, Any]) -> bool:
    """Whether sections speak of pictures, sound or speech: then something beside the language model was saved."""
    sections = (name for name, value in data.items() if isinstance(value, Mapping) and value)
    return any(word in str(name).lower() for name in sections for word in OTHER_MODALITIES)


def take_over(config: Config, aside: Config) -> None:
    """What a reading on the side has noted, in place of what this one had asked for."""
    config.notices.extend(aside.notices)
    if config.asked is not None:
        config.asked[:] = aside.asked or []
    if config.defaulted is not None:
        config.defaulted[:] = aside.defaulted or []


def describe(config: Config) -> Architecture:
    """The architecture of a config.json.

    The family is what `model_type` says; where that names none, what the class in `architectures` says, or what a
    borrowed dense type with expert fields stands for, and a notice (rule `config-model-type`) says so; so it does where
    the two name different families. NothingToAudit where no family can be told, or where a dense model has no reader.
    """
    if config.asked is None:
        config = replace(config, asked=[])
    architecture = sound(with_proven_modules(layer_by_layer(config, read), config), config)
    note_contradictions(config)
    note_other_head(config, class_name(config.data), architecture)
    return replace(architecture, declared_mtp=declaration(config)[1])


def read(config: Config) -> Architecture:
    """The architecture by the family that the config's own words give."""
    written = config.data.get("model_type")
    if isinstance(written, str) and written in BY_NAME:
        return read_as_written(written, config)
    if (row := refusal(written, class_name(config.data))) is not None:
        raise refused(config, row)
    dense = is_dense_config(config.data)
    recognised = recognise(config.data, dense=dense)
    if recognised is None and dense and isinstance(written, str) and written in DENSE:
        return DENSE[written](config)
    if recognised is None and (text := known_text(config, is_known)) is not None:
        return language_model_of(config, text)
    if recognised is None:
        raise unread(config, dense=dense)
    config.notice(
        "config-model-type", recognised.said(written), "model_type", model_type=written, read_as=recognised.type.name
    )
    if not isinstance(written, str):
        config = replace(config, data={**config.data, "model_type": recognised.type.name})
    return read_by(recognised.type, config)


def refused(config: Config, row: Refused) -> NothingToAudit:
    """Why a type that an engine serves is not read."""
    said = f"{subject(config.data)} is not read from {config.name} alone: {row.reason}"
    hint = "Count its weights with --depth headers."
    return NothingToAudit(said, place=Place(config.file, path="model_type"), hint=hint)


def unread(config: Config, *, dense: bool) -> NothingToAudit:
    """Why no family reads this config, and which known one is nearest."""
    written, place = named(config.data.get("model_type")), Place(config.file, path="model_type")
    if config.data.get("model_type") is None and not class_name(config.data) and hints(config) == Hints():
        return NothingToAudit("no field of it describes a model", place=Place(config.file), hint=NO_MODEL)
    if dense:
        from moeaudit.architecture.traces import trace_of_experts

        if trace := trace_of_experts(config.data):
            said = f"whether it is sparse is not settled: {trace} speaks of experts, and no field says how many"
            return NothingToAudit(f"{subject(config.data)} is not supported; {said}", place=place, hint=UNKNOWN)
        if config.data.get("model_type") is None and not class_name(config.data):
            said = "a config without model_type and class names no family and no experts: what it is is not known"
            return NothingToAudit(said, place=place, hint=UNKNOWN)
        return NothingToAudit(f"{written} names no experts anywhere: dense, nothing MoE to audit", place=place)
    return NothingToAudit(f"{subject(config.data)} is not supported{nearest_known(config)}", place=place, hint=UNKNOWN)


def nearest_known(config: Config) -> str:
    """The type whose name is most like this one, and what of this config its reader lacks or leaves unread."""
    names = [name for name in (config.data.get("model_type"), stem(class_name(config.data))) if isinstance(name, str)]
    row = nearest(names)
    if row is None:
        return ""
    named_so = {**config.data, "model_type": row.name}
    aside = replace(config, data=named_so, notices=[], asked=[], defaulted=[])
    try:
        read_by(row, aside)
    except AuditError as error:
        return f"; {row.name}, the nearest known, does not fit: {error.message}"
    asked = {f"{path}{name}" for path, names in aside.asked or () for name in names}
    sizes = [path for path, value in numbers(config.data) if path not in asked]
    left = f"leaves {', '.join(sizes[:SHOWN])} unread" if sizes else "reads every size in it"
    return f"; {row.name}, the nearest known, {left}"


def numbers(data: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, int]]:
    """Every whole number above 1 that an object and the objects in it state, with its path."""
    for name, value in data.items():
        if isinstance(value, Mapping) and path.count(".") < SECTIONS_DEEP:
            yield from numbers(value, f"{path}{name}.")
        elif isinstance(value, int) and value > 1 and not str(name).endswith("_id"):
            yield f"{path}{name}", value


SHOWN = 4
"""Fields named in one line."""


def is_known(data: Mapping[str, Any]) -> bool:
    """Whether the fields name a family that is read, by whatever sign."""
    written, dense = data.get("model_type"), is_dense_config(data)
    known = isinstance(written, str) and (written in BY_NAME or (dense and written in DENSE))
    return known or recognise(data, dense=dense) is not None


def language_model_of(config: Config, text: Config) -> Architecture:
    """The language model inside an unknown wrapper, by the section that names its family. A text type that is saved
    without a head has one in a wrapper."""
    section, outer = text.path.rstrip("."), config.data.get("model_type")
    known = frame(outer, class_name(config.data))
    what = f"holds encoders that are not known ({known.reason})" if known else "is not known"
    config.notice(
        "wrapper-unknown",
        f"{named(outer)} {what}, but its {section} is: the language model is described from there; of encoders "
        "and projectors the weights alone can tell",
        "model_type",
        model_type=outer,
        section=section,
    )
    found = read(text)
    single = [piece for piece in found.pieces if isinstance(piece, Single)]
    if not any(isinstance(piece.block, Head) for piece in single) and found.hidden and found.vocabulary:
        tied = text.flag("tie_word_embeddings", default=False)
        head = Single("lm_head", Head(found.vocabulary, found.hidden, tied))
        found = replace(found, pieces=(*found.pieces, head), tied=tied)
    return replace(found, wrapped=named(outer), notes=(*found.notes, LANGUAGE_ALONE))


LANGUAGE_ALONE = "The family of the whole model is not known: only its language model is counted."


def read_as_written(written: str, config: Config) -> Architecture:
    """By `model_type`, which names a known family. Where the class in `architectures` names another, a notice says so;
    the class is followed only where the fields are not those of the written type."""
    like = by_class(class_name(config.data), config.data)
    named_by_class = like[0].name if like else written
    same = BY_NAME[named_by_class].reads == BY_NAME[written].reads
    if same or class_name(config.data) in BY_NAME[written].built_by:
        return read_by(BY_NAME[written], config)
    aside = replace(config, notices=[], asked=[], defaulted=[])
    try:
        other = read_by(BY_NAME[named_by_class], aside)
    except UsageError:
        other = None
    try:
        architecture = read_by(BY_NAME[written], config)
    except UsageError:
        if other is None:
            raise
        note_other_family(config, written, named_by_class, used=named_by_class)
        take_over(config, aside)
        return other
    if other is None or other.family != architecture.family:
        note_other_family(config, written, named_by_class, used=written)
    return architecture


def note_other_family(config: Config, written: str, named_by_class: str, *, used: str) -> None:
    config.notice(
        "config-model-type",
        f"model_type {show(written)} and architectures ({class_name(config.data)}, {named_by_class}) name different "
        f"families; it is read as {used}",
        "model_type",
        model_type=written,
        read_as=used,
    )


def sound(architecture: Architecture, config: Config) -> Architecture:
    """The architecture itself; UsageError where its sizes leave a tensor without elements, as 48 heads in a width of 32
    do."""
    empty = next((weight for weight in architecture.weights if min(weight.shape, default=1) < 1), None)
    if empty is not None:
        shape = " × ".join(map(str, empty.shape))
        raise UsageError(
            f"the sizes in {config.name} leave {empty.name} with the shape {shape}",
            place=Place(config.file),
            hint="A width is smaller than its divisor, as in hidden_size ÷ num_attention_heads; correct one of them.",
        )
    return architecture


NO_MODEL = "Give a model's config.json, or the folder or repo that holds it."
UNKNOWN = "Count its weights with --depth headers, or describe it in a spec (*.moe.yaml, `moeaudit schema spec`)."


@dataclass(frozen=True)
class Recognised:
    """The type that a config is read as which names none, and the sign that gave it away."""

    type: Type
    sign: str
    like: str = ""

    def said(self, written: object) -> str:
        """The notice's sentence. `like`: how the sign's name is the type's, where it is not the same."""
        if self.like and self.sign == "model_type":
            return f"{named(written)} is {self.like} {self.type.name}, and is read as that"
        says = f"is {self.like} {self.type.name}" if self.like else f"says {self.type.name}"
        return f"{named(written)} names no known family; {self.sign} {says}, and it is read as that"


def recognise(data: Mapping[str, Any], *, dense: bool) -> Recognised | None:
    """What the class's name says, a type in another spelling, or a dense type that experts make sparse. A type whose
    models another type's class builds says more than that class."""
    written, name = data.get("model_type"), class_name(data)
    exact = by_class(name, data)
    like = by_type(written, data) if isinstance(written, str) and not dense else None
    if exact and (not exact[1] or not dense) and not (like and name in like[0].built_by):
        return Recognised(exact[0], f"architectures ({show(name)[1:-1]})", exact[1])
    if dense or not isinstance(written, str):
        return None
    if like:
        return Recognised(like[0], "model_type", like[1])
    if written in SPARSE_SIBLINGS:
        return Recognised(BY_NAME[SPARSE_SIBLINGS[written]], "the presence of expert fields")
    return None


def class_name(data: Mapping[str, Any]) -> str:
    """The class that saved the model; empty where the config names none."""
    classes = data.get("architectures")
    return classes[0] if isinstance(classes, list) and classes and isinstance(classes[0], str) else ""


def subject(data: Mapping[str, Any]) -> str:
    """What a refusal speaks of: the model_type, or the class of a config without one."""
    name = class_name(data)
    return f"class {show(name)}" if name and data.get("model_type") is None else named(data.get("model_type"))


def named(model_type: object) -> str:
    """The model_type as a subject of a sentence."""
    return f"model_type {show(model_type)}" if model_type is not None else "a config without model_type"
