"""Which configurations to record beside the reference: few layers and experts, then one field changed, left out or
renamed at a time.

A change is a flat mapping from dotted paths to new values; `ABSENT` removes the key. Widths stay those of the
reference until they are changed: on the meta device only the number of modules costs time.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

ABSENT = "<absent>"
Change = dict[str, Any]

NOISE = re.compile(
    r"(_token_id|_token_index|_name_or_path|transformers_version|^dtype|^id2label|^label2id|^return_dict|^use_cache|^output_(?!dim|channels)|^is_decoder"
    r"|^is_encoder_decoder|^problem_type|^chunk_size_feed_forward|dropout|^initializer|_eps$|^rope_(?!theta)|^hidden_act|activation|_coef$|^seed$"
    r"|^pretraining_tp|^architectures|_drop|jitter|^tts_|^codec_.*_id$|^speaker_id|^cross_attention_hidden|_pdrop$|_std$|_mean$|^ep_size"
    r"|^time_step_|^rescale_|^residual_in_fp32|^use_mamba|^norm_topk_prob|^routed_scaling|^beta_|^mscale|_init$|^layer_norm_epsilon"
    r"|^rope$|ffn_act_fn|^attn_implementation|^problem"
    r"|^max_value_|^qk_head_dim$)"
)
"""Fields that say nothing about what is stored, or are derived from others and only written back by transformers: not
recorded."""

LAYERS = (
    "num_hidden_layers",
    "n_layers",
    "num_layers",
    "decoder_layers",
    "num_decoder_layers",
    "encoder_layers",
    "depth",
)
EXPERTS = ("n_routed_experts", "num_local_experts", "num_experts", "moe_num_experts")
SELECTED = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "moe_k", "top_k_experts")
GROUPS = ("n_group", "num_expert_group")

STEPS = re.compile(
    r"layer|first_k|step|interval|offset|period|_per_tok|topk|top_k|moe_k$|shared_experts?$|group|stride|every_n|nextn|mtp|sparse"
)
"""Whole numbers that count layers or experts: changed by one. All others are widths and are doubled."""

WHERE_NULL: dict[str, Any] = {
    "head_dim": 96,
    "num_key_value_heads": 2,
    "q_lora_rank": 192,
    "sliding_window": 256,
    "moe_latent_size": 320,
    "num_nextn_predict_layers": 1,
    "num_mtp_layers": 1,
    "n_group": 1,
    "topk_group": 1,
    "moe_intermediate_size": 640,
    "shared_expert_intermediate_size": 448,
    "prefix_dense_intermediate_size": 1216,
    "unpadded_vocab_size": 20000,
    "num_shared_experts": 1,
    "n_shared_experts": 1,
    "global_head_dim": 192,
    "num_global_key_value_heads": 2,
    "final_logit_softcapping": 30.0,
    "vision_config": None,
}
"""Values to try where the reference says null."""

WORDS = {
    "topk_method": ("noaux_tc", "greedy", "group_limited_greedy"),
    "scoring_func": ("softmax", "sigmoid"),
    "position_embedding_type": ("rope", "nope"),
    "output_gate_type": ("swish",),
    "vision_feature_select_strategy": ("full",),
}
"""Words to try, where a field is one of a few."""


def sections(config: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object of the config with its dotted prefix, outermost first."""
    yield path, config
    for name, value in config.items():
        if isinstance(value, dict):
            yield from sections(value, f"{path}{name}.")


