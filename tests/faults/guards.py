"""Every guard of the network, how it is turned off, and the rows of the matrix that then no longer come as they should.

A guard is turned off by compiling its module anew with one place changed, and giving the functions that are already
there the changed code: whoever holds them has the guard no more.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType


@dataclass(frozen=True)
class Guard:
    """`was` becomes `becomes` in the source of `moeaudit.evidence.MODULE`; each of `rows` must then fail.

    `sent`: bytes after which what has no end ends, so that a test without the guard does. `also`: further changes,
    where what is meant is guarded more than once.
    """

    what: str
    module: str
    was: str
    becomes: str
    rows: tuple[str, ...]
    sent: int = 60_000_000
    also: tuple[tuple[str, str], ...] = ()


GUARDS = (
    Guard("busy answers are asked again", "request", "answer.status not in BUSY", "True", ("busy-503-once@listing",)),
    Guard("what breaks off is asked again", "request", "if attempt >= fault.attempts:", "if True:",
          ("drop-once@listing", "cut-once@listing", "stall-once@header")),
    Guard("a wait is bounded", "request", "wait > LONGEST_PAUSE", "False", ("wait-day@listing", "wait-503@header")),
    Guard("a wait is obeyed", "request", "max(wait, pause * random.uniform(0.5, 1.5))", "0.0",
          ("wait-beyond@listing",)),
    Guard("there is no time to wait", "request", "if monotonic() + seconds >= self.until:", "if False:",
          ("wait-beyond@header",)),
    Guard("all together have an end", "request", "min(self.until, monotonic() + question.seconds)",
          "monotonic() + question.seconds / 300", ("stall-all@everything", "drip-all@everything"),
          also=(("if monotonic() >= self.until:", "if False:"),
                ("if monotonic() + seconds >= self.until:", "if False:"))),
    Guard("all bytes together have a most", "request", "if self.received > BYTES_TOGETHER:", "if False:",
          ("budget@everything",)),
    Guard("an answer that drips has an end", "connections", "if left <= 0:", "if False:", ("drip-body@config",),
          also=(("return min(self.stall, left)", "return self.stall"),)),
    Guard("silence has an end", "connections", "return min(self.stall, left)", "return left", ("stall-silence@index",)),
    Guard("a name server is waited for no longer", "connections", "asking.join(seconds)", "asking.join()",
          ("name-silent@everything",)),
    Guard("redirects have an end", "request", "range(REDIRECTS + 1)", "range(60)", ("goes-circle@listing",)),
    Guard("no way from https to http", "request", 'if origin.scheme == "http" and origin_of(url).scheme == "https":',
          "if False:", ("tls-to-http-config@config",)),
    Guard("a token goes home only", "request", "return origin_of(url) == self.home", "return True",
          ("goes-elsewhere@config", "goes-port-next@redirect", "busy-503-once@storage")),
    Guard("a token goes to its own port only", "request", "return origin_of(url) == self.home",
          "return origin_of(url).host == self.home.host", ("goes-port-next@config",)),
    Guard("only web addresses", "connections", "if parts.scheme not in PORTS or not parts.hostname:", "if False:",
          ("goes-file@config",)),
    Guard("an answer has a most", "request", "while size <= most and", "while",
          ("endless-zeros@listing", "endless-json@config"), also=(("min(PIECE, most + 1 - size)", "PIECE"),)),
    Guard("what unpacks has a most", "request", "unpacker.decompress(body, most + 1)", "unpacker.decompress(body)",
          ("bomb@listing",)),
    Guard("what ties an answer together has a most", "connections", "if self.line.room < 0:", "if False:",
          ("endless-continue@listing", "endless-trailers@config"), 1_000_000),
    Guard("a listing has a most of values", "listing", "> LISTING_SIGNS", "< 0", ("list-many-values@listing",)),
    Guard("a listing is a listing", "listing", "if not isinstance(siblings, list):", "if False:",
          ("list-siblings-null@listing",)),
    Guard("names are text", "listing", 'not isinstance(entry.get("rfilename"), str)', "False",
          ("list-names-are-numbers@listing",)),
    Guard("sizes are sizes", "listing", "if size is not None and (type(size) is not int or size < 0):", "if False:",
          ("list-sizes-are-text@listing", "list-sizes-are-negative@listing")),
    Guard("a commit is a commit", "listing", "commit if commit and COMMIT.fullmatch(commit) else None", "commit",
          ("list-sha-is-a-path@listing",)),
    Guard("nesting has an end", "listing", "except RecursionError:", "except ZeroDivisionError:",
          ("list-deep@listing",)),
    Guard("digests are digests", "listing", "isinstance(digest, str) and DIGEST.fullmatch(digest)", "digest",
          ("list-digests-are-paths@listing",)),
    Guard("a small file is the one that is listed", "hub", "if answer.cut or not self._is(answer.body, listed):",
          "if False:", ("other-bytes@config", "other-bytes@card", "cut-unstated@index")),
    Guard("a page is no file", "hub", "if listed.digest is None and is_page(answer):", "if False:",
          ("page-undigested-config@config",)),
    Guard("a page is no span", "hub", "        if is_page(answer):", "        if False:", ("span-page-206@header",)),
    Guard("one commit", "hub", 'headers.get("x-repo-commit", self.commit) != self.commit', "False",
          ("says-commit@config", "push-mixed@listing", "says-commit@redirect")),
    Guard("the digest of the redirect", "hub", "DIGEST.fullmatch(said) and said != digest", "False",
          ("says-linked-digest@redirect",)),
    Guard("a span is the one that was asked for", "hub", 'or int(said["first"]) != start', "",
          ("span-from-0@rest", "span-elsewhere@header"),
          also=(('or len(answer.body) != int(said["last"]) - start + 1', ""),)),
    Guard("a span is as long as it says", "hub", 'or len(answer.body) != int(said["last"]) - start + 1', "",
          ("span-empty@header",)),
    Guard("a span is of the listed file", "hub", 'if said["size"] != "*" and size is not None and', "if False and",
          ("span-size@storage",)),
    Guard("a whole file is of its listed length", "hub", 'answer.headers.get("content-length") != str(size)', "False",
          ("span-200-unstated@header", "endless-zeros@storage")),
    Guard("a span is all of it", "hub", "if size is not None and len(span) < min(length, size - start):", "if False:",
          ("span-short@header",)),
    Guard("a cached file is the one that is listed", "hub", "if kept is not None and self._is(kept, listed):",
          "if kept is not None:", ("cache-blobs-cut@repeat", "cache-blobs-of-other-bytes@repeat")),
    Guard("a cached link stays in the cache", "cache", "if path.resolve().is_relative_to(self.cache.resolve()):",
          "if True:", ("cache-links-lead-to-another-config@repeat",)),
    Guard("a damaged blob is replaced", "cache", "if not _holds(blob, data):", "if not blob.is_file():",
          ("cache-blobs-of-other-bytes@repeat",)),
    Guard("a table's own digest holds", "header_cache", "return body if head == _head(body) else None", "return body",
          ("cache-headers-of-another-type@repeat",)),
    Guard("a token is no header", "hub_settings", 'not token.isascii() or not token.isprintable() or " " in token',
          "False", ("env-token-injects@everything", "env-token-unicode@everything")),
    Guard("an endpoint is an address", "hub_settings", "origin is None or parts.query or parts.fragment",
          "origin is None", ("env-endpoint-query@everything",)),
    Guard("a password is not shown", "hub_settings", "parts.netloc.rpartition('@')[2]", "parts.netloc",
          ("env-password@everything",)),
    Guard("timeouts of the environment are numbers", "hub_settings",
          "return wanted if 0 < wanted <= LONGEST_SILENCE else SILENCE", "return wanted",
          ("env-timeout--1@everything", "env-timeout-0@everything")),
)  # fmt: skip


@contextmanager
def without(guard: Guard) -> Iterator[None]:
    """Run what follows without a guard. AssertionError where the source no longer has it in this form, just once."""
    module = importlib.import_module(f"moeaudit.evidence.{guard.module}")
    file = module.__file__
    assert file is not None
    source = Path(file).read_text()
    for was, becomes in ((guard.was, guard.becomes), *guard.also):
        assert source.count(was) == 1, f"{guard.module}.py: {was}"
        source = source.replace(was, becomes)
    changed = dict(_codes(compile(source, file, "exec")))
    functions = {name: function for name, function in _functions(module) if name in changed}
    kept = {name: function.__code__ for name, function in functions.items()}
    try:
        for name, function in functions.items():
            if not function.__code__.co_freevars:
                function.__code__ = changed[name]
        yield
    finally:
        for name, function in functions.items():
            function.__code__ = kept[name]


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner.co_qualname, inner
            yield from _codes(inner)


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """The functions of a module and the methods of its classes, by their qualified names."""
    for value in vars(module).values():
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            yield value.__qualname__, inspect.unwrap(value)
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for found in vars(value).values():
                method = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
                if isinstance(method, FunctionType) and method.__code__.co_filename == module.__file__:
                    yield method.__qualname__, method
