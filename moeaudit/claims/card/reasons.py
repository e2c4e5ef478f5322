"""Why a figure of a card is not taken as its model's own claim."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A rejection is a value: it is listed, and counted, with the words that a person reads."""

    NO_NOUN = "no known noun stands at it"
    OTHER_NOUN = "it counts something else"
    PART = "it counts a part of the model"
    SUM = "it adds up others"
    SIZE = "its size is not one of what its noun counts"
    SETTING = "it is a setting of a test or a stage"
    DENIED = "the sentence denies it"
    SUPPOSED = "the sentence supposes it"
    OLD_VALUE = "it is the value before a change"
    LISTED = "it is one of several"
    COMPARED = "it is what the model is compared with"
    OTHER_MODEL = "it is another model's"