def without_noise(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config's structural fields. `rope_parameters` stays: some attention widths follow from it."""
    kept = {}
    for name, value in config.items():
        if name == "rope_parameters":
            kept[name] = value
        elif not NOISE.search(name) and not (isinstance(value, dict) and not value):
            kept[name] = without_noise(value) if isinstance(value, dict) else value
    return kept


def applied(config: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """A copy of the config with the change in it."""
    changed: dict[str, Any] = copy.deepcopy(dict(config))
    for path, value in change.items():
        *parents, name = path.split(".")
        section = changed
        for parent in parents:
            section = section[parent]
        if value == ABSENT:
            section.pop(name, None)
        else:
            section[name] = copy.deepcopy(value)
    return changed


def small(config: Mapping[str, Any]) -> Change:
    """Few layers, few experts, few selected; every kind of layer that the reference has is still there."""
    change: Change = {}
    for path, section in sections(config):
        if re.search(r"(^|\.)\d+\.", path) or not any(name in section for name in EXPERTS):
            continue
        count = next((section[name] for name in LAYERS if isinstance(section.get(name), int)), None)
        if count:
            change |= with_layers(path, section, count, wanted_layers(section, count))
        few = 16 if any((section.get(name) or 1) > 1 for name in GROUPS) else 8
        for name in EXPERTS:
            change |= {path + name: clipped(section[name], few)} if section.get(name) else {}
        for name in SELECTED:
            change |= {path + name: clipped(section[name], 3)} if section.get(name) else {}
    flat = applied(config, change)
    return {
        path: value
        for path, value in change.items()
        if value_at(config, path) != value or value_at(flat, path) != value
    }


def clipped(value: Any, most: int) -> Any:
    return [min(item, most) for item in value] if isinstance(value, list) else min(value, most)


def value_at(config: Mapping[str, Any], path: str) -> Any:
    value: Any = config
    for name in path.split("."):
        value = value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT
    return value


def wanted_layers(section: Mapping[str, Any], count: int) -> int:
    """Six, or as many as it takes until every per-layer list of a few kinds has shown each of them, and a whole block
    of layers that run several times."""
    wanted = min(count, 6)
    if looped := section.get("loop_layer_index_start"):
        wanted = min(count, looped + section["n_layers_per_attn_res_block"])
    for value in section.values():
        words = [str(item) for item in value] if isinstance(value, list) and len(value) == count else []
        if 1 < len(set(words)) <= 4:
            wanted = max(wanted, *(words.index(kind) + 1 for kind in words))
    return wanted


def with_layers(path: str, section: Mapping[str, Any], old: int, new: int) -> Change:
    """The number of layers, and every list that has one entry per layer or names layers by number."""
    change: Change = {path + name: new for name in LAYERS if section.get(name) == old}
    for name, value in section.items():
        if isinstance(value, dict) and value and all(key.isdigit() for key in value):
            change[path + name] = {number: layer for number, layer in value.items() if int(number) < new}
        elif isinstance(value, dict) and "layers" in str(list(value)):
            change |= with_layers(f"{path}{name}.", value, old, new)
        if not isinstance(value, list) or not value:
            continue
        if value == list(range(old)):
            change[path + name] = list(range(new))
        elif len(value) in (old, old + 1, old + 2) and name not in ("patch_sizes", "mlp_only_layers"):
            change[path + name] = [value[place % len(value)] for place in range(new + len(value) - old)]
        elif all(isinstance(item, int) and not isinstance(item, bool) for item in value) and "layer" in name:
            change[path + name] = [item for item in value if item <= new]
    return change


def single_changes(config: Mapping[str, Any]) -> Iterator[Change]:
    """Every field of every section changed alone, by what its name and value suggest."""
    for path, section in sections(config):
        if path.endswith("rope_parameters."):
            continue
        for name, value in section.items():
            if name in LAYERS and isinstance(value, int):
                yield with_layers(path, section, value, value + 2)
            elif name not in ("model_type", "rope_parameters") and not isinstance(value, dict):
                for other in alternatives(name, value, section):
                    yield {path + name: other}


def alternatives(name: str, value: Any, section: Mapping[str, Any]) -> list[Any]:
    """Other values for one field."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return whole_numbers(name, value, section)
    if isinstance(value, float):
        return [value * 2] if re.search(r"ratio|expand|multiplier", name) else []
    if isinstance(value, str):
        return [word for word in WORDS.get(name, ()) if word != value]
    if isinstance(value, list):
        return lists(value)
    return [WHERE_NULL[name]] if WHERE_NULL.get(name) is not None else list(WORDS.get(name, ()))


def whole_numbers(name: str, value: int, section: Mapping[str, Any]) -> list[int]:
    if re.search(r"num_key_value_heads|kv_n_heads|linear_num_key_heads|kv_heads", name):
        return [value // 2] if value > 1 else [2]
    if STEPS.search(name):
        return [value + 1, *([0] if value and "shared" in name else [])]
    if value < 0:
        return []
    return [value * 2 if value else 1]


def lists(value: list[Any]) -> list[list[Any]]:
    """The other way round, and for lists of layer numbers one fewer or a first one."""
    if not value:
        return [[1]]
    turned = value[::-1]
    others = [turned] if turned != value else []
    if all(isinstance(item, int) and not isinstance(item, bool) for item in value):
        distinct = len(set(value)) == len(value) > 1
        others.append(value[:-1] if distinct else [item * 2 for item in value])
    return [other for other in others if other != value]
