"""Every kind of repo, from a folder, from a Hub, and from the Hub's cache without the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.errors import AuditError, Exit
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.tables import Tensor
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent, Count, Range
from moeaudit.vocabulary import Component
from tests.cli.samples import CommandLine, table
from tests.formats import repos
from tests.hub.repos import HubFile, HubRepo, shard_file, weight_files
from tests.hub.server import LoopbackHub

REPO = "org/other"

Reads = Callable[[repos.Files], Inspection]


@pytest.fixture(params=["folder", "hub", "cache"])
def read(request: pytest.FixtureRequest, hub: LoopbackHub, tmp_path: Path) -> Reads:
    """What reads these files as a repo, by each of the ways; the base of adapters is on the Hub."""
    hub.add(repos.base())

    def reads(files: repos.Files) -> Inspection:
        if request.param == "folder":
            return inspect(str(repos.lay(tmp_path / "other", files)))
        hub.add(HubRepo(REPO, dict(files)))
        found = inspect(REPO)
        if request.param == "hub":
            return found
        asked = len(hub.requests)
        again = inspect(REPO, offline=True)
        assert len(hub.requests) == asked
        assert again.denominators == found.denominators and again.remarks == found.remarks
        return again

    return reads


def count(found: Inspection, name: str) -> int:
    value = found.denominators[name]
    assert isinstance(value, Count), value
    return value.value


def test_params_json(read: Reads) -> None:
    """The total is that of the tensors written down by hand; names, shapes and bytes agree."""
    found = read(repos.consolidated(repos.large3(), repos.PARAMS))
    assert found.agreement.verdict == "agree" and found.agreement.bytes_difference == 0
    assert count(found, "total.full") == repos.size(repos.large3())
    unused = 2 * 6 * 3 * 48 * 64  # two layers leave six of eight experts aside, three matrices of 48 x 64 each
    assert count(found, "active.full") == repos.size(repos.large3()) - unused
    assert found.evidence.config is None and found.remarks == ("params.json stands for a config.json",)


def test_params_json_with_an_encoder(read: Reads) -> None:
    shapes = repos.large3() | repos.pixtral()
    found = read(repos.consolidated(shapes, {**repos.PARAMS, "vision_encoder": repos.VISION}))
    assert found.agreement.verdict == "agree"
    assert count(found, "total.full+encoders") == repos.size(shapes)


def test_params_json_of_mixtral_in_one_file(read: Reads) -> None:
    found = read(repos.consolidated(repos.mixtral(), repos.MIXTRAL, shards=1))
    assert found.agreement.verdict == "agree"
    assert count(found, "total.full") == repos.size(repos.mixtral())


def test_params_json_in_fp8(read: Reads) -> None:
    """Matrices of the decoder in FP8, each with one scale and one for its activations (vLLM 0.33,
    models/mistral_large_3.py: `qscale_weight`, `qscale_act`); router, tables and head as they are."""
    params = {**repos.PARAMS, "quantization": {"qformat_weight": "fp8_e4m3", "qscheme_act": "TENSOR"}}
    kept = ("tok_embeddings", "output", "gate.weight")
    listed = []
    for tensor in repos.tensors(repos.large3()):
        assert tensor.shape is not None
        if len(tensor.shape) < 2 or any(word in tensor.name for word in kept):
            listed.append(tensor)
            continue
        stem = tensor.name.removesuffix("weight")
        listed += [tensor._replace(dtype="F8_E4M3"), Tensor(f"{stem}qscale_weight", "F32", ())]
        listed.append(Tensor(f"{stem}qscale_act", "F32", ()))
    found = read({"params.json": repos.text(params), "consolidated.safetensors": shard_file(listed)})
    assert found.agreement.verdict == "agree" and found.agreement.bytes_difference == 0
    assert count(found, "total.full") == repos.size(repos.large3())
    assert found.precision == "FP8 E4M3, one scale per tensor; the rest BF16"


def test_mistral_large_3(tmp_path: Path) -> None:
    """673B in all, 39B a token, as its publisher says of the language model (ms-swift, pull request 7074); to the
    parameter, the sum of the shapes in vLLM's names, written out here."""
    moe = {**repos.PARAMS["moe"], "num_experts": 128, "num_experts_per_tok": 4, "first_k_dense_replace": 3,
           "expert_hidden_dim": 4096}  # fmt: skip
    params = {
        **repos.PARAMS, "dim": 7168, "n_layers": 61, "head_dim": 128, "hidden_dim": 16384, "n_heads": 128,
        "n_kv_heads": 128, "vocab_size": 131072, "q_lora_rank": 1536, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128,
        "kv_lora_rank": 512, "v_head_dim": 128, "moe": moe,
    }  # fmt: skip
    path = tmp_path / "params.json"
    path.write_text(json.dumps(params))
    found = inspect(str(path))
    attention = 1536 * 7168 + 1536 + 128 * 192 * 1536 + 576 * 7168 + 512 + 128 * 256 * 512 + 7168 * 128 * 128
    expert, table = 3 * 4096 * 7168, 131072 * 7168
    common = 61 * (attention + 2 * 7168) + 3 * (3 * 16384 * 7168) + 58 * (128 * 7168 + expert) + 2 * table + 7168
    assert count(found, "total.full") == common + 58 * 128 * expert == 673_421_089_792
    assert count(found, "active.full") == common + 58 * 4 * expert
    assert f"{count(found, 'active.head') / 1e9:.0f}B" == "39B"


