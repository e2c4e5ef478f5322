"""The edges of what a server, git and the environment may do: no network, and no clock."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from time import monotonic
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moeaudit import limits
from moeaudit.errors import AuditError, Exit, Place
from moeaudit.evidence import base, connections, git, request
from moeaudit.evidence.hub import HubRepo
from moeaudit.evidence.hub_errors import Errors
from moeaudit.evidence.hub_settings import seconds, together, token
from moeaudit.evidence.request import Answer, Client, Fault, Question
from tests.hostile.moved import CUT, Edge, moved, said

URL = "https://hub.example/file"
ASKED = Question(URL, 10)
GOOD = Answer(200, {}, b"", URL)


def client(**more: Any) -> Client:
    return Client(connections.origin_of(URL), {}, "test", **more)


@contextmanager
def environment(**named: str) -> Iterator[None]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "MOEAUDIT_", "HUGGING"))}
    with mock.patch.dict(os.environ, {**known, **named}, clear=True):
        yield


def fault(ask: Callable[[], object]) -> str:
    """What a server does, as its user reads it."""
    try:
        ask()
    except Fault as found:
        return str(Errors(Place("org/small"), "https://hub.example", False).no_answer(found))
    return ""


def attempts(count: int, folder: Path) -> str:
    """It answers the last of so many."""
    said = [*[Fault("could not be reached")] * (count - 1), GOOD]
    with mock.patch.object(Client, "_follow", side_effect=said), mock.patch.object(Client, "_pause"):
        return fault(lambda: client().ask(ASKED))


def stalls(count: int, folder: Path) -> str:
    @contextmanager
    def borrowed(origin: object) -> Iterator[object]:
        yield SimpleNamespace(used=False)

    said = [*[TimeoutError()] * (count - 1), GOOD]
    with mock.patch.object(Client, "_answer", side_effect=said), mock.patch.object(Client, "_pause"):
        return fault(lambda: client(connections=SimpleNamespace(borrowed=borrowed)).ask(ASKED))


def redirects(count: int, folder: Path) -> str:
    said = [*[Answer(302, {"location": "/next"}, b"", URL)] * count, GOOD]
    with mock.patch.object(Client, "_once", side_effect=said):
        return fault(lambda: client().ask(ASKED))


def pause(count: int, folder: Path) -> str:
    """A server that is busy and says for how long: waited for, or passed on."""
    said = [Answer(503, {"retry-after": str(count)}, b"", URL), GOOD]
    with mock.patch.object(Client, "_follow", side_effect=said), mock.patch.object(Client, "_pause") as waited:
        answer = client().ask(ASKED)
    assert [given.args[0] for given in waited.call_args_list] == ([count] if answer is GOOD else [])
    return "" if answer is GOOD else CUT


def silence(count: int, folder: Path) -> str:
    with environment():
        return CUT if count > seconds("HF_HUB_DOWNLOAD_TIMEOUT") else ""


def longest_silence(count: int, folder: Path) -> str:
    with environment(HF_HUB_DOWNLOAD_TIMEOUT=str(count)):
        return CUT if seconds("HF_HUB_DOWNLOAD_TIMEOUT") != count else ""


def until(question: Question, spent: float) -> str:
    """Whether an answer may still come after so many seconds."""
    found: list[float] = []

    def once(self: Client, url: str, asked: Question, until: float) -> Answer:
        found.append(until)
        return GOOD

    with mock.patch.object(Client, "_once", once), mock.patch.object(request, "monotonic", lambda: 0.0):
        client(seconds=10**6, begun=0.0).ask(question)
    return CUT if spent > found[0] else ""


def slowest(count: int, folder: Path) -> str:
    """Bytes that may come in the second after the grace; one more may come in the next."""
    return CUT if not until(Question(URL, 0, expected=count), limits.GRACE + 1.00001) else ""


def together_seconds(count: int, folder: Path) -> str:
    """A request in the last of so many seconds."""
    with environment():
        allowed = together()
        return fault(lambda: client(seconds=allowed, begun=monotonic() - count + 0.5)._pause(0.0))


def timeout(count: int, folder: Path) -> str:
    with environment(MOEAUDIT_TIMEOUT=str(count)):
        return said(together)


def bytes_together(count: int, folder: Path) -> str:
    line, response = mock.Mock(), mock.Mock(read=lambda size: b"x" * size)
    return fault(lambda: client(received=count - 1)._taking(line, response)(1))


def body(data: bytes, status: int = 200, limit: int = 10**9) -> Answer:
    """What is read of a body without a stated length."""
    response: Any = SimpleNamespace(status=status, length=None)
    read, cut = request._body(response, {}, Question(URL, limit), BytesIO(data).read)
    return Answer(status, {}, read, URL, cut)


def error_page(count: int, folder: Path) -> str:
    return CUT if len(body(b"x" * count, 500).body) < count else ""


def listing(data: bytes) -> str:
    """What comes of a listing; not what else is wrong with it."""

    def ask(self: Client, question: Question, check: object = None) -> Answer:
        return body(data, limit=question.limit)

    with environment(HF_HUB_DISABLE_IMPLICIT_TOKEN="1"), mock.patch.object(Client, "ask", ask):
        try:
            HubRepo("org/small", None)
        except AuditError as error:
            assert error.exit_code is Exit.NO_EVIDENCE, "the server's fault"
            return "" if "which commit it serves" in str(error) else str(error)
    raise AssertionError("a listing without a commit")


def listing_bytes(count: int, folder: Path) -> str:
    return listing(b'{"siblings":[]}' + b" " * (count - 15))


def listing_signs(count: int, folder: Path) -> str:
    return listing(b'{"siblings":[],"x":[' + b"1," * (count - 4) + b"1]}")


def taken(line: connections.Line, count: int) -> str:
    """So many bytes that come at once, of which none are a body's."""
    line.until, line.stall = monotonic() + 60, 10.0
    source = mock.Mock(recv_into=lambda buffer: count)
    try:
        connections._Bytes(line, source).readinto(bytearray())
    except connections.Flood:
        return CUT
    return ""


