"""Words of the ledger: denominators, components, what counts rest on, types of stored tensors, families."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeaudit.reports.topics.topic import Topic


def denominators() -> Iterator[Topic]:
    from moeaudit.ledger.denominators import DENOMINATORS

    for d in DENOMINATORS.values():
        yield Topic(
            d.id,
            "denominator",
            d.definition,
            (("formula", d.formula), ("read it for", d.read_for), ("known uses", "; ".join(d.known))),
        )


def components() -> Iterator[Topic]:
    from moeaudit.ledger.denominators import DENOMINATORS
    from moeaudit.vocabulary import COMPONENT_TEXT

    for component, text in COMPONENT_TEXT.items():
        named = [d.id for d in DENOMINATORS.values() if component.value in re.findall(r"\w+", d.formula)]
        yield Topic(component.value, "component", text, (("named in the formula of", ", ".join(named)),))


def bases() -> Iterator[Topic]:
    from moeaudit.vocabulary import BASIS_TEXT

    words = ", ".join(basis.value for basis in BASIS_TEXT)
    yield Topic(
        "basis",
        "basis",
        f"What a count rests on, best first: {words}. A sum has the weakest basis of its lines.",
        tuple((basis.value, text) for basis, text in BASIS_TEXT.items()),
    )
    for basis, text in BASIS_TEXT.items():
        yield Topic(basis.value, "basis", text)
    yield Topic(
        "settled",
        "basis",
        "A count of which the evidence leaves nothing open. Only such a count is held against a claim as proof.",
        (
            ("open", "parameters that are doubted, or that stand beside the count and are not understood"),
            ("way out", "a deeper reading (--depth), complete files, or a storage format that is understood"),
        ),
    )


def encodings() -> Iterator[Topic]:
    """Types of stored elements, as the files' headers name them."""
    from moeaudit.evidence.dtypes import DTYPE_BITS, GGML_BLOCKS

    for name, bits in DTYPE_BITS.items():
        yield Topic(name, "type", f"A type of stored elements in safetensors files: {bits} bits each.")
    for name, block in GGML_BLOCKS.items():
        said = f"{block.elements} elements and their scales in {block.bytes} bytes, {block.bits:g} bits each"
        yield Topic(name, "type", f"A quantised type of GGUF files: {said}.")


def families() -> Iterator[Topic]:
    """Model types, each with what its reader says of the family."""
    from inspect import getdoc

    from moeaudit.architecture.catalogue import TYPES
    from moeaudit.architecture.families.registry import reader_of

    for row in TYPES:
        told = (getdoc(reader_of(row)) or "").split("\n\n")[0]
        text = " ".join(told.split())
        yield Topic(
            row.name,
            "family",
            text,
            (
                ("saved by", ", ".join(row.classes)),
                ("its language model alone", row.text),
                ("more", "docs/families.md"),
            ),
        )
