"""What a sentence that names no model speaks of: the card's model, or something that the words leave open."""

from __future__ import annotations

from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.whose.owner import Owned, Owner


def as_sure_as_said(marks: list[Mark], at: int, owned: Owned) -> Owned:
    """The owner of the figure at `at`, assumed where the sentence begins with another subject than the model: what
    `fine-tuning touches` or `we stored` is not stated to be the model's."""
    if owned.owner is not Owner.STATED:
        return owned
    before = marks[:at]
    if any(one.kind == "name" or one.is_("noun", "model") or one.is_("who", "own") for one in before):
        return owned
    us = next((place for place, one in enumerate(before) if one.is_("who", "us")), None)
    if us is not None:
        stray = next((one for one in before[us + 1 :] if one.kind == "word"), None)
        return Owned(Owner.ASSUMED, f"{marks[us].text} {stray.text}") if stray is not None else owned
    if owned.why:  # a word of the sentence or of the heading says so
        return owned
    first = next((one for one in before if one.kind != "sign" and not one.silent), None)
    labelled = any(one.text in {":", "：", "="} for one in before)
    if first is None or first.kind not in {"word", "phase"} or labelled:
        return owned
    return Owned(Owner.ASSUMED, first.text)