def test_weights_alone(read: Reads) -> None:
    """Counts are exact, roles are words, and how many experts a token uses nothing says."""
    found = read(repos.plain())
    headers = found.evidence.headers
    assert headers is not None and count(found, "total.full") == headers.elements
    active = found.denominators["active.full"]
    assert isinstance(active, Range) and "there is no config, and nothing else says how many experts" in active.reason
    assert found.architecture is None and Component.ROUTED_EXPERTS in found.ledger.components()


LORA = {
    **repos.lora("model.layers.0.self_attn.q_proj", 256, 256),
    **repos.lora("model.layers.1.mlp.experts.1.gate_proj", 256, 128),
    **repos.lora("model.layers.1.mlp.experts.3.gate_proj", 256, 128),
}


def test_an_adapter(read: Reads, hub: LoopbackHub) -> None:
    found = read(repos.adapter(LORA))
    base = inspect(repos.BASE)
    assert found.denominators == base.denominators and found.agreement == base.agreement
    adapter = found.adapter
    assert adapter is not None and (adapter.base, adapter.rank, adapter.alpha) == (repos.BASE, 4, 8.0)
    routed = 2 * (4 * 256 + 128 * 4)
    assert adapter.components == {Component.ATTENTION: 2 * 4 * 256, Component.ROUTED_EXPERTS: routed}
    assert adapter.parameters == adapter.added == repos.size(LORA)
    assert adapter.experts == (1, 3) and not adapter.all_experts
    assert any(f"total.full is {count(base, 'total.full') + repos.size(LORA):,}" in one for one in found.remarks)
    assert found.evidence.card is not None and "# Adapter" in found.evidence.card


def test_an_adapter_of_fused_experts(read: Reads) -> None:
    """PEFT's `target_parameters`: one pair of matrices for all experts of a layer (tuners/lora, ParamWrapper)."""
    fused = repos.lora("model.layers.0.mlp.experts.base_layer", 256, 256, rank=16)
    fused |= repos.lora("model.layers.0.mlp.experts", 128, 256, rank=16)
    found = read(repos.adapter(fused, {**repos.ADAPTER, "target_parameters": ["mlp.experts.gate_up_proj"]}))
    assert found.adapter is not None and found.adapter.all_experts
    assert found.adapter.components == {Component.ROUTED_EXPERTS: repos.size(fused)}


