"""What a budget of bytes became."""

from __future__ import annotations

from math import ceil

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Pool:
    """`blocks` of `block` tokens and `page` bytes in the pool, of which one request of `length` takes `per_request`;
    the engine logs a size of `tokens`. Where an engine has no blocks that all its layers share, a block is a byte of
    the budget. `aside`: bytes of the budget that are set aside whatever runs."""

    blocks: int
    block: int
    per_request: int
    length: int
    groups: int
    page: float
    tokens: int
    aside: int = 0

    @property
    def concurrency(self) -> float:
        """The logged "maximum concurrency" for requests of that length."""
        return self.blocks / self.per_request

    def taken(self, requests: int) -> int:
        """Bytes of the budget that so many requests of that length take."""
        return self.aside + ceil(requests * self.per_request * self.page)
