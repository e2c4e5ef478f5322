"""Steps of moeaudit's own code: a measure of work that no machine, load or version of Python blurs.

Counted calls alone are blind to what one call does: `name in names` over a list is one instruction of the interpreter,
whatever the list's length. So moeaudit's source is rewritten as it is imported, and these count:

- one for each call of a function, each turn of a loop and each item of a comprehension;
- the length of what an operator or a built-in steps over: `in` a list, tuple or text; `+`, `|`, `-`, slices and stars;
  the arguments of `sorted`, `set`, `sum` and the like, and a list's or text's own `index`, `count`, `split`, …: an item
  of a list is a step, and so are 32 characters.

What other packages do inside a call is not seen, beyond the size of what they are given by a built-in.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import BuiltinFunctionType, ModuleType
from typing import Any

TAKEN = [0]
"""Steps so far. A list's item, because the interpreter changes threads at calls and backward jumps only: `+=` of an
item is never torn."""

SEQUENCES = (list, tuple, str, bytes, bytearray, deque)
SIZED = (*SEQUENCES, set, frozenset, dict)
WHOLE = {list, tuple, set, frozenset, dict, Counter, deque}
"""Types whose making steps over what they are made of."""

AT_ONCE = {
    len,
    isinstance,
    issubclass,
    getattr,
    hasattr,
    setattr,
    id,
    iter,
    next,
    callable,
    hash,
    print,
    open,
    bisect_left,
    bisect_right,
    heappush,
    heappop,
    "append",
    "appendleft",
    "add",
    "get",
    "setdefault",
    "discard",
    "popleft",
    "items",
    "keys",
    "values",
    "group",
    "groups",
    "start",
    "end",
    "span",
    "match",
    "startswith",
    "endswith",
    "write",
    "read",
    "put",
    "unpack_from",
    bisect_left,
    bisect_right,
}
"""Built-ins that do not step over what they are given (or, bisecting, over a few items of it; `unpack_from` reads one
number of it), by themselves or by a method's name."""

LOOKING = {"find", "rfind", "index", "rindex", "count", "search"}
"""Methods of texts, lists and patterns that look through a stretch of it, as far as to what they find."""

SELVES = {
    "remove",
    "insert",
    "copy",
    "sort",
    "reverse",
    "split",
    "rsplit",
    "splitlines",
    "replace",
    "lower",
    "upper",
    "casefold",
    "partition",
    "rpartition",
    "strip",
    "lstrip",
    "rstrip",
    "translate",
    "encode",
    "decode",
    "union",
    "difference",
    "issubset",
    "isdisjoint",
}
"""Methods that step over the list, text or set they belong to."""

UNTOUCHED = {"super", "locals", "vars", "dir", "globals", "TypeVar", "NewType", "NamedTuple", "namedtuple", "TypedDict"}
"""Calls that look at who calls them."""


TEXTS = (str, bytes, bytearray)
CHARACTERS = 32
"""So many are looked through in the time of one other step, about."""


def size(value: Any) -> int:
    return len(value) // CHARACTERS if isinstance(value, TEXTS) else len(value) if isinstance(value, SIZED) else 0


def step() -> None:
    TAKEN[0] += 1


def each(items: Iterable[Any]) -> Iterator[Any]:
    """The items, one step each."""
    for item in items:
        TAKEN[0] += 1
        yield item


def sized(value: Any) -> Any:
    """A value that is stepped over as a whole."""
    TAKEN[0] += size(value)
    return value


def scanned(value: Any) -> Any:
    """What `in` looks through: a sequence as a whole, at worst; a set or mapping at once."""
    TAKEN[0] += 1 + (size(value) if isinstance(value, SEQUENCES) else 0)
    return value


def grown(value: Any) -> None:
    """After `+=`: a list grows where it is, anything else is copied."""
    TAKEN[0] += 0 if isinstance(value, list) else size(value)


def both(left: Any, right: Any) -> Any:
    """`&`: the smaller of two sets is stepped over."""
    TAKEN[0] += min(size(left), size(right))
    return left & right


