"""A Hub on 127.0.0.1 that the real client talks to: the endpoints it uses, their headers, errors and redirects.

What is spoken follows huggingface.co as huggingface_hub 2.4 uses it: `hf_api.py` (model_info, list_repo_tree,
get_paths_info), `file_download.py` (HEAD and GET of /resolve/), `utils/_http.py` (X-Error-Code, Link).
Every request is recorded with the bytes it was answered with, so that a test can say what was never downloaded.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from types import TracebackType
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.hub.repos import HubFile, HubRepo
from tests.hub.twists import Asked, Twist

PAGE = 1000
"""Entries of one page of a tree listing, as on the Hub."""

CHUNK = 1 << 20

HANG = 600.0
"""Seconds after which a wait for requests that never come is given up; no passing test depends on them."""

ID = r"(?P<id>[^/]+/[^/]+|[^/]+)"
RESOLVE = re.compile(rf"/{ID}/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
STORED = re.compile(rf"/stored/{ID}/(?P<revision>[0-9a-f]{{40}})/(?P<file>.+)")
API = re.compile(rf"/api/models/{ID}(?:/(?P<what>revision|tree|paths-info)/(?P<revision>[^/]+)(?:/(?P<path>.+))?)?")


@dataclass
class Request:
    """One request as it was answered: `sent` bytes of body, `weights` of them beyond the header of a shard."""

    method: str
    path: str
    range: str | None
    token: str | None
    host: str
    status: int = 0
    sent: int = 0
    weights: int = 0


@dataclass
class Failure:
    """Answers to give instead: requests whose path matches, so many times (None: always)."""

    path: re.Pattern[str]
    status: int
    code: str | None = None
    times: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Change:
    """What to say otherwise in answers whose path matches: status, headers (None: leave out), body."""

    path: re.Pattern[str]
    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | None = None


@dataclass
class LoopbackHub:
    """The server and what it serves. `redirect`: large files come from another host, as on the real Hub.

    Counted: `connections` opened to it, the `most_in_flight` of requests at a time, and at which `depths` they came:
    one more than the deepest that was answered before. With `waves` (numbers of requests), the first so
    many are answered when all of them are here, then the next: what can come together does, on a machine of any speed.
    """

    repos: dict[str, HubRepo] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)  # seconds that moeaudit would have waited between attempts
    delay: float = 0.0  # seconds before each answer
    redirect: bool = True
    ranges: bool = True  # answer range requests with the range
    page: int = PAGE
    cuts: int = 0  # spans still to be broken off in the middle
    unlucky: Callable[[], bool] = lambda: False  # asked for each request: whether to fail it, in one way or another
    drops: int = 0  # connections still to be closed instead of an answer
    packed: bool = False  # answer with gzip where that is accepted
    dial: float = 0.0  # seconds before the first answer of a connection
    changes: list[Change] = field(default_factory=list)
    twists: list[Twist] = field(default_factory=list)
    silent: re.Pattern[str] | None = None  # paths that are not answered before the Hub closes
    closing: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    hold: int = 0  # answer nothing but listings before so many requests are here together
    waves: Sequence[int] = ()
    depths: list[int] = field(default_factory=list)
    answered: int = 0  # the deepest of the requests answered so far
    lock: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> LoopbackHub:
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server, self.elsewhere = (_Server(("127.0.0.1", 0), handler) for _ in range(2))
        for server in (self.server, self.elsewhere):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        for server in (self.server, self.elsewhere):
            server.shutdown()
            server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def storage(self) -> str:
        """Another name and port: a host that must never see a token."""
        return f"http://localhost:{self.elsewhere.server_port}"

    def add(self, repo: HubRepo) -> HubRepo:
        self.repos[repo.id] = repo
        return repo

    def fail(
        self,
        path: str,
        status: int,
        *,
        code: str | None = None,
        times: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer requests whose path contains `path` (a regular expression) with an error."""
        self.failures.append(Failure(re.compile(path), status, code, times, headers or {}))

    def change(
        self,
        path: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
    ) -> None:
        """Say something else where the path contains `path` (a regular expression)."""
        self.changes.append(Change(re.compile(path), status, headers or {}, body))

    def twist(self, path: str, play: Callable[[Asked], None], times: int | None = None) -> None:
        self.twists.append(Twist(re.compile(path), play, times))

    def twisted(self, path: str, span: str) -> Twist | None:
        """The twist for this request, counted. Expressions are looked for in its path, a blank, its Range header."""
        with self.lock:
            fits = (twist for twist in self.twists if twist.times != 0 and twist.path.search(f"{path} {span}"))
            found = next(fits, None)
            if found is not None and found.times is not None:
                found.times -= 1
            return found

    def arrive(self) -> int:
        """Where the request stands in the order of all."""
        with self.lock:
            self.depths.append(self.answered + 1)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.lock.notify_all()
            return len(self.depths)

    def wait_for(self, requests: int) -> bool:
        """Whether so many requests have come, after ten seconds at most."""
        with self.lock:
            return self.lock.wait_for(lambda: len(self.requests) >= requests, timeout=10)

    def wait_for_others(self) -> None:
        with self.lock:
            if not self.lock.wait_for(lambda: self.most_in_flight >= self.hold, timeout=HANG):
                self.hold = 0  # the test fails by its counts; nobody waits again

    def wait_for_wave(self, place: int) -> None:
        with self.lock:
            wanted = next((end for end in accumulate(self.waves) if end >= place), 0)
            if not self.lock.wait_for(lambda: len(self.depths) >= wanted or not self.waves, timeout=HANG):
                self.waves = ()
                self.lock.notify_all()
            self.answered = max(self.answered, self.depths[place - 1])

    def leave(self) -> None:
        with self.lock:
            self.in_flight -= 1

    def paths(self, method: str = "") -> list[str]:
        return [request.path for request in self.requests if request.method.startswith(method)]

    @property
    def sent(self) -> int:
        return sum(request.sent for request in self.requests)

    @property
    def weights(self) -> int:
        """Bytes of weight data that left the server."""
        return sum(request.weights for request in self.requests)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is what some tests are about; anything else is a broken server."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


