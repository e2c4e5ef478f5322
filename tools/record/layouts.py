"""Record what the libraries that write packed checkpoints store for one matrix: `python tools/record/layouts.py`.

Writes tests/ledger/packing/recorded_layouts.json: per config section the library, and every tensor's type and shape.
Needs torch 2.13.0, transformers 5.23.0, compressed-tensors 0.20.0, bitsandbytes 0.50.2 and mlx[cpu] 0.32.4; the project
and its tests do not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[2] / "tests/ledger/packing/recorded_layouts.json"
OUTPUTS, INPUTS = 384, 512

FLOAT8 = {"num_bits": 8, "type": "float"}
INT4 = {"num_bits": 4, "type": "int", "strategy": "group", "symmetric": True}
COMPRESSED: tuple[tuple[dict[str, Any], dict[str, Any] | None], ...] = (
    ({**INT4, "group_size": 128}, None),
    ({**INT4, "group_size": 128, "symmetric": False}, None),
    ({**INT4, "group_size": 64, "num_bits": 3}, None),
    ({"num_bits": 8, "type": "int", "strategy": "channel"}, None),
    (
        {"num_bits": 8, "type": "int", "strategy": "channel"},
        {"num_bits": 8, "type": "int", "strategy": "token", "dynamic": True},
    ),
    ({**FLOAT8, "strategy": "channel"}, {**FLOAT8, "strategy": "token", "dynamic": True}),
    ({**FLOAT8, "strategy": "tensor"}, {**FLOAT8, "strategy": "tensor", "dynamic": False}),
    (
        {**FLOAT8, "strategy": "block", "block_structure": [128, 128]},
        {**FLOAT8, "strategy": "group", "group_size": 128, "dynamic": True},
    ),
    ({"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16}, None),
    (
        {"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16},
        {"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16, "dynamic": "local"},
    ),
    ({"num_bits": 4, "type": "float", "strategy": "group", "group_size": 32, "scale_dtype": "torch.uint8"}, None),
    ({**FLOAT8, "strategy": "group", "group_size": 32, "scale_dtype": "torch.uint8"}, None),
)
"""Weights and input activations, as compressed-tensors configs write them."""

Tensors = dict[str, list[Any]]


def word(dtype: object) -> str:
    """A safetensors word from torch's or mlx's."""
    name = str(dtype).rpartition(".")[2]
    kinds = {"float": "F", "bfloat": "BF", "uint": "U", "int": "I"}
    if name.startswith("float8_e4m3"):
        return "F8_E4M3"
    letters = name.rstrip("0123456789")
    return kinds[letters] + name.removeprefix(letters)


def compressed_tensors() -> Iterator[tuple[dict[str, Any], Tensors]]:
    import torch
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.compressors.format import infer_module_format
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
    from compressed_tensors.quantization.lifecycle.initialize import initialize_module_for_quantization

    for weights, inputs in COMPRESSED:
        module = torch.nn.Linear(INPUTS, OUTPUTS, bias=False, dtype=torch.bfloat16)
        scheme = QuantizationScheme(
            targets=["Linear"],
            weights=QuantizationArgs(**weights),
            input_activations=QuantizationArgs(**inputs) if inputs else None,
        )
        initialize_module_for_quantization(module, scheme)
        for name, parameter in module.named_parameters():
            if name != "weight":
                parameter.data = torch.full(parameter.shape, 0 if "zero" in name else 1).to(parameter.dtype)
        form = infer_module_format(torch.nn.Linear, scheme)
        BaseCompressor.get_value_from_registry(form.value).compress_module(module)
        group = {"targets": ["Linear"], "weights": weights, "input_activations": inputs}
        yield (
            {"quant_method": "compressed-tensors", "format": form.value, "config_groups": {"group_0": group}},
            {f".{name}": [word(value.dtype), list(value.shape)] for name, value in module.state_dict().items()},
        )


def bitsandbytes() -> Iterator[tuple[dict[str, Any], Tensors]]:
    import torch
    from bitsandbytes import nn

    torch.manual_seed(0)  # the length of `quant_state` depends on the weights
    weight = torch.randn(OUTPUTS, INPUTS, dtype=torch.bfloat16)
    for kind, double in (("nf4", True), ("nf4", False), ("fp4", False)):
        linear = nn.Linear4bit(INPUTS, OUTPUTS, bias=False, quant_type=kind, compress_statistics=double)
        linear.weight = nn.Params4bit(weight, False, quant_type=kind, compress_statistics=double)._quantize("cpu")
        yield (
            {
                "quant_method": "bitsandbytes",
                "load_in_4bit": True,
                "bnb_4bit_quant_type": kind,
                "bnb_4bit_use_double_quant": double,
            },
            {f".{name}": [word(value.dtype), list(value.shape)] for name, value in linear.state_dict().items()},
        )
    linear = nn.Linear8bitLt(INPUTS, OUTPUTS, bias=False, has_fp16_weights=False)
    linear.weight = nn.Int8Params(weight.float(), False, False)._quantize("cpu")
    yield (
        {"quant_method": "bitsandbytes", "load_in_8bit": True},
        {f".{name}": [word(value.dtype), list(value.shape)] for name, value in linear.state_dict().items()},
    )


def mlx() -> Iterator[tuple[dict[str, Any], Tensors]]:
    import mlx.core as mx

    weight = mx.random.normal((OUTPUTS, INPUTS)).astype(mx.bfloat16)
    affine = [("affine", group, bits) for group, bits in ((64, 4), (64, 2), (64, 3), (64, 5), (128, 6), (32, 8))]
    for mode, group, bits in (*affine, ("mxfp4", 32, 4), ("mxfp8", 32, 8), ("nvfp4", 16, 4)):
        stored = mx.quantize(weight, group_size=group, bits=bits, mode=mode)
        yield (
            {"quant_method": "mlx", "group_size": group, "bits": bits, "mode": mode},
            {
                name: [word(value.dtype), list(value.shape)]
                for name, value in zip((".weight", ".scales", ".biases"), stored, strict=False)
            },
        )


def transformers() -> Iterator[tuple[dict[str, Any], Tensors]]:
    import torch
    from transformers.integrations.finegrained_fp8 import FP8Linear
    from transformers.integrations.metal_quantization import MetalLinear

    with torch.device("meta"):
        blocks = FP8Linear(INPUTS, OUTPUTS, block_size=(128, 128))
        metal = MetalLinear(INPUTS, OUTPUTS, bits=4, group_size=64)
    yield ({"quant_method": "fp8", "weight_block_size": [128, 128]}, listed(blocks))
    yield {"quant_method": "metal", "bits": 4, "group_size": 64}, listed(metal)


def listed(module: Any) -> Tensors:
    return {f".{name}": [word(value.dtype), list(value.shape)] for name, value in module.named_parameters()}


def main() -> None:
    entries = [
        {"by": f"{name} {version(name)}", "section": section, "tensors": dict(sorted(tensors.items()))}
        for name, record in (
            ("compressed-tensors", compressed_tensors),
            ("bitsandbytes", bitsandbytes),
            ("mlx", mlx),
            ("transformers", transformers),
        )
        for section, tensors in record()
    ]
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    RECORDED.write_text(f'{{"shape": [{OUTPUTS}, {INPUTS}], "dtype": "bfloat16", "layouts": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
