"""Values of a command's flags: numbers as the engine reads them, shares, JSON. UsageError, one line, for what it would
refuse, and for a word that stands for a value which the command does not hold."""

from __future__ import annotations

import json
import re
from math import isfinite

from moeaudit.costs.engines.shell import is_hole
from moeaudit.errors import UsageError
from moeaudit.later import expression
from moeaudit.limits import COMMAND_NUMBER

PLAIN = expression(
    r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:e[-+]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE
)
WHOLE = expression(r"[-+]?[0-9]{1,40}", re.ASCII)
HUMAN = expression(r"([0-9]{1,40})(\.[0-9]{1,40})?([kKmMgGtT])", re.ASCII)
"""16k is 16,000 and 16K is 16,384, in vLLM, SGLang and their JSON alike; no fraction before a capital."""

SCALES = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
INSIDE = expression(r"<[A-Za-z][\w ./-]{0,60}>|\$\{?\w{1,100}|\$\(", re.ASCII)
JSON_HUMAN = expression(r'("(?:[^"\\]|\\.)*")|\b(\d{1,18}(?:\.\d{1,18})?[kKmMgGtT])\b', re.ASCII)


def filled(text: str, flag: str) -> str:
    """The text, unless it stands for a value that nobody gave."""
    if is_hole(text):
        raise UsageError(
            f"{flag} is the placeholder {ascii(text)[1:-1][:60]}, whose value the command does not hold",
            hint="Put the value in its place, or set the variable before the command.",
        )
    return text


def whole(text: str, flag: str, *, human: bool = False) -> int:
    """A whole number; with `human`, 16k and 2M too."""
    filled(text, flag)
    scaled = HUMAN.fullmatch(text) if human else None
    if scaled is not None and (scaled[2] is None or scaled[3].islower()):
        return int(float(scaled[1] + (scaled[2] or "")) * SCALES[scaled[3]])
    if not WHOLE.fullmatch(text):
        raise UsageError(f"{flag} is {ascii(text)[:40]}, expected a number", hint=_meant(text, human=human))
    return int(text)


def _meant(text: str, *, human: bool) -> str:
    """What a number was meant to be, where it is nearly one."""
    found = HUMAN.fullmatch(text)
    if found is None:
        return "Write it in digits."
    if human:
        return f"A capital is a power of two and takes no fraction: write {text.lower()}."
    return f"The engine takes digits alone here: write {int(float(found[1] + (found[2] or '')) * SCALES[found[3]])}."


def count(text: str, flag: str, *, human: bool = False, least: int = 1) -> int:
    """A whole number of `least` or more."""
    value = whole(text, flag, human=human)
    if not least <= value <= COMMAND_NUMBER:
        raise UsageError(f"{flag} is {value}"[:80], hint=f"It is a whole number of {least} or more.")
    return value


def number(text: str, flag: str) -> float:
    if not PLAIN.fullmatch(filled(text, flag)) or not isfinite(float(text)):
        raise UsageError(f"{flag} is {ascii(text)[:40]}, expected a number", hint="Write it in digits.")
    return float(text)


def share(text: str, flag: str) -> float:
    value = number(text, flag)
    if not 0 < value <= 1:
        raise UsageError(f"{flag} is {value:g}", hint="It is a share of the device's memory, above 0 and up to 1.")
    return value


def table(text: str, flag: str, example: str) -> dict[str, object]:
    """The JSON object that a flag takes."""
    try:
        found = json.loads(_digits(text))
    except (ValueError, RecursionError):
        hole = INSIDE.search(text)
        if hole is not None:
            filled(hole[0].strip(), flag)
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"{flag} is not the JSON that the engine takes", hint=f"Write {flag} '{example}'.")
    return found


def plain(text: str) -> object:
    """One key's value as vLLM takes it: JSON where it is JSON, 16k as a number, else the word."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        scaled = HUMAN.fullmatch(text)
        whole_number = scaled is not None and (scaled[2] is None or scaled[3].islower())
        return whole(text, "", human=True) if whole_number else text


def _digits(text: str) -> str:
    """JSON with its 80m and 2G as digits; what stands in quotes stays."""

    def digits(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        return str(whole(found[2], "", human=True)) if "." not in found[2] or found[2][-1].islower() else found[2]

    return JSON_HUMAN.sub(digits, text) if re.search(r"\d[kKmMgGtT]\b", text) else text
