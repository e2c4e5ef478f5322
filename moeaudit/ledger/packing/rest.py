"""What no scheme has claimed: plain weights, what stands beside a weight, buffers and tables, and the rest of packing
that cannot be undone, which stays apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import prod

from moeaudit.architecture.config import show
from moeaudit.evidence.boxes import Boxes, cells, size
from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import expression
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.packing.beside import (
    CACHE_SCALES,
    MAYBE_LEARNED,
    SCALE_WORD,
    homes,
    is_bias,
    is_scale,
    known_beside,
)
from moeaudit.ledger.packing.modules import Module, Named, ending, suffixes
from moeaudit.ledger.packing.run import Run
from moeaudit.ledger.packing.scheme import BARE, MODULE, Scheme
from moeaudit.ledger.packing.schemes import Int4Bytes, Mlx, Mxfp4, Scaled
from moeaudit.ledger.packing.schemes.scaled import FLOAT8
from moeaudit.ledger.packing.unpacked import Logical, NonParameter, Unknown
from moeaudit.vocabulary import Kind

INTEGERS = frozenset({"I64", "I32", "I16", "U64", "U32", "U16", "BOOL"})
UNSCALED = frozenset({"F8_E5M2", "F8_E5M2FNUZ"})
"""With the exponents of F16: what is rounded to them needs no scale. (OCP OFP8 specification, section 5.1)"""

BYTES = frozenset({"I8", "U8"})
PACKABLE = BYTES | {"I32", "U32", "I16", "U16"}

BUFFERS = expression(
    r"(^|[._])(inv_freq|num_batches_tracked|masked_bias|position_ids|slope_rate|cos_cached|sin_cached|_extra_state)$|^rot\.weight$"
)
"""Tensors that code derives or counts, never learns. `_extra_state` are Transformer Engine's histories; `rot.weight` is
the rotation that msModelSlim folded into the weights (QuaRot), kept beside them."""

TABLES = expression(r"(tid2eid|token_to_expert|relative_position_index|mask|[._]bias)$")
"""Whole numbers that are looked up or mask: hash routers, windows, the causal masks that old code saved as `bias`."""

FOREIGN = frozenset({".indices", ".res_indices", ".outlier_indices", ".dense_weights", ".col_vals", ".row_offsets"})
"""The weights' own tensors of formats that are known but not undone: VPTQ (vptq/layers/vqlinear.py: vector lengths and
numbers of centroids stand in the config alone) and SpQR (spqr_quant/inference.py: outputs and inputs are filled up to
16 in one flat buffer)."""


class Rest:
    """Sorts what is left, in passes: each takes what it understands and hands on the rest."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.apart: dict[str, Named] = {}
        self.stems: dict[str, str] = {}
        self.homes: dict[str, tuple[list[Logical], Boxes]] = {}

    def sort(self, groups: list[TensorGroup]) -> None:
        left = [group for group in groups if not self._packed(group)]
        left = [one for group in left for one in self._joined(group)]
        left = [group for group in left if not self._named_weight(group)]
        for logical in self.run.logical:
            self._home(logical)
        left = [one for group in left for one in self._beside(group)]
        left = [group for group in left if not self._absent(group)]
        for group in sorted(left, key=lambda one: one.dtype not in PACKABLE):  # a payload takes its neighbours along
            for one in self._joined(group):
                self._alone(one)
        self._tell()

    def _packed(self, group: TensorGroup) -> bool:
        """A name or type that only packed weights have, without what would undo it."""
        name, dtype, shape = group.template, group.dtype, group.shape
        expected = self.run.expected(name)
        if dtype in PACKABLE and len(shape or ()) > 1 and (name.endswith(MODULE) or expected is not None):
            if dtype in INTEGERS and (shape == expected or dtype not in ("I32", "U32")):
                return False  # a table of numbers
            if not self._alone_by_hint(group):
                self._set_apart(group, name.removesuffix(MODULE), name)
            return True
        if expected is not None or is_bias(group):
            return False
        own = [
            suffix
            for suffix in ending(name, packed_suffixes())
            if dtype is None or dtype in OF_PACKED or suffix == ".W_q"
        ]
        for suffix in sorted(own, key=len, reverse=True)[:1]:
            stem = name.removesuffix(suffix)
            self._set_apart(group, stem, stem + (MODULE if suffix.startswith(".") else BARE))
        return bool(own)

    def _alone_by_hint(self, group: TensorGroup) -> bool:
        """Packed types with no scales: read as the config says, or as the architecture expects."""
        suffix = MODULE if group.template.endswith(MODULE) else BARE
        module = Module(group.template.removesuffix(MODULE), suffix, group, {})
        hint = self.run.hint(module.stem, group)
        expected = self.run.expected(group.template)
        tried: list[Scheme] = [hint] if hint is not None else []
        if expected is not None:
            dtype = group.dtype or ""
            tried += [
                Scaled(dtype=dtype),
                Mxfp4(dtype=dtype),
                Int4Bytes(dtype=dtype),
                *(Mlx(bits=bits) for bits in (4, 8, 2, 3, 5, 6)),
            ]
        return any(
            group.dtype in scheme.packs
            and scheme.suffixes["weight"] in (MODULE, BARE)
            and self.run.try_alone(module, scheme, expected)
            for scheme in tried
        )

    def _joined(self, group: TensorGroup) -> Iterator[TensorGroup]:
        """What of a group does not stand in a module that is apart."""
        left = [group]
        if self.apart and not is_bias(group) and not self.run.is_expected(group.template):
            for home in homes(group.template):
                if home.name in self.apart:
                    near = self.apart[home.name]
                    parts = [part for one in left for part in near.split(one)]
                    left = [part for part, inside in parts if not inside]
                    for part, inside in parts:
                        if inside:
                            near.add(part)
        yield from left

    def _named_weight(self, group: TensorGroup) -> bool:
        """A weight by its name: the architecture's, or one that ends in `.weight`."""
        if not self.run.is_expected(group.template) and not group.template.endswith(MODULE):
            return False
        if BUFFERS.search(group.template):
            return False
        if group.dtype in INTEGERS:
            self.run.others.append(NonParameter(group, Kind.INTEGER_TABLE))
        else:
            self._plain(group)
        return True

    def _plain(self, group: TensorGroup) -> None:
        if group.dtype in FLOAT8 - UNSCALED and self.run.recipe.method != "none":
            said = f"{show(group.template)} is stored as {group.dtype} without a scale"
            self.run.doubt(Cause.PACKING_SCALES_MISSING, said, group)
        self.run.keep(group.template, group, shape=group.shape)

    def _home(self, logical: Logical) -> None:
        logicals, boxes = self.homes.setdefault(logical.group.template, ([], Boxes()))
        logicals.append(logical)
        boxes.add(logical.group.index)

    def _beside(self, group: TensorGroup) -> Iterator[TensorGroup]:
        """What of a group stands beside no weight; the rest is a scale of it, or not understood."""
        left = [group]
        for home in () if is_bias(group) else homes(group.template):
            if home.name not in self.homes:
                continue
            logicals, boxes = self.homes[home.name]
            parts, left = left, []
            for one in parts:
                near = boxes.meeting(one.index)
                for box, over in cells(one.index, [boxes.boxes[place] for place in near]):
                    part = replace(one, index=box)
                    if over:
                        self._place(part, logicals, near[over[0]], home.suffix)
                    else:
                        left.append(part)
        yield from left

    def _place(self, part: TensorGroup, logicals: list[Logical], at: int, suffix: str) -> None:
        """Put a tensor where it belongs beside this weight; one that covers the weight's numbers is written down at
        it."""
        logical = logicals[at]
        kind = self._judge(part, logical, suffix)
        if kind == "apart":
            self._set_apart(part, part.template, part.template)
        elif kind == "alone":
            self._alone(part)
        else:
            self.run.others.append(NonParameter(part, Kind.SCALE))
            if part.index == logical.group.index:
                logicals[at] = replace(logical, beside=(*logical.beside, part))
                self.run.replace(logical, logicals[at])

    def _judge(self, group: TensorGroup, home: Logical, suffix: str) -> str:
        """scale, apart (not understood) or alone: what a tensor is beside this weight."""
        known, packed = self.run.is_expected(home.group.template), home.title != "plain"
        named = suffix in known_beside()
        if not (known or packed or named) or (suffix in MAYBE_LEARNED and not (known or packed)):
            return "alone"
        if BUFFERS.search(group.template):
            return "alone"
        word = named or SCALE_WORD.search(suffix) is not None
        if group.shape is None or home.group.shape is None:
            return "scale" if word or group.dtype == "F8_E8M0" else "apart"
        weight = home.group.shape
        format_owns = packed and not home.weight.template.endswith(MODULE) and suffix.startswith(".")
        small = prod(group.shape) < prod(weight)
        if (small and (format_owns or len(weight) == 1)) or is_scale(group.shape, weight, grids=packed or word):
            return "scale"
        return "apart"

    def _absent(self, group: TensorGroup) -> bool:
        """Whether it stands where a weight is expected that is not there: then it is a packing of it."""
        name = group.template
        if is_bias(group) or BUFFERS.search(name) or CACHE_SCALES.search(name):
            return False
        near = homes(name)
        if any(home.suffix in known_beside() for home in near):
            return False  # a scale by its name: without the weight it belongs to
        for home in near:
            if self.run.is_expected(home.name):
                self._set_apart(group, home.stem, home.name)
                return True
        return False

    def _alone(self, group: TensorGroup) -> None:
        """A tensor by itself: a scale without its weight, a buffer, a table, or a plain weight."""
        name, dtype = group.template, group.dtype
        if CACHE_SCALES.search(name):
            self.run.others.append(NonParameter(group, Kind.SCALE))
        elif BUFFERS.search(name):
            self.run.others.append(NonParameter(group, Kind.BUFFER))
        elif dtype == "F8_E8M0" or any(home.suffix in known_beside() for home in homes(name)):
            self.run.others.append(NonParameter(group, Kind.SCALE))
            said = f"{show(name)} is a scale, but the weight it belongs to is not there"
            self.run.doubt(Cause.PACKING_ORPHAN, said, group)
        elif dtype in PACKABLE and prod(group.shape or ()) > 1 and not TABLES.search(name):
            stem = name.rpartition(".")[0]
            self._set_apart(group, stem or name, f"{stem}{MODULE}" if stem else name)
        elif dtype in INTEGERS or dtype in BYTES:
            self.run.others.append(NonParameter(group, Kind.INTEGER_TABLE))
        else:
            self._plain(group)

    def _set_apart(self, group: TensorGroup, stem: str, name: str) -> None:
        self.apart.setdefault(name, Named()).add(group)
        self.stems.setdefault(name, stem)

    def _tell(self) -> None:
        """What is apart, module by module: groups that share a stem over the same numbers."""
        for name, named in self.apart.items():
            expected = self.run.expected(name)
            for box, groups in named.partition():
                parts = tuple(replace(group, index=box) for group in groups)
                self.run.unknown.append(Unknown(parts, self.stems[name], name))
                each = prod(expected) if expected is not None else max(prod(one.shape or ()) for one in parts)
                said = f"{show(parts[0].template)} is packed in a way that cannot be undone from what is stored"
                self.run.doubt(Cause.PACKING_UNREADABLE, said, *parts, open=size(box) * each)


OF_PACKED = PACKABLE | {"I64", "U64"}


def packed_suffixes() -> Iterable[str]:
    """Suffixes of weights' own tensors that only packing has."""
    return (suffixes()[0] - {MODULE, BARE}) | FOREIGN
