"""What a scheme makes of tensors, in short."""

from __future__ import annotations

from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape, Spelling

Reading = tuple[str, Shape, str]
"""The scheme in words, the weight's shape, how sure."""


def seen(**tensors: tuple[str, Shape]) -> dict[str, Seen]:
    return {name: Seen(dtype, shape) for name, (dtype, shape) in tensors.items()}


def read(
    scheme: type[Scheme], tensors: dict[str, Seen], hint: Scheme | None = None, spelling: Spelling | None = None
) -> list[Reading]:
    found = scheme.solutions(tensors, spelling or scheme.spellings[0], hint)
    return [(one.scheme.describe(), one.shape, one.confidence) for one in found]


def mlx(words: int, columns: int, dtype: str = "BF16") -> dict[str, Seen]:
    found = seen(weight=("U32", (6, words)), scale=(dtype, (6, columns)))
    return found if dtype == "U8" else {**found, "bias": Seen(dtype, (6, columns))}
