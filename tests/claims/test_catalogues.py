"""Third-party records as claims. The recipe's wrong figure is a published one (vllm-project/recipes,
Mistral-Large-3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.claims.card import read_card
from moeaudit.claims.catalogues import FORMATS, Record, Shelf, Unread, about, model_index, read_catalogue
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


def one(text: str, file: str, shelf: Shelf | None = None) -> Record:
    """The first record of a text."""
    found = read_catalogue(text, file, shelf)[0]
    assert isinstance(found, Record)
    return found


def told(record: Record) -> dict[str, tuple[object, int | None]]:
    """What a record says: path → value and line."""
    return {claim.path: (claim.value, claim.location.line) for claim in record.claims}


def test_a_recipe_is_held_against_the_counts() -> None:
    record = one(RECIPE, "models/mistralai/large.yaml")
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
    claim = next(claim for claim in one(text, "kimi.yaml").claims if claim.path == "architecture.active_parameters")
    assert claim.figure is None and claim.printed.startswith("16 experts")


def test_models_dev_is_about_a_product() -> None:
    record = one(MODELS_DEV, "providers/moonshotai/models/kimi-k2.toml")
    found = {claim.path: (claim.value, claim.location.line, claim.location.column) for claim in record.claims}
    assert (record.model_id, record.distribution) == ("kimi-k2", Distribution.HOSTED)
    assert found["runtime.context_length"] == (131_072, 10, 11)
    assert found["runtime.cost_per_million_tokens"] == (0.6, 6, 9)
    assert found["governance.distribution"] == ("downloadable", 3, 16)


def test_published_evaluation_results() -> None:
    record = one(EVAL_RESULTS, ".eval_results/hle.yaml")
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
        ('{"data": {"a": {"id": "a/b", "context_length": 1}}}', "x.json", "not a record"),
        ('{"data": "[", "context_length": 1}', "x.json", "not a record"),
        ('{"models": {"a": {"name": "a", "architecture": {}}}}', "x.json", "not a record"),
    ],
)
def test_files_that_are_no_catalogue(text: str, file: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_catalogue(text, file)


VARIANTS = """\
model:
  model_id: orchard/Pear-90B-A7B
  parameter_count: "90B"
  active_parameters: "7B"
  context_length: 0
variants:
  default: {precision: bf16, vram_minimum_gb: 216}
  eight: {precision: fp8, vram_minimum_gb: 108}
  four:
    model_id: grafters/Pear-90B-A7B-FP4
    precision: nvfp4
    vram_minimum_gb: 54
guide: |
  ## Pears

  Pear-90B-A7B has 90B total parameters.
"""


def test_a_variant_with_its_own_repository_is_a_record_of_its_own() -> None:
    pear, four = read_catalogue(VARIANTS, "recipes/pear.yaml")
    assert isinstance(pear, Record)
    assert isinstance(four, Record)
    assert told(pear) == {
        "architecture.total_parameters": ("90B", 3),
        "architecture.active_parameters": ("7B", 4),
        "runtime.precision": ("bf16", 7),
        "runtime.memory": ("216 GB", 7),
    }
    assert (four.model_id, told(four)["runtime.memory"]) == ("grafters/Pear-90B-A7B-FP4", ("54 GB", 12))
    assert [node.place.line for node in pear.prose()] == [13]
    assert about((pear, four), "GRAFTERS/Pear-90B-A7B-FP4") == [four]
    assert about((pear, four), "somebody/else") == [pear]


PEAR = """\
name = "Pear"
open_weights = true
license = "apache-2.0"

[parameters]
total = 90_000_000_000
active = 7_000_000_000

[limit]
context = 65_536
output = 8_192

[[weights]]
label = "mirror"
url = "https://example.org/pear"

