"""What a template may do, one by one, beside what it may not: attributes, calls, filters, and what can be printed."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import DictLoader
from jinja2.exceptions import SecurityError, TemplateAssertionError, UndefinedError
from markupsafe import Markup

from moeaudit.reports.packet.model import Amount, LayerRun
from moeaudit.reports.writers import sandbox
from moeaudit.reports.writers.sandbox import rendered

RUN = LayerRun("language", "l", 2, 4, "attention", "", "moe", "", 8, 2, 100, 30)
VALUES = {"run": RUN, "amount": Amount("total.full", 1, 1, 1), "t": {"a": 1}, "row": (1, 2, 1), "rows": [3, 4]}


def shown(template: str, medium: str = "html", **more: Any) -> str:
    return rendered(DictLoader({"page": template, "other": "other"}), medium, "page", {**VALUES, **more})


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'ab cd'.capitalize()", "Ab cd"), ("'aba'.count('a')", "2"), ("'ab'.endswith('b')", "True"),
        ("'ab'.find('b')", "1"), ("'12'.isdigit()", "True"), ("'-'.join(['a', 'b'])", "a-b"), ("'AB'.lower()", "ab"),
        ("' a'.lstrip()", "a"), ("'ab'.removeprefix('a')", "b"), ("'ab'.removesuffix('b')", "a"),
        ("'ab'.replace('a', 'c')", "cb"), ("'a b c'.rsplit(' ', 1)[0]", "a b"), ("'a '.rstrip()", "a"),
        ("'a,b'.split(',')[1]", "b"), ("'a b'.splitlines()[0]", "a b"), ("'ab'.startswith('a')", "True"),
        ("' a '.strip()", "a"), ("'ab cd'.title()", "Ab Cd"), ("'ab'.upper()", "AB"), ("('ab'|safe).upper()", "AB"),
        ("t.get('a')", "1"), ("t.items()|list|first|last", "1"), ("t.keys()|first", "a"), ("t.values()|first", "1"),
        ("rows.count(3)", "1"), ("rows.index(4)", "1"), ("row.count(1)", "2"), ("row.index(2)", "1"),
        ("run.mixer_kind", "attention"), ("run.layers", "3"), ("amount.exact", "True"), ("run['first']", "2"),
        ("range(3)|list|length", "3"),
        ("dict(a=1)['a']", "1"), ("namespace(a=1).a", "1"), ("'{x} b' | fill(x='a')", "a b"),
    ],
)  # fmt: skip
def test_what_a_template_may_do(expression: str, text: str) -> None:
    assert shown(f"{{{{ {expression} }}}}") == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% for x in [1, 2] %}{{ loop.index }}{{ loop.cycle('a', 'b') }}{% endfor %}", "1a2b"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}{{ m.name }}", "<1>m"),
        ("{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}", "2"),
        ("{% include 'other' %}", "other"),
        ("{% block b %}x{% endblock %}{{ self.b() }}", "xx"),
        ("{% if nothing is defined %}a{% else %}b{% endif %}", "b"),
    ],
)
def test_what_templates_make_themselves_is_theirs(template: str, text: str) -> None:
    assert shown(template) == text


@pytest.mark.parametrize(
    "expression",
    [
        "range", "dict", "namespace", "text.upper", "t.get", "t.items", "t.values",
        "rows.index", "row.count", "(text|safe).upper", "function", "kind",
    ],
)  # fmt: skip
@pytest.mark.parametrize("medium", ["html", "markdown"])
def test_functions_and_classes_have_no_text(expression: str, medium: str) -> None:
    with pytest.raises(SecurityError, match="a function or a class"):
        shown(f"{{{{ {expression} }}}}", medium, function=len, kind=Amount, text="a")


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.upper", "['a'.upper]", "('a'.upper,)", "{'a': 'a'.upper}", "{'a'.upper: 1}", "'a'.upper ~ ''",
        "'%s' % 'a'.upper", "['a'.upper]|join", "'a'.upper|string", "'a'.upper|e", "'a'.upper|forceescape",
        "'a'.upper|replace('b', 'c')", "'a'.upper|title", "'a'.upper|trim", "'a'.upper|center(80)", "'a'.upper|safe",
        "('a'.upper ~ '')|length", "'a'['upper'] ~ ''", "('a'|safe).upper ~ ''", "rows.index ~ ''", "[range]|join",
        "rows['index'] ~ ''", "[t.get]|join", "[range]", "dict ~ ''", "[namespace]", "[rows.index]", "[t.get]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("medium", ["html", "markdown"])
def test_nor_have_they_one_in_a_list_a_filter_or_a_literal(expression: str, medium: str) -> None:
    """It would be an address in this process, other in each."""
    with pytest.raises(SecurityError, match="a function or a class"):
        shown(f"{{{{ {expression} }}}}", medium)


@pytest.mark.parametrize("expression", ["'a'.upper.does", "rows.index.does", "'a'.upper['does']", "'a'.upper.upper"])
def test_a_function_has_no_attributes(expression: str) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        shown(f"{{{{ {expression}() }}}}")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("rows|map('string')", "['3', '4']"),
        ("rows|map('string') ~ ''", "['3', '4']"),
        ("rows|select('odd')", "[3]"),
        ("rows|reject('odd')", "[4]"),
        ("rows|reverse", "[4, 3]"),
        ("rows|batch(1)", "[[3], [4]]"),
        ("rows|unique", "[3, 4]"),
    ],
)
def test_a_filter_gives_what_it_makes_and_not_its_maker(expression: str, text: str) -> None:
    assert shown(f"{{{{ {expression} }}}}").replace("&#39;", "'") == text


@pytest.mark.parametrize("medium", ["html", "markdown"])
def test_nor_has_a_macro(medium: str) -> None:
    with pytest.raises(SecurityError, match="a function or a class"):
        shown("{% macro m() %}{% endmacro %}{{ m }}", medium)


@pytest.mark.parametrize("medium", ["html", "markdown"])
def test_what_is_not_there_is_named(medium: str) -> None:
    with pytest.raises(UndefinedError, match="'nothing' is undefined"):
        shown("{{ nothing }}", medium)


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.zfill(3)", "'a'.center(3)", "'a'.format(1)", "'a'.encode()", "('a'|safe).format(1)", "rows.append(1)",
        "rows.copy()", "t.copy()", "t.pop('a')", "row.__len__()", "run.__class__", "run.nothing", "amount.typical.real",
        "module.__dict__", "module.METHODS", "module.rendered('a')", "function(1)", "kind('a')", "(1).bit_length()",
        "t.update(a=2)", "t.setdefault('b', 1)", "rows.clear()", "rows.pop()", "filled('a')",
        "run._first",
    ],
)  # fmt: skip
def test_what_it_may_not(expression: str) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        shown(f"{{{{ {expression} }}}}", function=len, kind=Amount, module=sandbox)


@pytest.mark.parametrize("name", ["attr('a')", "pprint", "random", "urlize", "xmlattr"])
def test_filters_that_are_left_out(name: str) -> None:
    with pytest.raises(TemplateAssertionError, match=f"No filter named '{name.partition('(')[0]}'"):
        shown(f"{{{{ t|{name} }}}}")


@pytest.mark.parametrize(
    ("medium", "value", "text"),
    [
        ("html", "<b>", "&lt;b&gt;"),
        ("html", Markup("<b>"), "<b>"),
        ("html", "a\x00\u202eb\nc", "a\\x00\\u202eb c"),
        ("html", 1, "1"),
        ("html", None, "None"),
        ("markdown", "*a*", "\\*a\\*"),
        ("markdown", Markup("*a*"), "*a*"),
        ("markdown", "<b>", "\\<b>"),
        ("markdown", "a\u202eb", "a\\\\u202eb"),
        ("markdown", 1, "1"),
    ],
)  # fmt: skip
def test_every_value_goes_through_its_medium(medium: str, value: object, text: str) -> None:
    assert shown("{{ value }}", medium, value=value) == text


HREF = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("medium", "expression", "text"),
    [
        ("html", "url|link('c')", f'<a href="https://a.example/?b" {HREF}>c</a>'),
        ("html", "url|link", f'<a href="https://a.example/?b" {HREF}>https://a.example/?b</a>'),
        ("html", "url|link('')", f'<a href="https://a.example/?b" {HREF}>https://a.example/?b</a>'),
        ("html", "url|link('<c>')", f'<a href="https://a.example/?b" {HREF}>&lt;c&gt;</a>'),
        ("html", "'javascript:a'|link('<c>')", "&lt;c&gt;"),
        ("html", "'javascript:a'|link", "javascript:a"),
        ("markdown", "url|link('*c*')", "[\\*c\\*](<https://a.example/?b>)"),
        ("markdown", "'javascript:a'|link('*c*')", "\\*c\\*"),
        ("markdown", "'a'|code", "`a`"),
    ],
)
def test_filters_of_a_medium(medium: str, expression: str, text: str) -> None:
    assert shown(f"{{{{ {expression} }}}}", medium, url="https://a.example/?b") == text


def test_blocks_take_no_line_and_the_last_line_stays() -> None:
    assert shown("a\n  {% if 1 %}\nb\n  {% endif %}\nc\n") == "a\nb\nc\n"
