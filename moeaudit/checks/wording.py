"""Words that say more than the architecture does (S06, S07), and characters that show something else than is
written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from moeaudit.checks.amounts import bits_named
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Report, Rule
from moeaudit.errors import Place
from moeaudit.evidence.hidden import hidden_characters
from moeaudit.later import expression
from moeaudit.text import visible

FAMILY = "wording"
_SPARSE = r"(?:spars\w+|mixture[- ]of[- ]experts|\bMoE\b|expert routing|experts architecture|稀疏|混合专家)"


def _said(*patterns: str, unless: str = "") -> Callable[[Facts], Iterable[Report]]:
    """Sentences in which any of the patterns stands, unless they deny it or are excused."""
    compiled = [expression(words, re.IGNORECASE) for words in patterns]
    excused = expression(unless, re.IGNORECASE) if unless else None

    def check(facts: Facts) -> Iterable[Report]:
        for sentence in facts.sentences:
            found = next((match for pattern in compiled if (match := pattern.search(sentence.text))), None)
            if found is not None and not sentence.denies and not (excused and excused.search(sentence.text)):
                yield Report(
                    f'"{visible(found[0].strip(), limit=120)}"',
                    sentence.spot(found.start()),
                    claimed=visible(sentence.text, limit=160),
                )

    return check


_FITS = expression(
    r"\bfits? (?:on|in|into|within)\b(?! (?:the|a|an|our|your)? ?(?:context|window|prompt|budget|category))[^.;]{0,40}"
    r"(?:GPUs?|card|device|laptop|memory|VRAM|node|[AH]\d{2,3}|RTX|\d\s?Gi?B)|单卡(?:即可|就能)",
    re.IGNORECASE,
)


def _fits(facts: Facts) -> Iterable[Report]:
    for sentence in facts.sentences:
        found = _FITS.search(sentence.text)
        if found and not bits_named(sentence.text) and not sentence.denies:
            yield Report(
                f'"{visible(found[0], limit=100)}": in which precision is not said',
                sentence.spot(found.start()),
                claimed=visible(sentence.text, limit=160),
            )


def _hidden(facts: Facts) -> Iterable[Report]:
    for file, text in facts.texts.items():
        found = list(hidden_characters(text))
        if found:
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            yield Report(
                f"the text holds a {found[0].name}{more}",
                Place(file, found[0].line, found[0].column),
                claimed=found[0].name,
            )
    for statement in facts.statements:
        marks = list(hidden_characters(f"{statement.claim.value} {statement.claim.quote} {statement.claim.note}"))
        if marks and statement.claim.location.file not in facts.texts:
            yield Report(f"the claim holds a {marks[0].name}", statement.claim.location, claimed=marks[0].name)


def _front_matter(facts: Facts) -> Iterable[Report]:
    for card in facts.cards:
        problem = card.front_matter.problem
        if problem is not None:
            yield Report(
                f"the front matter is {visible(problem.message, limit=160)}", problem.place or Place(card.file, 1)
            )


def _unread(facts: Facts) -> Iterable[Report]:
    for card in facts.cards:
        for notice in card.notices:
            if "was read up to" in notice.message:
                yield Report(visible(notice.message, limit=160), notice.place)


WORDING: tuple[Rule, ...] = (
    Rule(
        "sparse-means-safe",
        FAMILY,
        "sparsity is given as a reason for safety",
        why="An architecture fact is not a safety conclusion (S06).",
        decided="A sentence draws safety or alignment from sparsity or experts.",
        fix="Cite a safety evaluation of the delivered path.",
        check=_said(
            rf"{_SPARSE}[^.;]{{0,80}}\b(?:makes?|ensures?|guarantees?|means|therefore|so it is|inherently|keeps?"
            rf")\b[^.;]{{0,60}}\b(?:safe(?:r|ty)?|aligned|harmless|secure)\b",
            rf"\b(?:safer|inherently safe)\b[^.;]{{0,60}}\b(?:because|thanks to|due to|by)\b[^.;]{{0,40}}{_SPARSE}",
            r"(?:稀疏|混合专家)[^。；]{0,40}(?:因此|所以|从而|使)[^。；]{0,20}安全",
        ),
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "sparse-means-interpretable",
        FAMILY,
        "routing is given as an explanation",
        why="Which experts a token met does not say why the model answered so (S06).",
        decided="A sentence draws interpretability or transparency from experts or routing.",
        fix="Describe what was measured about routing, and on what.",
        check=_said(
            rf"(?:{_SPARSE}|rout(?:ing|er)|experts?)[^.;]{{0,80}}\b(?:makes?|ensures?|guarantees?|means|inherently|so "
            rf"that)\b[^.;]{{0,60}}\b(?:interpretab\w+|explainab\w+|transparen\w+)\b"
        ),
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "sparse-means-small",
        FAMILY,
        "sparsity is given as a reason for small storage",
        why="All experts are stored, moved and secured: storage follows the total (S06).",
        decided="A sentence draws small storage, memory or footprint from sparsity or from active parameters.",
        example="memory understated 3 to 6 times",
        url="https://github.com/AlexsJones/llmfit/issues/1045",
        fix="Give bytes of total.stored.",
        check=_said(
            rf"(?:{_SPARSE}|activ\w+ (?:only )?[\d.]+\s?B?)[^.;]{{0,80}}\b(?:cheap|small|low|little|less|tiny"
            rf"|reduc\w+)\b[^.;]{{0,20}}\b(?:to store|storage|disk|download|footprint on disk)"
        ),
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "active-means-memory",
        FAMILY,
        "memory is drawn from active parameters",
        why="A token uses a few experts, the next one others: all must be in memory (S07).",
        decided="A sentence draws memory or a device from the number of active parameters.",
        example="packed and active counts used for memory",
        url="https://github.com/AlexsJones/llmfit/issues/622",
        fix="Compute memory from total.full.",
        check=_said(
            r"(?:\bonly|\bjust|\bsince|\bbecause|\bas)\b[^.;]{0,60}\bactiv\w+[^.;]{0,60}(?:\bso\b|\btherefore\b"
            r"|\bthus\b|,? (?:it )?(?:needs?|requires?|runs?|fits?)\b)[^.;]{0,60}\b(?:memory|VRAM|RAM|\d+\s?Gi?B"
            r"|laptop|single GPU|consumer)",
            r"\b(?:memory|VRAM|RAM)\b[^.;]{0,30}\b(?:of a|like a|as a|for a)\b[^.;]{0,12}\d+\s?B\b[^.;]{0,60}\bactiv",
            r"\b(?:needs?|requires?)\b[^.;]{0,20}\b(?:memory|VRAM|RAM)\b[^.;]{0,20}\bonly\b[^.;]{0,20}\bactiv\w+ "
            r"(?:param|expert)",
            r"(?:仅|只)激活[^。；]{0,40}(?:因此|所以|故)[^。；]{0,20}显存",
        ),
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "experts-as-specialists",
        FAMILY,
        "experts are described as human specialists",
        why="An expert is a learned block; what it reacts to is rarely a subject (S07).",
        decided="A sentence gives experts professions or subjects.",
        fix="Call them learned feed-forward blocks, or cite the measurement.",
        check=_said(
            r"\b(?:each|one|every|individual|different|some) experts?\b[^.;]{0,40}\b(?:speciali[sz]es?|is a "
            r"specialist|is trained|is an expert|masters?|focus\w*)\b[^.;]{0,20}\b(?:in|on|at|for"
            r")\b[^.;]{0,40}\b(?:math\w*|medic\w*|law|legal|cod(?:e|ing)|programming|histor\w*|physics|biolog\w*"
            r"|languages?|finance)",
            r"\b(?:math|medical|legal|coding|finance|history|biology|physics|law) experts?\b[^.;]{0,60}\b(?:rout|gate"
            r"|activ|select|inside|within)",
            r"\b(?:like|as) a (?:team|panel|committee|group) of (?:human )?(?:specialists|experts|professionals"
            r"|doctors)",
            r"(?:医学|法律|数学|代码|编程)专家(?:模块)?[^。；]{0,30}(?:路由|激活|选择)",
        ),
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
        example='a glossary: "like a team of specialists who take turns based on the topic"',
        url="https://trusenta.com.au/gloassary/mixture-of-experts",
    ),
    Rule(
        "fits-unqualified",
        FAMILY,
        '"fits" without a precision',
        why="Weights at 16 bits take four times those at 4 bits, and the cache comes on top.",
        decided="A sentence says that the model fits a device or memory, and names no precision.",
        fix="Name precision, context and batch.",
        check=_fits,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        example="what fits is misjudged eightfold when packed elements count as parameters",
        url="https://github.com/AlexsJones/llmfit/issues/622",
    ),
    Rule(
        "hidden-characters",
        FAMILY,
        "hidden characters in the text",
        why="Control characters and direction overrides show the reader something else than the program reads.",
        decided="Control characters, terminal escapes and bidirectional overrides are looked for, character by "
        "character.",
        fix="Remove them.",
        check=_hidden,
        outcome=Outcome.SUSPECT,
        example="direction overrides in text files that a scanner did not look into",
        url="https://github.com/NVIDIA/SkillSpector/issues/39",
    ),
    Rule(
        "front-matter-unreadable",
        FAMILY,
        "the front matter cannot be read",
        why="The Hub drops licence, base model and results, and so do audits.",
        decided="The front matter is not valid YAML, or uses what is refused (duplicate keys, alias bombs).",
        fix="Correct the YAML.",
        check=_front_matter,
        outcome=Outcome.SUSPECT,
    ),
    Rule(
        "card-partly-read",
        FAMILY,
        "part of the card was not read",
        why="Claims in the rest were not checked.",
        decided="The card, a line of it or its numbers exceed the limits of the reader.",
        fix="Shorten the card, or move the rest to another document.",
        check=_unread,
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.WARNING,
    ),
)
