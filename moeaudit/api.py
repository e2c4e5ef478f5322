"""What other programs call: the use cases of the command line, with the same objects as results.

`import moeaudit` loads none of it; a name is loaded when it is first used. Every function raises `moeaudit.AuditError`
for what is wrong, with `exit_code`, `hint` and `place` as the command line shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import AuditError

if TYPE_CHECKING:
    from os import PathLike

    from moeaudit.audits.check import Checked
    from moeaudit.costs.estimate import Estimate
    from moeaudit.evidence.model import Depth, Evidence
    from moeaudit.ledger.inspection import Inspection
    from moeaudit.reports.packet.model import Packet

    Path_ = str | PathLike[str]

__all__ = ["AuditError", "check", "estimate", "inspect", "open_evidence", "packet"]


def open_evidence(
    model: str, *, revision: str | None = None, depth: Depth | str | None = None, offline: bool = False
) -> Evidence:
    """What a model's repo publishes, read once and down to `depth` (config, index, headers): configs as data, tensor
    tables with shapes and types, digests. Without `depth`, as little as gives two witnesses."""
    from moeaudit.evidence import open_evidence as opened

    return opened(model, depth=_depth(depth), revision=revision, offline=offline)


def inspect(
    model: str, *, revision: str | None = None, depth: Depth | str | None = None, offline: bool = False,
    against: str | None = None,
) -> Inspection:  # fmt: skip
    """A model counted: `denominators` by id (counts, ranges, or why there is none), `ledger`, `witnesses`, `agreement`.

    `model`: a Hub id (`org/name@revision`), a folder, a config.json, a GGUF, evidence or spec file. Without `depth` it
    is read on until the counts are settled. `against`: the model that a converted one was made from.
    """
    from moeaudit.audits.inspect import inspect as inspected

    return inspected(model, depth=_depth(depth), revision=revision, offline=offline, against=against)


def check(
    paths: Iterable[Path_] = (), *, model: str | None = None, revision: str | None = None, offline: bool = False,
    strict: bool = False, folder: Path_ = ".",
) -> Checked:  # fmt: skip
    """Claim files and cards held against the published files: `audits`, one for each model, with `findings`,
    `statements` and `checklist`; and `failures`, what could not be checked. `folder`: whose settings count."""
    from moeaudit.audits.check import check as checked
    from moeaudit.audits.settings import read_settings

    settings = read_settings(Path(folder), strict=strict or None).rules
    return checked([Path(path) for path in paths], model, revision=revision, offline=offline, settings=settings)


def estimate(
    model: str, *, gpus: str = "", fleet: Path_ | None = None, engine: str = "vllm", command: str = "",
    context: int | None = None, concurrency: int | None = None, price: float | str | None = None,
    training_tokens: int | str | None = None, bits: float | str | None = None, revision: str | None = None,
    offline: bool = False,
) -> Estimate:  # fmt: skip
    """What a fleet makes of a model: `fits`, `options` with every layout, `chosen`, times, operations, assumptions.

    `gpus`: `8xH200`, or `fleet`: a fleet file. `price` of a device-hour: a number, or `2.5USD`. `bits` per matrix
    parameter: a number, or a type of llama.cpp's such as `q4_k_m`. Sizes in bytes, times in seconds.
    """
    from moeaudit.audits.estimate import Asked
    from moeaudit.audits.estimate import estimate as worked_out
    from moeaudit.costs.asked import bits_of

    asked = Asked(
        Path(fleet) if fleet is not None else None, gpus, engine, command, context, concurrency,
        "" if price is None else str(price), "" if training_tokens is None else str(training_tokens),
        None if bits is None else bits_of(str(bits)),
    )  # fmt: skip
    return worked_out(model, asked, revision=revision, offline=offline).estimate


def packet(
    *targets: Path_, model: str | None = None, gpus: str | Sequence[str] = (), engine: str = "vllm",
    context: int | None = None, concurrency: int | None = None, date: str = "", revision: str | None = None,
    offline: bool = False,
) -> Packet:  # fmt: skip
    """The audit packet of one model, from claim files, a card, or the model itself: the values that
    `moeaudit packet --format json` writes. `gpus`: one fleet or several, the first in full."""
    from moeaudit.audits.packet import gathered
    from moeaudit.reports.packet.inputs import Asked, Inputs, make

    first, *beside = [gpus] if isinstance(gpus, str) else [*gpus] or [""]
    asked = Asked(None, first, engine, context, concurrency, beside=tuple(beside))
    inputs = Inputs(model or "", asked=asked, date=date)
    return make(gathered(inputs, [str(one) for one in targets], model, revision=revision, offline=offline))


def _depth(depth: Depth | str | None) -> Depth | None:
    from moeaudit.evidence.model import Depth

    return None if depth is None else Depth(depth)
