"""The watch finds types with experts in the libraries' sources, and says what the catalogue makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.architecture.catalogue import BY_CLASS, BY_NAME
from tools.watching.names import DENSE, OTHERWISE
from tools.watching.page import PAGE, main, status_of
from tools.watching.sources import Served, mlx_lm, sglang, transformers, vllm

PLAIN = "class DenseConfig(Base):\n    hidden_size = 8\n"
SPARSE = "class SparseConfig(Base):\n    num_experts = 8\n"
AUTO = (
    'CONFIG_MAPPING_NAMES = OrderedDict([("dense", "DenseConfig"), ("sparse", "SparseConfig"), ("gone", "NoConfig")])'
)
REGISTRY = """
_TEXT_GENERATION_MODELS = {"Sparse": ("sparse", "SparseForCausalLM"), "Dense": ("dense", "DenseForCausalLM"), **other}
_MULTIMODAL_MODELS = {"Wrapper": ("wrapper", "WrapperForConditionalGeneration")}
_EMBEDDING_MODELS: dict = {}
"""
ROUTES = "layer = FusedMoE(num_experts=8)\n"


def test_transformers_types_whose_configuration_counts_experts() -> None:
    files = {"models/auto/auto_mappings.py": AUTO, "models/dense/c.py": PLAIN, "models/sparse/c.py": SPARSE}
    assert [one.name for one in transformers(files)] == ["sparse"]


def test_vllm_classes_that_route_and_wrappers_around_them() -> None:
    files = {
        "models/registry.py": REGISTRY,
        "models/sparse.py": ROUTES,
        "models/dense.py": "",
        "models/wrapper.py": "from .sparse import SparseForCausalLM\n",
    }
    assert [one.name for one in vllm(files)] == ["Sparse", "Wrapper"]


def test_sglang_entries_of_modules_that_route() -> None:
    files = {
        "models/a.py": ROUTES + "EntryClass = [FirstForCausalLM, SecondForCausalLM]\n",
        "models/b.py": "EntryClass = B\n",
    }
    assert [one.name for one in sglang(files)] == ["FirstForCausalLM", "SecondForCausalLM"]


def test_mlx_modules_and_what_is_read_as_them() -> None:
    files = {
        "mlx_lm/utils.py": 'MODEL_REMAPPING = {"other": "sparse", "plain": "dense"}',
        "mlx_lm/models/sparse.py": "class Model:\n    mlp = SwitchGLU()\n",
        "mlx_lm/models/dense.py": "class Model: ...\n",
    }
    assert [one.name for one in mlx_lm(files)] == ["sparse", "other"]


def test_a_table_that_has_moved_is_named() -> None:
    with pytest.raises(LookupError, match="_TEXT_GENERATION_MODELS"):
        list(vllm({"models/registry.py": "X = {}"}))


@pytest.mark.parametrize(
    ("name", "is_class", "status"),
    [
        ("deepseek_v3", False, "known"),
        ("Deepseek-V3", False, "alias"),
        ("DeepseekV3ForCausalLM", True, "known"),
        ("DeepSeekV3Model", True, "alias"),
        ("minimax_m3", False, "alias"),
        ("InklingForConditionalGenerationMTP", True, "part"),
        ("DeepseekV3ForCausalLMNextN", True, "part"),
        ("InternS1ProForConditionalGeneration", True, "refused"),
        ("interns2-mobius", False, "refused"),
        ("BailingMoeV3VLForConditionalGeneration", True, "frame"),
        ("MistralLarge3ForCausalLM", True, "otherwise"),
        ("Qwen3_5ForConditionalGeneration", True, "dense"),
        ("nobody_knows_this_one", False, "new"),
    ],
)
def test_what_the_catalogue_says_of_a_name(name: str, is_class: bool, status: str) -> None:
    assert status_of(Served(name, is_class, "f.py"))[0] == status


def test_fields_that_a_source_takes_away_count_for_nothing() -> None:
    """As `modular_gemma4_unified.py` does: `num_experts = AttributeError()`."""
    gone = "class DenseConfig(Base):\n    num_experts = AttributeError()\n"
    files = {"models/auto/auto_mappings.py": AUTO, "models/dense/c.py": PLAIN, "models/dense/modular_dense.py": gone}
    assert list(transformers(files)) == []


def test_every_name_of_the_page_is_settled() -> None:
    """docs/coverage.md is written weekly: what it calls new is work that waits."""
    page = PAGE.read_text()
    assert "## New" not in page and page.count("\n| `") > 300


@pytest.mark.parametrize("name", [*DENSE, *OTHERWISE])
def test_a_name_that_is_settled_apart_is_no_row(name: str) -> None:
    assert name not in BY_CLASS and name not in BY_NAME


def test_a_folder_without_the_wheels_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit, match="1"):
        patch.setattr("sys.argv", ["watch", "--wheels", str(tmp_path), "-o", str(tmp_path / "page.md")])
        main()
    said = capsys.readouterr().err
    assert said == f"{tmp_path} holds no transformers-*.whl; without --wheels the newest is fetched\n"
