"""A user's own templates, where their author means harm: nothing to be had, nothing to be exhausted, one line said.

Ways out of jinja2's sandbox by their advisories: CVE-2014-1402 (cache on disk: none is kept), 2016-10745
(`str.format`), 2019-8341 and 2019-10906 (`format_map`), 2020-28493 (`urlize`), 2024-22195 and 2024-34064 (`xmlattr`),
2024-56201 (file names), 2024-56326 (a stored `format`), 2025-27516 (`|attr`); and the expressions that lists of
injections share.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from moeaudit.errors import UsageError
from moeaudit.reports.document.fill import filled, gaps
from moeaudit.reports.packet.inputs import make
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import Templates
from tests.packet import pages
from tests.packet.samples import FRESH, closed

TOKEN = "hf_plantedTokenOfTheTests"
LONGEST_LINE = 300
SECONDS = 7

FORMATS = (
    '"{x.__loader__.__class__.__init__.__globals__[sys].modules[os].environ[HF_TOKEN]}" | fill(x=result)',
    '"{x.__class__.__mro__}" | fill(x=result)',
    '"{x.__init__.__globals__}" | fill(x=document.get)',
    '"{x[0]}" | fill(x=document.sections)',
    '"{x!r}" | fill(x="a")',
    '"{x:>900000000}" | fill(x="a")',
    '"{}" | fill(x="a")',
    '"{0}" | fill(x="a")',
    '"{x}" | fill(x=result)',
    '"{x}" | fill(x=document)',
    '"{x}" | fill(x=range)',
    '"{0.__class__}".format(result)',
    '"{x.__class__}".format_map({"x": result})',
    '"{0.__class__.__mro__}"|format(result) ~ "".__class__',
    '("{0.__class__}"|attr("format"))(result)',
    '("{0.__class__}"|attr("form" ~ "at"))(result)',
    '["{0.__class__}"]|map("format", result)|list|first|attr("x")',
    '"".format.__self__',
    '("a"|safe).format(result)',
    '("{0.__class__}"|safe).format(result)',
    '("{x.__class__}"|e).format_map({"x": result})',
    '"%(x)s".__mod__({"x": result})',
    '"{0.__class__}"["format"](result)',
)
ATTRIBUTES = (
    "''.__class__.__mro__",
    "''['__class__']",
    "''|attr('__class__')",
    "''|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "[''.__class__]",
    "result.__class__",
    "result['__class__']",
    "result.__dict__",
    "result.__init__.__globals__",
    "result.__dataclass_fields__",
    "result.subject.__reduce_ex__(2)",
    "result._compared",
    "document.__dict__",
    "document.items.__globals__",
    "document['items'].__self__",
    "document['__class__']",
    "document.sections.__class__",
    "document.sections[0].get.__builtins__",
    "document.update(kind='mine')",
    "document.pop('kind')",
    "document.sections[0].blocks.append(1)",
    "document.sections[0].blocks.clear()",
    "document.title.__class__",
    "document.about[0].__class__",
    "document.about[0].__html__.__globals__",
    "document.about[0].format(result)",
    "document.about[0].striptags()",
    "document.about[0].unescape()",
    "range.__init__",
    "range.__globals__",
    "dict.__mro__",
    "dict.fromkeys",
    "namespace.__init__.__globals__",
    "namespace().__class__",
    "namespace(a=1)._Namespace__attrs",
    "self.__init__.__globals__",
    "self._TemplateReference__context",
    "self._TemplateReference__context.environment",
    "[result]|map(attribute='__class__')|list",
    "[result]|map(attribute='__init__.__globals__')|list",
    "[result]|map('attr', '__class__')|list",
    "[result]|groupby('__class__')|list",
    "[result]|sort(attribute='__class__')",
    "[result]|selectattr('__class__')|list",
    "[result]|rejectattr('__init__.__globals__')|list",
    "[result]|sum(attribute='__class__')",
    "[result]|unique(attribute='__class__')|list",
    "[result]|max(attribute='__class__')",
    "dict(a=1)|dictsort|map(attribute='__class__')|list",
    "(1).__class__",
    "(1).to_bytes(1000000, 'big')",
    "true.__class__",
    "none.__class__",
    "nothing.__class__",
    "nothing",
    "[].append(1)",
    "[1].clear()",
    "{}.update(a=1)",
    "{}.setdefault('a', 1)",
    "{}.pop('a')",
    "t.update(a=1)",
    "document.sections.pop()",
    "(1 for x in [1]).gi_frame",
    "[1]|batch(1).gi_frame",
    "(document.sections|batch(1)).gi_frame",
    "''.join.__self__.__class__",
    "''.encode('utf8')",
    "''.translate({})",
    "''.zfill(900000000)",
    "''.center(900000000)",
    "''.ljust(900000000)",
    "''.expandtabs(900000000)",
)
NAMES = (
    "views",
    "words",
    "packet",
    "markdown",
    "escape",
    "lipsum.__globals__",
    "lipsum.__globals__['os'].popen('id').read()",
    "lipsum|attr('__globals__')",
    "lipsum()",
    "cycler.__init__.__globals__.os.environ",
    "cycler('a').next.__globals__",
    "joiner.__init__.__globals__.os",
    "joiner()",
    "get_flashed_messages.__globals__",
    "url_for.__globals__",
    "config.items()",
    "request.application.__globals__",
    "environment",
    "_",
    "gettext('a')",
    "ngettext('a', 'b', 2)",
    "debug()",
    "import('os')",
    "eval('1')",
    "open('/etc/passwd').read()",
    "__import__('os')",
    "__builtins__",
    "caller()",
    "super()",
    "os.environ",
    "[1]|pprint",
    "'www.evil.example'|urlize",
    "{'a/><script>': 1}|xmlattr",
    "[1]|random",
    "'a'|nofilter",
    "'a' is notest",
)
BLOCKS = (
    "{% debug %}",
    "{% trans %}a{% endtrans %}",
    "{% do [].append(1) %}",
    "{% autoescape false %}{{ ''.__class__ }}{% endautoescape %}",
    "{% set x = ''.__class__ %}{{ x }}",
    "{% set ns = namespace(f='{0.__class__}'.format) %}{{ ns.f(result) }}",
    "{% set f = '{0.__class__}'.format %}{{ [result]|map('fill') | list }}{{ f(result) }}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{% macro m() %}{% endmacro %}{{ m._environment }}",
    "{% for x in [1] %}{{ loop.__class__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop._iterator }}{% endfor %}",
    "{% for x in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{% block b %}{{ self.b.__init__.__globals__ }}{% endblock %}",
    "{% block b %}{{ self.b._stack }}{% endblock %}",
    "{% import 'page.typ' as m %}",
    "{% import 'markdown/blocks.md.jinja' as m %}{{ m._body_stream }}",
    "{% from 'markdown/blocks.md.jinja' import __name__ %}{{ __name__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../../../../../etc/passwd' %}",
    "{% include 'style.css' %}",
    "{% include '{__import__(\"os\")}.jinja' %}",
    "{% extends '../secret.jinja' %}",
    "{% extends ['/etc/passwd', 'html/script.js'] %}",
    "{% include result %}",
    "{% for x in [1] recursive %}{{ loop.previtem.__class__ }}{% endfor %}",
    "{% filter attr('__class__') %}a{% endfilter %}",
    "{% call result.__init__() %}{% endcall %}",
    "{% with x = result.__class__ %}{{ x }}{% endwith %}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw.heading.__globals__ }}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw.heading._func.__globals__ }}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw['heading']['_environment'] }}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw.__dict__ }}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw['__init__'] }}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw.nothing(1) }}",
    "{% import 'markdown/blocks.md.jinja' as draw %}{{ draw.heading }}",
    "{% import document.kind as draw %}",
    "{% async for x in [1] %}{% endfor %}",
    "{{ await }}",
)
EXHAUSTING = (
    "{% for x in range(10 ** 10) %}a{% endfor %}",
    "{% for x in range(99999) %}{% for y in range(99999) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}{% endfor %}",
    "{{ 'a' * 10 ** 10 }}",
    "{{ 'a' * 10 ** 9 * 10 }}",
    "{{ [1] * 10 ** 10 }}",
    "{{ ('a' * 10 ** 8)|list|length }}",
    "{{ 10 ** (10 ** 10) }}",
    "{{ 10 ** 5000 }}",
    "{{ '%999999999s' % 'a' }}",
    "{{ '%999999999d'|format(1) }}",
    "{{ '%.999999999f' % 0.1 }}",
    "{{ 'a'|center(900000000) }}",
    "{{ 'a'|indent(900000000, true) }}",
    "{{ ('a ' * 10 ** 7)|wordwrap(1, wrapstring='a' * 100) }}",
    "{{ [1]|batch(900000000, 'a')|list }}",
    "{{ [1]|slice(900000000)|list }}",
    "{{ ('a' * 10 ** 8)|tojson }}",
    "{{ ('<' * 10 ** 8)|e }}",
    "{{ ('a' * 10 ** 8).replace('a', 'b' * 1000) }}",
    "{{ ('a,' * 10 ** 8).split(',') }}",
    "{{ range(99999)|map('string')|join('a' * 99999) }}",
    "{{ 'a'.join('b' * 10 ** 9) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
    "{% include 'page.md.jinja' %}",
    "{% extends 'page.md.jinja' %}",
    "{% import 'page.md.jinja' as me %}{{ me }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x|length }}",
    "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ 'x'|replace('x', 'y' * 10 ** 9) }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "-" * 100_000 + "1 }}",
    "{{ " + "1+" * 100_000 + "1 }}",
    "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "{{ 1 / 0 }}",
    "{{ [1][5] }}",
    "{{ {}['a'] }}",
    "{{ 'a' + 1 }}",
    "{{ 'a'|int + [] }}",
    "{{ result.summary() }}",
    "{{ document.get() }}",
    "{{ document.keys(1) }}",
    "{{ none|join }}",
    "{{ result|tojson }}",
)


@pytest.fixture(scope="module")
def packet() -> Packet:
    return make(closed(FRESH))


def said(packet: Packet, folder: Path, template: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What comes of a template as page.md.jinja: its page, or its one line."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    (folder / "page.md.jinja").write_text("fine\n" + template + "\n")
    try:
        return pages.markdown(packet, templates=Templates(folder))
    except UsageError as error:
        line = str(error)
        assert len(line) <= LONGEST_LINE and "\n" not in line and line.isprintable(), line
        assert line.startswith(str(folder)) and error.exit_code == 2
        return line


def harmless(page: str) -> bool:
    """A list or a group may hold what was refused, as long as it stays what it is: nothing."""
    return "Undefined" in page or page.startswith("fine\nPacket(") or page.startswith("fine\n\\[Packet(")


@pytest.mark.parametrize("expression", [*FORMATS, *ATTRIBUTES, *NAMES])
def test_an_escape_ends_in_one_line(
    packet: Packet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    said_of_it = said(packet, tmp_path, f"{{{{ {expression} }}}}", monkeypatch)
    refused = "page.md.jinja:2: the template cannot be used" in said_of_it
    assert refused or harmless(said_of_it), said_of_it
    assert TOKEN not in said_of_it


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_escapes_as_little(packet: Packet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str) -> None:
    (tmp_path.parent / "secret.jinja").write_text(TOKEN)
    line = said(packet, tmp_path, block, monkeypatch)
    assert "the template cannot be used" in line
    assert TOKEN not in line and "root:" not in line


@pytest.mark.parametrize("template", EXHAUSTING, ids=lambda text: text[:60])
def test_a_template_that_takes_too_much_ends_in_one_line(
    packet: Packet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = said(packet, tmp_path, template, monkeypatch)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "the template " in line and line.endswith("Compare it with the shipped one.")
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < SECONDS


@pytest.mark.parametrize(
    ("template", "limit"),
    [
        ("{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}", "limit of 4 seconds"),
        ("{{ 'a' * 10 ** 10 }}", "limit of 360,000,000 bytes"),
        ("{% for x in range(30) %}{{ ('a' * 10 ** 6)|safe }}{% endfor %}", "limit of 20,000,000 bytes"),
    ],
)
def test_the_limit_is_named(
    packet: Packet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, limit: str
) -> None:
    assert limit in said(packet, tmp_path, template, monkeypatch)


def test_what_is_within_the_limits_is_rendered(packet: Packet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops, macros, includes, text methods and filters of every kind stay; 19 MB are not 20."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.jinja").write_text("{% macro m(x) %}[{{ x.upper() }}]{{ caller() }}{% endmacro %}")
    template = (
        "{% from 'parts/one.jinja' import m %}{% call m('a b') %}inside{% endcall %} "
        "{% set ns = namespace(n=0) %}{% for x in range(9) %}{% set ns.n = ns.n + x %}{{ loop.cycle('-', '+') }}"
        "{% endfor %}{{ ns.n }} {{ 'x y z'.split()|join('.') }} {{ {'k': 1}.get('k') }} {{ 'a b'|wordwrap(1)|length }} "
        "{{ '<b>x</b>'|striptags }} {{ [3, 1]|sort|first }} "
        "{{ '{n} of {m}'|fill(n=1, m='2') }} {{ result.subject.id }} {{ document.subject }} {{ document.kind }} "
        "{{ document.sections|length }} {{ document.sections[0].blocks[0].kind }} {{ t.sections.summary }}"
    )
    page = said(packet, tmp_path, template, monkeypatch)
    assert (
        page == "fine\n[A B]inside \\-\\+\\-\\+\\-\\+\\-\\+\\-36 x.y.z 1 3 x 1 1 of 2 "
        "acme/new-model acme/new-model packet 7 paragraph Summary\n"
    )
    page = said(packet, tmp_path, "{% for x in range(19) %}{{ ('a' * 10 ** 6)|safe }}{% endfor %}", monkeypatch)
    assert len(page) > 19 * 10**6


def test_the_process_apart_has_nothing_to_give_away(tmp_path: Path) -> None:
    """Where the sandbox had a hole: no environment is inherited, and no file, socket or program can be had."""
    from moeaudit.reports.writers import apart

    probe = (
        "import sys, os, socket; sys.path[:] = {path!r}\n"
        "from moeaudit.reports.writers.apart_inside import bound; bound()\n"
        "def tried(name, work):\n"
        "    try: work()\n"
        "    except (OSError, MemoryError) as error: print(name, type(error).__name__)\n"
        "    else: print(name, 'worked')\n"
        "print(sorted(os.environ))\n"
        "tried('read', lambda: open('/etc/hostname').read())\n"
        "tried('write', lambda: open({file!r}, 'w'))\n"
        "tried('socket', lambda: socket.socket())\n"
        "tried('program', lambda: __import__('_posixsubprocess') and os.posix_spawn('/bin/sh', ['sh', '-c', 'exit'], "
        "{{}}, file_actions=[(os.POSIX_SPAWN_OPEN, 9, '/dev/null', 0, 0)]))\n"
        "tried('memory', lambda: bytearray(10 ** 9))\n"
    ).format(path=sys.path, file=str(tmp_path / "written"))
    told = subprocess.run(
        [sys.executable, "-I", "-c", probe], env=apart.ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout
    lines = told.splitlines()
    assert set(eval(lines[0])) <= {*apart.ENVIRONMENT, "LC_CTYPE"}
    assert lines[1:4] == ["read OSError", "write OSError", "socket OSError"] and lines[-1] == "memory MemoryError"
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("strings.en.yaml", "document:\n  title: '{x.__class__}'\n", "strings.en.yaml:2:10"),
        ("strings.en.yaml", "document:\n  made_by: '{tool:>900000000}'\n", "strings.en.yaml:2:12"),
        ("strings.en.yaml", "document:\n  made_by: '{tool.__class__.__mro__}'\n", "strings.en.yaml:2:12"),
        ("strings.en.yaml", "document:\n  made_by: '{tool[0]}'\n", "strings.en.yaml:2:12"),
        ("strings.en.yaml", "document:\n  made_by: '{tool!r}'\n", "strings.en.yaml:2:12"),
        ("strings.en.yaml", "document:\n  made_by: '{nothing}'\n", "nothing fills {nothing} here. There is: {tool}"),
        ("strings.en.yaml", "document:\n  made_by: 'open {'\n", "strings.en.yaml:2:12"),
        (
            "strings.en.yaml",
            "documnt: {title: a}\n",
            "strings.en.yaml:1:1: no words are called 'documnt'. Did you mean",
        ),
        ("strings.en.yaml", "document: {titel: a}\n", "1:12: no words are called 'titel'. Did you mean title?"),
        ("html/blocks.html.jinja", "{% macro mine() %}{% endmacro %}", "page.html.jinja (shipped):"),
        ("strings.en.yaml", "document: 3\n", "strings.en.yaml:1:11 (document): a table belongs here"),
        ("strings.en.yaml", "document: [1]\n", "a table belongs here"),
        ("strings.en.yaml", "document: {title: {a: 1}}\n", "a text belongs here"),
        ("strings.en.yaml", "- 1\n", "a table belongs here"),
        ("strings.en.yaml", "a: [", "not valid YAML"),
        ("strings.en.yaml", "a: &a [*a]\n", "strings.en.yaml:1"),
        ("strings.en.yaml", "a: \x00\n", "control character"),
        ("strings.en.yaml", "a: !!python/object/apply:os.system [id]\n", "tag"),
        ("strings.en.yaml", "x" * 1_000_001, "limit of 1,000,000"),
        ("reports.yaml", "packet:\n  procurement: summary\n", "reports.yaml:2:16 (packet.procurement): a list belongs"),
        ("reports.yaml", "packet: {procurement: [summary, [x]]}\n", "a text belongs here"),
        ("reports.yaml", "packet: {procurement: [summary, nowhere]}\n", "no section is called 'nowhere'"),
        ("reports.yaml", "packet: {procurement: [3]}\n", "no section is called '3'"),
        ("reports.yaml", "packet: {card-review: 3}\n", "a list belongs here"),
        ("reports.yaml", "packet: {mine: 3}\n", "a list belongs here"),
        ("reports.yaml", "packet: {mine: {a: [summary]}}\n", "a list belongs here"),
        ("reports.yaml", "packet: [summary]\n", "a table belongs here"),
        ("reports.yaml", "packet: 3\n", "a table belongs here"),
        ("reports.yaml", "mine: [summary]\n", "there is no report 'mine'"),
        ("reports.yaml", "mine: {usual: [summary]}\n", "there is no report 'mine'"),
        ("reports.yaml", "- 1\n", "a table belongs here"),
        ("page.md.jinja", b"fine\n\xff\n", "page.md.jinja:2: the file is not UTF-8"),
        ("page.md.jinja", "x" * 1_000_001, "limit of 1,000,000"),
        ("page.md.jinja", "{% if %}", "page.md.jinja:1: the template cannot be used"),
        (
            "markdown/blocks.md.jinja",
            "a\nb\n{{ 1 / 0 }}",
            "blocks.md.jinja:3: the template cannot be used: ZeroDivision",
        ),
        ("html/style.css", b"\xff", "style.css:1: the file is not UTF-8"),
        ("packet.md.jinja", "", "packet.md.jinja: this file is not read: it is page.md.jinja now"),
        ("packet.html.jinja", "", "it is page.html.jinja now"),
        ("packet.typ", "", "it is page.typ now"),
        ("presets.yaml", "", "it is reports.yaml now"),
        ("markdown/summary.md.jinja", "", "sections are laid out by markdown/blocks.md.jinja now"),
        ("html/picture.html.jinja", "", "sections are laid out by html/blocks.html.jinja now"),
    ],
)
def test_what_is_wrong_in_ones_own_folder_is_named_with_its_line(
    packet: Packet, tmp_path: Path, name: str, text: str | bytes, line: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(UsageError) as failure:
        templates = Templates(tmp_path)
        (pages.html if name.startswith("html") else pages.markdown)(packet, templates=templates)
    assert line in str(failure.value) and len(str(failure.value)) <= LONGEST_LINE


@pytest.mark.parametrize("name", ["page.md.jinja", "strings.en.yaml", "reports.yaml", "html/style.css"])
def test_what_is_no_file_of_the_folder_is_not_read(packet: Packet, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "own"
    (folder / "html").mkdir(parents=True)
    secret = tmp_path / f"secret{Path(name).suffix}"
    secret.write_text(TOKEN)
    view = pages.html if name.startswith("html") else pages.markdown
    for make_it in (
        lambda path: path.symlink_to(secret),
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to(path.name),
        lambda path: path.mkdir(),
    ):
        make_it(folder / name)
        try:
            with pytest.raises(UsageError) as failure:
                view(packet, templates=Templates(folder))
            assert TOKEN not in str(failure.value) and Path(name).name in str(failure.value)
        finally:
            (folder / name).rmdir() if (folder / name).is_dir() else (folder / name).unlink()


def test_more_templates_than_the_limit(packet: Packet, tmp_path: Path) -> None:
    for number in range(201):
        (tmp_path / f"{number}.jinja").write_text("")
    with pytest.raises(UsageError, match="more than 200 templates"):
        pages.markdown(packet, templates=Templates(tmp_path))
    (tmp_path / "0.jinja").unlink()
    assert pages.markdown(packet, templates=Templates(tmp_path)) == pages.markdown(packet)


def test_own_words_are_said(packet: Packet, tmp_path: Path) -> None:
    (tmp_path / "strings.en.yaml").write_text("document:\n  made_by: 'by {{{tool}}} in person'\nmine: '{n} more'\n")
    (tmp_path / "reports.yaml").write_text("packet: {short: [summary], without-evidence: [summary]}\n")
    page = pages.markdown(packet, "short", Templates(tmp_path))
    assert "by \\{moeaudit\\} in person" in page and page.count("\n## ") == 1


def test_gaps_are_names_and_nothing_else() -> None:
    assert gaps("{a} {{b}} {_c1}") == {"a", "_c1"}
    assert filled("{a}{{a}}{a}", a="{b}", b=1) == "{b}{a}{b}"
    for text in (
        "{",
        "}",
        "{}",
        "{0}",
        "{a.b}",
        "{a[0]}",
        "{a!r}",
        "{a:>9}",
        "{a }",
        "{{a}",
        "{ä}",
        "{" + "a" * 42 + "}",
    ):
        with pytest.raises(ValueError, match="no gap"):
            gaps(text)
    with pytest.raises(ValueError, match="nothing to fill"):
        filled("{a}")
    with pytest.raises(ValueError, match="no plain value"):
        filled("{a}", a=[])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "printed", ["document.get", "t.items", "range", "namespace", "result.subject.id.title", "dict"]
)
def test_a_function_has_no_text(packet: Packet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    """It would be an address of the process, another one in each."""
    line = said(packet, tmp_path, f"{{{{ {printed} }}}}", monkeypatch)
    assert "page.md.jinja:2: the template cannot be used" in line and " at 0x" not in line
