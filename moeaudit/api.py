"""What other programs call: the use cases of the command line, with the same objects as results.

`import moeaudit` loads none of it; a name is loaded when it is first used. Every function raises `moeaudit.AuditError`
for what is wrong, with `exit_code`, `hint` and `place` as the command line shows them.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import AuditError, UsageError

if TYPE_CHECKING:
    from moeaudit.audits.check import Checked
    from moeaudit.costs.estimate import Estimate
    from moeaudit.evidence.model import Depth, Evidence
    from moeaudit.ledger.inspection import Inspection
    from moeaudit.reports.packet.model import Packet

    Path_ = str | os.PathLike[str]

__all__ = ["AuditError", "check", "estimate", "inspect", "open_evidence", "packet"]


def open_evidence(
    model: Path_, *, revision: str | None = None, depth: Depth | str | None = None, offline: bool = False
) -> Evidence:
    """What a model's repo publishes, read once and down to `depth` (config, index, headers): configs as data, tensor
    tables with shapes and types, digests. Without `depth`, as little as gives two witnesses."""
    from moeaudit.evidence import open_evidence as opened

    name, version = _text("model", model), _optional("revision", revision)
    return opened(name, depth=_depth(depth), revision=version, offline=offline)


def inspect(
    model: Path_, *, revision: str | None = None, depth: Depth | str | None = None, offline: bool = False,
    against: str | None = None,
) -> Inspection:  # fmt: skip
    """A model counted: `denominators` by id (counts, ranges, or why there is none), `ledger`, `witnesses`, `agreement`.

    `model`: a Hub id (`org/name@revision`), a folder, a config.json, a GGUF, evidence or spec file. Without `depth` it
    is read on until the counts are settled. `against`: the model that a converted one was made from.
    """
    from moeaudit.audits.inspect import inspect as inspected

    return inspected(
        _text("model", model), depth=_depth(depth), revision=_optional("revision", revision), offline=offline,
        against=_optional("against", against),
    )  # fmt: skip


def check(
    paths: Path_ | Iterable[Path_] | None = None, *, model: Path_ | None = None, revision: str | None = None,
    offline: bool = False, strict: bool = False, folder: Path_ = ".",
) -> Checked:  # fmt: skip
    """Claim files and cards held against the published files: `audits`, one for each model, with `findings`,
    `statements` and `checklist`; and `failures`, what could not be checked.

    `paths`: one or several; without any, the card of `model` itself, or what lies in `folder`, whose settings count.
    """
    from moeaudit.audits.check import check as checked
    from moeaudit.audits.settings import read_settings

    settings = read_settings(Path(folder), strict=strict or None).rules
    if paths is None:
        given = [Path(folder)] if model is None else []
    elif not (given := [Path(one) for one in _several("paths", paths)]):
        raise UsageError("no paths are given", hint="Leave paths out to check what lies in the folder.")
    name, version = _optional("model", model), _optional("revision", revision)
    return checked(given, name, revision=version, offline=offline, settings=settings)


def estimate(
    model: Path_, *, gpus: str = "", fleet: Path_ | None = None, engine: str = "vllm", command: str = "",
    context: int | None = None, concurrency: int | None = None, price: float | str | None = None,
    training_tokens: int | str | None = None, bits: float | str | None = None, revision: str | None = None,
    offline: bool = False,
) -> Estimate:  # fmt: skip
    """What a fleet makes of a model: `verdict` (fits, queues, too-close-to-call, does-not-fit), `options` with every
    layout, `chosen`, times, operations, assumptions.

    `gpus`: `8xH200`, or `fleet`: a fleet file. `price` of a device-hour: a number, or `2.5USD`. `bits` per matrix
    parameter: a number, or a type of llama.cpp's such as `q4_k_m`. Sizes in bytes, times in seconds.
    """
    from moeaudit.audits.estimate import Asked
    from moeaudit.audits.estimate import estimate as worked_out
    from moeaudit.costs.asked import bits_of

    asked = Asked(
        Path(fleet) if fleet is not None else None, _text("gpus", gpus), engine, command,
        _whole("context", context), _whole("concurrency", concurrency),
        "" if price is None else str(price), "" if training_tokens is None else str(training_tokens),
        None if bits is None else bits_of(str(bits)),
    )  # fmt: skip
    name, version = _text("model", model), _optional("revision", revision)
    return worked_out(name, asked, revision=version, offline=offline).estimate


def packet(
    *targets: Path_, model: Path_ | None = None, gpus: str | Sequence[str] = (), engine: str = "vllm",
    context: int | None = None, concurrency: int | None = None, date: datetime.date | str = "",
    revision: str | None = None, offline: bool = False,
) -> Packet:  # fmt: skip
    """The audit packet of one model, from claim files, a card, or the model itself: the values that
    `moeaudit packet --format json` writes.

    `gpus`: one fleet or several, the first in full. `date`: a day, or YYYY-MM-DD; without one the packet is not dated.
    """
    from moeaudit.audits.packet import gathered
    from moeaudit.reports.packet.inputs import Asked, Inputs, make

    first, *beside = _several("gpus", gpus) or [""]
    sizes = _whole("context", context), _whole("concurrency", concurrency)
    asked, name = Asked(None, first, engine, *sizes, beside=tuple(beside)), _optional("model", model)
    inputs = Inputs(name or "", asked=asked, date=_day(date))
    given = [_text("a target", one) for one in targets]
    return make(gathered(inputs, given, name, revision=_optional("revision", revision), offline=offline))


def _depth(depth: Depth | str | None) -> Depth | None:
    from moeaudit.evidence.model import Depth

    try:
        return None if depth is None else Depth(depth)
    except ValueError:
        known = ", ".join(one.value for one in Depth)
        raise UsageError(f"depth {depth!r} is not known"[:80], hint=f"There are: {known}.") from None


def _text(name: str, value: Path_) -> str:
    """A text or a path as text. TypeError for anything else: a program has a fault, not its input."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} is a text or a path, not {type(value).__name__}")
    return os.fspath(value)


def _optional(name: str, value: Path_ | None) -> str | None:
    return None if value is None else _text(name, value)


def _several(name: str, values: Path_ | Iterable[Path_]) -> list[str]:
    """One text or path, or several."""
    found = [values] if isinstance(values, str | os.PathLike) else list(values)
    return [_text(f"each of {name}", one) for one in found if one != ""]


def _whole(name: str, value: int | None) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError(f"{name} is a whole number, not {type(value).__name__}")
    return value


def _day(day: datetime.date | str) -> str:
    """A day as YYYY-MM-DD. UsageError for a text that is none."""
    if not day:
        return ""
    if isinstance(day, datetime.date):
        return datetime.date(day.year, day.month, day.day).isoformat()
    try:
        return datetime.date.fromisoformat(day).isoformat()
    except ValueError:
        raise UsageError(f"{day!r} is no date"[:80], hint="Write it as 2026-11-30.") from None