def test_copies_in_an_adapter_stand_for_the_bases(read: Reads) -> None:
    """`modules_to_save`: the whole head is saved again, and replaces the base's."""
    shapes = LORA | {"base_model.model.lm_head.weight": (512, 256)}
    found = read(repos.adapter(shapes))
    assert found.adapter is not None
    assert found.adapter.replaced == 512 * 256 and found.adapter.added == repos.size(LORA)


def test_a_pickled_adapter_is_not_opened(read: Reads) -> None:
    files = {name: file for name, file in repos.adapter(LORA).items() if not name.endswith(".safetensors")}
    found = read(files | {"adapter_model.bin": HubFile.of(b"never read")})
    assert found.adapter is not None and found.adapter.parameters is None
    assert found.adapter.unread == "adapter_model.bin is pickled and never opened"


def test_a_pipeline(read: Reads) -> None:
    found = read(repos.pipeline())
    one, rest = repos.size(repos.DENOISER), repos.size(repos.ENCODER) + repos.size(repos.VAE)
    assert count(found, "total.full") == 2 * one + rest
    assert isinstance(found.denominators["active.full"], Absent)
    assert found.pipeline is not None and found.pipeline.boundary == 0.875
    assert [folder.name for folder in found.pipeline.denoisers] == ["transformer", "transformer_2"]
    assert Component.ROUTED_EXPERTS not in found.ledger.components()
    assert f"are not routed experts; one step runs {one:,} parameters" in found.remarks[1]
    lacking = {folder.name: folder.parameters for folder in found.pipeline.folders}
    assert lacking["transformer"] == one and "image_encoder" not in lacking


def test_a_pipeline_with_a_part_that_routes(read: Reads, tmp_path: Path, cli: CommandLine) -> None:
    """It is still a pipeline, none of whose counts is per token; the part is named."""
    files = {name: file for name, file in repos.pipeline().items() if not name.startswith("text_encoder/")}
    files |= {f"text_encoder/{name}": file for name, file in repos.plain().items()}
    found = read(files)
    assert Component.ROUTED_EXPERTS in found.ledger.components()
    assert isinstance(found.denominators["active.full"], Absent)
    said = cli("inspect", str(repos.lay(tmp_path / "pipe", files)), "--offline").out
    assert "A diffusers pipeline (WanPipeline) of " in " ".join(said.split())
    assert "A router chooses experts in text_encoder, for each token that it reads." in " ".join(said.split())
    assert "A Mixture-of-Experts model" not in said


def test_a_pipeline_without_any_of_its_folders(tmp_path: Path, cli: CommandLine) -> None:
    said = cli("inspect", str(repos.lay(tmp_path / "pipe", {"model_index.json": repos.text(repos.WAN)})), "--offline")
    assert said.code == Exit.NOTHING_TO_AUDIT
    assert "a pipeline of which nothing is counted" in said.err and "its folder is not here" in said.err


def test_an_index_of_pickled_weights(read: Reads) -> None:
    names = [f"model.layers.{layer}.mlp.experts.{expert}.{word}.weight" for layer in range(2) for expert in range(8)
             for word in ("w1", "w2", "w3")]  # fmt: skip
    shard = "pytorch_model-00001-of-00001.bin"
    index = {"metadata": {"total_size": 4096}, "weight_map": dict.fromkeys(names, shard)}
    found = read({"pytorch_model.bin.index.json": repos.text(index)} | repos.named([shard]))
    total = found.denominators["total.full"]
    assert isinstance(total, Absent)
    assert "names 48 tensors and no shapes; pickled weights are never opened" in total.reason
    assert found.remarks == (
        "pytorch_model.bin.index.json alone: 48 tensors of 4,096 bytes; 8 routed experts in a layer by their names",
    )


