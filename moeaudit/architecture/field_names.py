"""What config.json calls the same fact in one family and another."""

from __future__ import annotations

from collections.abc import Mapping

EXPERTS = ("n_routed_experts", "num_experts", "num_local_experts", "moe_num_experts")
"""A layer's routed experts, as families that are read call them."""

SELECTED = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "moe_k", "topk")
"""Experts per token. `top_k` is none of them: old configs carry it as a setting of text generation."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "experts": (
        *EXPERTS,
        "num_routed_experts",
        "moe_num_routed_experts",
        "num_moe_experts",
        "n_experts",
        "num_expert",
        "expert_num",
        "expert_count",
        "moe_experts",
        "num_total_experts",
    ),
    "selected": (
        *SELECTED,
        "top_k_experts",
        "num_selected_experts",
        "num_selects",
        "experts_per_token",
        "num_activated_experts",
        "n_activated_experts",
        "moe_router_topk",
        "router_top_k",
        "num_experts_to_select",
    ),
    "width": (
        "moe_intermediate_size",
        "expert_intermediate_size",
        "expert_ffn_hidden_size",
        "moe_ffn_hidden_size",
        "expert_hidden_dim",
        "expert_hidden_size",
        "moe_inter_dim",
    ),
    "hidden": ("hidden_size", "n_embd", "d_model", "dim", "model_dim", "emb_dim"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
}
"""What families call a layer's routed experts, the experts one token uses, an expert's width, the hidden size and the
number of layers."""

WIDTHS = ("intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim", "d_ff", "inter_dim")
"""The width of any feed-forward, which is the experts' where no field gives theirs."""
