"""Routers unlike a plain linear one: an expert that may be skipped, product keys, a small network."""

from __future__ import annotations

from fractions import Fraction

from moeaudit.architecture.blocks.compressed_conv import NetworkRouter
from moeaudit.vocabulary import Component
from tests.architecture.published import SMALL, described


def test_zaya_may_skip_its_expert() -> None:
    """17 choices for 16 stored experts: none, one in sixteen, and 16/17 of that where all choices are alike."""
    fields = {**SMALL, "num_experts": 16, "num_experts_per_tok": 1}
    shares = {
        weight.share for weight in described("zaya", fields).weights if weight.component is Component.ROUTED_EXPERTS
    }
    assert [(share.low, share.typical, share.high) for share in shares] == [(0, Fraction(1, 17), Fraction(1, 16))]


def test_doge_chooses_by_product_keys() -> None:
    fields = {**SMALL, "is_moe": True, "num_experts": 256, "num_experts_per_tok": 8}
    shapes = {weight.name: weight.shape for weight in described("doge", fields).weights}
    assert shapes["model.layers.{}.mlp.router_gate.weight"] == (2 * 16, 64)
    assert shapes["model.layers.{}.mlp.down_embed.weight"] == (256, 64)


def test_a_network_routes_by_its_last_layer() -> None:
    router = NetworkRouter(64, 16, 1, extra=1, inner=8, carried=True, correction_bias="balancing_biases")
    shapes = {weight.name: weight.shape for weight in router.weights()}
    assert shapes["router_mlp.out_proj.weight"] == (17, 8) and shapes["balancing_biases"] == (17,)
