import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.evidence.indices import count_indices, indices, read_indices, write_indices


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        (range(61), "0-60"),
        (range(3, 48, 4), "3-47/4"),
        ((5,), "5"),
        ((0, 1, 2, 4, 5, 6), "0-2,4-6"),
        ((0, 2, 4, 5), "0-4/2,5"),
        ((1, 9), "1-9/8"),
    ],
)
def test_short_form(numbers: range | tuple[int, ...], text: str) -> None:
    assert write_indices(indices(tuple(numbers))) == text
    assert tuple(read_indices(text)) == tuple(numbers)
    assert count_indices(text) == len(numbers)


@given(st.sets(st.integers(0, 999_999_999), min_size=1))
def test_every_set_survives(numbers: set[int]) -> None:
    assert list(read_indices(write_indices(indices(sorted(numbers))))) == sorted(numbers)


@pytest.mark.parametrize(
    "text", ["", "a", "3-1", "0-10/3", "0-4/0", "1,1", "2,1", "0-5,3-9", "-1", "1e3", "0-9999999999", "١"]
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_indices(text)
