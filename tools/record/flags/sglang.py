"""SGLang: fields `name: A[type, Arg(…)]` become arguments (sglang/srt/arg_groups/arg_utils.py), and what stands beside
them in `add_cli_args`, which is all of it in versions before 0.5.10."""

from __future__ import annotations

import ast
from pathlib import Path

from flags.code import Code, called, given
from flags.rows import Row
from flags.vllm import hints, overridden

PLACES = ("server_args.py", "arg_groups/**/*.py")


def rows(folder: Path) -> list[Row]:
    """The flags of `python -m sglang.launch_server` in an unpacked wheel."""
    root = folder / "sglang" / "srt"
    code = Code.of([file for place in PLACES for file in sorted(root.glob(place))])
    found = [row for name in code.classes for row in of_class(code, name)]
    function = code.method("ServerArgs", "add_cli_args")
    assert function is not None, "no ServerArgs.add_cli_args"
    found += of_calls(code, function)
    return list({row.names[0]: row for row in found}.values())


def of_calls(code: Code, function: ast.FunctionDef) -> list[Row]:
    """Every `add_argument` of a function, by its keywords alone."""
    found = []
    for call in called(function, "add_argument"):
        names = tuple(one.value for one in call.args if isinstance(one, ast.Constant))
        if names and names[0].startswith("-"):
            found.append(overridden(code, Row(names), given(call)))
    return found


def of_class(code: Code, name: str) -> list[Row]:
    """The annotated fields of one class of settings."""
    found = []
    for field, line in code.fields(name).items():
        match line.annotation:
            case ast.Subscript(value=ast.Name(id="A" | "Annotated"), slice=ast.Tuple(elts=[type_, *marks])):
                row = of_field(code, field, type_, marks)
                if row is not None:
                    found.append(row)
    return found


def of_field(code: Code, field: str, type_: ast.expr, marks: list[ast.expr]) -> Row | None:
    call = next((one for one in marks if isinstance(one, ast.Call) and ast.unparse(one.func) == "Arg"), None)
    plain = any(isinstance(one, ast.Constant | ast.JoinedStr | ast.BinOp) for one in marks)
    if call is None and not plain:
        return None
    own = given(call) if call is not None else {}
    if code.value(own.get("no_cli", ast.Constant(False))) is True:
        return None
    first = code.value(own["cli_name"]) if "cli_name" in own else "--" + field.replace("_", "-")
    more = code.value(own["aliases"]) if "aliases" in own else []
    names = (str(first), *(str(one) for one in more))
    if "action" in own:
        extra = code_kwargs(own.get("action_kwargs"))
        return overridden(code, Row(names), {"action": own["action"], **extra})
    return typed(code, names, type_, own)


def code_kwargs(node: ast.expr | None) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    return {
        key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
    }


def typed(code: Code, names: tuple[str, ...], type_: ast.expr, own: dict[str, ast.expr]) -> Row:
    """By SGLang's rules, in their order: Literal, list, bool, scalar."""
    found = hints(code, type_)
    plain = {one for one in found if isinstance(one, str)}
    parts = {one[0]: one[1] for one in found if isinstance(one, tuple)}
    keywords = {
        {"type_parser": "type"}.get(name, name): value
        for name, value in own.items()
        if name in ("choices", "nargs", "type_parser")
    }
    if "Literal" in parts:
        return overridden(code, Row(names, choices=tuple(str(one) for one in parts["Literal"])), keywords)
    if ("list" in parts or "list" in plain) and "type" not in keywords:
        inner = hints(code, parts["list"]) if "list" in parts else []
        return overridden(code, Row(names, takes="+", kind="whole" if inner == ["int"] else "text"), keywords)
    if "bool" in plain and "type" not in keywords and len(plain - {"None"}) == 1:
        return Row(names, takes="0", kind="switch")
    kind = "whole" if "int" in plain else "number" if "float" in plain else "json" if "dict" in plain else "text"
    return overridden(code, Row(names, kind=kind), keywords)
