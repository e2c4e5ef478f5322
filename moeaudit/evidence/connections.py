"""Connections that are kept: as few as are needed at once, opened on demand, used again by the next request.

The standard library's HTTP client speaks on them. It starts in a tenth of the time of the Hub library, and unlike that
it can be told when an answer must have ended, however slowly it drips.
"""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from functools import cache, partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from moeaudit.later import dataclass
from moeaudit.limits import BETWEEN_BYTES, HEAD_BYTES

PER_HOST = 16
"""Connections to one host at a time. Files come from two hosts, the Hub and its storage: 32 requests in flight."""

PORTS = {"http": 80, "https": 443}


class Flood(Exception):
    """A server sends ever more of what is no part of an answer: heads, chunks of nothing, trailers."""


class Origin(NamedTuple):
    """What a token or a connection belongs to."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """ValueError where the address is none of the web."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("not an http address")
    return Origin(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme])


@dataclass
class Line:
    """One connection. `until`: when the answer being read must have ended, on the monotonic clock; `stall`: seconds
    that it may be silent; `used`: whether it has carried a request before, so that the server may have left it;
    `room`: bytes that may still come."""

    http: HTTPConnection
    whole_address: bool = False  # a proxy of plain http wants the whole address in the request
    headers: Mapping[str, str] = field(default_factory=dict)  # what that proxy wants to be told
    until: float = 0.0
    stall: float = 10.0
    used: bool = False
    room: int = HEAD_BYTES

    def expect(self, size: int) -> None:
        """So many bytes of a body are read next."""
        self.room = 2 * size + BETWEEN_BYTES

    def get(self, url: str, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a request and read the head of its answer."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.http._create_connection = partial(_dial, self)  # type: ignore[attr-defined]  # looks names up in time
        self.http.timeout, self.room = self.patience(), HEAD_BYTES
        if self.http.sock is not None:
            self.http.sock.settimeout(self.http.timeout)
        if self.whole_address:
            target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{target}"
        self.http.response_class = partial(_Answer, self)  # type: ignore[assignment]
        try:
            self.http.request("GET", target, headers={**self.headers, **headers})
            return self.http.getresponse()
        finally:
            del self.http.response_class, self.http._create_connection  # type: ignore[attr-defined]  # so that a line that nobody has any more is closed at once

    def patience(self) -> float:
        """Seconds to wait for the next bytes. TimeoutError where the time is up."""
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        return min(self.stall, left)


def _dial(line: Line, address: tuple[str, int], *_: object) -> socket.socket:
    """A connection to the first of a host's addresses that takes it, all of them in the time of one."""
    until = monotonic() + line.patience()
    places = _looked_up(*address, line.patience())
    error: OSError = TimeoutError("no time is left")
    for place, (family, kind, protocol, _, target) in enumerate(places):
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(max(0.001, (until - monotonic()) / (len(places) - place)))
            made.connect(target)
            made.settimeout(line.patience())
            return made
        except OSError as failed:
            error = failed
            made.close()
    raise error


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """A host's addresses. No name server is waited for any longer; OSError where there are none."""
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    asking = Thread(target=look, daemon=True)
    asking.start()
    asking.join(seconds)
    if not found:
        raise TimeoutError("the name is not found in time")
    if isinstance(found[0], Exception):
        raise found[0]
    return list(found[0])


class _Answer(HTTPResponse):
    """An answer of which every byte, of its head too, must come before the line's time is up."""

    def __init__(self, line: Line, sock: socket.socket, *rest: Any, **named: Any) -> None:
        super().__init__(sock, *rest, **named)
        self.holds = self.fp  # keeps the socket open where its connection ends with this answer
        self.fp = BufferedReader(_Bytes(line, sock), 1 << 16)


class _Bytes(RawIOBase):
    def __init__(self, line: Line, sock: socket.socket) -> None:
        self.line, self.sock = line, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(self.line.patience())
        size = self.sock.recv_into(buffer)
        self.line.room -= size
        if self.line.room < 0:
            raise Flood
        return size


class Connections:
    """Open connections by host."""

    def __init__(self) -> None:
        self.idle: dict[Origin, list[Line]] = {}
        self.slots: dict[Origin, BoundedSemaphore] = {}
        self.lock = Lock()

    @contextmanager
    def borrowed(self, origin: Origin, *, fresh: bool = False) -> Iterator[Line]:
        """A connection; it is kept where the answer was read to its end, else closed. `fresh`: one never used."""
        with self.lock:
            slot = self.slots.setdefault(origin, BoundedSemaphore(PER_HOST))
        with slot:
            with self.lock:
                idle = self.idle.setdefault(origin, [])
                line = idle.pop() if idle and not fresh else None
            line = line or dialled(origin)
            answered = False
            try:
                yield line
                answered = line.http.sock is not None
            finally:
                if not answered:
                    line.http.close()
            if answered:
                line.used = True
                with self.lock:
                    idle.append(line)

    def close(self) -> None:
        with self.lock:
            lines = [line for idle in self.idle.values() for line in idle]
            self.idle.clear()
        for line in lines:
            with suppress(OSError):
                line.http.close()


def dialled(origin: Origin) -> Line:
    """A connection to be opened by its first request, through the proxy that the environment names for it."""
    proxy = _proxy(origin)
    if proxy is None:
        return Line(_connection(origin, origin.host, origin.port))
    headers = _basic(proxy, "Proxy-Authorization")
    host, port = proxy.hostname or "", proxy.port or PORTS["http"]
    line = Line(
        _connection(origin, host, port),
        whole_address=origin.scheme == "http",
        headers=headers if origin.scheme == "http" else {},
    )
    if origin.scheme == "https":
        line.http.set_tunnel(origin.host, origin.port, headers=headers)
    return line


def basic(url: str) -> dict[str, str]:
    """The Authorization header of the user and password in an address; none without."""
    return _basic(urlsplit(url), "Authorization")


def _connection(origin: Origin, host: str, port: int) -> HTTPConnection:
    return HTTPSConnection(host, port, context=_tls()) if origin.scheme == "https" else HTTPConnection(host, port)


def _proxy(origin: Origin) -> SplitResult | None:
    """As the Hub library takes it: from the variables, or the system's settings. ValueError for a kind not spoken."""
    proxies = getproxies()
    address = proxies.get(origin.scheme) or proxies.get("all")
    if not address or proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("only http:// proxies are spoken to")
    return parts


def _basic(parts: SplitResult, header: str) -> dict[str, str]:
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {header: f"Basic {b64encode(pair.encode()).decode()}"}


@cache
def _tls() -> ssl.SSLContext:
    """The system's certificates, those of SSL_CERT_FILE and SSL_CERT_DIR; where there are none, certifi's."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"] and not ssl.get_default_verify_paths().capath:
        with suppress(ImportError):
            import certifi  # type: ignore[import-not-found, unused-ignore]

            context.load_verify_locations(certifi.where())
    return context