def head(count: int, folder: Path) -> str:
    return taken(connections.dialled(connections.origin_of("http://hub.example")), count)


def between(count: int, folder: Path) -> str:
    line = connections.dialled(connections.origin_of("http://hub.example"))
    line.expect(0)
    return taken(line, count)


def ahead(count: int, folder: Path) -> str:
    """Two headers of so many bytes together: whether the second is asked for before the first is read."""
    from moeaudit.evidence.headers import Heads

    waiting = mock.Mock(begun=lambda key: False)
    heads = Heads(mock.Mock(), {}, waiting)
    heads.expected = {"a": count - 1, "b": 1}
    heads.begin(["a", "b"])
    return CUT if waiting.begin.call_count < 2 else ""


def token_bytes(count: int, folder: Path) -> str:
    (folder / "token").write_text("t" * count)
    with environment(HF_TOKEN_PATH=str(folder / "token")):
        return "" if token() else CUT


def kept_tables(count: int, folder: Path) -> str:
    from moeaudit.evidence.header_cache import Tables
    from moeaudit.evidence.listing import Listed

    tables = Tables(folder)
    tables.keep_listing("a" * 40, {"config.json": Listed(1)})
    (file,) = folder.iterdir()
    with moved("evidence.header_cache", "TABLES_BYTES", file.stat().st_size + limits.TABLES_BYTES - count):
        return "" if tables.listing("a" * 40) else CUT


def git_seconds(count: int, folder: Path) -> str:
    """git that answers only then."""

    def run(words: list[str], *, timeout: float, **rest: object) -> Any:
        if count > timeout:
            raise subprocess.TimeoutExpired(words, timeout)
        return SimpleNamespace(stdout=b"", returncode=0)

    try:
        with mock.patch.object(subprocess, "run", run):
            git.ask(folder, "rev-parse")
    except AuditError as error:
        assert error.exit_code is Exit.USAGE
        return str(error)
    return ""


def stored(folders: Mapping[str, Mapping[str, base.Entry]]) -> base.Base:
    """A commit with these folders; the text of a link is its object."""
    found = object.__new__(base.Base)
    found.names = lambda inside: folders.get(str(inside), {})  # type: ignore[method-assign]
    found._bytes = lambda entry, inside: entry.object.encode()  # type: ignore[method-assign]
    return found


def links(count: int, folder: Path) -> str:
    chain = {str(number): base.Entry(base.LINK, str(number + 1), 1) for number in range(count)}
    whole = stored({".": {**chain, str(count): base.Entry("100644", "x", 1)}})
    return "" if whole._entry(PurePosixPath("0")) else CUT


def deep(count: int, folder: Path) -> str:
    """A file that lies in so many folders."""
    place, folders = ".", {}
    for _ in range(count):
        folders[place] = {"d": base.Entry(base.TREE, "", 0)}
        place = "d" if place == "." else f"{place}/d"
    folders[place] = {"config.json": base.Entry("100644", "x", 1)}
    return "" if list(stored(folders).below(PurePosixPath("."), lambda name: True)) else CUT


def edges() -> dict[str, Edge]:
    return {
        "TOKEN_BYTES": token_bytes,
        "TABLES_BYTES": kept_tables,
        "GIT_SECONDS": git_seconds,
        "LINKS_FOLLOWED": links,
        "COMMIT_FOLDERS_DEEP": deep,
        "ATTEMPTS": attempts,
        "STALLS": stalls,
        "REDIRECTS": redirects,
        "LONGEST_PAUSE": pause,
        "SILENCE": silence,
        "LONGEST_SILENCE": longest_silence,
        "GRACE": lambda count, folder: until(Question(URL, 0, expected=0), count),
        "SLOWEST": slowest,
        "SECONDS_TOGETHER": together_seconds,
        "LONGEST_TIMEOUT": timeout,
        "BYTES_TOGETHER": bytes_together,
        "AHEAD_BYTES": ahead,
        "LISTING_BYTES": listing_bytes,
        "LISTING_SIGNS": listing_signs,
        "ERROR_PAGE": error_page,
        "HEAD_BYTES": head,
        "BETWEEN_BYTES": between,
    }
