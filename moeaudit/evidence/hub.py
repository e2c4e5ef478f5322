"""A model on the Hub, or on a mirror that speaks its protocol (HF_ENDPOINT).

The listing is asked for first: it pins the commit and tells sizes and digests, so nothing else needs a question of its
own. What comes after is held against it: the commit, the digest of a small file, the place of a span.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import NoReturn
from urllib.parse import quote

from moeaudit import __version__
from moeaudit.errors import NoEvidence, Place, Transient
from moeaudit.evidence.cache import Storage, digest_of, is_switched_off
from moeaudit.evidence.connections import PER_HOST
from moeaudit.evidence.files import check_size
from moeaudit.evidence.header_cache import Tables
from moeaudit.evidence.hub_errors import Errors
from moeaudit.evidence.hub_settings import endpoint, seconds, together, token
from moeaudit.evidence.listing import DIGEST, Listed, RepoListing, TooLarge, read_listing
from moeaudit.evidence.model import ModelRef, Source
from moeaudit.evidence.repo import Listing
from moeaudit.evidence.request import PARTIAL_CONTENT, Answer, Check, Client, Fault, Question
from moeaudit.later import expression
from moeaudit.limits import LISTING_BYTES

BRISK = 0.01
"""Seconds. Where the listing begins to come sooner, the processor decides how long the rest takes, not the network."""

FEW = 4
"""Requests in flight then: more would only take turns at it."""

OK = 200
OUT_OF_RANGE = 416
"""HTTP status of a span that begins after the file's end."""

GONE = frozenset({401, 403, 404, 410})
"""Statuses of a storage address that holds no longer; the Hub gives a new one."""

CONTENT_RANGE = expression(r"bytes (?P<first>\d{1,18})-(?P<last>\d{1,18})/(?P<size>\d{1,18}|\*)", re.ASCII)


