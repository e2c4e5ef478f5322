"""Text as a log of GitHub Actions can hold it: nothing of it is taken for a workflow command.

The runner reads every line that a step prints. It takes a command from a line that begins with `::`, white space aside,
and the older form `##[…]` from anywhere in a line (actions/runner: src/Runner.Common/ActionCommand.cs, TryParseV2 and
TryParse).
"""

from __future__ import annotations

import re

from moeaudit.later import expression

BEGINNING = expression(r"^(\s*)::", re.MULTILINE)
OLDER = "##["

WRITTEN = {
    "json": ("::", r"##\u005b"),
    "sarif": ("::", r"##\u005b"),
    "cyclonedx": ("::", r"##\u005b"),
    "spdx": ("::", r"##\u005b"),
    "yaml": ("::", r"##\u005b"),
    "html": ("&#58;:", "##&#91;"),
    "junit": ("&#58;:", "##&#91;"),
}
"""How `::` and `##[` are written in each form so that they mean the same there; elsewhere with a backslash. No line of
JSON, nor of the YAML made here, begins with foreign text."""

PLAIN = (r"\::", r"##\[")


def defused(text: str, form: str) -> str:
    """The text in its form without a workflow command."""
    beginning, older = WRITTEN.get(form, PLAIN)
    return BEGINNING.sub(lambda found: f"{found[1]}{beginning}", text.replace(OLDER, older))
