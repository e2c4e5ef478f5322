"""Kinds of single changes to Python code, found in the syntax tree and made in the text, line numbers kept."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One change of a file: bytes `start` to `end` become `text`. `lines` are the lines whose tests may notice;
    `inside` is false for what runs on import."""

    kind: str
    start: int
    end: int
    text: bytes
    lines: tuple[int, int]
    inside: bool


COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
}  # fmt: skip
EXTREME = {"min": "max", "max": "min"}
LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
TRUE, FALSE = ast.Constant(True), ast.Constant(False)


def changed(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with other fields."""
    copy = deepcopy(node)
    for name, value in fields.items():
        setattr(copy, name, value)
    return copy


def compared(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        yield "comparison", node, changed(node, ops=[COMPARED[type(node.ops[0])](), *node.ops[1:]])


def reckoned(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, ast.BinOp) and type(node.op) in COUNTED and not _text(node):
        yield "arithmetic", node, changed(node, op=COUNTED[type(node.op)]())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EXTREME:
        yield "min/max", node.func, ast.Name(EXTREME[node.func.id])
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "integer", node, ast.Constant(0 if node.value == 1 else node.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is float:
        yield "float", node, ast.Constant(node.value * 1.1 or 0.5)


def decided(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        yield "and/or", node, changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node, ast.BoolOp(ast.And(), [TRUE, node.operand])
    if isinstance(node, ast.IfExp):
        yield "conditional", node.test, FALSE
        yield "conditional", node.test, TRUE
    if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], LEAVES):
        yield "guard", node.test, FALSE
    if isinstance(node, ast.comprehension):
        yield from (("filter", test, TRUE) for test in node.ifs)


def given(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, ast.Return) and node.value is not None and not _constant(node.value):
        yield "return", node.value, ast.Constant(None)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
        yield "deletion", node.value, ast.YieldFrom(ast.Tuple([]))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "deletion", node.value, ast.Constant(None)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        yield "key", node.slice, ast.Constant(f"{node.slice.value}_")
    if isinstance(node, ast.Dict):
        named = (key for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
        yield from (("key", key, ast.Constant(f"{key.value}_")) for key in named)


KINDS: tuple[Callable[[ast.AST], Iterator[tuple[str, ast.AST, ast.AST]]], ...] = (compared, reckoned, decided, given)


def edits(source: bytes) -> Iterator[Edit]:
    """Every change of a file, in the order of its text. Annotations, f-strings (whose places Python 3.11 does not
    know), docstrings and what is for type checkers only are left alone."""
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    found = (edit for node, inside in _walk(ast.parse(source), False) for edit in _of(node, inside, source, offsets))
    yield from sorted(found, key=lambda edit: (edit.start, edit.end, edit.kind, edit.text))


def _of(node: ast.AST, inside: bool, source: bytes, offsets: list[int]) -> Iterator[Edit]:
    for kind_of in KINDS:
        for kind, old, new in kind_of(node):
            start = offsets[old.lineno - 1] + old.col_offset  # type: ignore[attr-defined]
            end = offsets[old.end_lineno - 1] + old.end_col_offset  # type: ignore[attr-defined]
            lost = b"\n" * source[start:end].count(b"\n")  # the lines below keep their numbers
            text = ast.unparse(ast.fix_missing_locations(new)).encode()
            if lost or not isinstance(new, ast.Name | ast.Constant):
                text = b"(" + text + lost + b")"
            yield Edit(kind, start, end, text, (old.lineno, old.end_lineno), inside)  # type: ignore[attr-defined]


def _walk(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes with whether they stand inside a function's body."""
    yield node, inside
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list"}:
            continue
        body = inside or (isinstance(node, ast.FunctionDef | ast.Lambda) and field == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr) and not _for_types_only(child):
                yield from _walk(child, body)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _text(node: ast.BinOp) -> bool:
    """Whether strings are put together: no change of the operator makes sense there."""
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr | ast.List | ast.Tuple)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in sides
    )


def _constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
