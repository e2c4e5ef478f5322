"""Who reads what describes a model: transformers' config.json, or a document in other words, by its role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.evidence.model import Evidence, Role
from moeaudit.later import dataclass

Describe = Callable[[Config], Architecture]

READERS: Mapping[Role, str] = {Role.PARAMS: "mistral_params:mistral_params"}
"""Documents that stand for a config.json: "file:function" below `families/`, loaded when one is met."""


@dataclass(frozen=True)
class Described:
    """A description's fields, and the function that reads an architecture from them."""

    config: Config
    describe: Describe


def reader_of(role: Role) -> Describe:
    """A role's reader, by which nothing is asked twice: what it did not find stated is kept with the config."""
    file, function = READERS[role].split(":")

    def read(config: Config) -> Architecture:
        reads: Describe = getattr(import_module(f"moeaudit.architecture.families.{file}"), function)
        from moeaudit.architecture.families.registry import sound

        return sound(reads(config if config.asked is not None else replace(config, asked=[])), config)

    return read


def description(evidence: Evidence) -> Described | None:
    """What the counts are described by: config.json first; None where nothing describes the model."""
    if evidence.config is not None:
        return Described(Config(evidence.config.data, file=evidence.config.file), describe)
    return next((one for role in READERS if (one := described_by(evidence, role)) is not None), None)


def described_by(evidence: Evidence, role: Role) -> Described | None:
    """The description in other words; None where there is no such document."""
    document = evidence.document(role)
    return None if document is None else Described(Config(document.data, file=document.file), reader_of(role))