class HubRepo:
    """One commit of one repo. The revision is resolved once, on opening; everything after is asked of that commit."""

    partial = False
    pointers: Collection[str] = ()
    absent: Collection[str] = ()
    in_flight = 2 * PER_HOST

    def __init__(self, model: str, revision: str | None) -> None:
        self.endpoint, known = endpoint(), token()
        place = Place(f"{model}@{revision}" if revision else model)
        self.errors = Errors(place, self.endpoint.shown, known is not None, together())
        secret = {"Authorization": f"Bearer {known}"} if known else self.endpoint.authorization
        agent = f"moeaudit/{__version__}; python/{sys.version_info.major}.{sys.version_info.minor}"
        self.client = Client(self.endpoint.origin, secret, agent, together())
        listing = self._listing(model, revision)
        self.at_first = FEW if self.client.waited < BRISK else self.in_flight
        self.files: Mapping[str, Listed] = listing.files
        self.listing: Listing = {name: file.size for name, file in listing.files.items()}
        if listing.commit is None:
            raise NoEvidence(
                f"{self.endpoint.shown} does not say which commit it serves",
                place=place,
                hint="Check that HF_ENDPOINT names a Hub.",
            )
        self.model = ModelRef(model, Source.HUB, revision, listing.commit)
        self.commit = listing.commit
        self.doubtful = listing.gated and known is None
        self.storage = None if is_switched_off() else Storage(model)
        self.tables = Tables.of(self.storage.own, self.endpoint.shown) if self.storage else None
        self._stored_at: dict[str, str] = {}  # file: the address it was redirected to
        self._fetched: dict[str, bytes] = {}  # small files to be kept

    def holds(self, files: Iterable[str]) -> bool:
        return True

    def holds_weights(self) -> bool:
        return True

    def digest(self, file: str) -> str | None:
        return self.files[file].digest if file in self.files else None

    def origin(self, file: str) -> str:
        return f"{self.endpoint.shown}/{self.model.id}/resolve/{self.commit}/{quote(file)}"

    def keep(self, *, complete: bool) -> None:
        """Keep the small files that were had whole and, where nothing is lacking, what the listing says."""
        if self.storage is None or self.tables is None:
            return
        fetched, self._fetched = self._fetched, {}
        for file, data in fetched.items():
            self.storage.write(self.commit, file, data, self.files[file].digest)
        if fetched or complete:
            self.storage.note(self.model.revision, self.commit)
        if complete:
            self.tables.keep_listing(self.commit, self.files)

    def read(self, file: str, limit: int) -> bytes:
        """A small file, from the Hub's cache where it is kept under this commit."""
        listed = self.files[file]
        check_size(listed.size or 0, limit, file)
        kept = self.storage.read(self.commit, file, limit) if self.storage else None
        if kept is not None and self._is(kept, listed):
            return kept
        data = self._whole(file, listed, limit)
        if self.storage is not None:
            self._fetched[file] = data
        return data

    def read_span(self, file: str, start: int, length: int) -> bytes:
        """Bytes of a file by a range request, fewer where it ends before: none, and nothing is asked, of what is listed
        as behind its end. A server that ignores the range is read up to the end of the span."""
        size = self.files[file].size
        if length == 0 or (size is not None and start >= size):
            return b""
        stored = self._stored_at.get(file)
        if stored is not None:
            answer = self._span(stored, file, start, length)
            if answer.status not in GONE:
                return self._of_span(answer, file, start, length)
        return self._of_span(self._span(self._address(file), file, start, length), file, start, length)

    def _listing(self, model: str, revision: str | None) -> RepoListing:
        at = "" if revision is None else f"/revision/{quote(revision, safe='')}"
        answer = self._ask(
            Question(
                f"{self.endpoint.url}/api/models/{model}{at}?blobs=true",
                LISTING_BYTES,
                expected=0,
                stall=seconds("HF_HUB_ETAG_TIMEOUT"),
            )
        )
        if answer.status != OK:
            raise self.errors.refused(answer)
        try:
            if answer.cut:
                raise TooLarge(f"sends a listing of {LISTING_BYTES.words()}")
            return read_listing(answer.body)
        except TooLarge as error:
            raise self.errors.not_a_hub(str(error)) from None
        except ValueError:
            raise self.errors.not_a_hub() from None

    def _whole(self, file: str, listed: Listed, limit: int) -> bytes:
        """A small file as the listing says it is."""
        most = limit if listed.size is None else listed.size
        answer = self._ask(
            Question(self._address(file), most, expected=most, stall=seconds("HF_HUB_DOWNLOAD_TIMEOUT")),
            self._check(file),
        )
        if answer.status != OK:
            raise self.errors.refused(answer, file)
        if answer.cut and listed.size is None:
            check_size(limit + 1, limit, file)
        if listed.digest is None and is_page(answer):
            raise self.errors.not_a_hub(f"answers with a page instead of {file}")
        if answer.cut or not self._is(answer.body, listed):
            self._fail(f"sends another {file} than it lists")
        return answer.body

    def _span(self, url: str, file: str, start: int, length: int) -> Answer:
        return self._ask(
            Question(url, length, (start, start + length), expected=length, stall=seconds("HF_HUB_DOWNLOAD_TIMEOUT")),
            self._check(file),
        )

    def _of_span(self, answer: Answer, file: str, start: int, length: int) -> bytes:
        """The bytes of a span, once it is sure that they are those."""
        size = self.files[file].size
        if is_page(answer):
            raise self.errors.not_a_hub(f"answers with a page instead of {file}")
        if answer.status == OUT_OF_RANGE and size is None:
            return b""
        if answer.status == OK:
            if size is not None and answer.headers.get("content-length") != str(size):
                self._fail(f"sends another {file} than it lists")
            span = answer.body[start : start + length]
        elif answer.status == PARTIAL_CONTENT:
            said = CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
            if (
                said is None
                or int(said["first"]) != start
                or answer.cut
                or len(answer.body) != int(said["last"]) - start + 1
            ):
                self._fail("answers with another span than it was asked for")
            if said["size"] != "*" and size is not None and int(said["size"]) != size:
                self._fail(f"sends another {file} than it lists")
            span = answer.body
        elif answer.status >= 400:
            raise self.errors.refused(answer, file)
        else:
            raise self.errors.not_a_hub(f"answers a range request with status {answer.status}")
        if size is not None and len(span) < min(length, size - start):
            self._fail(f"sends another {file} than it lists")
        self._stored_at[file] = answer.url
        return span

    def _ask(self, question: Question, check: Check | None = None) -> Answer:
        try:
            return self.client.ask(question, check)
        except Fault as fault:
            raise self.errors.no_answer(fault) from fault

    def _check(self, file: str) -> Check:
        """The commit and the digest that the Hub says with a file, or with the redirect to it, are those it listed."""
        digest = self.files[file].digest

        def check(status: int, headers: Mapping[str, str]) -> None:
            if status >= 400:
                return
            if headers.get("x-repo-commit", self.commit) != self.commit:
                self._fail("answers from another commit than it was asked for")
            said = headers.get("x-linked-etag", "").removeprefix("W/").strip('"')
            if digest and len(said) == len(digest) and DIGEST.fullmatch(said) and said != digest:
                self._fail(f"sends another {file} than it lists")

        return check

    def _fail(self, what: str) -> NoReturn:
        raise Transient(
            f"{self.endpoint.shown} {what}",
            place=self.errors.place,
            hint="Try again; if it stays so, do not trust this server.",
        )

    def _is(self, data: bytes, listed: Listed) -> bool:
        """Whether these bytes are the file that is listed, as far as the listing tells."""
        if listed.size is not None and len(data) != listed.size:
            return False
        return listed.digest is None or digest_of(data, lfs=_is_sha256(listed.digest)) == listed.digest

    def _address(self, file: str) -> str:
        return f"{self.endpoint.url}/{self.model.id}/resolve/{self.commit}/{quote(file)}"


def is_page(answer: Answer) -> bool:
    """Whether a server sends what a browser is to show, such as the login of a network, for a file of a repo."""
    return answer.status < 400 and answer.headers.get("content-type", "").lower().startswith("text/html")


def _is_sha256(digest: str | None) -> bool:
    return digest is not None and len(digest) == 64
