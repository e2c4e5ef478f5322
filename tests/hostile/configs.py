"""Configs and quantisation files: many values, deep ones, odd ones, and numbers that multiply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.hostile.case import NO_EVIDENCE, NOTHING, READ, USAGE, Case, amended, config, configured, folder
from tests.hostile.weights import INDEX, few_experts, index

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FLOAT8 = {"num_bits": 8, "type": "float", "strategy": "channel"}


def cases() -> Iterator[Case]:
    yield from large()
    yield from multiplied()
    yield from odd_texts()
    yield from odd_values()


def packed(**section: Any) -> str:
    return configured(quantization_config=section)


def compressed(ignore: list[str], groups: dict[str, list[str]]) -> str:
    return packed(
        quant_method="compressed-tensors",
        format="float-quantized",
        ignore=ignore,
        config_groups={name: {"targets": targets, "weights": FLOAT8} for name, targets in groups.items()},
    )


def modelopt(**section: Any) -> dict[str, str]:
    return {"hf_quant_config.json": json.dumps({"producer": {"name": "modelopt"}, "quantization": section})}


def large() -> Iterator[Case]:
    values = "more than 400,000 values"
    yield config("of 18 MB", amended('"x": [' + "[]," * 6_000_000 + "1]"), (USAGE,), "more than the limit of 8,000,000")
    yield config("of 2.6M lists", amended('"x": [' + "[]," * 2_600_000 + "1]"), (USAGE,), values)
    yield config("of 1M objects", amended('"x": [' + '{"a":{}},' * 800_000 + "1]"), (USAGE,), values)
    yield config("of 300k keys", amended(",".join(f'"k{n}":{n}' for n in range(300_000))), (USAGE,), values)
    yield config("of 90k keys", amended(",".join(f'"k{n}":{n}' for n in range(90_000))), READ)
    yield config("of 100k lists", amended('"x": [' + "[]," * 100_000 + "1]"), READ)
    yield config("with signs in a text", amended('"chat_template": "' + "[,:{" * 400_000 + '"'), READ)
    yield config(
        "with quotes in a text",
        amended('"chat_template": "' + '\\"' * 1_500_000 + '", "x": [' + "1," * 401_000 + "1]"),
        (USAGE,),
        values,
    )
    yield config("with a text of 7 MB", amended('"x": "' + "a" * 7_000_000 + '"'), READ)
    yield config("with a key of 1 MB", amended('"' + "k" * 1_000_000 + '": 1'), (USAGE,), "more than 1,000 characters")
    yield config("of zeros", b"\0" * 7_000_000, (USAGE,))
    yield config("of spaces", b" " * 7_000_000, (USAGE,))
    yield config("of open quotes", b'{"' + b'\\"' * 3_000_000, (USAGE,))
    yield config("architectures", configured(architectures=[f"A{n}" for n in range(100_000)]), READ)
    yield config("layer_types", configured(layer_types=["full_attention"] * 100_000), READ)
    yield config("mlp_only_layers", configured(mlp_only_layers=list(range(300_000))), (*READ, NOTHING))
    yield config(
        "block_configs",
        configured(
            block_configs=[
                {"attention": {"n_heads_in_group": 4}, "ffn": {"intermediate_size": n}} for n in range(20_000)
            ]
        ),
        (USAGE,),
        "block_configs holds no object for each layer",
    )
    for kind in ("modules_to_not_convert", "ignored_layers"):
        yield config(
            f"{kind} of 100k globs",
            packed(quant_method="fp8", **{kind: [f"*.layers.{n}.*x*" for n in range(100_000)]}),
            (USAGE,),
            "more than 10,000 patterns",
        )
        yield config(
            f"{kind} of 100k names",
            packed(quant_method="fp8", **{kind: [f"model.layers.{n}.mlp.gate" for n in range(100_000)]}),
            READ,
        )
        yield config(
            f"{kind} of 9k globs",
            packed(quant_method="fp8", **{kind: [f"*.layers.{n}.*x*" for n in range(9_000)]}),
            (*READ, USAGE),
        )
    yield config(
        "ignore of 100k expressions",
        compressed([f"re:.*layers.{n}.x.*" for n in range(100_000)], {"g": ["Linear"]}),
        (USAGE,),
        "more than 10,000 patterns",
    )
    yield config(
        "ignore of 5k expressions",
        compressed([f"re:.*layers.{n}.x.*" for n in range(5_000)], {"g": ["Linear"]}),
        (*READ, USAGE),
    )
    yield config(
        "20k groups",
        compressed([], {f"g{n}": [f"re:.*{n}.*"] for n in range(15_000)}),
        (USAGE,),
        "more than 1,000 groups",
    )
    yield config("900 groups", compressed([], {f"g{n}": [f"re:.*{n}.*"] for n in range(900)}), (*READ, USAGE))
    yield folder(
        "quantisation of 100k modules",
        lambda: modelopt(
            quant_algo="MIXED_PRECISION",
            quantized_layers={f"model.layers.{n}.q": {"quant_algo": "NVFP4", "group_size": 16} for n in range(100_000)},
        ),
        (USAGE,),
        values,
        "config",
    )
    yield folder(
        "quantisation of 40k modules",
        lambda: modelopt(
            quant_algo="MIXED_PRECISION",
            quantized_layers={f"model.layers.{n}.q": {"quant_algo": "NVFP4", "group_size": 16} for n in range(40_000)},
        ),
        READ,
        "",
        "config",
    )
    yield folder(
        "quantisation leaving out 100k",
        lambda: modelopt(
            quant_algo="NVFP4", group_size=16, exclude_modules=[f"*layers.{n}.x*" for n in range(100_000)]
        ),
        (USAGE,),
        "more than 10,000 patterns",
        "config",
    )


def multiplied() -> Iterator[Case]:
    """Few bytes that stand for much."""
    yield config("10k layers of a million experts", configured(num_hidden_layers=10_000, num_experts=1_000_000), READ)
    yield config("10,001 layers", configured(num_hidden_layers=10_001), (USAGE,), "10000")
    yield config("2^40 experts", configured(num_experts=2**40), READ)
    yield config("prediction modules", configured(num_nextn_predict_layers=10_000), READ)
    yield config(
        "experts by layer",
        configured(num_hidden_layers=10_000, num_experts=[n % 50 + 2 for n in range(10_000)]),
        (*READ, USAGE),
    )
    yield config(
        "widths by layer",
        configured(num_hidden_layers=10_000, moe_intermediate_size=[n + 128 for n in range(10_000)]),
        (*READ, USAGE),
    )
    yield folder("a million experts beside headers of 4", few_experts, (*READ, NOTHING))
    yield folder(
        "a million experts beside an index of 4",
        lambda: {
            "config.json": configured(num_experts=1_000_000),
            INDEX: index(
                [
                    f"model.layers.{layer}.mlp.experts.{expert}.up_proj.weight"
                    for layer in range(4)
                    for expert in range(4)
                ]
            ),
        },
        (USAGE,),
        "the limit beside weight files",
        "index",
    )
    yield config("patches of 2^39 in 30 layers", json.dumps(_patches(2**39, 30)), (*READ, USAGE))
    for place, ratio in ((40, 4294967296), (0, 2**40), (40, 2**41), (40, -1)):
        text = json.dumps(_ratios(place, ratio))
        codes = OK_OR_USAGE if 0 <= ratio <= 2**40 else (USAGE,)
        yield Case(
            f"estimate of compress_ratios {ratio}",
            lambda text=text: {"config.json": text},  # type: ignore[misc]
            ("estimate", "config.json", "--gpus", "8xH200"),
            codes,
        )


OK_OR_USAGE = (0, USAGE)


def _ratios(place: int, ratio: int) -> Any:
    recorded = json.loads((FIXTURES / "deepseek-ai--DeepSeek-V4-Flash.evidence.json").read_text())
    recorded["config"]["data"]["compress_ratios"][place] = ratio
    return recorded["config"]["data"]


def _patches(side: int, layers: int) -> Any:
    recorded = json.loads((FIXTURES.parent / "tests/architecture/recorded/inkling_mm_model.json").read_text())
    recorded["config"]["vision_config"] |= {"patch_size": side, "temporal_patch_size": side, "n_layers": layers}
    return recorded["config"]


def odd_texts() -> Iterator[Case]:
    """What is no JSON object of a config."""
    texts: dict[str, bytes] = {
        "empty": b"",
        "list": b"[1]",
        "null": b"null",
        "number": b"7",
        "text": b'"x"',
        "cut": b'{"a": 1',
        "comment": b'{"a": 1} // x',
        "two": b"{} {}",
        "comma": b'{"a": 1,}',
        "quotes": b"{'a': 1}",
        "twice": b'{"a": 1, "a": 2}',
        "mark": b"\xef\xbb\xbf{}",
        "UTF-16": '{"a": 1}'.encode("utf-16"),
        "Latin-1": b'{"\xe9": 1}',
        "NUL": b'{"a": "\0"}',
        "half a pair": b'{"a": "\\ud800"}',
        "digits": b'{"a": ' + b"9" * 5_000 + b"}",
        "many digits": b'{"a": ' + b"9" * 1_000_000 + b"}",
        "deep": b'{"a": ' + b"[" * 61 + b"]" * 61 + b"}",
        "deeper": b"[" * 100_000,
        "open objects": b'{"a":' * 100_000,
    }
    for name, text in texts.items():
        yield config(f"text {name}", text, (USAGE,))
    yield config("text NaN", amended('"x": NaN'), READ)
    yield config("text 1e400", amended('"x": 1e400'), READ)
    yield config("text 60 deep", amended('"x": ' + "[" * 58 + "]" * 58), READ)
    yield config("text nested models", '{"text_config":' * 50 + configured() + "}" * 50, (*READ, USAGE, NOTHING))


def odd_values() -> Iterator[Case]:
    """Each number of a config as what it must not be: an answer or one line, never more."""
    for field in (
        "hidden_size",
        "num_hidden_layers",
        "num_experts",
        "num_experts_per_tok",
        "vocab_size",
        "head_dim",
        "moe_intermediate_size",
        "num_attention_heads",
        "decoder_sparse_step",
    ):
        for value in (0, -1, 10**9, 10**18, 2**63, 10**4000, True, "8", [8], {"a": 8}, None, 1.5, 1e300):
            yield config(
                f"{field} {str(value)[:12]} {len(str(value))} {type(value).__name__}",
                configured(**{field: value}),
                (*READ, USAGE, NOTHING),
            )


__all__ = ["NO_EVIDENCE", "cases"]
