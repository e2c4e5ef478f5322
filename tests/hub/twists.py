"""Answers of the loopback Hub that are spoiled: refused, said otherwise, cut, stalled, dripped, endless, packed.

Each is made by a function from a few words of a table (`tests/faults/matrix.yaml`), so that a fault is data.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from tests.hub.repos import HubFile, HubRepo

if TYPE_CHECKING:
    from tests.hub.server import LoopbackHub, Request

Play = Callable[["Asked"], None]

DRIP = 0.005
"""Seconds between two bytes."""

MOST_SENT = 1_000_000_000
"""Bytes after which what has no end is given up: whoever reads on has no limit."""

END = b"\r\n\r\n"


@dataclass
class Twist:
    """Answers to be given in another way: requests whose path matches, so many times (None: always).

    `play` is given the request and answers it, or has it answered (`reply`, `replied`) and spoils that.
    """

    path: re.Pattern[str]
    play: Play
    times: int | None = None


class Asked(Protocol):
    """A request as a twist sees it."""

    hub: LoopbackHub
    path: str
    command: str
    connection: socket.socket
    wfile: Any
    headers: Any
    close_connection: bool
    request_line: Request

    def reply(self) -> None:
        """Answer as it should be."""

    def replied(self) -> bytes:
        """What `reply` would send."""


@dataclass
class Said:
    """An answer in parts."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, answer: bytes) -> Said:
        head, _, body = answer.partition(END)
        first, *lines = head.decode("latin-1").split("\r\n")
        return cls(int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body)

    @property
    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Said", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join(lines).encode("latin-1") + END

    def say(self, headers: Mapping[str, str | None]) -> None:
        """Set headers, or leave them out (None), whatever their capitals."""
        for name, value in headers.items():
            self.headers = {had: text for had, text in self.headers.items() if had.lower() != name.lower()}
            if value is not None:
                self.headers[name] = value


def send(asked: Asked, *pieces: bytes, close: bool = True) -> None:
    """Send at once what is given; nothing of a body after HEAD."""
    asked.close_connection = close
    for piece in pieces:
        asked.wfile.write(piece)
        asked.request_line.sent += len(piece)
    asked.wfile.flush()


def say(status: int | None = None, headers: Mapping[str, str | None] | None = None, body: str | None = None) -> Play:
    """The answer with another status, other headers, another body. `{storage}` and the like are filled in."""

    def play(asked: Asked) -> None:
        said = Said.of(asked.replied())
        said.status = status or said.status
        if body is not None:
            said.body = filled(asked, body).encode()
            said.say({"Content-Length": str(len(said.body))})
        said.say({name: value if value is None else filled(asked, value) for name, value in (headers or {}).items()})
        asked.request_line.status = said.status
        send(asked, said.head, said.body if asked.command != "HEAD" else b"", close=False)

    return play


def filled(asked: Asked, text: str) -> str:
    known = {
        "hub": asked.hub.url,
        "storage": asked.hub.storage,
        "path": asked.path,
        "elsewhere": f"http://127.0.0.1:{asked.hub.elsewhere.server_port}",
    }
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)


def refuse(
    status: int, code: str | None = None, message: str | None = None, headers: Mapping[str, str] | None = None
) -> Play:
    """A Hub's refusal."""
    body = json.dumps({"error": message or "as told"}).encode()
    said = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    if code:
        said["X-Error-Code"] = code
    if message:
        said["X-Error-Message"] = message

    def play(asked: Asked) -> None:
        asked.request_line.status = status
        send(asked, Said(status, said, b"").head, body if asked.command != "HEAD" else b"", close=False)

    return play


def drop(asked: Asked) -> None:
    """The connection ends instead of an answer."""
    asked.close_connection = True


