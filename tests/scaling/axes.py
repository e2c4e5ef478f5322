"""The axes along which work may grow, each as inputs of one kind at four sizes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.hub.repos import HubFile, shard_file
from tests.scaling import axes_gguf

Work = Callable[[], object]
Axis = Callable[[Path, int], Work]
"""Writes the input of a size (1, 2, 4, 8) below a folder; what is returned is then measured."""

SMALL: dict[str, Any] = {
    "model_type": "qwen3_moe", "architectures": ["Qwen3MoeForCausalLM"], "torch_dtype": "bfloat16", "vocab_size": 512,
    "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64,
    "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 128, "intermediate_size": 512,
    "decoder_sparse_step": 1, "mlp_only_layers": [], "norm_topk_prob": True, "tie_word_embeddings": False,
    "max_position_embeddings": 4096,
}  # fmt: skip
FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}
MTP: dict[str, Any] = {
    "model_type": "deepseek_v3", "architectures": ["DeepseekV3ForCausalLM"], "vocab_size": 512, "hidden_size": 256,
    "num_hidden_layers": 4, "first_k_dense_replace": 1, "intermediate_size": 512, "moe_intermediate_size": 128,
    "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1,
    "num_attention_heads": 4, "num_key_value_heads": 4, "q_lora_rank": 64, "kv_lora_rank": 64, "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 16, "v_head_dim": 32, "tie_word_embeddings": False, "max_position_embeddings": 4096,
}  # fmt: skip


def command(*words: str) -> None:
    """moeaudit with these words, offline, its output thrown away."""
    from moeaudit.cli import main

    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.argv = ["moeaudit", *words]
    errors = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        try:
            main()
        except SystemExit as end:
            code = end.code
    assert code in (0, 1), f"moeaudit {' '.join(words)}: {errors.getvalue()}"


def put(folder: Path, files: Mapping[str, str | HubFile]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = HubFile.of(content) if isinstance(content, str) else content
        with (folder / name).open("wb") as out:
            out.write(file.head)
            out.truncate(file.size)
    return folder


def inspected(folder: Path, files: Mapping[str, str | HubFile], *words: str) -> Work:
    put(folder, files)
    return lambda: command("inspect", str(folder), "--format", "json", *words)


def configured(**fields: Any) -> str:
    return json.dumps({**SMALL, **fields})


def stored(config: Mapping[str, Any]) -> list[Any]:
    """What a release with this config stores."""
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe
    from moeaudit.evidence.tables import TensorTable
    from moeaudit.ledger.packing import Storage

    weights = [weight for weight in describe(Config(dict(config))).weights if weight.presence.value == "stored"]
    packed = Storage.of(config).pack(weights)
    return list(TensorTable(tuple(one.group for one in packed)).expand())


def indexed(tensors: Sequence[Any], shards: int) -> str:
    names = [f"model-{number:05d}-of-{shards:05d}.safetensors" for number in range(1, shards + 1)]
    return json.dumps(
        {"weight_map": {tensor.name: names[place * shards // len(tensors)] for place, tensor in enumerate(tensors)}}
    )


def layers(folder: Path, size: int) -> Work:
    return inspected(folder, {"config.json": configured(num_hidden_layers=100 * size)})


def experts(folder: Path, size: int) -> Work:
    return inspected(folder, {"config.json": configured(num_experts=1000 * size)})


def names(folder: Path, size: int) -> Work:
    fields = {**SMALL, "num_hidden_layers": 6 * size, "num_experts": 32}
    return inspected(
        folder, {"config.json": json.dumps(fields), "model.safetensors.index.json": indexed(stored(fields), 4)}
    )


def shards(folder: Path, size: int) -> Work:
    fields = {**SMALL, "num_hidden_layers": 12, "num_experts": 32}  # many: what is compiled once per class is no slope
    return inspected(
        folder, {"config.json": json.dumps(fields), "model.safetensors.index.json": indexed(stored(fields), 200 * size)}
    )


def headers(folder: Path, size: int) -> Work:
    fields = {**SMALL, "num_hidden_layers": 6 * size, "num_experts": 32}
    return inspected(
        folder,
        {"config.json": json.dumps(fields), "model.safetensors": shard_file(stored(fields))},
        "--depth",
        "headers",
    )


def patterns(folder: Path, size: int) -> Work:
    """Every second expert's matrices are named as not quantised."""
    kept = [f"model.layers.{layer}.mlp.experts.{expert}.up_proj" for layer in range(4) for expert in range(50 * size)]
    return inspected(
        folder,
        {"config.json": configured(num_experts=1000, quantization_config={**FP8, "modules_to_not_convert": kept})},
    )


