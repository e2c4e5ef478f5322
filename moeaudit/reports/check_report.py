"""A check as a document: on a screen, and on a page that stands by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moeaudit import __version__
from moeaudit.reports.check_result import CheckResult, named, severities
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.reports import document
from moeaudit.reports.document.words import Words

MAKER = f"moeaudit {__version__}"


def on_screen(result: CheckResult, presets: Mapping[str, Sequence[str]], words: Words) -> Document:
    """What a person sees who has just typed the command: findings and one line of tallies, or what was asked for."""
    return document("check", presets[preset(result, "usual")], result, words, maker=MAKER)


def on_page(result: CheckResult, presets: Mapping[str, Sequence[str]], words: Words) -> Document:
    """What stands by itself: with a head, with what was checked, and with what it is held against."""
    names = [named(audit, words) for audit in result.audits]
    subject = names[0] if len(names) == 1 else words.plain("check.models", len(names))
    return document(
        "check", presets[preset(result, "page")], result, words,
        title=words.text("check.title"), subject=subject,
        about=(severities(result.counts, words), words("document.made_by", tool="moeaudit", version=__version__)),
        maker=MAKER,
    )  # fmt: skip


def preset(result: CheckResult, usual: str) -> str:
    """Which order of sections: all there are, findings alone, or what is usual there."""
    return "full" if result.shown.all else "quiet" if result.shown.quiet else usual
