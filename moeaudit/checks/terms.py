"""What a licence allows, by its name and in words: which are open source, and terms that forbid a use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Severity
from moeaudit.checks.rule import Report
from moeaudit.checks.sentences import Sentence
from moeaudit.checks.sides import printed
from moeaudit.later import expression
from moeaudit.text import visible

LICENCE = "governance.licence"
OPEN = ("mit", "apache", "bsd", "gpl", "lgpl", "agpl", "mpl", "isc", "unlicense", "cc0")
"""Beginnings of licences that the Open Source Initiative approves, and of public-domain dedications."""
FILLING = expression(r"licen[sc]es?|version|agreement|the|model|\bv(?=\d)|许可证?|协议|[^a-z0-9.]+", re.IGNORECASE)
OPEN_SOURCE = expression(
    r"open[- ]source(?!d? (?:community|projects?|tools?|models\b(?! under)|librar|framework|data|alternativ|peers?"
    r"|baseline))|开源模型",
    re.IGNORECASE,
)
NON_COMMERCIAL = expression(
    r"non-?\s?commercial(?:,? (?:research|academic|use|purposes?|and|or)){0,3}(?: only| terms| licen[sc]e)"
    r"|(?:only|solely|licen[sc]ed) for (?:non-?\s?commercial|academic|research)(?!.{0,30}\b(?:and|or) commercial)"
    r"|(?:commercial use is|commercial use) (?:not (?:allowed|permitted)|prohibited|forbidden)"
    r"|不得(?:用于)?商|禁止商|(?:仅|只)(?:限|供|能|可)?(?:用于)?(?:非商业|学术|研究)",
    re.IGNORECASE,
)
"""Terms in words that forbid a use, whatever the licence is called."""
OF_OTHERS = expression(r"data(?:set)?s?\b|corpus|tokeni[sz]er|数据", re.IGNORECASE)
RESTRICTED = expression(r"non.?commercial|\bnc\b|research|evaluation|academic", re.IGNORECASE)
"""Names of licences that forbid a use: no reading of "open source" covers them."""


def plain(licence: str) -> str:
    """`Apache License, Version 2.0` and `apache-2.0` as one word."""
    return re.sub(r"(\.0)+$", "", FILLING.sub("", licence.lower())).replace("20", "2") if licence else ""


def licences(facts: Facts) -> Iterable[tuple[Statement, str]]:
    return ((statement, plain(str(statement.claim.value))) for statement in facts.written(LICENCE))


def forbidding(facts: Facts) -> dict[str, Sentence]:
    """The first sentence of each text that forbids a use of the model in words."""
    found: dict[str, Sentence] = {}
    for one in facts.sentences:
        if NON_COMMERCIAL.search(one.text) and not OF_OTHERS.search(one.text):
            found.setdefault(one.place.file, one)
    return found


def called_open(facts: Facts) -> Iterable[Report]:
    named = [(one, word) for one, word in licences(facts) if word]
    terms = next(iter(forbidding(facts).values()), None)
    if terms is not None and not any(RESTRICTED.search(word) for _, word in named):
        yield from _under_terms(facts, terms)
        return
    if not named or any(word.startswith(OPEN) for _, word in named):
        return
    for sentence in facts.sentences:
        if OPEN_SOURCE.search(sentence.text) and sentence.place.path is None and not sentence.denies:
            yield Report(
                f"called open source, the licence is {printed(named[0][0].claim)}",
                sentence.place,
                claimed="open source",
                derived=printed(named[0][0].claim),
                severity=Severity.WARNING if any(RESTRICTED.search(word) for _, word in named) else None,
            )
            return


def _under_terms(facts: Facts, forbidding: Sentence) -> Iterable[Report]:
    for sentence in facts.sentences:
        if OPEN_SOURCE.search(sentence.text) and sentence.place.path is None and not sentence.denies:
            terms = visible(forbidding.text.strip(), limit=60)
            yield Report(
                f"called open source, and the terms forbid a use: {terms}",
                sentence.place,
                claimed="open source",
                derived=terms,
                severity=Severity.WARNING,
            )
            return
