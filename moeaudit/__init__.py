"""moeaudit: what is this Mixture-of-Experts model, really?

    import moeaudit
    found = moeaudit.inspect("deepseek-ai/DeepSeek-R1", offline=True)
    found.denominators["total.full"]

docs/api.md shows every function. Nothing is loaded before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from moeaudit.api import AuditError, check, estimate, inspect, open_evidence, packet

__all__ = ["AuditError", "__version__", "check", "estimate", "inspect", "open_evidence", "packet"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'moeaudit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("moeaudit.api"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
