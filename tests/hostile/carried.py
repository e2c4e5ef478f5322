"""PDFs and pages that claim to carry a packet."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache

from tests.hostile.case import USAGE, Case

NONE, GIVE = "no packet is embedded", "Give the JSON of this packet"


def cases() -> Iterator[Case]:
    yield from pdfs()
    yield from pages()


def pdf(*objects: bytes, root: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 2 on; object 1 is the catalogue with `root` in it. HERE in the
    trailer is where the table stands."""
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate((b"<</Type/Catalog/Pages 2 0 R" + root + b">>", *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = b"/Root 1 0 R/Size %d" % (len(places) + 1)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<<%b%b>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1, table, size, trailer.replace(b"HERE", b"%d" % len(out)), len(out),
    )  # fmt: skip


PAGES = b"<</Type/Pages/Count 0/Kids[]>>"


def stream(data: bytes, words: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), words, data)


def carrying(file: bytes, *, names: bytes = b"[(packet.json)3 0 R]", trailer: bytes = b"") -> bytes:
    """A PDF with one embedded file, which is object 4."""
    spec = b"<</Type/Filespec/F(packet.json)/UF(packet.json)/EF<</F 4 0 R>>>>"
    return pdf(PAGES, spec, file, root=b"/Names<</EmbeddedFiles<</Names%b>>>>" % names, trailer=trailer)


@cache
def squeezed(size: int, times: int = 1) -> bytes:
    """So many zeros, compressed so many times."""
    machine, data = zlib.compressobj(9), b""
    for _ in range(size // 1_000_000):
        data += machine.compress(bytes(1_000_000))
    data += machine.flush()
    for _ in range(times - 1):
        data = zlib.compress(data, 9)
    return data


def pdfs() -> Iterator[Case]:
    def of(name: str, data: bytes, said: str = GIVE) -> Case:
        return Case(
            f"pdf {name}", lambda: {"p.pdf": data}, ("packet", "--verify", "p.pdf", "--offline"), (USAGE,), said
        )

    flate = b"/Filter/FlateDecode"
    yield of("of nothing", b"%PDF-1.7\n")
    yield of("without a file", pdf(PAGES), NONE)
    yield of("with a file that is no JSON", carrying(stream(b"hello")), "is not JSON")
    yield of("with another schema", carrying(stream(b'{"schema": "x"}')), "is not the schema of a packet")
    yield of("with an empty file", carrying(stream(b"")), NONE)
    yield of("with 17 MB", carrying(stream(b" " * 17_000_000)), "more than the limit of 16,000,000")
    yield of("with 17 MB, squeezed", carrying(stream(squeezed(17_000_000), flate)), "more than the limit of 16,000,000")
    yield of("with 1 GB, squeezed", carrying(stream(squeezed(1_000_000_000), flate)))
    yield of(
        "with 1 GB, squeezed thrice",
        carrying(stream(squeezed(1_000_000_000, 3), b"/Filter[/FlateDecode/FlateDecode/FlateDecode]")),
    )
    yield of("with 2,000 filters", carrying(stream(b"x", b"/Filter[" + b"/ASCIIHexDecode" * 2_000 + b"]")))
    yield of("with a length of 10^12", carrying(b"<</Length 1000000000000>>\nstream\nx\nendstream"))
    yield of(
        "with two packets",
        pdf(
            PAGES,
            b"<</F(packet.json)/UF(packet.json)/EF<</F 4 0 R>>>>",
            stream(b"{}"),
            root=b"/Names<</EmbeddedFiles<</Names[(packet.json)3 0 R(packet.json)3 0 R]>>>>",
        ),
        "2 files called packet.json",
    )
    yield of(
        "whose names are their own parents",
        pdf(PAGES, b"<</Kids[3 0 R 3 0 R]>>", root=b"/Names<</EmbeddedFiles 3 0 R>>"),
    )
    yield of("with 50k names", carrying(stream(b"{}"), names=b"[" + b"(a)3 0 R" * 50_000 + b"]"), "50,000 files called")
    yield of(
        "with names 20k deep",
        pdf(
            PAGES,
            *(b"<</Kids[%d 0 R]>>" % (number + 4) for number in range(20_000)),
            b"<</Names[]>>",
            root=b"/Names<</EmbeddedFiles 3 0 R>>",
        ),
    )
    yield of("with a file that is itself", carrying(b"4 0 R"))
    yield of("with arrays 100k deep", pdf(PAGES, b"[" * 100_000, root=b"/Names 3 0 R"))
    yield of("with a table that is none", carrying(stream(b"{}"), trailer=b"/Prev 9"), "is not the schema of a packet")
    yield of("with a table before itself", carrying(stream(b"{}"), trailer=b"/Prev HERE"), "is not the schema")
    yield of("that is encrypted", carrying(
        stream(b"{}"), trailer=b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%b>/U<%b>>>/ID[<00><00>]"
        % (b"00" * 32, b"11" * 32)))  # fmt: skip
    yield of("cut off", carrying(stream(b"{}" * 500))[:400])
    yield of("of 15 MB of objects", b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 700_000)
    yield of("of 15 MB of nothing", b"%PDF-1.7\n" + b"%" * 15_000_000)
    yield of("of 15 MB of names", b"%PDF-1.7\n1 0 obj\n<<" + b"/A/B" * 3_700_000)
    yield of("over the limit", b"%PDF-1.7\n" + b"\n" * 16_000_000, "more than the limit of 16,000,000")


def pages() -> Iterator[Case]:
    def of(name: str, text: str, said: str = GIVE) -> Case:
        page = "<!DOCTYPE html>\n<html>\n" + text
        return Case(f"page {name}", lambda: {"p.html": page}, ("packet", "--verify", "p.html", "--offline"), (USAGE,),
                    said)  # fmt: skip

    begin = '<script type="application/json" id="packet">'
    yield of("without a packet", "<p>hello</p>", NONE)
    yield of("with one in an attribute", f"<p title='{begin[:-1]}'>", NONE)
    yield of("with another id", '<script id="packets">{}</script><script data-id="packet">{}</script>', NONE)
    yield of("with no JSON", f"{begin}hello</script>", "p.html: packet.json:1:1")
    yield of("with two", f"{begin}{{}}</script>" * 2, "2 packets are embedded")
    yield of("with 400k", f"{begin}{{}}</script>" * 250_000, "250,000 packets are embedded")
    yield of("of a million beginnings", "<script " * 1_900_000, NONE)
    yield of("of spaces", "<script" + " id=" * 3_900_000, NONE)
    yield of("without an end", begin + "[" * 15_000_000, "packet.json")
    yield of("of backslashes", begin + "\\" * 15_000_000, "packet.json")
    yield of("of escapes", begin + '{"a": "' + "\\u003c" * 2_500_000 + '"}</script>', "is not the schema of a packet")
    yield of("in other bytes", begin + "\udcff{}</script>", "not UTF-8")
    yield Case("page in words alone", lambda: {"p.md": "# Audit packet: x\n"}, ("packet", "--verify", "p.md"), (USAGE,),
               GIVE)  # fmt: skip
