"""A packet's JSON out of whatever carries it: the JSON itself, an HTML page, a PDF."""

from __future__ import annotations

import re
from functools import cache

from moeaudit.errors import Place, UsageError
from moeaudit.limits import PACKET_BYTES
from moeaudit.reports.packet.formats import TWIN
from moeaudit.reports.writers.attached import original

BEGINNING = 1024
"""Bytes within which a PDF and a page say what they are."""

GIVE = "Give the JSON of this packet."


@cache
def page() -> re.Pattern[bytes]:
    """How a page begins."""
    return re.compile(rb"(?i)<!doctype\s+html|<html\b")


@cache
def embedded() -> re.Pattern[bytes]:
    """What `inert` wrote holds no `<`, so the text ends where the element does."""
    named = rb"""(?:packet|'packet'|"packet")(?=[\s>])"""
    return re.compile(rb"(?i)<script\b[^<>]{0,200}?\sid=" + named + rb"[^<>]{0,200}>([^<]*)")


def packet_json(data: bytes, file: str) -> tuple[bytes, bool]:
    """The JSON, and whether it was taken out of a page. UsageError where there is none."""
    head = data[:BEGINNING]
    if b"%PDF-" in head:
        return of_pdf(data, file), True
    if page().search(head):
        return of_page(data, file), True
    if not is_json(data):
        raise UsageError("no packet is in this file: PDF, HTML and JSON hold one", place=Place(file), hint=GIVE)
    return data, False


def is_json(data: bytes) -> bool:
    """Whether it wants to be: what is no text at all is left to the reader of JSON, which says what it is."""
    try:
        text = data.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        return True
    return not text or text[0] in "{["


def of_page(data: bytes, file: str) -> bytes:
    found = embedded().findall(data)
    if not found:
        raise UsageError("no packet is embedded in this page", place=Place(file), hint=GIVE)
    if len(found) > 1:
        raise UsageError(f"{len(found):,} packets are embedded in this page", place=Place(file), hint=GIVE)
    try:
        return original(found[0].decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError("the packet embedded in this page is not UTF-8 text", place=Place(file), hint=GIVE) from None


def of_pdf(data: bytes, file: str) -> bytes:
    """By pypdf, in a process apart: a PDF of others is a graph that its reader follows."""
    from importlib.util import find_spec

    from moeaudit.reports.writers.apart import Inside, taken_apart

    if find_spec("pypdf") is None:
        raise UsageError(
            "reading a packet out of a PDF needs pypdf, which is not installed",
            place=Place(file), hint=f"Install it with: pip install 'moeaudit[pdf]'. Or: {GIVE}",
        )  # fmt: skip
    found = taken_apart(Inside(data, TWIN), file)
    if not found:
        raise UsageError("no packet is embedded in this PDF", place=Place(file), hint=GIVE)
    if len(found) > PACKET_BYTES:
        raise UsageError(f"the packet in it holds {len(found):,} {PACKET_BYTES.words()}", place=Place(file))
    return found