[[weights]]
url = "https://huggingface.co/orchard/Pear-90B-A7B/tree/main"
"""
SERVED = """\
base_model = "orchard/pear"
base_model_omit = ["license"]
[limit]
context = 131_072
"""


def served(base: str | None, text: str = SERVED) -> tuple[Record | Unread, ...]:
    asked: list[str] = []

    def read(path: str) -> str | None:
        asked.append(path)
        return base

    found = read_catalogue(text, "cat/providers/stall/models/pear.toml", Shelf(read))
    assert asked in ([], ["cat/models/orchard/pear.toml"])
    return found


def test_a_provider_takes_over_what_the_model_says() -> None:
    (record,) = served(PEAR)
    assert isinstance(record, Record)
    places = {claim.path: (claim.location.file, claim.location.line) for claim in record.claims}
    assert places == {
        "architecture.total_parameters": ("cat/models/orchard/pear.toml", 6),
        "architecture.active_parameters": ("cat/models/orchard/pear.toml", 7),
        "runtime.context_length": ("cat/providers/stall/models/pear.toml", 4),
        "governance.distribution": ("cat/models/orchard/pear.toml", 2),
    }
    assert [(hub.id, hub.stated) for hub in record.hub_ids] == [("orchard/Pear-90B-A7B", True)]


@pytest.mark.parametrize("base", [None, "broken = ", "[a\n"])
def test_a_base_that_cannot_be_read_is_said_and_the_rest_is_read(base: str | None) -> None:
    problem, record = served(base)
    assert isinstance(problem, Unread)
    assert problem.place.line == 1
    assert isinstance(record, Record)
    assert told(record) == {"runtime.context_length": (131_072, 4)}


def test_a_base_cannot_lead_out_of_the_catalogue() -> None:
    problem, _ = served(PEAR, SERVED.replace("orchard/pear", "orchard/../../../etc/passwd"))
    assert isinstance(problem, Unread)
    assert "no path of a model" in problem.reason


def test_toml_places_are_those_of_keys_and_not_of_texts_that_look_like_them() -> None:
    text = 'name = "x"\nabout = """\ncontext = 1\n"""\nlimit = { context = 4096 }\n'
    (claim,) = one(text, "models/a/x.toml").claims
    assert (claim.value, claim.location.line) == (4096, 5)


OPENROUTER = """\
{"data": [
  {"id": "orchard/pear:free", "hugging_face_id": "orchard/Pear-90B-A7B", "context_length": 65536,
   "top_provider": {"context_length": 8192}, "pricing": {"prompt": "0.0000003"},
   "description": "Pear has 90B total parameters."},
  {"id": "orchard/plum", "hugging_face_id": null, "context_length": NaN},
  {"id": "orchard/quince", "hugging_face_id": "", "context_length": 4096, "pricing": {"prompt": "-1"}},
  {"context_length": 4096},
  {"id": "a", "id": "b"},
  7,
  {"id": "orchard/fig", "context_length": true}
]}
"""


def test_openrouter_record_by_record() -> None:
    found = read_catalogue(OPENROUTER, "models.json")
    records = [entry for entry in found if isinstance(entry, Record)]
    assert told(records[0]) == {
        "runtime.context_length": (65536, 2),
        "runtime.cost_per_million_tokens": ("0.0000003", 3),
    }
    assert [(entry.model_id, entry.hub_ids[0].stated) for entry in records] == [
        ("orchard/pear:free", True),
        ("orchard/quince", False),
        ("orchard/fig", False),
    ]
    assert [node.place.line for node in records[0].prose()] == [4]
    assert told(records[1]) == {"runtime.context_length": (4096, 6)}
    assert told(records[2]) == {}
    assert [(entry.place.line, entry.reason) for entry in found if isinstance(entry, Unread)] == [
        (5, "'NaN' is no JSON value"),
        (7, "a model without an id"),
        (8, "the key 'id' stands twice in one object"),
        (9, "not an object"),
    ]


LITELLM = """\
{
  "sample_spec": {"litellm_provider": "one of a list", "max_input_tokens": "words"},
  "stall/orchard/Pear-90B-A7B": {"litellm_provider": "stall", "max_input_tokens": 65536,
    "input_cost_per_token": 3e-07, "source": "https://example.org/prices"},
  "plum": {"litellm_provider": "stall", "max_input_tokens": [1]},
  "plum": {"litellm_provider": "stall"},
  "fig": "no object",
  "quince": {"litellm_provider": "stall", "max_input_tokens": 8192, "source": "https://huggingface.co/orchard/Quince"}
}
"""


def test_litellm_names_products() -> None:
    found = read_catalogue(LITELLM, "prices.json")
    pear, plum, quince = (entry for entry in found if isinstance(entry, Record))
    assert told(pear) == {
        "runtime.context_length": (65536, 3),
        "runtime.cost_per_million_tokens": (3e-07, 4),
    }
    assert (pear.hub_ids[0].id, pear.hub_ids[0].stated, pear.url) == (
        "orchard/Pear-90B-A7B",
        False,
        "https://example.org/prices",
    )
    assert told(plum) == {}
    assert (quince.hub_ids[0].id, quince.hub_ids[0].stated) == ("orchard/Quince", True)
    assert [entry.place.line for entry in found if isinstance(entry, Unread)] == [6, 7]


ECOLOGITS = """\
{"aliases": [], "models": [
  {"type": "model", "provider": "huggingface_hub", "name": "orchard/Pear-90B-A7B",
   "architecture": {"type": "moe", "parameters": {"total": 90.1, "active": {"min": 6, "max": 8}}}, "warnings": null,
   "sources": ["https://huggingface.co/orchard/Pear-90B-A7B"]},
  {"type": "model", "provider": "stall", "name": "plum-large", "architecture": {"type": "dense",
   "parameters": {"min": 70, "max": 120}}, "warnings": ["model-arch-not-released"], "sources": []},
  {"type": "model", "provider": "stall", "name": "fig", "architecture": {"type": "dense", "parameters": "many"}}
]}
"""


def test_ecologits_counts_in_billions() -> None:
    pear, plum, fig = (entry for entry in read_catalogue(ECOLOGITS, "m.json") if isinstance(entry, Record))
    figures = {claim.path: (str(claim.figure), claim.location.line) for claim in pear.claims}
    assert figures == {
        "architecture.total_parameters": ("90.1B", 3),
        "architecture.active_parameters": ("6–8B", 3),
    }
    assert (plum.distribution, plum.hub_ids, str(plum.claims[0].figure)) == (Distribution.HOSTED, (), "70–120B")
    assert fig.claims == ()


DIGEST = "sha256:" + "5a" * 32
MANIFEST = f"""\
{{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
 "config": {{"mediaType": "application/vnd.docker.container.image.v1+json", "digest": "{DIGEST}", "size": 400}},
 "layers": [{{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:00", "size": 55000000000}},
  {{"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:01", "size": 11000}}]}}
"""
BLOB = '{"model_format": "gguf", "model_family": "pear", "model_type": "90.1B", "file_type": "Q4_K_M"}'
SHOWN = """\
{"details": {"family": "pear", "parameter_size": "90.1B"}, "model_info": {
  "general.architecture": "pear", "general.parameter_count": 90123456789,
  "general.base_model.0.repo_url": "https://huggingface.co/orchard/Pear-90B-A7B",
  "pear.block_count": 40, "pear.context_length": 65536, "pear.expert_count": 64, "pear.expert_used_count": 4,
  "tokenizer.ggml.tokens": []}}
"""


def test_a_manifest_is_read_with_its_config() -> None:
    shelf = Shelf(lambda path: BLOB if path == f"store/blobs/{DIGEST.replace(':', '-')}" else None)
    record = one(MANIFEST, "store/manifests/registry.ollama.ai/library/pear/90b-q4.1", shelf)
    assert record.model_id == "pear:90b-q4.1"
    assert told(record) == {
        "architecture.stored_capacity": (55_000_000_000, 3),
        "architecture.total_parameters": ("90.1B", 1),
        "runtime.precision": ("Q4_K_M", 1),
    }
    pulled = one(MANIFEST, "store/manifests/hf.co/orchard/Pear-90B-A7B/latest")
    assert pulled.hub_ids[0].id == "orchard/Pear-90B-A7B"


def test_what_the_server_shows_are_the_counts_of_the_file() -> None:
    record = one(SHOWN, "shown.json")
    assert {path: value for path, (value, _) in told(record).items()} == {
        "architecture.total_parameters": 90123456789,
        "runtime.context_length": 65536,
        "architecture.layers": 40,
        "architecture.routed_experts": 64,
        "architecture.experts_per_token": 4,
    }
    assert record.hub_ids[0].id == "orchard/Pear-90B-A7B"
    tags = '{"models": [{"name": "pear:q4", "digest": "0", "size": 7, "details": {"parameter_size": "90B"}}]}'
    assert told(one(tags, "tags.json"))["architecture.stored_capacity"] == (7, 1)


HOSTILE = {
    "deep-lists.json": '{"data": ' + "[" * 100_000,
    "deep-objects.json": '{"data": [{"id": "x", "context_length": ' + '{"a":' * 20_000,
    "open-strings.json": '{"data": [{"id": "x", "context_length": "' + '\\"' * 50_000,
    "many-quotes.json": '{"data": [{"context_length": ' + '"a" ' * 50_000,
    "long-number.json": '{"data": [{"id": "x", "context_length": ' + "9" * 100_000 + "}]}",
    "half-a-pair.json": '{"data": [{"id": "x\\ud800", "context_length": 1, "description": "\\ud800"}]}',
    "deep-dots.toml": "base_model." + "a." * 60_000 + "a = 1",
    "deep-lists.toml": 'name = "x"\nlimit = ' + "[" * 8_000,
    "nothing-finite.toml": 'name = "x"\n[limit]\ncontext = nan\n',
    "wrong-types.toml": 'name = "x"\nbase_model = 7\nweights = 3\nlimit = []\nparameters = "no"\n',
    "aliases.yaml": "a: &a [1,1,1,1,1,1,1,1,1]\n"
    + "".join(f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "model: {model_id: x, parameter_count: *i}\n",
    "wrong-types.yaml": "model: {model_id: [x], parameter_count: {a: 1}}\nvariants: [1]\nguide: {}\n",
    "odd-types.yaml": "model: {model_id: x/y, parameter_count: [1], active_parameters: true}\nvariants: {default: 3}\n",
}


@pytest.mark.parametrize("file", HOSTILE)
def test_hostile_files_are_an_answer(file: str) -> None:
    try:
        found = read_catalogue(HOSTILE[file], file)
    except UsageError as error:
        assert error.place is not None
        return
    for entry in found:
        try:
            assert isinstance(entry, Unread) or all(claim.figure is None for claim in entry.claims)
        except UsageError as error:
            assert error.place is not None


def test_every_format_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalogues.md").read_text(encoding="utf-8")
    assert [form.name for form in FORMATS if form.home not in page] == []
