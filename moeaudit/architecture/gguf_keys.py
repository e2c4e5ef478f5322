"""What the keys of a GGUF file say about its model: `general.*`, `split.*`, `quantize.*` and those of its architecture.

Source: docs/gguf.md of github.com/ggml-org/ggml, and `Keys` of the `gguf` package (gguf/constants.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NoReturn

from moeaudit.architecture.unknown import Per
from moeaudit.errors import NothingToAudit, Place, UsageError
from moeaudit.evidence.model import JsonFile
from moeaudit.later import dataclass, expression
from moeaudit.limits import GGUF_ORIGINS, LARGEST_NUMBER, LAYERS
from moeaudit.text import quoted

HUB = expression(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+?)/?$")

WORD = expression(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What architectures are called: `qwen3moe`, `ernie4_5-moe`."""

OTHER_KINDS = {
    "adapter": "an adapter (LoRA), not a model",
    "imatrix": "an importance matrix, which a quantiser reads, not a model",
    "vocab": "a vocabulary without weights",
}
"""What `general.type` says of files that hold no model."""

FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4_MOE", 39: "NVFP4",
    40: "Q1_0",
}  # fmt: skip
"""Quantisation mixes by `general.file_type` (LlamaFileType)."""


@dataclass(frozen=True)
class Origin:
    """A model that a file says it was made from. `id`: on the Hub, where its address says."""

    name: str
    id: str | None


@dataclass(frozen=True)
class GgufKeys:
    """The keys of one file, asked by what they mean. A value of another type is a UsageError that names the key."""

    file: str
    data: Mapping[str, Any]

    @classmethod
    def of(cls, document: JsonFile) -> GgufKeys:
        found = cls(document.file, document.data)
        what = OTHER_KINDS.get(found.text("general.type"))
        if what is not None:
            raise NothingToAudit(
                f"this GGUF file is {what}", place=Place(found.file), hint="Give the model's own file."
            )
        return found

    @cached_property
    def architecture(self) -> str:
        """llama.cpp's word for the architecture, such as `qwen3moe`."""
        found = self.text("general.architecture")
        if WORD.fullmatch(found) is None:
            raise UsageError(
                f"its architecture is {quoted(found)}, no word" if found else "the file does not say its architecture",
                place=Place(self.file, path="general.architecture"),
                hint="It is no model that llama.cpp would load.",
            )
        return found

    @property
    def experts(self) -> Per | None:
        return self.per_layer("expert_count")

    @property
    def selected(self) -> Per | None:
        return self.per_layer("expert_used_count")

    @property
    def shared(self) -> Per | None:
        return self.per_layer("expert_shared_count")

    @property
    def blocks(self) -> int | None:
        """Layers, prediction modules among them."""
        return self.size("block_count")

    @property
    def prediction(self) -> int:
        """Prediction modules, which are the last of the blocks."""
        return self.size("nextn_predict_layers") or 0

    @property
    def context(self) -> int | None:
        return self.size("context_length")

    @property
    def mix(self) -> str:
        """The quantisation mix, as its maker calls it: `Q4_K_M`; empty where nothing says."""
        number = self.data.get("general.file_type")
        return FILE_TYPES.get(number, "") if type(number) is int else ""

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """`general.base_model.*`, then the file's own source."""
        count = self.data.get("general.base_model.count")
        numbers = range(min(count, GGUF_ORIGINS)) if type(count) is int and count > 0 else ()
        found = [self._origin(f"general.base_model.{number}") for number in numbers]
        found += [Origin(self.text("general.basename"), hub_id(self.text(key))) for key in SOURCES]
        return tuple({one.id or one.name: one for one in reversed(found) if one.name or one.id}.values())[::-1]

    def _origin(self, stem: str) -> Origin:
        return Origin(self.text(f"{stem}.name"), hub_id(self.text(f"{stem}.repo_url")))

    @cached_property
    def imatrix(self) -> dict[str, Any]:
        """`quantize.imatrix.*`: the importance matrix that quantised the weights."""
        stem = "quantize.imatrix."
        return {key[len(stem) :]: value for key, value in self.data.items() if key.startswith(stem)}

    def text(self, key: str) -> str:
        """A text; empty where there is none."""
        value = self.data.get(key, "")
        if not isinstance(value, str):
            self._wrong(key, value, "a text")
        return value

    def size(self, word: str) -> int | None:
        """A whole number of the architecture's own keys."""
        found = self.per_layer(word)
        if isinstance(found, tuple):
            self._wrong(f"{self.architecture}.{word}", list(found), "one whole number")
        return found

    def per_layer(self, word: str) -> Per | None:
        """A whole number, or one for each layer."""
        key = f"{self.architecture}.{word}"
        value = self.data.get(key)
        if value is None:
            return None
        numbers = value if isinstance(value, list) else [value]
        if len(numbers) > LAYERS or not all(type(one) is int and 0 <= one <= LARGEST_NUMBER for one in numbers):
            self._wrong(key, value, "a whole number")
        return tuple(numbers) if isinstance(value, list) else numbers[0]

    def _wrong(self, key: str, value: object, expected: str) -> NoReturn:
        raise UsageError(
            f"{quoted(key)} is {quoted(value)}, expected {expected}",
            place=Place(self.file, path=key),
            hint="llama.cpp would not load it.",
        )


SOURCES = ("general.source.repo_url", "general.source.url", "general.repo_url", "general.url")
"""Where a file's own model is said to be had; converters write the origin's address into one of them."""


def hub_id(address: str) -> str | None:
    """The id in an address of the Hub; None for any other."""
    found = HUB.fullmatch(address)
    return found[1] if found else None
