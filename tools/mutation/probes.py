"""A pytest plugin: which tests run which lines of a few files, without tracing. A mark before every statement of a
function costs a store; a tracer costs as much as the tests.

MUTATION_PROBED   a JSON list of files, relative to the project: those that a sample changes
MUTATION_SEEN     a folder: every process of the run writes there what its tests ran
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = "__mutation_marks__"
marks = bytearray()
"""One for each place; 1 where it was run since it was last cleared."""
places: list[tuple[str, int, int]] = []
"""File, first and last line of each."""
seen: dict[str, list[int]] = {}
"""Test → the places that it ran."""


def marked(source: bytes, path: str) -> ast.Module:
    """The module with a mark before every statement inside a function, and before what a lambda gives."""
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.Lambda):
            told = _mark(node.body, path)
            pair = ast.Tuple([told, node.body], ast.Load())
            node.body = _placed(ast.Subscript(pair, ast.Constant(1), ast.Load()), node.body)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _mark_body(node, path)
    return tree


def _mark_body(function: ast.AST, path: str) -> None:
    for block in _blocks(function):
        statements = []
        for statement in block:
            if not isinstance(statement, ast.Global | ast.Nonlocal) and not _is_docstring(function, statement):
                statements.append(_placed(ast.Expr(_mark(statement, path)), statement))
            statements.append(statement)
        block[:] = statements


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements of a function, not those of functions and classes within."""
    for _, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            inner = isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
            if inner and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _blocks(child)
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield value


def _mark(node: ast.AST, path: str) -> ast.expr:
    """What marks a node as run. The marks stand among the built-in names: nothing that reads a module's sees them."""
    last = max((child.end_lineno for child in _header(node) if hasattr(child, "end_lineno")), default=None)
    places.append((path, node.lineno, last or node.lineno))  # type: ignore[attr-defined]
    marks.append(0)
    held = ast.Attribute(ast.Name(MARKS, ast.Load()), "__setitem__", ast.Load())
    return _placed(ast.Call(held, [ast.Constant(len(marks) - 1), ast.Constant(1)], []), node)


def _header(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement that are no statements of their own: all of a simple one, the condition of an if."""
    compound = any(
        isinstance(value, list) and value and isinstance(value[0], ast.stmt | ast.match_case)
        for _, value in ast.iter_fields(node)
    )
    if not compound:
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child


def _placed(node: ast.expr | ast.stmt, at: ast.AST) -> ast.expr | ast.stmt:
    for one in ast.walk(node):
        if not hasattr(one, "lineno") and isinstance(one, ast.expr | ast.stmt):
            ast.copy_location(one, at)
    return node


def _is_docstring(function: ast.AST, statement: ast.stmt) -> bool:
    return (
        statement is function.body[0] and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )  # type: ignore[attr-defined]


def install(paths: list[str]) -> None:
    """From now on these files are imported with marks."""
    import builtins

    setattr(builtins, MARKS, marks)
    wanted = {str(ROOT / path): path for path in paths}
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = wanted.get(str(self.path))
        if path is None:
            return usual(self, fullname)
        return compile(marked(Path(self.path).read_bytes(), path), self.path, "exec", dont_inherit=True)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


if os.environ.get("MUTATION_PROBED"):
    install(json.loads(Path(os.environ["MUTATION_PROBED"]).read_text()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    marks[:] = bytes(len(marks))
    try:
        return (yield)  # type: ignore[misc]
    finally:
        seen[item.nodeid] = [at for at, mark in enumerate(marks) if mark]


def pytest_sessionfinish() -> None:
    if seen and os.environ.get("MUTATION_SEEN"):
        folder = Path(os.environ["MUTATION_SEEN"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{os.getpid()}.json").write_text(json.dumps({"places": places, "seen": seen}))
