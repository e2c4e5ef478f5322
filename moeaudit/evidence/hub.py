"""A model on the Hub, or on a mirror that speaks its protocol (HF_ENDPOINT), through the Hub library."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from huggingface_hub import HfApi, constants, get_token, hf_hub_download
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported, though not in a way mypy sees
    build_hf_headers,
    disable_progress_bars,
    hf_raise_for_status,
    http_stream_backoff,
)
from huggingface_hub.utils import (
    logging as hub_logging,
)

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.cache import COMMIT, cache_folder, write_reference
from moeaudit.evidence.files import check_size, read_whole
from moeaudit.evidence.hub_errors import Unreachable, translated
from moeaudit.evidence.model import ModelRef, Source
from moeaudit.evidence.repo import Listing

RETRIES = 2
"""Further attempts at a span of a file that met a busy server or a dropped connection."""

PARTIAL_CONTENT = 206
OUT_OF_RANGE = 416
"""HTTP statuses of a span, and of one that begins after the file's end."""


class HubRepo:
    """One commit of one repo. The revision is resolved once, on opening; everything after is asked of that commit."""

    partial = False
    pointers: Collection[str] = ()

    def __init__(self, model: str, revision: str | None) -> None:
        hub_logging.set_verbosity(logging.ERROR)  # warnings would stand beside the one line that says what is wrong
        disable_progress_bars()
        self.endpoint = (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
        self.place = Place(f"{model}@{revision}" if revision else model)
        with self.translate():
            info = HfApi(endpoint=self.endpoint, token=get_token()).model_info(
                model, revision=revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
            commit, siblings = info.sha, info.siblings or []
            self.listing: Listing = {file.rfilename: file.size for file in siblings}
        if commit is None or COMMIT.fullmatch(commit) is None:
            raise NoEvidence(f"{self.endpoint} does not say which commit it serves", place=self.place,
                             hint="Check that HF_ENDPOINT names a Hub.")
        self.model = ModelRef(model, Source.HUB, revision, commit)
        self.commit = commit
        self._served_from: dict[str, str] = {}  # file: the URL it was redirected to

    def holds_weights(self) -> bool:
        return True

    def origin(self, file: str) -> str:
        return f"{self.endpoint}/{self.model.id}/resolve/{self.commit}/{quote(file)}"

    def read(self, file: str, limit: int) -> bytes:
        """A small file, kept in the Hub's cache under its commit."""
        check_size(self.listing[file] or 0, limit, file)
        with self.translate(file):
            path = hf_hub_download(self.model.id, file, revision=self.commit, endpoint=self.endpoint, token=get_token(),
                                   cache_dir=cache_folder())
        write_reference(self.model.id, self.model.revision or "main", self.commit)
        return read_whole(Path(path), limit, name=file)

    def read_span(self, file: str, start: int, length: int) -> bytes:
        """Bytes of a file by a range request. A server that ignores the range is read up to the end of the span."""
        for attempt in range(RETRIES):
            try:
                return self._read_span(file, start, length)
            except Unreachable:
                time.sleep(attempt)
        return self._read_span(file, start, length)

    def _read_span(self, file: str, start: int, length: int) -> bytes:
        """One attempt. The library's own repetition ends where the answer begins, so dropped ones are left to us."""
        if length == 0:
            return b""
        url = self._served_from.get(file, self.origin(file))
        own = urlsplit(url).netloc == urlsplit(self.endpoint).netloc
        headers = build_hf_headers(token=get_token() if own else False, headers={
            "Range": f"bytes={start}-{start + length - 1}", "Accept-Encoding": "identity"})
        with self.translate(file), http_stream_backoff("GET", url, headers=headers, max_retries=RETRIES,
                                                       retry_on_exceptions=(),
                                                       timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT) as response:
            if response.status_code == OUT_OF_RANGE:
                return b""
            hf_raise_for_status(response)
            self._served_from[file] = str(response.url)
            skip = 0 if response.status_code == PARTIAL_CONTENT else start
            span = bytearray()
            for chunk in response.iter_raw():
                span += chunk
                if len(span) >= skip + length:
                    break
        return bytes(span[skip:skip + length])

    @contextmanager
    def translate(self, file: str = "") -> Iterator[None]:
        with translated(self.place, self.endpoint, file):
            yield