@pytest.mark.parametrize(("names", "says"), [
    (["model.nemo"], "'model.nemo' is of a NeMo checkpoint"),
    (["model_config.yaml", "model_weights/common.pt"], "'model_config.yaml' is of a NeMo checkpoint"),
    (["iter_0001000/mp_rank_00_000/model_optim_rng.pt"], "of a Megatron checkpoint"),
    (["latest_checkpointed_iteration.txt"], "of a Megatron checkpoint"),
    (["mp_rank_00/model_states.pt"], "of a Megatron checkpoint"),
    (["__0_0.distcp", "__1_0.distcp", ".metadata"], "of a distributed checkpoint, one piece for each rank"),
    (["checkpoint_last-rank-0-shard0.pt", "dict.txt"], "of a fairseq checkpoint"),
    (["rank0.engine", "rank1.engine"], "of a TensorRT-LLM engine"),
    (["global_step100/zero_pp_rank_0_mp_rank_00_optim_states.pt"], "of a DeepSpeed checkpoint"),
    (["pytorch_model.bin"], "pickled weights, which are never opened"),
    (["consolidated.00.pth"], "pickled weights, which are never opened"),
    (["model.onnx"], "a compiled graph (ONNX)"),
    (["openvino_model.xml", "openvino_model.bin"], "a compiled graph (OpenVINO)"),
    (["release/mp_rank_00/model_optim_rng.pt"], "a Megatron checkpoint"),
    (["checkpoint-9/global_step9/zero_pp_rank_0_mp_rank_00_optim_states.pt"], "a DeepSpeed checkpoint"),
    (["engines/rank0.engine"], "of a TensorRT-LLM engine"),
    (["mlc-chat-config.json", "params_shard_0.bin"], "compiled by MLC"),
    (["model.litertlm"], "compiled for one kind of runtime"),
    (["ggml-model-q4_0.bin"], "an old GGML file"),
    (["weights.tar.gz"], "'weights.tar.gz' is an archive, which is not unpacked"),
    (["model.zip", "README.md"], "'model.zip' is an archive, which is not unpacked"),
])  # fmt: skip
def test_what_is_only_named(read: Reads, names: list[str], says: str) -> None:
    with pytest.raises(AuditError) as caught:
        read(repos.named(names))
    assert says in str(caught.value) and caught.value.exit_code is Exit.NOTHING_TO_AUDIT and caught.value.hint


@pytest.mark.parametrize(("name", "says"), [
    ("x.nemo", "of a NeMo checkpoint"), ("model.onnx", "a compiled graph (ONNX)"), ("model.ckpt", "pickled weights"),
    ("weights.pkl", "pickled weights"), ("__0_0.distcp", "of a distributed checkpoint"), ("w.zip", "an archive"),
    ("rank0.engine", "of a TensorRT-LLM engine"), ("weights.npz", "a file of TensorFlow or JAX"),
])  # fmt: skip
def test_a_file_by_itself_is_named_and_not_opened(tmp_path: Path, name: str, says: str) -> None:
    """However large it is: nothing of it is read."""
    with (tmp_path / name).open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(AuditError) as caught:
        inspect(str(tmp_path / name), offline=True)
    assert caught.value.exit_code is Exit.NOTHING_TO_AUDIT and f"the file is {says}" in str(caught.value)


@pytest.mark.parametrize(("config", "says"), [
    ({"version": "0.12.0", "pretrained_config": {"architecture": "MixtralForCausalLM"}, "build_config": {}}, "engine"),
    ({"builder_config": {"name": "mixtral", "num_layers": 32}, "plugin_config": {}}, "an engine"),
    ({"architecture": "MixtralForCausalLM", "num_hidden_layers": 32, "mapping": {"tp_size": 2}}, "cut up by rank"),
])  # fmt: skip
def test_a_config_of_tensorrt_llm(tmp_path: Path, config: dict[str, object], says: str) -> None:
    """As its builds of 2023 and of today, and its converters, write it; as a folder and as a file."""
    folder = repos.lay(tmp_path / "engine", {"config.json": repos.text(config), **repos.named(["rank0.engine"])})
    for path in (folder, folder / "config.json"):
        with pytest.raises(AuditError) as caught:
            inspect(str(path), offline=True)
        assert caught.value.exit_code is Exit.NOTHING_TO_AUDIT and says in str(caught.value)


