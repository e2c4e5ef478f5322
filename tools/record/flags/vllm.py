"""vLLM: `get_kwargs` turns the fields of its config classes into arguments. Its rules by annotation
(vllm/engine/arg_utils.py, _compute_kwargs), applied to the source text."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

from flags.code import Code, called, given
from flags.rows import OPEN, Row

PLACES = (
    "config.py",
    "config/**/*.py",
    "engine/arg_utils.py",
    "entrypoints/**/cli_args.py",
    "entrypoints/cli/serve.py",
    "entrypoints/chat_utils.py",
    "entrypoints/serve/utils/*.py",
    "lora/*.py",
    "v1/attention/backends/registry.py",
    "model_executor/layers/quantization/__init__.py",
    "model_executor/model_loader/__init__.py",
)


def rows(folder: Path) -> list[Row]:
    """The flags of `vllm serve` in an unpacked wheel."""
    root = folder / "vllm"
    code = Code.of([file for place in PLACES for file in sorted(root.glob(place))])
    human = Human(code)
    found: list[Row] = []
    for name in ("EngineArgs", "AsyncEngineArgs"):
        function = code.method(name, "add_cli_args")
        if function is not None:
            found += of_function(code, function, human)
    found += frontend(code, human)
    found += of_function(code, code.functions["make_arg_parser"], human)
    negates = "EnableDisableAction" in "".join(file.read_text() for file in root.glob("utils/argparse_utils.py"))
    unique = {row.names[0]: row for row in found if row.names[0].startswith("-")}
    return [with_inverses(row) if negates else row for row in unique.values()]


class Human:
    """Which fields take 16k and 2M, from the sets and comparisons of the function that decides it."""

    def __init__(self, code: Code) -> None:
        function = code.functions["_compute_kwargs"]
        self.names = {
            one.value for one in ast.walk(function) if isinstance(one, ast.Constant) and isinstance(one.value, str)
        }

    def __contains__(self, name: str) -> bool:
        return name in self.names


def with_inverses(row: Row) -> Row:
    """`--enable-x` is also undone by `--disable-x`, and the other way round."""
    if row.takes != "0" or not row.off:
        return row
    pairs = (("--enable-", "--disable-"), ("--disable-", "--enable-"))
    more = tuple(to + name.removeprefix(of) for name in row.names for of, to in pairs if name.startswith(of))
    return Row(row.names, row.off + more, row.takes, row.kind, row.choices)


def of_function(code: Code, function: ast.FunctionDef, human: Human) -> list[Row]:
    """The `add_argument` calls of a function."""
    kwargs: dict[str, str] = {}
    for line in ast.walk(function):
        match line:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="get_kwargs"), args=[ast.Name(id=config)]),
            ):
                kwargs[name] = config
    found = []
    for call in called(function, "add_argument"):
        names = [one.value for one in call.args if isinstance(one, ast.Constant)]
        if not names:
            continue
        row = argument(code, call, tuple(names), kwargs, human)
        gone = without(code, function, call)
        found.append(replace(row, choices=tuple(word for word in row.choices if word not in gone)))
    return found


def without(code: Code, function: ast.FunctionDef, call: ast.Call) -> list[str]:
    """Words that the function takes out of a field's choices before the call that names the field."""
    fields = {one.value for one in ast.walk(call) if isinstance(one, ast.Constant)}
    found = []
    for one in called(function, "remove"):
        keys = [node.value for node in ast.walk(one.func) if isinstance(node, ast.Constant)]
        if "choices" in keys and fields & set(keys):
            found.append(str(code.value(one.args[0])))
    return found


def argument(code: Code, call: ast.Call, names: tuple[str, ...], kwargs: dict[str, str], human: Human) -> Row:
    """One call: what its `**x_kwargs["field"]` says, and its own keywords over it."""
    row = Row(names)
    spread = [one.value for one in call.keywords if one.arg is None]
    own = given(call)
    for node in spread:
        for part in ast.walk(node):
            match part:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)) if name in kwargs:
                    field = code.fields(kwargs[name]).get(key)
                    if field is not None:
                        row = of_annotation(code, names, field.annotation, key, human)
    return overridden(code, row, own)


def overridden(code: Code, row: Row, own: dict[str, ast.expr]) -> Row:
    names, off, takes, kind, choices = row.names, row.off, row.takes, row.kind, row.choices
    match own.get("action"):
        case ast.Constant(value="store_true" | "store_false" | "count"):
            takes, kind = "0", "switch"
        case ast.Constant(value="append"):
            takes = "1"
        case ast.Attribute(attr="BooleanOptionalAction") | ast.Name(id="BooleanOptionalAction"):
            takes, kind, off = "0", "switch", negative(names)
        case ast.Name(id=word) if word.startswith("DeprecatedStore") and "nargs" not in own:
            takes, kind = "0", "switch"
    match own.get("nargs"):
        case ast.Constant(value=None):
            takes = "1"
        case ast.Constant(value=value):
            takes = str(value)
    if "type" in own:
        kind = typed(own["type"], kind)
    if "choices" in own:
        words = code.value(own["choices"])
        choices = tuple(str(word) for word in words) if isinstance(words, list) else ()
    return Row(names, off, takes, kind, choices)


