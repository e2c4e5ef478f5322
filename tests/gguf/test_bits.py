"""Bits of a parameter as a component stores it: by hand."""

from __future__ import annotations

import pytest

from moeaudit.ledger.gguf_storage import Stored


@pytest.mark.parametrize(
    ("elements", "size", "bits"), [(256, 144, 4.5), (256, 210, 6.5625), (32, 34, 8.5), (8, 16, 16.0), (0, 0, 0.0)]
)
def test_bits_of_a_parameter(elements: int, size: int, bits: float) -> None:
    """Q4_K: 144 bytes for 256; Q6_K: 210; Q8_0: 34 for 32 (ggml-common.h); nothing takes none."""
    assert Stored(elements, size, {}).bits == bits
