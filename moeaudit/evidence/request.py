"""One function that asks: the listing, small files and spans of large ones alike. No other opens a connection.

What it promises, whatever the server does: redirects end, and no token follows one to another host or out of https;
what is busy, broken off or stalled is asked again, a few times, as late as the server wants and no later than a
minute; an answer is never longer than it may be, packed or not, and never takes longer than its bytes excuse.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import field
from http.client import HTTPException, HTTPResponse
from socket import EAI_NONAME, gaierror
from ssl import SSLCertVerificationError
from threading import Lock
from time import monotonic, sleep, time
from urllib.parse import quote, urljoin, urlsplit

from moeaudit.evidence.connections import Connections, Flood, Line, Origin, origin_of
from moeaudit.later import dataclass, expression
from moeaudit.limits import (
    ATTEMPTS,
    BYTES_TOGETHER,
    ERROR_PAGE,
    GRACE,
    LONGEST_PAUSE,
    REDIRECTS,
    SECONDS_TOGETHER,
    SLOWEST,
    STALLS,
)

FIRST_PAUSE = 0.25
MOST_PAUSE = 4.0
"""Seconds before the second attempt, on average; each further one doubles them up to a most."""

OUT_OF_TIME = "is given up"
TOO_MUCH = f"sends {BYTES_TOGETHER.words()}"

REDIRECTED = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({408, 429, 500, 502, 503, 504})
PARTIAL_CONTENT = 206

PIECE = 1 << 17

SECONDS = expression(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
"""Whole ones by the standard. Whatever else a server means by it, it wants to be left alone for so long."""

QUOTED = expression(r'"[^"]*"')
SAID = expression(r"(?:^|;)\s*([rt])\s*=\s*([0-9]+)")
"""The names of limits, which may hold anything, and what is said of each: r requests left, t seconds till more."""

UNSAFE = "%/:=&?~#+!$,;'@()*[]"
"""Signs of a redirect's address that stay as they are; others are written as %XX."""


class Fault(Exception):
    """No usable answer. `attempts`: how many are worth it; 1 where asking again would not help."""

    def __init__(self, what: str, *, attempts: int = ATTEMPTS) -> None:
        super().__init__(what)
        self.what, self.attempts = what, attempts


@dataclass(frozen=True)
class Answer:
    """What a server said. Header names are in small letters; `url` is the address that gave the body.

    `cut`: there was more than was asked for, and it was not read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    cut: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked for: at most `limit` bytes, or the bytes `span` of a file (first, and first after them).

    `expected`: bytes, where they are known. `stall`: seconds of silence to bear.
    """

    url: str
    limit: int
    span: tuple[int, int] | None = None
    expected: int | None = None
    stall: float = 10.0

    @property
    def most(self) -> int:
        """Bytes of an answer that says 200: a server that ignores ranges sends a file from its start."""
        return self.limit if self.span is None else self.span[1]

    @property
    def seconds(self) -> float:
        return GRACE + (self.expected if self.expected is not None else self.limit) / SLOWEST


Check = Callable[[int, Mapping[str, str]], None]
"""Told the status and headers of every answer of the Hub itself, redirects included; raises where they are wrong."""


Take = Callable[[int], bytes]


