"""MLX packs whole groups of inputs into whole words of 32 bits."""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.schemes.mlx import MLX, Mlx


@pytest.mark.parametrize(
    ("bits", "group", "shape", "fits"),
    [
        (4, 64, (8, 128), True),
        (4, 64, (8, 96), False),  # a group and a half
        (4, 32, (8, 96), True),
        (3, 32, (8, 32), True),
        (3, 1, (8, 40), False),  # 120 bits
        (4, 64, (128,), False),
        (4, 0, (8, 128), True),
    ],
)
def test_what_can_be_packed(bits: int, group: int, shape: tuple[int, ...], fits: bool) -> None:
    assert Mlx(MLX, bits=bits, group=group).fits(shape) is fits
