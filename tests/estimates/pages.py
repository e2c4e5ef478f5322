"""Estimates of public models, and their report as text on one line, whatever the medium breaks and escapes."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from moeaudit.checks.settlement import Settlement
from moeaudit.costs.estimate import Estimate, TrainingRun, estimate
from moeaudit.costs.fleet import Fleet, Workload, short_fleet
from moeaudit.costs.layout import Layout
from moeaudit.reports.document.document import Document
from moeaudit.reports.estimate import FULL, USUAL, Estimated, estimate_document
from moeaudit.reports.writers import html as html_writer
from moeaudit.reports.writers import markdown as markdown_writer
from moeaudit.reports.writers.media import in_terminal
from moeaudit.reports.writers.templates import Templates
from tools.calibration.models import served

TEMPLATES = Templates()
WITHIN = re.compile(r"</?(?:span|b|code|q|a|bdi)\b[^>]*>")
TAG = re.compile(r"<(?:style|script)>.*?</(?:style|script)>|<[^>]*>", re.DOTALL)


KNOWN: dict[str, Estimate] = {}


def found(model: str, fleet: Fleet, run: TrainingRun | None = None) -> Estimate:
    """The estimate, worked out once."""
    key = repr((model, fleet, run))
    if key not in KNOWN:
        KNOWN[key] = estimate(served(model), fleet, run)
    return KNOWN[key]


def of(gpus: str, layout: Layout | None = None, engine: str = "vllm", **work: int) -> Fleet:
    """A fleet in its short form, for some work."""
    fleet = replace(short_fleet(gpus, engine_name=engine), layout=layout)
    return replace(fleet, workload=Workload(**work)) if work else fleet


def document_of(one: Estimate, preset: str = USUAL, rests_on: Settlement | None = None) -> Document:
    return estimate_document(Estimated(one, rests_on), TEMPLATES.sections("estimate", preset), TEMPLATES.words)


def drawn(one: Estimate, preset: str = USUAL, medium: str = "text", rests_on: Settlement | None = None) -> str:
    """The report as a medium has it."""
    result, document = Estimated(one, rests_on), document_of(one, preset, rests_on)
    if medium == "html":
        return html_writer.render(document, TEMPLATES, result)
    return markdown_writer.render(document, TEMPLATES, result) if medium == "markdown" else in_terminal(document)


def said(one: Estimate, preset: str = USUAL, medium: str = "text", rests_on: Settlement | None = None) -> str:
    """The words of the report alone, on one line."""
    text = drawn(one, preset, medium, rests_on)
    if medium == "html":
        text = html.unescape(TAG.sub(" ", WITHIN.sub("", text)))
    if medium == "markdown":
        text = re.sub(r"\\(.)", r"\1", text.replace("<br>", " ").replace("<!-- -->", ""))
        text = html.unescape(text).replace("`", "").replace("**", "").replace("|", " ")
    return " ".join(text.split())


__all__ = ["FULL", "TEMPLATES", "USUAL", "document_of", "drawn", "found", "of", "said"]