# Kinds of which a part is not there


def test_weights_alone_that_lack_a_shard(tmp_path: Path) -> None:
    """What is there is no whole: no total is given, and a finding says what lacks."""
    files = weight_files(table())
    del files["model-00001-of-00002.safetensors"]
    for kept in (files, {name: file for name, file in files.items() if not name.endswith(".json")}):
        found = inspect(str(repos.lay(tmp_path / str(len(kept)), kept)))
        assert all(isinstance(found.denominators[name], Absent) for name in ("total.full", "active.full"))
        assert [doubt.cause for doubt in found.account.doubts] == [Cause.WEIGHTS_MISSING]
        assert "without shard 1 of 2" in found.account.doubts[0].message


@pytest.mark.parametrize(("gone", "says"), [
    ("transformer_2/", "its folder is not here"),
    ("vae/", "its folder is not here"),
    ("transformer/diffusion_pytorch_model-00002", "without shard 2 of 2, no whole is known"),
])  # fmt: skip
def test_a_pipeline_that_lacks_a_part(read: Reads, gone: str, says: str) -> None:
    """The part that the description names is told, and no total is given without it."""
    found = read({name: file for name, file in repos.pipeline().items() if not name.startswith(gone)})
    assert found.pipeline is not None
    lacks = {one.name: one.why for one in found.pipeline.folders if one.parameters is None}
    assert lacks == {gone.partition("/")[0]: says}
    assert isinstance(found.denominators["total.full"], Absent) and found.pipeline.in_turns


@pytest.mark.parametrize("kind", [
    "PNDMScheduler", "CLIPTokenizer", "T5TokenizerFast", "CLIPImageProcessor", "ClassifierFreeGuidance",
])  # fmt: skip
def test_parts_without_weights_are_not_missed(tmp_path: Path, kind: str) -> None:
    files = repos.pipeline({**repos.WAN, "another": ["library", kind]})
    assert isinstance(inspect(str(repos.lay(tmp_path / "pipe", files))).denominators["total.full"], Count)


# Adapters that do not fit


def lora_of(module: str, inputs: int = 256, outputs: int = 128) -> repos.Shapes:
    return repos.lora(module, inputs, outputs)


GATE = "model.layers.{}.mlp.experts.{}.gate_proj"


@pytest.mark.parametrize(("shapes", "config", "says"), [
    (lora_of("model.layers.0.mlp.experts.99.gate_proj"), {}, f"expert 99 of '{GATE}' is not in the base, which has 4"),
    (lora_of("model.layers.77.mlp.experts.0.gate_proj"), {}, f"layer 77 of '{GATE}' is not in the base, which has 3"),
    (lora_of("model.layers.0.mlp.experts.0.gate_proj", 7), {}, "has 256 inputs in the base, 7 in the adapter"),
    (lora_of("model.layers.0.mlp.experts.0.gate_proj", 256, 9), {}, "has 128 outputs in the base, 9 in the adapter"),
    (lora_of("transformer.h.0.attn.c_attn"), {}, "no module of these names, 'transformer.h.{}.attn.c_attn'"),
    (LORA, {"r": 64}, "r is 64, its matrices have rank 4"),
])  # fmt: skip
def test_an_adapter_that_does_not_fit(read: Reads, shapes: repos.Shapes, config: dict[str, object], says: str) -> None:
    """The base has 3 layers of 4 experts, 256 wide, 128 in an expert (tests/cli/samples.py)."""
    found = read(repos.adapter(shapes, {**repos.ADAPTER, **config}))
    assert [one.rule for one in found.notices] == ["adapter-misfit"] and says in found.notices[0].message


