"""The check of a catalogue as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moeaudit import __version__
from moeaudit.reports.catalogue_result import CatalogueResult
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.reports import document
from moeaudit.reports.document.words import Words


def catalogue_document(result: CatalogueResult, presets: Mapping[str, Sequence[str]], words: Words) -> Document:
    """The same on a screen and on a page, which has a head."""
    page = result.most is not None
    return document(
        "catalogue", presets["usual"], result, words, title=words.text("catalogue.title") if page else "",
        subject=words.plain("catalogue.read", result.found.records) if page else "",
        about=(words("document.made_by", tool="moeaudit", version=__version__),) if page else (),
        maker=f"moeaudit {__version__}",
    )  # fmt: skip