@dataclass
class Client:
    """Everything asked about one model. `headers` go to `home` alone: its token is among them."""

    home: Origin
    headers: Mapping[str, str]
    agent: str
    seconds: float = SECONDS_TOGETHER
    connections: Connections = field(default_factory=Connections)
    begun: float = field(default_factory=monotonic)
    received: int = 0  # bytes of bodies, as they travelled
    waited: float = 0.0  # seconds until the head of the latest answer was there
    closed: dict[tuple[Origin, str], float] = field(default_factory=dict)  # until when a host wants no request
    lock: Lock = field(default_factory=Lock)

    @property
    def until(self) -> float:
        """When everything that is asked must have been answered, on the monotonic clock."""
        return self.begun + self.seconds

    def ask(self, question: Question, check: Check | None = None) -> Answer:
        """The answer, of whatever status, after as many attempts as it takes. Fault where there is none."""
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._follow(question, check)
            except Fault as fault:
                if attempt >= fault.attempts:
                    raise
                wait = 0.0
            else:
                wait = told_to_wait(answer.headers) or 0.0
                if answer.status not in BUSY or attempt == ATTEMPTS or wait > LONGEST_PAUSE:
                    return answer
            self._pause(max(wait, pause * random.uniform(0.5, 1.5)))
            pause = min(2 * pause, MOST_PAUSE)
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, question: Question, check: Check | None) -> Answer:
        """One attempt, redirects included."""
        url, until = question.url, min(self.until, monotonic() + question.seconds)
        for _ in range(REDIRECTS + 1):
            answer = self._once(url, question, until)
            if check is not None and self._at_home(url):
                check(answer.status, answer.headers)
            if answer.status not in REDIRECTED:
                return answer
            url = _next(url, answer.headers.get("location", ""))
        raise Fault(REDIRECTS.words(), attempts=1)

    def _once(self, url: str, question: Question, until: float) -> Answer:
        """One request. A kept connection that the server has left meanwhile is replaced by a new one."""
        try:
            origin = origin_of(url)
            self._wait_for(origin, url)
            with self.connections.borrowed(origin) as line:
                try:
                    return self._answer(line, url, question, until)
                except (ConnectionError, HTTPException):
                    if not line.used:
                        raise
                    line.http.close()
                    line.used = False
                    return self._answer(line, url, question, until)
        except Flood as error:
            raise Fault("sends what has no end", attempts=1) from error
        except TimeoutError as error:
            if monotonic() >= self.until:
                raise Fault(OUT_OF_TIME, attempts=1) from error
            raise Fault("timed out", attempts=STALLS) from error
        except (SSLCertVerificationError, ConnectionRefusedError) as error:
            raise Fault("could not be reached", attempts=1) from error
        except gaierror as error:  # a name that nobody knows stays so; a name server that fails may come back
            raise Fault("could not be reached", attempts=1 if error.errno == EAI_NONAME else ATTEMPTS) from error
        except (OSError, HTTPException) as error:
            raise Fault("could not be reached") from error
        except ValueError as error:
            raise Fault("could not be reached", attempts=1) from error

    def _answer(self, line: Line, url: str, question: Question, until: float) -> Answer:
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity" if question.span else "gzip"}
        if self._at_home(url):
            headers |= self.headers
        if question.span:
            headers["Range"] = f"bytes={question.span[0]}-{question.span[1] - 1}"
        line.until, line.stall = until, question.stall
        asked = monotonic()
        response = line.get(url, headers)
        self.waited = monotonic() - asked
        said = {name.lower(): value for name, value in response.getheaders()}
        body, cut = _body(response, said, question, self._taking(line, response))
        if not response.isclosed() or response.will_close:
            line.http.close()
        self._note(url, said)
        return Answer(response.status, said, body, url, cut)

    def _at_home(self, url: str) -> bool:
        return origin_of(url) == self.home

    def _wait_for(self, origin: Origin, url: str) -> None:
        """Wait where the host has said that nothing is left for now."""
        wait = self.closed.get((origin, _bucket(url)), 0.0) - monotonic()
        if wait > 0:
            self._pause(wait)

    def _pause(self, seconds: float) -> None:
        """Wait, where there is time for it."""
        if monotonic() + seconds >= self.until:
            raise Fault(OUT_OF_TIME, attempts=1)
        sleep(seconds)

    def _taking(self, line: Line, response: HTTPResponse) -> Take:
        """What gives at most so many bytes of the body next, and counts them with those of all other answers."""

        def take(size: int) -> bytes:
            line.expect(size)
            piece = response.read(size)
            with self.lock:
                self.received += len(piece)
            if self.received > BYTES_TOGETHER:
                raise Fault(TOO_MUCH, attempts=1)
            return piece

        return take

    def _note(self, url: str, headers: Mapping[str, str]) -> None:
        """What the host says about its limit, for all requests that follow."""
        wait = _window(headers.get("ratelimit", ""))
        if wait is not None and wait <= LONGEST_PAUSE:
            with self.lock:
                self.closed[origin_of(url), _bucket(url)] = monotonic() + wait


def told_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer wants to be waited for; None where it does not say."""
    after = headers.get("retry-after", "").strip()
    if SECONDS.fullmatch(after):
        return max(0.0, float(after))
    if after:
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, parsedate_to_datetime(after).timestamp() - time())
        except (ValueError, OverflowError):
            pass
    return _window(headers.get("ratelimit", ""))


def _window(text: str) -> float | None:
    """Seconds until more may be asked, where `"api";r=0;t=55` says that nothing is left: of several, the longest.

    Source: datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers, as the Hub library reads it.
    """
    limits = [dict(SAID.findall(limit)) for limit in QUOTED.sub("", text).split(",")]
    waits = [float(said["t"]) for said in limits if said.keys() == {"r", "t"} and float(said["r"]) == 0]
    return max(waits) + 1 if waits else None  # a second more: they are cut to whole ones


def _bucket(url: str) -> str:
    """The Hub counts its listings and its files apart."""
    return "api" if urlsplit(url).path.startswith("/api/") else "files"


def _next(url: str, location: str) -> str:
    """Where a redirect leads. Fault where that is nowhere, or from https to what anyone on the way can change."""
    try:
        target = urljoin(url, quote(location, safe=UNSAFE))
        origin = origin_of(target)
    except ValueError:
        origin = None
    if not location or origin is None:
        raise Fault("redirects to no address", attempts=1)
    if origin.scheme == "http" and origin_of(url).scheme == "https":
        raise Fault("redirects from https to http", attempts=1)
    return target


def _body(response: HTTPResponse, headers: Mapping[str, str], question: Question, take: Take) -> tuple[bytes, bool]:
    """The bytes of an answer, and whether there were more than asked for."""
    if response.status >= 300:
        return _read(response, ERROR_PAGE, take)
    packed = headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "", "gzip") or (packed == "gzip" and question.span):
        raise Fault("packs what it was asked to send plain", attempts=1)
    partial = response.status == PARTIAL_CONTENT and question.span is not None
    most = question.span[1] - question.span[0] if partial and question.span else question.most
    body, cut = _read(response, most, take)
    return _unpacked(body, most) if packed == "gzip" and not cut else (body, cut)


def _read(response: HTTPResponse, most: int, take: Take) -> tuple[bytes, bool]:
    """At most so many bytes, and whether there are more. Fault where the answer ends before it should."""
    stated, pieces, size = response.length, [], 0
    while size <= most and (piece := take(min(PIECE, most + 1 - size))):
        pieces.append(piece)
        size += len(piece)
    if stated is not None and size < min(stated, most):
        raise Fault("could not be reached")
    body = b"".join(pieces)
    return body[:most], size > most


def _unpacked(body: bytes, most: int) -> tuple[bytes, bool]:
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise Fault("sends what cannot be unpacked") from error
    if len(plain) <= most and not unpacker.eof:
        raise Fault("could not be reached")
    return plain[:most], len(plain) > most
