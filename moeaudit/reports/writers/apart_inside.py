"""The inside of the process apart: reads its job, gives up what it does not need, renders, answers."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Mapping
from traceback import extract_tb
from typing import Any

from moeaudit.limits import TEMPLATE_MEMORY, TEMPLATE_SECONDS
from moeaudit.reports.writers.apart import ANSWER, Inside, Jinja, Typst
from moeaudit.text import visible

ALONE = "page.typ reads no other file"
OURS = {
    "package": "Packages are not loaded: write what you need into page.typ itself",
    "file": ALONE,
    "project root": ALONE,
}
"""A word of what typst says where it was not let do something, and how we say it."""


def answer() -> None:
    """Render the job on stdin and write `+` and the result, or `-` and what went wrong as JSON."""
    job = pickle.load(sys.stdin.buffer)
    work = _jinja(job) if isinstance(job, Jinja) else _typst(job) if isinstance(job, Typst) else _inside(job)
    bound()
    try:
        made = b"+" + work()
    except BaseException as error:  # noqa: BLE001 - whatever a template raises is its own fault
        made = b"-" + json.dumps(told(error, job)).encode()
    sys.stdout.buffer.write(made[: ANSWER + 1])
    sys.stdout.buffer.flush()


def bound() -> None:
    """From here on: no file, no socket, no program, so much memory, so many seconds."""
    try:
        import resource
    except ImportError:  # Windows: whoever started this watches the clock
        return
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    seconds = TEMPLATE_SECONDS + int(spent) + 1
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, TEMPLATE_MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _jinja(job: Jinja) -> Callable[[], bytes]:
    """Everything loaded that rendering may need: afterwards no file can be opened."""
    import html  # noqa: F401 - `striptags`
    import textwrap  # noqa: F401 - `wordwrap`

    import jinja2.debug  # noqa: F401 - lines of errors
    from jinja2 import DictLoader

    from moeaudit.reports.writers.sandbox import rendered

    visible("\0")  # its codec is loaded from a file

    class Named(DictLoader):
        """With the template's name as the file of its lines."""

        def get_source(self, environment: Any, template: str) -> Any:
            source, _, fresh = super().get_source(environment, template)
            return source, f"<{template}>", fresh

    return lambda: rendered(Named(job.sources), job.medium, job.name, job.values).encode()


def _typst(job: Typst) -> Callable[[], bytes]:
    import typst

    compiler: Callable[..., bytes] = typst.compile
    return lambda: compiler(
        job.source.encode(), root=job.root, format="pdf", sys_inputs=dict(job.inputs),
        pdf_standards=list(job.standards), ignore_system_fonts=True, package_path=job.root,
    )  # fmt: skip


def _inside(job: Inside) -> Callable[[], bytes]:
    """Empty where there is no such file. What pypdf loads only when it needs it is loaded by a first PDF, our own."""
    from io import BytesIO

    import pypdf
    import pypdf.filters

    def taken(pdf: bytes, name: str) -> bytes:
        found = pypdf.PdfReader(BytesIO(pdf)).attachments
        files = found.get(name, [])
        if len(files) > 1:
            raise ValueError(f"it holds {len(files):,} files called {name}")
        return bytes(files[0]) if files else b""

    first = pypdf.PdfWriter()
    first.add_blank_page(9, 9)
    first.add_attachment("first", b"first")
    written = BytesIO()
    first.write(written)
    assert taken(written.getvalue(), "first") == b"first"
    return lambda: taken(job.pdf, job.name)


def told(error: BaseException, job: Jinja | Typst | Inside) -> Mapping[str, Any]:
    """What went wrong, in which template, on which line. No message: there was no memory for one."""
    if isinstance(error, MemoryError):
        return {"message": "", "name": job.name, "line": None}
    if isinstance(job, Inside):
        return {"message": str(error)[:1000] or type(error).__name__, "name": "", "line": None}
    name, line = _of_typst(error) if isinstance(job, Typst) else _spot(error)
    if isinstance(job, Typst):
        return {"message": _said(error), "name": job.name, "line": line}
    kind = type(error).__name__
    plain = kind in ("TemplateSyntaxError", "UndefinedError", "SecurityError", "ValueError", "TemplateAssertionError")
    text = str(error)[:1000]
    if kind == "SecurityError" and text.startswith("Undefined "):
        text = "it calls a macro that is not there; each kind of block has one in html/blocks.html.jinja"
    if kind == "TemplateNotFound":
        text = f"there is no template {text}"
    return {"message": text if plain or kind == "TemplateNotFound" else f"{kind}: {text}", "name": name, "line": line}


def _spot(error: BaseException) -> tuple[str, int | None]:
    """The template and line where jinja2 stopped."""
    if getattr(error, "lineno", None):
        return str(getattr(error, "name", "") or ""), int(error.lineno)  # type: ignore[attr-defined]
    frames = [one for one in extract_tb(error.__traceback__) if one.filename.endswith(".jinja>")]
    return (frames[-1].filename[1:-1], frames[-1].lineno) if frames else ("", None)


def _of_typst(error: BaseException) -> tuple[str, int | None]:
    """The line in what typst says: `┌─ file.typ:1:8`."""
    for text in str(getattr(error, "diagnostic", "")).splitlines():
        head, _, tail = text.partition(".typ:")
        if head.strip().startswith(("┌─", "-->")) and tail.split(":")[0].isdigit():
            return "", int(tail.split(":")[0])
    return "", None


def _said(error: BaseException) -> str:
    """What typst says, but for what it was not let do."""
    text = str(error)[:1000]
    for word, ours in OURS.items():
        if word in text.split("(")[0]:
            return ours
    return text
