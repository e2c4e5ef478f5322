"""Each engine's own words for a layout, read: what its tp, dp and ep mean differs."""

from __future__ import annotations

from moeaudit.costs.engines.said import Said
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError
from moeaudit.limits import DEVICES, SPARES

SPANNING = frozenset(
    {"deepep", "deepep_v2", "mooncake", "nixl", "mori", "ascend_fuseep", "flashinfer", "flashinfer_megamoe", "megamoe",
     "pplx"}
)  # fmt: skip
"""SGLang's all-to-all backends under which every rank holds whole experts (arg_groups/overrides.py, 0.5.23)."""

SPREAD = ("llama.cpp", "ollama", "mlx-lm")
"""Engines that use whatever devices there are, without being told how many."""


def layout_of(engine: str, said: Said) -> Layout | None:
    """The layout that a command says, None where it leaves it to the devices that there are."""
    if engine in SPREAD:
        return _spread(said)
    tp, dp, pp, dcp, pcp = (said.get(kind) or 1 for kind in ("tp", "dp", "pp", "dcp", "pcp"))
    ep = said.get("ep", False) or _experts(said) > 1
    redundant = said.get("redundant") or _spare(said)
    if engine == "vllm":
        return Layout(tp, ep, dp, pp, dcp, redundant, pcp=pcp)
    if engine == "tensorrt-llm":
        groups = tp if said.get("dp_attention") else 1
        return Layout(tp // groups, ep, groups, pp, dcp, redundant, pcp=pcp)
    if engine == "lmdeploy":
        # tp and ep count the ranks of all attention groups, which dp divides
        own, groups = _divided(max(tp, said.get("ep_size") or 1), dp, pcp)
        return Layout(own, ep, groups, pp, redundant=redundant, pcp=pcp)
    return _sglang(said, Layout(tp, ep, dp, pp, dcp, redundant, pcp=pcp))


def _sglang(said: Said, given: Layout) -> Layout:
    """Its tp is the whole group: attention's dp and cp are taken out of it, replicas are not."""
    inside = said.get("attn_dp") or (given.dp if said.get("dp_attention") else 1)
    ep = given.ep or said.get("all_to_all") in SPANNING
    replicas = 1 if said.get("dp_attention") else given.dp
    tp, dp = _divided(given.tp, inside, given.pcp)
    return Layout(tp, ep, dp, given.pp, given.dcp, given.redundant, replicas, given.pcp)


def _divided(tp: int, dp: int, pcp: int) -> tuple[int, int]:
    """The tensor-parallel size of one attention group, and how many there are."""
    if tp % (dp * pcp):
        what = f"dp {dp}" if pcp == 1 else f"dp {dp} · cp {pcp}"
        raise UsageError(
            f"{what} does not divide tp {tp}",
            hint="The engine splits its tp group into attention groups of equal size.",
        )
    return tp // (dp * pcp), dp


def _experts(said: Said) -> int:
    """Ranks that whole experts are spread over, as it is said."""
    size = said.get("ep_size")
    if size is not None and not 1 <= size <= DEVICES:
        raise UsageError(
            f"{said.written['ep_size']} is {size}"[:60], hint=f"It is a number of devices from 1 to {DEVICES:,}."
        )
    return size or 1


def _spare(said: Said) -> int:
    """Copies of experts by vLLM's JSON."""
    value = (said.get("balancing") or {}).get("num_redundant_experts", 0)
    return spare(value, "num_redundant_experts", said.written.get("balancing", ""))


def spare(value: object, key: str, flag: str) -> int:
    if type(value) is not int or not 0 <= value <= SPARES:
        raise UsageError(f"{key} of {flag} is {ascii(value)[:40]}, expected a whole number {SPARES.words()}")
    return value


def _spread(said: Said) -> Layout | None:
    """llama.cpp gives each device some layers; with --split-mode row, a share of every layer."""
    shares = [part for part in str(said.get("shares") or "").replace("/", ",").split(",") if part.strip(" 0.")]
    number = 1 if said.get("split") == "none" else len(shares)
    if not number:
        return None
    return Layout(number) if said.get("split") in ("row", "tensor") else Layout(pp=number)