def globs(folder: Path, size: int) -> Work:
    """Patterns that are tried one by one, on modules that do not grow with them."""
    kept = [f"re:.*layers.{layer % 4}.nothing_{layer}.*" for layer in range(100 * size)]
    section = {
        "quant_method": "compressed-tensors",
        "format": "float-quantized",
        "ignore": kept,
        "config_groups": {
            "group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}
        },
    }
    return inspected(folder, {"config.json": configured(quantization_config=section)})


def unlike(folder: Path, size: int) -> Work:
    """Experts of unlike shapes, in FP8: each matrix is cut to another width."""
    fields = {**SMALL, "num_hidden_layers": 2 * size, "num_experts": 32, "quantization_config": FP8}
    cut = []
    for place, tensor in enumerate(stored(fields)):
        rows = tensor.shape[0] + 128 * place if ".experts." in tensor.name and len(tensor.shape) == 2 else 0
        scale = tensor.name.endswith("_scale_inv")
        cut.append(tensor._replace(shape=(rows if not scale else -(-rows // 128), tensor.shape[1])) if rows else tensor)
    return inspected(
        folder, {"config.json": json.dumps(fields), "model.safetensors": shard_file(cut)}, "--depth", "headers"
    )


def holes(folder: Path, size: int, section: Mapping[str, Any] | None = None) -> Work:
    """One expert in seven is gone, another one in each layer."""
    fields = {
        **SMALL,
        "num_hidden_layers": 20 * size,
        "num_experts": 16,
        **({"quantization_config": section} if section else {}),
    }
    held = [tensor for tensor in stored(fields) if not gone(tensor.name)]
    return inspected(
        folder, {"config.json": json.dumps(fields), "model.safetensors": shard_file(held)}, "--depth", "headers"
    )


def gone(name: str) -> bool:
    if ".experts." not in name:
        return False
    layer, expert = (int(part) for part in name.split(".") if part.isdecimal())
    return (layer * 2654435761 + expert * 40503 >> 5) % 7 == 0


def fp8_holes(folder: Path, size: int) -> Work:
    return holes(folder, size, FP8)


def mtp_modules(folder: Path, size: int) -> Work:
    return inspected(folder, {"config.json": json.dumps({**MTP, "num_nextn_predict_layers": 8 * size})})


def checked(folder: Path, files: Mapping[str, str], name: str) -> Work:
    put(folder, {"config.json": configured(), **files})
    return lambda: command("check", str(folder / name), "--model", str(folder), "--format", "json")


CLAIMS = """schema: moeaudit/claims/v1
model: {id: org/small}
"""


def evaluations(count: int) -> str:
    return "evaluations:\n" + "".join(
        f'  - {{name: "bench {number}", score: "{number % 90}.5", checkpoint: org/small, precision: BF16}}\n'
        for number in range(count)
    )


def claims(folder: Path, size: int) -> Work:
    return checked(folder, {"a.claims.yaml": CLAIMS + evaluations(40 * size)}, "a.claims.yaml")


def sources(folder: Path, size: int) -> Work:
    """Sources, each the witness of one claim."""
    listed = "".join(
        f'  - {{id: s{number}, title: t, url: "https://example.org/{number}", kind: primary}}\n'
        for number in range(40 * size)
    )
    claimed = "evaluations:\n" + "".join(
        f'  - {{name: "bench {number}", score: "50.5", reporter: s{number}}}\n' for number in range(40 * size)
    )
    return checked(folder, {"a.claims.yaml": f"{CLAIMS}sources:\n{listed}{claimed}"}, "a.claims.yaml")


def suppressions(folder: Path, size: int) -> Work:
    """As many suppressions as findings, each of one place."""
    listed = "ignore:\n" + "".join(
        f'  - {{rule: evaluation-harness-missing, reason: known, path: "evaluations[{number}]"}}\n'
        for number in range(20 * size)
    )
    return checked(folder, {"a.claims.yaml": CLAIMS + listed + evaluations(20 * size)}, "a.claims.yaml")


def card_lines(folder: Path, size: int) -> Work:
    """Prose with figures; every line is another."""
    text = "".join(
        f"Version {number} scores {number % 90}.5 on bench {number} with a context of 4K tokens.\n\n"
        for number in range(60 * size)
    )
    return checked(folder, {"README.md": f"# Small\n\n{text}"}, "README.md")


def card_findings(folder: Path, size: int) -> Work:
    """Lines that the evidence contradicts."""
    text = "".join(
        f"The model has {number + 90}B total parameters and {number + 9} layers.\n\n" for number in range(30 * size)
    )
    return checked(folder, {"README.md": f"# Small\n\n{text}"}, "README.md")


def table_rows(folder: Path, size: int) -> Work:
    head = "# Small\n\n| Benchmark | Small | Other |\n|---|---|---|\n"
    rows = "".join(f"| bench {number} | {number % 90}.5 | {number % 80}.1 |\n" for number in range(60 * size))
    return checked(folder, {"README.md": head + rows}, "README.md")


def ignores(folder: Path, size: int) -> Work:
    """Suppressions in a card, all of which set nothing aside."""
    lines = "".join(
        f"<!-- moeaudit: ignore[total-contradicted] reason {number} -->\n\nThe model has {number + 90}B "
        "total parameters.\n\n"
        for number in range(24 * size)
    )
    return checked(folder, {"README.md": f"# Small\n\n{lines}"}, "README.md")


def records(folder: Path, size: int) -> Work:
    """Records of a catalogue in one file; every eighth has evidence, and each of these says another context."""
    models = [
        {
            "id": f"shop/m{number}",
            "hugging_face_id": "org/small" if number % 8 == 0 else f"org/other{number}",
            "context_length": 8192 + number,
            "pricing": {"prompt": "0.1"},
        }
        for number in range(80 * size)
    ]
    put(folder / "evidence" / "org--small", {"config.json": configured()})
    put(folder, {"list.json": json.dumps({"data": models})})
    return lambda: command("check", str(folder / "list.json"), "--evidence", str(folder / "evidence"))


def findings_shown(folder: Path, size: int) -> Work:
    """Findings of several models on a screen, in a comment and on a page; every second model's are of one rule."""
    from dataclasses import replace

    from moeaudit.reports.check_views import views
    from moeaudit.reports.shown import Shown
    from tests.cli_check.samples import audit_with, finding

    folder.mkdir(parents=True)
    one = audit_with(folder)
    alike = tuple(finding(message=f"{number}B fits no count of its kind") for number in range(40 * size))
    apart = tuple(replace(found, rule=f"rule-{number}") for number, found in enumerate(alike))
    audits = [replace(one, findings=alike), replace(one, findings=apart)]

    def work() -> None:
        for shown in (Shown(), Shown(all=True, readings=True)):
            made = views(audits, shown=shown)
            assert all(made[form]() for form in ("text", "html"))

    return work


def models_shown(folder: Path, size: int) -> Work:
    """Models, each with its findings, claims and checklist; of a comment the part that fits."""
    from moeaudit.reports.check_views import views
    from moeaudit.reports.shown import Shown
    from tests.cli_check.samples import usual

    folder.mkdir(parents=True)
    made = views([usual(folder)] * (8 * size), shown=Shown(all=True))
    return lambda: [made[form]() for form in ("text", "html")]


def devices(folder: Path, size: int) -> Work:
    put(folder, {"config.json": configured(num_experts=64, num_attention_heads=32, num_key_value_heads=8)})
    return lambda: command("estimate", str(folder), "--gpus", f"{4 * size}x8xH200", "--format", "json")


def boxes(folder: Path, size: int) -> Work:
    """Experts of which each is a box of its own, and every second one is taken away."""
    from moeaudit.evidence.boxes import Boxes, minus
    from moeaudit.evidence.indices import indices

    singles = [(indices((layer,)), indices((expert,))) for layer in range(8) for expert in range(32 * size)]

    def work() -> None:
        minus((range(8), range(32 * size)), singles[::2])
        known = Boxes(singles)
        assert all(len(known.meeting(one)) == 1 for one in singles)

    return work


def gguf_layers(folder: Path, size: int) -> Work:
    return inspected(folder, axes_gguf.layers(size))


def gguf_vocabulary(folder: Path, size: int) -> Work:
    return inspected(folder, axes_gguf.vocabulary(size))


def gguf_parts(folder: Path, size: int) -> Work:
    return inspected(folder, axes_gguf.parts(size))


def gguf_quantisations(folder: Path, size: int) -> Work:
    return inspected(folder, axes_gguf.folder_of(size))


AXES: Mapping[str, Axis] = {
    axis.__name__.replace("_", " "): axis
    for axis in (
        layers,
        experts,
        names,
        shards,
        headers,
        patterns,
        globs,
        unlike,
        holes,
        fp8_holes,
        mtp_modules,
        claims,
        sources,
        suppressions,
        card_lines,
        card_findings,
        table_rows,
        ignores,
        records,
        findings_shown,
        models_shown,
        devices,
        boxes,
        gguf_layers,
        gguf_vocabulary,
        gguf_parts,
        gguf_quantisations,
    )
}
