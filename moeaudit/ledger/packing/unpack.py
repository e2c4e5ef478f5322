"""The logical weights behind a table of stored tensors: names without packing suffixes, shapes in parameters, every
tensor once."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.config import show
from moeaudit.errors import UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.packing.modules import by_name, find_modules
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.rest import Rest
from moeaudit.ledger.packing.run import Expected, Run
from moeaudit.ledger.packing.unpacked import Unpacked

__all__ = ["Expected", "unpack"]


def unpack(table: TensorTable, made: Recipe, expected: Expected | None = None) -> Unpacked:
    """Undo the packing of a checkpoint's tensors by their names, types and shapes. The recipe of its config only
    settles what these leave open; `expected` is what an architecture says of a weight's name."""
    unknown = next((group for group in table.groups if group.dtype is not None and group.dtype not in DTYPE_BITS), None)
    if unknown is not None:
        raise UsageError(
            f"{show(unknown.dtype)}, the type of {show(unknown.template)}, is not a safetensors type",
            hint="The header is broken, or newer than this program.",
        )
    groups = [literal(group.canonical()) for group in table.groups if group.tensors]
    run = Run(made, expected or (lambda name: None))
    for module in find_modules(by_name(groups), run.is_expected):
        run.module(module)
    Rest(run).sort([left for group in groups for left in run.left(group)])
    return Unpacked(tuple(run.logical), tuple(run.others), tuple(run.unknown), tuple(run.doubts.values()))


def literal(group: TensorGroup) -> TensorGroup:
    """`weight_scale_2` is a word: its number is no index."""
    if group.template.endswith("_scale_{}") and tuple(group.index[-1]) == (2,):
        return replace(group, template=group.template[:-2] + "2", index=group.index[:-1])
    return group