def reset(asked: Asked) -> None:
    """It is reset in the middle of the body."""
    answer = asked.replied()
    send(asked, answer[: answer.index(END) + len(END) + (len(answer) - answer.index(END) - len(END)) // 2])
    asked.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.connection.close()


def cut(part: float = 0.5, stated: bool = True) -> Play:
    """It ends in the middle of the body. Not `stated`: nothing says how long it should be."""

    def play(asked: Asked) -> None:
        said = Said.of(asked.replied())
        if not stated:
            said.say({"Content-Length": None})
        send(asked, said.head, said.body[: int(len(said.body) * part)])

    return play


def stall(after: str) -> Play:
    """Silence before the `head`, before the `body`, or in its `middle`."""

    def play(asked: Asked) -> None:
        answer = asked.replied()
        head, _, body = answer.partition(END)
        if after != "head":
            send(asked, head + END, body[: len(body) // 2] if after == "middle" else b"")
        asked.close_connection = True
        asked.hub.closing.wait()

    return play


def drip(what: str) -> Play:
    """A byte now and then: of the `head`, which never ends, or of the `body`."""

    def play(asked: Asked) -> None:
        head, _, body = asked.replied().partition(END)
        if what == "body":
            send(asked, head + END)
        endless = (b"HTTP/1.1 200 OK\r\nX: " if what == "head" else b"") or body
        place = 0
        while not asked.hub.closing.wait(DRIP) and (what == "head" or place < len(endless)):
            send(asked, endless[place : place + 1] or b"a")
            place += 1

    return play


ENDLESS: Mapping[str, tuple[bytes, bytes]] = {
    "zeros": (b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 16)),
    "json": (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a": [', b"[0], " * 13_000),
    "lists": (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", b"[" * 65_536),
    "span": (b"HTTP/1.1 206 OK\r\nContent-Range: bytes 0-999999999/1000000000\r\n\r\n", bytes(1 << 16)),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 10_000),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X: y\r\n" * 10_000),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10_000),
    "line": (b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65_536),
    "status": (b"HTTP/1.1 200 ", b"a" * 65_536),
}


def endless(what: str) -> Play:
    """An answer without an end, as fast as it is taken."""
    head, piece = ENDLESS[what]

    def play(asked: Asked) -> None:
        send(asked, head)
        sent = 0
        while sent < MOST_SENT and not asked.hub.closing.is_set():
            send(asked, piece)
            sent += len(piece)

    return play


def raw(text: str) -> Play:
    """These characters, and the end of the connection."""
    return lambda asked: send(asked, filled(asked, text).encode("latin-1"))


def bomb(megabytes: int) -> Play:
    """A small answer that unpacks to a large one."""

    def play(asked: Asked) -> None:
        body = _bomb(megabytes)
        send(asked, Said(200, {"Content-Encoding": "gzip", "Content-Length": str(len(body))}, b"").head, body)

    return play


@cache
def _bomb(megabytes: int) -> bytes:
    """So many megabytes of zeros in a thousandth of it; what would end it is left out, as nobody comes to it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"")
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block + again * (megabytes - 1)


def encoded(name: str, honest: bool = False) -> Play:
    """An answer said to be packed in a way that it is not, or (`honest`) that it was not asked to be."""

    def play(asked: Asked) -> None:
        said = Said.of(asked.replied())
        said.body = gzip.compress(said.body, mtime=0) if honest else said.body
        said.say({"Content-Encoding": name, "Content-Length": str(len(said.body))})
        send(asked, said.head, said.body)

    return play


def packed_short(asked: Asked) -> None:
    """Packed as accepted, but the packing breaks off."""
    said = Said.of(asked.replied())
    said.body = gzip.compress(said.body, mtime=0)[:-9]
    said.say({"Content-Encoding": "gzip", "Content-Length": str(len(said.body))})
    send(asked, said.head, said.body)


def listing(change: Callable[[dict[str, Any]], object]) -> Play:
    """The listing, changed: by what a function does to it, or to what it returns (text as it stands)."""

    def play(asked: Asked) -> None:
        said = Said.of(asked.replied())
        content = json.loads(said.body)
        if not isinstance(content, dict):  # a tree, which other programs ask for
            send(asked, said.head, said.body, close=False)
            return
        changed = change(content)
        said.body = (
            changed if isinstance(changed, bytes) else json.dumps(content if changed is None else changed).encode()
        )
        said.say({"Content-Length": str(len(said.body))})
        send(asked, said.head, said.body, close=False)

    return play


def from_the_start(asked: Asked) -> None:
    """As many bytes as were asked for, said and sent from the start of the file."""
    first, last = asked.headers["Range"].removeprefix("bytes=").split("-")
    asked.headers.replace_header("Range", f"bytes=0-{int(last) - int(first)}")
    asked.reply()


def short(asked: Asked) -> None:
    """The first hundred bytes of a span, and said to be no more."""
    said = Said.of(asked.replied())
    first, _, rest = said.headers["Content-Range"].removeprefix("bytes ").partition("-")
    said.body = said.body[:100]
    said.say({"Content-Length": "100", "Content-Range": f"bytes {first}-{int(first) + 99}/{rest.partition('/')[2]}"})
    send(asked, said.head, said.body, close=False)


def push(then: str) -> Play:
    """The right listing, and then a push to the repo. The commit that was listed is still served (`kept`), is `gone`,
    or its name gives the new files (`mixed`)."""

    def play(asked: Asked) -> None:
        asked.reply()
        (old,) = asked.hub.repos.values()
        new = HubRepo(old.id, {**old.files, "config.json": HubFile.of('{"model_type": "pushed"}')}, commit="c" * 40)
        if then == "kept":
            new.previous = old
        if then == "mixed":
            new.revisions = ("main", old.commit)
        asked.hub.repos[old.id] = new

    return play
