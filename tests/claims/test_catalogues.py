"""Third-party records as claims. The recipe's wrong figure is a published one (vllm-project/recipes,
Mistral-Large-3)."""

from __future__ import annotations

import pytest

from moeaudit.claims.card import read_card
from moeaudit.claims.catalogues import model_index, read_catalogue
from moeaudit.claims.claim import Distribution, Origin, SourceKind, judge_claim
from moeaudit.errors import UsageError

RECIPE = """\
meta: {title: Mistral-Large-3-675B-Instruct, date_added: 2025-12-02}
model:
  model_id: "mistralai/Mistral-Large-3-675B-Instruct-2512"
  architecture: moe
  parameter_count: "675B"
  active_parameters: "22B"
  context_length: 294912
variants:
  default: {precision: fp8, vram_minimum_gb: 810}
"""
MODELS_DEV = """\
name = "Kimi K2"
release_date = "2025-07-11"
open_weights = true

[cost]
input = 0.6
output = 2.5

[limit]
context = 131_072
output = 16_384
"""
EVAL_RESULTS = """\
- dataset: {id: cais/hle, task_id: default}
  value: 20.90
  notes: no-tools
  source: {url: "https://example.org/logs", name: Eval logs, org: example}
"""


def test_a_recipe_is_held_against_the_counts() -> None:
    record = read_catalogue(RECIPE, "models/mistralai/large.yaml")
    claims = {claim.path: claim for claim in record.claims}
    assert record.model_id == "mistralai/Mistral-Large-3-675B-Instruct-2512"
    assert claims["architecture.active_parameters"].location.line == 6
    assert claims["runtime.context_length"].figure is not None
    assert {claim.origin for claim in record.claims} == {Origin.CATALOGUE}
    # The vendor's card: 673B/39B language model and a 2.5B vision encoder, 41B active.
    counts = {"active.head": 38_900_000_000, "active.head+encoders": 41_400_000_000}
    assert judge_claim(claims["architecture.active_parameters"], counts).verdict == "contradicted"


def test_words_in_a_numeric_field_are_no_figure() -> None:
    text = RECIPE.replace('"22B"', '"16 experts/token + shared (of 896 routed)"')
    claim = next(
        claim for claim in read_catalogue(text, "kimi.yaml").claims if claim.path == "architecture.active_parameters"
    )
    assert claim.figure is None and claim.printed.startswith("16 experts")


def test_models_dev_is_about_a_product() -> None:
    record = read_catalogue(MODELS_DEV, "providers/moonshotai/models/kimi-k2.toml")
    found = {claim.path: (claim.value, claim.location.line, claim.location.column) for claim in record.claims}
    assert (record.model_id, record.distribution) == ("kimi-k2", Distribution.HOSTED)
    assert found["runtime.context_length"] == (131_072, 10, 11)
    assert found["runtime.cost_per_million_tokens"] == (0.6, 6, 9)
    assert found["governance.distribution"] == ("downloadable", 3, 16)


def test_published_evaluation_results() -> None:
    record = read_catalogue(EVAL_RESULTS, ".eval_results/hle.yaml")
    assert [(claim.path, claim.value) for claim in record.claims] == [
        ("evaluations[0].name", "cais/hle"),
        ("evaluations[0].score", 20.90),
        ("evaluations[0].mode", "no-tools"),
        ("evaluations[0].reporter", "example"),
    ]
    assert record.claims[0].source is not None and record.claims[0].source.kind is SourceKind.PROVIDER


def test_a_model_index_in_the_front_matter() -> None:
    text = """\
---
model-index:
- name: model
  results:
  - task: {type: text-generation}
    dataset: {name: MMLU, type: mmlu}
    metrics: [{type: acc, value: 71.2, verifyToken: abc}]
---
# Model
"""
    card = read_card(text, "README.md")
    assert card.front_matter.root is not None
    record = model_index(card.front_matter.root)
    assert record is not None
    assert [(claim.value, claim.location.line) for claim in record.claims] == [("MMLU", 6), (71.2, 7)]
    assert record.claims[1].source is not None and record.claims[1].source.kind is SourceKind.REPRODUCED


@pytest.mark.parametrize(
    ("text", "file", "words"),
    [
        ("a: 1", "x.yaml", "not a record of a known catalogue"),
        ("name = ", "x.toml", "not valid TOML"),
        ("a = 1", "x.toml", "not a record"),
        ("[1, 2", "x.yaml", "not valid YAML"),
    ],
)
def test_files_that_are_no_catalogue(text: str, file: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_catalogue(text, file)
