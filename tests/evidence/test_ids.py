import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import AuditError, NoEvidence, UsageError
from moeaudit.evidence import open_evidence, split_id


@pytest.mark.parametrize(
    ("text", "revision", "split"),
    [
        ("org/name", None, ("org/name", None)),
        ("org/name@v1.0", None, ("org/name", "v1.0")),
        ("org/name@refs/pr/1", None, ("org/name", "refs/pr/1")),
        ("org/name@abc", "abc", ("org/name", "abc")),
        ("org/name", "abc", ("org/name", "abc")),
        ("t5-base", None, ("t5-base", None)),
    ],
)
def test_ids(text: str, revision: str | None, split: tuple[str, str | None]) -> None:
    assert split_id(text, revision) == split


@pytest.mark.parametrize(
    "text",
    [
        "org/name@",
        "org/name@../x",
        "org/name@a b",
        "org/name@-x",
        "org//name",
        "org/na--me",
        "org/a..b",
        "@main",
        "org/n%2e",
        "org\\name",
        "https://hub.example/org/name",
    ],
)
def test_what_no_id_looks_like(text: str) -> None:
    with pytest.raises((UsageError, NoEvidence)):
        split_id(text)


def test_two_revisions() -> None:
    with pytest.raises(UsageError, match="two revisions: 'a' and 'b'"):
        split_id("org/name@a", "b")


@given(st.text(max_size=30))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    try:
        open_evidence(text, offline=True)
    except AuditError as error:
        assert "\n" not in str(error) and "\x1b" not in str(error)
