"""Which view draws a check in which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from moeaudit.checks.audit import Audit, Failed

MODULES = {
    "text": "check_text",
    "json": "check_json",
    "sarif": "sarif",
    "github": "github",
    "junit": "junit",
    "markdown": "check_markdown",
}
"""Format → module with `render(audits, failures) -> str`. Loaded when asked for."""


def views(audits: Sequence[Audit], failures: Sequence[Failed] = (), **shown: object) -> Mapping[str, Callable[[], str]]:
    """Every format as a function that makes it. `shown`: how much the text view shows."""

    def maker(module: str) -> Callable[[], str]:
        def make() -> str:
            render: Callable[..., str] = import_module(f"moeaudit.reports.{module}").render
            return render(audits, failures, **(shown if module == "check_text" else {}))

        return make

    return {name: maker(module) for name, module in MODULES.items()}
