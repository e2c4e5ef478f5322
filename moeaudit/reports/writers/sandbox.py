"""The closed room that templates are rendered in: jinja2's sandbox, with what may be touched named instead of what may
not.

Attributes: the fields of the result's data classes, and a few methods of text and tables. Calls: those, and macros.
Everything else is refused, whatever way leads to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, wraps
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, pass_eval_context
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import BlockReference, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.utils import Namespace
from markupsafe import Markup

from moeaudit.reports.document.fill import filled
from moeaudit.reports.writers import escape

TEXT = frozenset(
    {
        "capitalize", "count", "endswith", "find", "isdigit", "join", "lower", "lstrip", "removeprefix",
        "removesuffix", "replace", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper",
    }
)  # fmt: skip
METHODS: Mapping[type, frozenset[str]] = {
    str: TEXT,
    Markup: TEXT,
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
}
OWN = (LoopContext, Macro, BlockReference, TemplateModule, Namespace)
"""What the templates themselves make: their public names are theirs."""

FUNCTIONS = (BuiltinMethodType, MethodType, FunctionType)

PRINTED = "what is printed is a function or a class, which has no text of its own"


class Function:
    """A function that templates call and never see: whatever would make a text of it, alone, in a list or by a filter,
    is refused, for that text is an address in this process."""

    __slots__ = ("does",)

    def __init__(self, does: Callable[..., Any]) -> None:
        self.does = does

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.does(*args, **named)

    def __str__(self) -> str:
        raise SecurityError(PRINTED)

    __repr__ = __html__ = __str__


GLOBALS: Mapping[str, Any] = {"range": Function(safe_range), "dict": Function(dict), "namespace": Function(Namespace)}
LEFT_OUT = frozenset({"attr", "pprint", "random", "urlize", "xmlattr"})
"""Filters of jinja2 that look up attributes by themselves, show what is inside, or make links."""


class Closed(ImmutableSandboxedEnvironment):
    """The environment."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        kind = type(obj)
        if not isinstance(attr, str) or attr.startswith("_"):
            return False
        if kind in METHODS:
            return attr in METHODS[kind]
        if is_dataclass(kind):
            return attr in _fields(kind)
        return isinstance(obj, OWN)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return told(super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        return told(super().getitem(obj, argument))

    def is_safe_callable(self, obj: Any) -> bool:
        if any(obj is one for one in GLOBALS.values()):
            return True
        obj = obj.does if isinstance(obj, Function) else obj
        if isinstance(obj, BuiltinMethodType):
            return obj.__name__ in METHODS.get(type(obj.__self__), ())
        if isinstance(obj, MethodType):  # `loop.cycle`, and what Markup says instead of str
            return isinstance(obj.__self__, OWN) or obj.__name__ in METHODS.get(type(obj.__self__), ())
        return isinstance(obj, OWN)

    def wrap_str_format(self, value: Any) -> None:
        """No way of formatting is let through, so none is wrapped."""


def told(value: Any) -> Any:
    """A value as templates have it."""
    return Function(value) if isinstance(value, FUNCTIONS) else value


def rendered(loader: BaseLoader, medium: str, name: str, values: Mapping[str, Any]) -> str:
    """The template `name` in its medium, html or markdown. Raises what a template raises."""
    environment = _environment(loader, medium)
    environment.globals = {**GLOBALS, **values}
    return environment.get_template(name).render()


def _environment(loader: BaseLoader, medium: str) -> Closed:
    finalize, filters = MEDIA[medium]

    @pass_eval_context  # with it jinja2 prints no constant while it compiles: those would pass escaping first
    def printed(_: EvalContext, value: Any) -> Any:
        """A value; never a function or a class, whose text is its address in this process."""
        if callable(value) and not isinstance(value, Undefined):
            raise SecurityError(PRINTED)
        return finalize(value)

    environment = Closed(
        loader=loader, autoescape=True, finalize=printed, undefined=StrictUndefined,
        optimized=False, auto_reload=False,  # rendered once: what a second rendering would gain is not worth the wait
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters = {name: _whole(one) for name, one in environment.filters.items() if name not in LEFT_OUT}
    environment.filters |= {"fill": filled, **filters}
    return environment


@cache
def _fields(kind: type) -> frozenset[str]:
    """The names of a data class that hold a value: its fields and its properties."""
    properties = (name for one in kind.__mro__ for name, value in vars(one).items() if isinstance(value, property))
    return frozenset({*(one.name for one in fields(kind)), *properties})


def _whole(filter: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that gives a list where jinja2's own gives what makes one, whose text is an address as well."""

    @wraps(filter)
    def listed(*args: Any, **named: Any) -> Any:
        found = filter(*args, **named)
        return list(found) if isinstance(found, Iterator) else found

    return listed


def _legible(value: Any) -> Any:
    return value if isinstance(value, Markup) else escape.legible(str(value))


def _markdown(value: Any) -> Markup:
    return value if isinstance(value, Markup) else escape.markdown(str(value))


def _html_link(url: str, text: str = "") -> Markup:
    """A link to the web, or the text alone where the address is none."""
    address, shown = escape.web_address(url), escape.legible(text or url)
    link = Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>')
    return link.format(address, shown) if address else Markup("{}").format(shown)


def _markdown_link(url: str, text: str = "") -> Markup:
    address, shown = escape.web_address(url), escape.markdown(text or url)
    return Markup(f"[{shown}](<{address}>)") if address else shown


MEDIA: Mapping[str, tuple[Callable[[Any], Any], Mapping[str, Any]]] = {
    "html": (_legible, {"link": _html_link}),
    "markdown": (_markdown, {"link": _markdown_link, "code": escape.code}),
}
"""By medium: what every value passes through, and the filters. HTML is then escaped by jinja2 itself."""