@pytest.mark.parametrize("config", [{}, {"r": 64, "rank_pattern": {"q_proj": 4}}])
def test_an_adapter_that_fits(read: Reads, config: dict[str, object]) -> None:
    fused = repos.lora("model.layers.0.mlp.experts", 128, 256, rank=16)
    for shapes in (LORA, LORA | fused):
        assert read(repos.adapter(shapes, {**repos.ADAPTER, **config})).notices == ()


@pytest.mark.parametrize("name", ["model/config.json", "checkpoint-100/model.safetensors", "sub/params.json"])
def test_a_model_in_a_folder_of_it_is_named(read: Reads, name: str) -> None:
    with pytest.raises(AuditError) as caught:
        read(repos.named([name, "README.md"]))
    assert caught.value.exit_code is Exit.NO_EVIDENCE and f"no config.json, but '{name}' is there" in str(caught.value)
    assert caught.value.hint == f"Give its folder '{name.partition('/')[0]}' by itself."


def test_the_weights_of_an_adapter_alone(tmp_path: Path) -> None:
    folder = repos.lay(tmp_path / "adapter", repos.adapter(LORA))
    with pytest.raises(AuditError, match="do not say what they adapt"):
        inspect(str(folder / "adapter_model.safetensors"))


@pytest.mark.parametrize(("begins", "says"), [
    (b"GGUF\3\0\0\0", "a GGUF file"), (b"PK\3\4\x14\0\0\0", "a zip"), (b"<!DOCTYPE html>", "a web page"),
])  # fmt: skip
def test_safetensors_that_are_something_else(read: Reads, begins: bytes, says: str) -> None:
    with pytest.raises(AuditError, match=f"this is {says}.* no safetensors file"):
        read({"model.safetensors": HubFile(begins, 9000)})


# Several descriptions in one repo


def converted() -> repos.Files:
    return {"tiny-Q4_K_M.gguf": HubFile.of(b"GGUF")}


BESIDE: dict[str, tuple[Callable[[], repos.Files], str]] = {
    "adapter_config.json": (lambda: repos.adapter(LORA), "the adapter is not counted"),
    "model_index.json": (repos.pipeline, "the pipeline's folders are not counted"),
    "'tiny-Q4_K_M.gguf'": (converted, "it is not counted"),
}


@pytest.mark.parametrize("file", BESIDE)
def test_a_config_is_read_first_and_what_else_is_there_is_named(read: Reads, file: str) -> None:
    """As trainers save an adapter with its base's config.json, and a diffusion repo its language model's."""
    other, left = BESIDE[file]
    found = read({**other(), **repos.base().files})
    assert count(found, "total.full") == count(read(repos.base().files), "total.full")
    assert [one.message for one in found.notices if one.rule == "second-description"] == [
        f"{file} lies beside config.json, which is read; {left}"
    ]
    assert found.adapter is None and found.pipeline is None


def test_an_adapter_in_a_pipelines_folder_is_read_and_the_pipeline_named(read: Reads) -> None:
    found = read({**repos.pipeline(), **repos.adapter(LORA)})
    assert found.adapter is not None
    assert [one.message for one in found.notices] == [
        "model_index.json lies beside 'adapter_config.json', which is read; the pipeline's folders are not counted"
    ]


def test_what_was_passed_over_is_kept_in_an_evidence_file(tmp_path: Path) -> None:
    folder = repos.lay(tmp_path / "both", {**repos.adapter(LORA), **repos.base().files})
    found = inspect(str(folder))
    kept = tmp_path / "both.evidence.json"
    kept.write_bytes(evidence_bytes(found.evidence))
    assert inspect(str(kept)).notices == found.notices != ()
