"""What Python source says, by name: classes with their fields, functions, and assigned values. Nothing of it is run."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOT_KNOWN = object()


@dataclass
class Code:
    """The definitions of some files; a name that several define is the first one's."""

    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)

    @classmethod
    def of(cls, files: list[Path]) -> Code:
        found = cls()
        for file in files:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.ClassDef():
                        found.classes.setdefault(node.name, node)
                    case ast.FunctionDef():
                        found.functions.setdefault(node.name, node)
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        found.values.setdefault(name, value)
                    case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                        found.values.setdefault(name, value)
        return found

    def fields(self, name: str) -> dict[str, ast.AnnAssign]:
        """The annotated fields of a class, its bases' first."""
        node = self.classes.get(name)
        if node is None:
            return {}
        found: dict[str, ast.AnnAssign] = {}
        for base in node.bases:
            if isinstance(base, ast.Name):
                found |= self.fields(base.id)
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                found[line.target.id] = line
        return found

    def method(self, name: str, method: str) -> ast.FunctionDef | None:
        body = self.classes[name].body if name in self.classes else []
        return next((one for one in body if isinstance(one, ast.FunctionDef) and one.name == method), None)

    def value(self, node: ast.expr, depth: int = 0) -> Any:
        """The value of a constant, a list of constants, a name of one, a sum of lists; NOT_KNOWN for anything else."""
        if depth > 8:
            return NOT_KNOWN
        match node:
            case ast.Constant():
                return node.value
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                found: list[Any] = []
                for element in elements:
                    inner = element.value if isinstance(element, ast.Starred) else element
                    one = self.value(inner, depth + 1)
                    if one is NOT_KNOWN:
                        return NOT_KNOWN
                    found += one if isinstance(element, ast.Starred) else [one]
                return found
            case ast.Name(id=name) if name in self.values:
                return self.value(self.values[name], depth + 1)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                one, other = self.value(left, depth + 1), self.value(right, depth + 1)
                return one + other if isinstance(one, list) and isinstance(other, list) else NOT_KNOWN
            case ast.Call(func=ast.Name(id="list" | "sorted" | "set"), args=[inner]):
                return self.value(inner, depth + 1)
            case ast.Call(func=ast.Name(id="get_args"), args=[ast.Name(id=name)]) if name in self.values:
                return self.literal(self.values[name])
        return NOT_KNOWN

    def literal(self, node: ast.expr) -> Any:
        """The words of a Literal[…], the Literals inside it taken apart."""
        match node:
            case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
                elements = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                words: list[Any] = []
                for element in elements:
                    words += [element.value] if isinstance(element, ast.Constant) else self.literal(element) or []
                return words
            case ast.Name(id=name) if name in self.values:
                return self.literal(self.values[name])
        return NOT_KNOWN


def called(node: ast.AST, name: str) -> list[ast.Call]:
    """The calls of a method or function of that name inside a node, in the order they stand."""
    found = [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
        and (
            (isinstance(one.func, ast.Attribute) and one.func.attr == name)
            or (isinstance(one.func, ast.Name) and one.func.id == name)
        )
    ]
    return sorted(found, key=lambda one: (one.lineno, one.col_offset))


def given(call: ast.Call) -> dict[str, ast.expr]:
    """The keyword arguments of a call."""
    return {one.arg: one.value for one in call.keywords if one.arg is not None}
