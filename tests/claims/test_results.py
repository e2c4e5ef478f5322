"""Who says a result of the Hub, and whether anyone did it again: by what stands at it."""

from __future__ import annotations

import pytest

from moeaudit.claims.claim import Claim, SourceKind
from tests.claims.test_catalogues import one

PROVIDER, REPRODUCED = SourceKind.PROVIDER, SourceKind.REPRODUCED


@pytest.mark.parametrize(
    ("at", "title", "url", "kind"),
    [
        ("", None, None, None),
        ("source: {name: A paper}", None, None, None),
        ("source: {url: 'https://a.b/c'}", "https://a.b/c", "https://a.b/c", PROVIDER),
        ("source: {url: 'http://a.b/c'}", "http://a.b/c", "http://a.b/c", PROVIDER),
        ("source: {url: 'https://a.b/c', name: A paper}", "A paper", "https://a.b/c", PROVIDER),
        ("source: {url: 'javascript:alert(1)', name: A paper}", "A paper", "", PROVIDER),
        ("source: {url: 'ftp://a.b/c'}", "verified by the Hub", "", PROVIDER),
        ("verifyToken: x", "verified by the Hub", "", REPRODUCED),
        ("verifyToken: x, source: {name: A paper}", "A paper", "", REPRODUCED),
        ("verifyToken: x, source: {url: 'https://a.b/c'}", "https://a.b/c", "https://a.b/c", REPRODUCED),
    ],
)
def test_the_source_of_a_result(at: str, title: str | None, url: str | None, kind: SourceKind | None) -> None:
    text = f"- {{dataset: {{id: cais/hle}}, value: 20.9{', ' + at if at else ''}}}\n"
    claims = one(text, ".eval_results/hle.yaml").claims
    told = {claim.path.rpartition(".")[2]: claim for claim in claims}
    assert set(told) == {"name", "score"} and told["score"].value == 20.9
    source = told["score"].source
    assert (source and source.id, source and source.url, source and source.kind) == (title, url, kind)


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ("dataset: {id: a/b}, value: 1", {"name", "score"}),
        ("dataset: {id: a/b}, value: 1, notes: greedy", {"name", "score", "mode"}),
        ("dataset: {id: a/b}, value: 1, source: {org: us}", {"name", "score", "reporter"}),
        ("dataset: {id: a/b}, value: 1, source: {user: me}", {"name", "score", "reporter"}),
        ("dataset: {id: a/b}, value: null, notes: ''", {"name", "mode"}),
    ],
)
def test_what_a_result_states(entry: str, fields: set[str]) -> None:
    claims: tuple[Claim, ...] = tuple(one(f"- {{{entry}}}\n", ".eval_results/a.yaml").claims)
    assert {claim.path.rpartition(".")[2] for claim in claims} == fields


def test_results_are_numbered_and_those_of_no_dataset_left_out() -> None:
    text = "- {dataset: {id: a/b}, value: 1}\n- {value: 2}\n- {dataset: {id: c/d}, value: 3}\n"
    claims = one(text, ".eval_results/a.yaml").claims
    assert [(claim.path, claim.value) for claim in claims] == [
        ("evaluations[0].name", "a/b"), ("evaluations[0].score", 1), ("evaluations[1].name", "c/d"),
        ("evaluations[1].score", 3),
    ]  # fmt: skip