class _RefusedError(Exception):
    """An error answer: status, X-Error-Code, text, further headers."""

    def __init__(
        self, status: int, code: str | None = None, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


class _Handler(BaseHTTPRequestHandler):
    hub: LoopbackHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def setup(self) -> None:
        super().setup()
        self.answered = 0
        with self.hub.lock:
            self.hub.connections += 1

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the requests are recorded instead."""

    def _answer(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.request_line = Request(self.command, self.path, self.headers.get("Range"), token, self.headers["Host"])
        self.hub.requests.append(self.request_line)
        place = self.hub.arrive()
        try:
            self._answer_after(self.hub.delay + (0 if self.answered else self.hub.dial), place)
        finally:
            self.answered += 1
            self.hub.leave()

    def _answer_after(self, seconds: float, place: int) -> None:
        time.sleep(seconds)
        if self.hub.silent is not None and self.hub.silent.search(self.path):
            self.hub.closing.wait()
            self.close_connection = True
            return
        self.hub.wait_for_wave(place)
        if not self.path.startswith("/api/"):
            self.hub.wait_for_others()
        bad = self.hub.unlucky()
        if self.hub.drops or (bad and len(self.hub.requests) % 2):
            self.hub.drops = max(0, self.hub.drops - 1)
            self.close_connection = True
            return
        twist = self.hub.twisted(self.path, self.headers.get("Range") or "")
        try:
            if twist is not None:
                twist.play(self)
            else:
                self.reply(bad)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def replied(self) -> bytes:
        kept, self.wfile = self.wfile, io.BytesIO()  # type: ignore[has-type]
        try:
            self.reply()
            return self.wfile.getvalue()
        finally:
            self.wfile = kept

    def reply(self, bad: bool = False) -> None:
        try:
            if bad:
                raise _RefusedError(503, None, "as chance has it")
            self._fail_as_told()
            self._route()
        except _RefusedError as refusal:
            self._send(
                refusal.status,
                json.dumps({"error": refusal.message}).encode(),
                {
                    "Content-Type": "application/json",
                    **({"X-Error-Code": refusal.code, "X-Error-Message": refusal.message} if refusal.code else {}),
                    **refusal.headers,
                },
            )

    def _fail_as_told(self) -> None:
        for failure in self.hub.failures:
            if failure.path.search(self.path) and failure.times != 0:
                failure.times = None if failure.times is None else failure.times - 1
                raise _RefusedError(failure.status, failure.code, "as told", failure.headers)

    def _route(self) -> None:
        self.url = urlsplit(self.path)
        for pattern, answer in ((API, self._api), (STORED, self._stored), (RESOLVE, self._resolve)):
            match = pattern.fullmatch(self.url.path)
            if match:
                answer({name: unquote(value) for name, value in match.groupdict(default="").items()})
                return
        raise _RefusedError(404, None, "no such page")

    def _repo(self, parts: dict[str, str], *, content: bool) -> HubRepo:
        """The repo of a path, where this token may see it."""
        repo = self.hub.repos.get(parts["id"])
        reader = repo is not None and self.request_line.token in repo.readers
        if repo is None or (repo.private and not reader):
            raise _RefusedError(404 if self.request_line.token else 401, "RepoNotFound", "Repository not found")
        if content and repo.gated and not reader:
            raise _RefusedError(403 if self.request_line.token else 401, "GatedRepo", "Access is restricted")
        if repo.previous is not None and parts["revision"] == repo.previous.commit:
            return repo.previous
        if parts["revision"] not in ("", repo.commit, *repo.revisions):
            raise _RefusedError(404, "RevisionNotFound", f"Invalid rev id: {parts['revision']}")
        return repo

    def _api(self, parts: dict[str, str]) -> None:
        repo = self._repo(parts, content=False)
        answers: dict[str, Callable[[HubRepo, dict[str, str]], None]] = {"tree": self._tree, "paths-info": self._paths}
        answers.get(parts["what"], self._info)(repo, parts)

    def _info(self, repo: HubRepo, parts: dict[str, str]) -> None:
        blobs = parse_qs(self.url.query).get("blobs", ["false"])[0].lower() == "true"
        siblings = [{"rfilename": name, **(_blob(file) if blobs else {})} for name, file in sorted(repo.files.items())]
        self._send_json(
            {
                "_id": "0",
                "id": repo.id,
                "modelId": repo.id,
                "sha": repo.commit,
                "private": repo.private,
                "gated": "manual" if repo.gated else False,
                "tags": [],
                "siblings": siblings,
            }
        )

    def _tree(self, repo: HubRepo, parts: dict[str, str]) -> None:
        query = parse_qs(self.url.query)
        recursive = query.get("recursive", ["false"])[0].lower() == "true"
        below = f"{parts['path']}/" if parts["path"] else ""
        entries = [
            _entry(name, file)
            for name, file in sorted(repo.files.items())
            if name.startswith(below) and (recursive or "/" not in name.removeprefix(below))
        ]
        start = int(query.get("cursor", ["0"])[0])
        following = f"{self.hub.url}{self.url.path}?recursive={recursive}&cursor={start + self.hub.page}"
        more = {"Link": f'<{following}>; rel="next"'} if len(entries) > start + self.hub.page else {}
        self._send_json(entries[start : start + self.hub.page], more)

    def _paths(self, repo: HubRepo, parts: dict[str, str]) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._send_json([_entry(name, repo.files[name]) for name in form.get("paths", []) if name in repo.files])

    def _resolve(self, parts: dict[str, str]) -> None:
        repo = self._repo(parts, content=True)
        file = repo.files.get(parts["file"])
        if file is None:
            raise _RefusedError(404, "EntryNotFound", "Entry not found")
        headers = {"X-Repo-Commit": repo.commit, "ETag": f'"{file.etag}"', "Accept-Ranges": "bytes"}
        if file.lfs:
            headers |= {"X-Linked-Size": str(file.size), "X-Linked-Etag": f'"{file.etag}"'}
        if file.lfs and self.hub.redirect:
            location = f"{self.hub.storage}/stored/{repo.id}/{repo.commit}/{quote(parts['file'])}"
            self._send(302, b"", {**headers, "Location": location})
        else:
            self._send_file(file, headers)

    def _stored(self, parts: dict[str, str]) -> None:
        repo = self.hub.repos[parts["id"]]
        if repo.previous is not None and parts["revision"] == repo.previous.commit:
            repo = repo.previous
        self._send_file(repo.files[parts["file"]], {"Accept-Ranges": "bytes"})

    def _send_file(self, file: HubFile, headers: dict[str, str]) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        change = self._change()
        if asked is None and ((change and change.body is not None) or (self._packs(file.size) and not file.lfs)):
            self._send(200, file.head, headers)
            return
        if asked is None or not self.hub.ranges:
            self._send_span(200, file, 0, file.size, headers)
            return
        start, stop = int(asked[1]), min(int(asked[2] or file.size - 1) + 1, file.size)
        if start >= file.size:
            self._send(416, b"", {"Content-Range": f"bytes */{file.size}"})
            return
        self._send_span(206, file, start, stop, {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{file.size}"})

    def _send_span(self, status: int, file: HubFile, start: int, stop: int, headers: dict[str, str]) -> None:
        self._begin(status, stop - start, headers)
        if self.hub.cuts and self.command == "GET":
            self.hub.cuts -= 1
            self.close_connection = True
            stop = start + (stop - start) // 2
        for place in range(start, stop, CHUNK) if self.command != "HEAD" else ():
            self.wfile.write(file.span(place, min(place + CHUNK, stop)))
            self.request_line.sent += min(place + CHUNK, stop) - place
            if file.lfs:
                self.request_line.weights += max(0, min(place + CHUNK, stop) - max(place, len(file.head)))

    def _send_json(self, value: object, headers: dict[str, str] | None = None) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _packs(self, size: int) -> bool:
        return self.hub.packed and size > 1000 and "gzip" in (self.headers.get("Accept-Encoding") or "")

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        change = self._change()
        if change is not None and change.body is not None:
            body = change.body
        if status == 200 and self._packs(len(body)):
            body, headers = packed(body), {**headers, "Content-Encoding": "gzip"}
        self._begin(status, len(body), headers)
        if self.command != "HEAD":
            self.wfile.write(body)
            self.request_line.sent += len(body)

    def _begin(self, status: int, length: int, headers: dict[str, str]) -> None:
        change = self._change()
        said: dict[str, str | None] = {**headers, "Content-Length": str(length)}
        if change is not None:
            status, said = change.status or status, said | change.headers
        self.request_line.status = status
        self.send_response(status)
        for name, value in said.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _change(self) -> Change | None:
        return next((change for change in self.hub.changes if change.path.search(self.path)), None)


@lru_cache(64)
def packed(body: bytes) -> bytes:
    return gzip.compress(body, 1, mtime=0)


def _blob(file: HubFile) -> dict[str, object]:
    lfs = {"lfs": {"size": file.size, "sha256": file.etag, "pointerSize": 135}} if file.lfs else {}
    return {"size": file.size, "blobId": file.etag[:40], **lfs}


def _entry(name: str, file: HubFile) -> dict[str, object]:
    lfs = {"lfs": {"oid": file.etag, "size": file.size, "pointerSize": 135}} if file.lfs else {}
    return {"type": "file", "path": name, "size": file.size, "oid": file.etag[:40], **lfs}
