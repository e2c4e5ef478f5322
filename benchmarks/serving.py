"""A Hub that costs little: the tests' loopback Hub, asked once for each question, in a process and thread of its own.

The two cores of a small machine are shared by the reader and the Hub, so the Hub must not be what is measured. Each
answer is made once by the tests' handler and kept as bytes; a repeat of the question is one look-up and one write.
What the process itself takes is counted and printed beside the reader (`hub_cpu`).

Told by lines of JSON on standard input, it answers each with what was counted since the one before. `chain` is the
longest chain of requests, each of which came in after the one before it was answered: with a latency, the reader
cannot end before chain x latency. It is the depth of the questions that depend on each other where all others go out
at once, and more where a reader asks them in turns; at latency 0 it says little.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.hub import SETTINGS, Setting
from benchmarks.models import MODELS
from tests.hub.repos import HubRepo
from tests.hub.server import LoopbackHub, _Handler

RANGE = re.compile(rb"\r\nrange: *([^\r]*)", re.IGNORECASE)
END = b"\r\n\r\n"


@dataclass
class Counted:
    """What was counted since the last order; `spans` holds when each request came in and was answered."""

    redirects: int = 0
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    sent: int = 0
    spans: list[tuple[float, float]] = field(default_factory=list)
    cpu: float = field(default_factory=time.process_time)

    def said(self) -> dict[str, float]:
        return {
            "requests": len(self.spans),
            "redirects": self.redirects,
            "connections": self.connections,
            "in_flight": self.most_in_flight,
            "chain": longest_chain(self.spans),
            "bytes": self.sent,
            "hub_cpu": time.process_time() - self.cpu,
        }


def longest_chain(spans: Iterable[tuple[float, float]]) -> int:
    """The most of these (come in, answered) that follow each other without overlap."""
    length, free = 0, float("-inf")
    for came, answered in sorted(spans, key=lambda span: span[1]):
        if came >= free:
            length, free = length + 1, answered
    return length


class Made(LoopbackHub):
    """The tests' Hub, never started: it only says what it would answer."""

    def __init__(self) -> None:
        super().__init__()
        self.ports = (0, 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def storage(self) -> str:
        return f"http://localhost:{self.ports[1]}"

    def answer(self, question: bytes) -> bytes:
        paper = _Paper(question)
        _OnPaper.hub = self
        _OnPaper(paper, ("127.0.0.1", 0), None)  # type: ignore[arg-type]  # no socket, no server
        self.requests.clear()
        return paper.written.getvalue()


class _Kept(io.BytesIO):
    def close(self) -> None:
        """What was written is still to be read."""


class _Paper:
    """What a handler takes for its connection."""

    def __init__(self, question: bytes) -> None:
        self.question, self.written = question, _Kept()

    def makefile(self, mode: str, size: int = -1) -> io.BytesIO:
        return io.BytesIO(self.question) if "r" in mode else self.written

    def sendall(self, data: bytes) -> None:
        self.written.write(data)


class _OnPaper(_Handler):
    disable_nagle_algorithm = False
    wbufsize = 0


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server, self.asked, self.answered = server, b"", False
        server.counted.connections += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.asked += data
        if self.asked.endswith(END):
            question, self.asked = self.asked, b""
            came, counted, setting = time.monotonic(), self.server.counted, self.server.setting
            counted.in_flight += 1
            counted.most_in_flight = max(counted.most_in_flight, counted.in_flight)
            wait = setting.delay + (0 if self.answered else setting.dial)
            self.answered = True
            if wait:
                asyncio.get_running_loop().call_later(wait, self.send, question, came)
            else:
                self.send(question, came)

    def send(self, question: bytes, came: float) -> None:
        counted = self.server.counted
        answer, status, body = self.server.answer(question)
        counted.in_flight -= 1
        counted.redirects += status == 302
        counted.sent += body
        counted.spans.append((came, time.monotonic()))
        self.transport.write(answer)


class Server:
    """Answers by question: request line and range."""

    def __init__(self) -> None:
        self.hub, self.counted, self.setting = Made(), Counted(), SETTINGS[0]
        self.answers: dict[tuple[bytes, bytes], tuple[bytes, int, int]] = {}

    def answer(self, question: bytes) -> tuple[bytes, int, int]:
        """The answer, its status, and how many bytes of body it has."""
        span = RANGE.search(question)
        key = (question.partition(b"\r\n")[0], span[1] if span else b"")
        found = self.answers.get(key)
        if found is None:
            said = self.hub.answer(question)
            found = self.answers[key] = (said, int(said[9:12]), len(said) - said.index(END) - len(END))
        return found

    def order(self, model: str | None, setting: dict[str, Any]) -> dict[str, float]:
        """Counted so far; from now on as told."""
        said, self.setting = self.counted.said(), Setting(**setting)
        if model is not None and model not in self.hub.repos:
            self.hub.repos = {model: next(one for one in MODELS if one.id == model).repo()}
            self.answers.clear()
        if self.hub.redirect != self.setting.redirect:
            self.answers.clear()
        self.hub.redirect = self.setting.redirect
        self.all_headers()
        self.counted = Counted()
        return said

    def all_headers(self) -> None:
        """What `get_sharded_safetensors_metadata` asks for: one answer with every header of a repo."""
        for repo in self.hub.repos.values():
            path = f"/api/models/{repo.id}/safetensors-metadata/model.safetensors.index.json"
            key = (f"GET {path} HTTP/1.1".encode(), b"")
            if key not in self.answers:
                body = _headers_of(repo)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                self.answers[key] = (head.encode() + body, 200, len(body))


def _headers_of(repo: HubRepo) -> bytes:
    texts = (f'"{name}":{file.head[8:].decode()}' for name, file in repo.files.items() if name.endswith(".safetensors"))
    return ('{"index":{"metadata":{}},"headers":{' + ",".join(texts) + "}}").encode()


async def serve() -> None:
    """Print the address, then answer orders until standard input ends."""
    server, loop = Server(), asyncio.get_running_loop()
    lines = [await loop.create_server(lambda: Line(server), "127.0.0.1", 0, backlog=512) for _ in range(2)]
    first, second = (line.sockets[0].getsockname()[1] for line in lines)
    server.hub.ports = (first, second)
    print(json.dumps({"url": server.hub.url}), flush=True)
    ended = loop.create_future()

    def told() -> None:
        line = sys.stdin.readline()
        if not line:
            ended.set_result(None)
            return
        order = json.loads(line)
        print(json.dumps(server.order(order["model"], order["setting"])), flush=True)

    loop.add_reader(sys.stdin.fileno(), told)
    await ended
    loop.remove_reader(sys.stdin.fileno())


if __name__ == "__main__":
    asyncio.run(serve())
