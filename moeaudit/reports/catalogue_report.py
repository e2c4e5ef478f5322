"""The check of a catalogue as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit import __version__
from moeaudit.reports.catalogue_result import CatalogueResult
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.reports import document

if TYPE_CHECKING:
    from moeaudit.reports.writers.templates import Templates


def catalogue_document(result: CatalogueResult, templates: Templates) -> Document:
    """The same on a screen and on a page, which has a head."""
    words = templates.words
    ids = templates.sections("catalogue")
    page = result.most is not None
    return document(
        "catalogue", ids, result, words, title=words.text("catalogue.title") if page else "",
        subject=words.plain("catalogue.read", result.found.records) if page else "",
        about=(words("document.made_by", tool="moeaudit", version=__version__),) if page else (),
        maker=f"moeaudit {__version__}",
    )  # fmt: skip
