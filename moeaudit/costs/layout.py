"""How a model is spread over devices: tensor, expert, data and pipeline parallelism, and which of it a model allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moeaudit.architecture.blocks import Attention, Experts, LatentAttention
from moeaudit.architecture.model import Architecture


@dataclass(frozen=True, order=True)
class Layout:
    """`tp` splits attention, dense feed-forwards and the vocabulary; `dp` attention groups share the experts; `pp`
    stages follow each other.

    `ep`: whole experts on the tp · dp ranks of a stage; otherwise each expert is split over them. `dcp` splits the
    cache of a request over ranks of one attention group. `redundant`: extra copies of experts per layer, under `ep`
    only. `replicas`: the whole arrangement again, sharing nothing. `pcp` ranks share the work on a request's prompt;
    each holds attention and the whole cache again.
    """

    tp: int = 1
    ep: bool = False
    dp: int = 1
    pp: int = 1
    dcp: int = 1
    redundant: int = 0
    replicas: int = 1
    pcp: int = 1

    @property
    def ranks(self) -> int:
        """Devices of one pipeline stage: the experts' group."""
        return self.tp * self.dp * self.pcp

    @property
    def devices(self) -> int:
        return self.ranks * self.pp * self.replicas

    @property
    def expert_ranks(self) -> int:
        """Size of the group that whole experts are spread over; 1 without expert parallelism."""
        return self.ranks if self.ep else 1

    def __str__(self) -> str:
        words = [
            f"TP {self.tp}",
            f"EP {self.ranks}" if self.ep else "",
            f"DP {self.dp}" if self.dp > 1 else "",
            f"PP {self.pp}" if self.pp > 1 else "",
            f"DCP {self.dcp}" if self.dcp > 1 else "",
            f"PCP {self.pcp}" if self.pcp > 1 else "",
            f"{self.redundant} redundant experts" if self.redundant else "",
            f"× {self.replicas} replicas" if self.replicas > 1 else "",
        ]
        return " · ".join(word for word in words if word)


@dataclass(frozen=True)
class Divisors:
    """What a model lets a layout divide by: head counts, experts, layers."""

    heads: frozenset[int]
    kv_heads: frozenset[int]
    latent: bool
    experts: int
    layers: int

    @classmethod
    def of(cls, architecture: Architecture) -> Divisors:
        grouped = [block for block in architecture.find(Attention) if isinstance(block, Attention)]
        latent = [block for block in architecture.find(LatentAttention) if isinstance(block, LatentAttention)]
        experts = [block.experts for block in architecture.find(Experts) if isinstance(block, Experts)]
        heads = frozenset([block.heads for block in grouped] + [block.heads for block in latent])
        return cls(
            heads,
            frozenset(block.kv_heads for block in grouped),
            bool(latent),
            min(experts, default=0),
            sum(len(stack.layers) for stack in architecture.stacks()),
        )

    def problems(self, layout: Layout) -> Iterator[str]:
        """Why this model cannot run so, one line each; nothing where it can."""
        for heads in sorted(self.heads):
            if heads % layout.tp:
                yield f"tp {layout.tp} does not divide the {heads} attention heads"
        for heads in sorted(self.kv_heads):
            if heads % layout.tp and layout.tp % heads:
                yield f"tp {layout.tp} neither divides the {heads} key-value heads nor is a multiple of them"
        if layout.ep and not self.experts:
            yield "expert parallelism is on, but the model has no routed experts"
        elif layout.ep and layout.ranks > self.experts + layout.redundant:
            yield f"EP {layout.ranks} ({_product(layout)}) is above the {self.experts} experts of a layer"
        if layout.pp > self.layers:
            yield f"pp {layout.pp} is above the {self.layers} layers"
        if layout.redundant and not layout.ep:
            yield "redundant experts need expert parallelism"
        if layout.dp > 1 and not self.experts:
            yield f"dp {layout.dp} shares experts, and the model has none: use replicas"
        yield from self._context_problems(layout)

    def _context_problems(self, layout: Layout) -> Iterator[str]:
        """Decode-context parallelism reuses ranks that would hold the same cache (vLLM, context-parallel deployment
        guide)."""
        if layout.dcp == 1:
            return
        if layout.pcp > 1:
            if layout.dcp not in (layout.pcp, layout.tp * layout.pcp):
                yield f"dcp {layout.dcp} with pcp {layout.pcp} must be {layout.pcp} or {layout.tp * layout.pcp}"
            return
        copies = layout.tp if self.latent else max((layout.tp // heads for heads in self.kv_heads), default=1)
        if copies < 1 or copies % layout.dcp:
            yield f"dcp {layout.dcp} must divide the {max(copies, 1)} ranks that hold the same cache"


def _product(layout: Layout) -> str:
    return f"tp {layout.tp} × dp {layout.dp}" + (f" × pcp {layout.pcp}" if layout.pcp > 1 else "")


def stages(layers: int, pp: int) -> tuple[range, ...]:
    """Which layers each pipeline stage holds: even shares; a remainder goes to the stages before the last, from the
    back.

    vLLM's rule (vllm/distributed/utils.py, get_pp_indices): the last stage also computes logits, so it gets none.
    """
    share, rest = divmod(layers, pp)
    sizes = [share] * pp
    for back in range(2, rest + 2):
        sizes[-back % pp] += 1
    starts = [sum(sizes[:number]) for number in range(pp)]
    return tuple(range(start, start + size) for start, size in zip(starts, sizes, strict=True))
