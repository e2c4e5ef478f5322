"""Engines whose arguments are plain calls: LMDeploy and mlx-lm in argparse, llama.cpp in its own `common_arg`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from flags.code import Code, called
from flags.rows import Row
from flags.sglang import of_calls

C_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def lmdeploy(folder: Path) -> list[Row]:
    """`lmdeploy serve api_server`: its own calls, and those of every helper that it calls."""
    code = Code.of(sorted((folder / "lmdeploy" / "cli").glob("*.py")))
    function = code.functions["add_parser_api_server"]
    found = of_calls(code, function)
    for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "ArgumentHelper":
            helper = code.method("ArgumentHelper", call.func.attr)
            if helper is not None:
                found += of_calls(code, helper)
    return list({row.names[0]: row for row in found}.values())


def mlx(folder: Path) -> list[Row]:
    code = Code.of([folder / "mlx_lm" / "server.py"])
    assert called(code.functions["main"], "add_argument"), "no arguments in main"
    return of_calls(code, code.functions["main"])


LAMBDA = re.compile(r"\[[^\]]*\]\s*\(\s*common_params\s*&[^,)]*((?:,[^)]*)?)\)")
"""What is called with the flag's values: one parameter each, or a `bool` for a flag that can be said no to."""


def llama(folder: Path) -> list[Row]:
    """`llama-server`: {names}[, {names that mean no}][, "VALUE"…], help, function."""
    text = (folder / "common" / "arg.cpp").read_text(encoding="utf-8")
    found: dict[str, Row] = {}
    for piece in re.split(r"add_opt\(common_arg\(", text)[1:]:
        names, rest = _braces(piece)
        off: tuple[str, ...] = ()
        if rest.lstrip(", \n").startswith("{"):
            off, rest = _braces(rest.lstrip(", \n"))
        for_server = re.search(r"set_examples\(\{([^}]*)\}", piece)
        asked = LAMBDA.search(rest)
        if not names or asked is None or (for_server and not re.search("SERVER|COMMON", for_server[1])):
            continue
        given = [one for one in asked[1].split(",") if one.strip() and "bool" not in one]
        kind = "switch" if not given else "whole" if "int" in given[0].split() else "text"
        found.setdefault(names[0], Row(names, off, str(len(given)), kind))
    return list(found.values())


def _braces(text: str) -> tuple[tuple[str, ...], str]:
    """The strings of the first {…}, and what follows it."""
    start, end = text.index("{"), text.index("}")
    return tuple(C_STRING.findall(text[start:end])), text[end + 1 :]