def typed(node: ast.expr, kind: str) -> str:
    text = ast.unparse(node)
    for word, found in (("human_readable", "human"), ("json", "json"), ("int", "whole"), ("float", "number")):
        if word in text and "lambda" not in text:
            return found
    return "text" if kind != "switch" else kind


def negative(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("--no-" + name[2:] for name in names if name.startswith("--"))


def hints(code: Code, node: ast.expr, depth: int = 0) -> list[object]:
    """The members of an annotation: Union and Optional taken apart, names of aliases followed."""
    if depth > 8:
        return ["other"]
    match node:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return hints(code, left, depth + 1) + hints(code, right, depth + 1)
        case ast.Constant(value=None):
            return ["None"]
        case ast.Constant(value=str(text)):
            return hints(code, ast.parse(text, mode="eval").body, depth + 1)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return [*hints(code, inner, depth + 1), "None"]
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=parts)):
            return [one for part in parts for one in hints(code, part, depth + 1)]
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=parts)):
            return hints(code, parts[0], depth + 1)
        case ast.Subscript(value=ast.Name(id="SkipValidation" | "InitVar" | "Final"), slice=inner):
            return hints(code, inner, depth + 1)
        case ast.Subscript(value=ast.Name(id="Literal")):
            return [("Literal", tuple(code.literal(node)))]
        case ast.Subscript(value=ast.Name(id="list" | "tuple" | "set" | "List" | "Tuple" | "dict" | "Dict") as kind):
            return [(kind.id.lower(), node.slice)]
        case ast.Name(id="bool" | "int" | "float" | "str" | "dict" | "list" | "None" as name):
            return [name]
        case ast.Name(id=name) if name in code.classes:
            base = [one.id for one in code.classes[name].bases if isinstance(one, ast.Name)]
            return ["dict" if "dict" in base else "enum" if "Enum" in str(base) else "class"]
        case ast.Name(id=name) if name in code.values and name not in ("Any",):
            return hints(code, code.values[name], depth + 1)
    return ["other"]


def of_annotation(code: Code, names: tuple[str, ...], node: ast.expr, field: str, human: Human) -> Row:
    """A field's argument by vLLM's rules, in their order."""
    found = hints(code, node)
    plain = {one for one in found if isinstance(one, str)}
    parts = {one[0]: one[1] for one in found if isinstance(one, tuple)}
    if "class" in plain:
        return Row(names, kind="json")
    if plain == {"bool", "str", "None"} and not parts:
        return Row(names, takes="?", kind="text")
    if "bool" in plain:
        return Row(names, negative(names), "0", "switch")
    if "Literal" in parts:
        words = parts["Literal"]
        kind = "whole" if words and isinstance(words[0], int) else "text"
        free = (OPEN,) if "str" in plain else ()
        return Row(names, kind=kind, choices=(*(str(word) for word in words), *free))
    for word in ("tuple", "list", "set"):
        if word in parts or word in plain:
            inner = parts.get(word)
            elements = inner.elts if isinstance(inner, ast.Tuple) else [inner] if inner is not None else []
            fixed = word == "tuple" and not any(isinstance(one, ast.Constant) for one in elements)
            texts = {one for part in elements[:1] for one in hints(code, part) if isinstance(one, str)}
            kind = "whole" if texts == {"int"} else "number" if texts == {"float"} else "text"
            return Row(names, takes=str(len(elements)) if fixed and elements else "+", kind=kind)
    if "int" in plain:
        return Row(names, kind="human" if field in human else "whole")
    if "float" in plain:
        return Row(names, kind="number")
    if "dict" in plain or "dict" in parts:
        return Row(names, kind="json")
    return Row(names)


def frontend(code: Code, human: Human) -> list[Row]:
    """The HTTP server's own: fields of FrontendArgs, changed by what its methods do to single ones."""
    if "FrontendArgs" not in code.classes:
        return []
    changed = [
        one
        for name in ("BaseFrontendArgs", "FrontendArgs")
        for method in ("_customize_cli_kwargs", "add_cli_args")
        if (one := code.method(name, method)) is not None
    ]
    text = "\n".join(ast.unparse(one) for one in changed)
    found: list[Row] = of_function(code, changed[-1], human) if not code.fields("FrontendArgs") else []
    for field, line in code.fields("FrontendArgs").items():
        names = (f"--{field.replace('_', '-')}",)
        row = of_annotation(code, names, line.annotation, field, human)
        takes, kind = row.takes, row.kind
        if f"del frontend_kwargs['{field}']['nargs']" in text or f"['{field}']['action'] = 'append'" in text:
            takes = "1"
        if f"['{field}']['type'] = json.loads" in text:
            kind = "json"
        found.append(Row(names, row.off, takes, kind, row.choices))
    return found