def called(function: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
    result = function(*given, **named)
    if function in WHOLE if isinstance(function, type) else isinstance(function, BuiltinFunctionType):
        TAKEN[0] += 1 + _over(function, given, result)
    return result


def _over(function: Any, given: Sequence[Any], result: Any) -> int:
    """How much of what it is given a built-in stepped over."""
    own, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if name in LOOKING and isinstance(own, (*SEQUENCES, re.Pattern)):
        return _looked_through(own, name, given, result)
    if name == "pop":
        return len(own) if isinstance(own, list) and given and given[0] != -1 else 0
    if (name if own is not None and not isinstance(own, ModuleType) else function) in AT_ONCE:
        return 0
    return sum(map(size, given)) + (size(own) if name in SELVES else 0)


def _looked_through(own: Any, name: str, given: Sequence[Any], result: Any) -> int:
    """From where it was to begin to what was found, or to the end."""
    text = given[0] if isinstance(own, re.Pattern) else own
    start, end = (given[1] if len(given) > 1 else 0), (given[2] if len(given) > 2 else len(text))
    if isinstance(result, re.Match):
        end = result.end()
    elif isinstance(result, int) and name in ("find", "index"):
        end = result if result >= 0 else end
    elif isinstance(result, int) and name in ("rfind", "rindex"):
        start = result if result >= 0 else start
    return max(0, end - start) // (1 if isinstance(text, (list, tuple, deque)) else CHARACTERS)


HELPERS: dict[str, Callable[..., Any]] = {
    f"__steps_{helper.__name__}__": helper for helper in (step, each, sized, scanned, grown, both, called)
}


class Counting(ast.NodeTransformer):
    """The source with its steps counted; what it does is unchanged."""

    def _with(self, helper: str, *given: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(f"__steps_{helper}__", ast.Load()), list(given), [])

    def _statement(self, helper: str, *given: ast.expr) -> ast.Expr:
        return ast.Expr(self._with(helper, *given))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.args.defaults = [self.visit(value) for value in node.args.defaults]
        body = [self.visit(statement) for statement in node.body]
        documented = int(ast.get_docstring(node, clean=False) is not None)
        node.body = [*_flat(body[:documented]), self._statement("step"), *_flat(body[documented:])]
        return node  # neither decorators nor annotations: these are read as text

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = node.value and self.visit(node.value)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.iter = self._with("each", node.iter)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, self._statement("step"))
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.iter = self._with("each", node.iter)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        node.comparators = [
            self._with("scanned", other) if isinstance(how, (ast.In, ast.NotIn)) else other
            for how, other in zip(node.ops, node.comparators, strict=True)
        ]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in UNTOUCHED:
            return node
        node.func, node.args = ast.Name("__steps_called__", ast.Load()), [node.func, *node.args]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.BitAnd):
            return self._with("both", node.left, node.right)
        if isinstance(node.op, (ast.Add, ast.BitOr, ast.Sub)):
            node.left, node.right = self._with("sized", node.left), self._with("sized", node.right)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            return [node, self._statement("grown", ast.Name(node.target.id, ast.Load()))]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        sliced = isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load)
        return self._with("sized", node) if sliced else node

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self._with("sized", node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        node.values = [
            value if key else self._with("sized", value) for key, value in zip(node.keys, node.values, strict=True)
        ]
        return node


def _flat(statements: Iterable[Any]) -> Iterator[ast.stmt]:
    for statement in statements:
        yield from statement if isinstance(statement, list) else (statement,)


def rewritten(source: str | bytes, path: str = "<counted>") -> Any:
    """The code of a module, with its steps counted."""
    return compile(ast.fix_missing_locations(Counting().visit(ast.parse(source))), path, "exec", dont_inherit=True)


class _Loader(SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        return rewritten(bytes(data), path)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] != "moeaudit":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def count_steps(cache: Path | None = None) -> None:
    """From here on moeaudit's modules count their steps as they are imported: in a process that has none of them yet.
    Their rewritten code is kept in the folder `cache`, which no other reader of moeaudit may share."""
    assert "moeaudit" not in sys.modules, "moeaudit is imported already"
    vars(builtins).update(HELPERS)
    sys.meta_path.insert(0, _Finder())
    sys.dont_write_bytecode = cache is None
    sys.pycache_prefix = str(cache) if cache else sys.pycache_prefix
    if cache is None:
        sys.pycache_prefix = "/dev/null"  # neither read what was compiled uncounted


def steps_of(work: Callable[[], object]) -> int:
    """Steps that a piece of work takes."""
    before = TAKEN[0]
    work()
    return TAKEN[0] - before
