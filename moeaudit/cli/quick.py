"""The plainest lines, answered without loading the option parser, which costs more than the work behind them.

`--version`, and `inspect MODEL` with options that stand whole, their values as words of their own. Whatever else a
line holds, the parser reads it: nothing is refused here. A test holds both to the same call.
"""

from __future__ import annotations

from typing import Any

FLAGS = {"--offline": "offline", "--exit-zero": "exit_zero"}
VALUES = {"--format": "formats", "--depth": "depth", "--revision": "revision", "--fail-on": "fail_on",
          "--against": "against"}  # fmt: skip


def quick(argv: list[str]) -> int | None:
    """The exit code of a line that is answered here; None where the parser is to read it."""
    if argv in (["--version"], ["-V"]):
        import moeaudit

        print(f"moeaudit {moeaudit.__version__}")
        return 0
    if argv[:1] != ["inspect"]:
        return None
    options = understood(argv[1:])
    if options is None:
        return None
    from moeaudit.cli.inspecting import answer

    return answer(**options)


def understood(words: list[str]) -> dict[str, Any] | None:
    """What `inspect` is called with; None where any word is not plainly one model, one option or its value."""
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        if word in FLAGS:
            found[FLAGS[word]] = True
            continue
        name = VALUES.get(word, "model")
        value = next(rest, "") if word in VALUES else word
        if not value or value.startswith("-") or (name in found and name != "formats"):
            return None
        found[name] = [*found.get(name, ()), value] if name == "formats" else value
    return with_choices(found) if "model" in found else None


def with_choices(found: dict[str, Any]) -> dict[str, Any] | None:
    """The same with the members that the values name; None where one names none."""
    from moeaudit.cli.inspecting import ReadDepth
    from moeaudit.cli.output import FailOn

    try:
        if "depth" in found:
            found["depth"] = ReadDepth(found["depth"])
        if "fail_on" in found:
            found["fail_on"] = FailOn(found["fail_on"])
    except ValueError:
        return None
    return found
