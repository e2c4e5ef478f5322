"""Which catalogue a file belongs to: its form decides, not its name. `FORMATS` is the list of what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from moeaudit.claims.catalogues.ecologits import ecologits
from moeaudit.claims.catalogues.hub import eval_results
from moeaudit.claims.catalogues.json_parts import JsonText
from moeaudit.claims.catalogues.litellm import litellm
from moeaudit.claims.catalogues.models_dev import models_dev
from moeaudit.claims.catalogues.ollama import ollama
from moeaudit.claims.catalogues.openrouter import openrouter
from moeaudit.claims.catalogues.recipes import vllm_recipe
from moeaudit.claims.catalogues.record import Record, Unread
from moeaudit.claims.catalogues.shelf import Shelf
from moeaudit.claims.catalogues.toml_parts import read_toml
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.json_text import check_values
from moeaudit.evidence.yaml_text import read_yaml
from moeaudit.later import dataclass
from moeaudit.limits import CATALOGUE_VALUES

Syntax = Literal["yaml", "toml", "json"]
Found = Iterator[Record | Unread] | None


@dataclass(frozen=True)
class Format:
    """A catalogue's form. `marks`: words that every file of it holds, so that others need not be parsed. `read` takes
    the parsed text and what stands beside it, and gives None for a file of another form."""

    name: str
    home: str
    syntax: Syntax
    marks: tuple[str, ...]
    read: Callable[[Any, Shelf], Found]


_HUB = "https://huggingface.co/docs/hub/eval-results"
_VLLM = "https://github.com/vllm-project/recipes"
_ECO = "https://github.com/genai-impact/ecologits"
FORMATS: tuple[Format, ...] = (
    Format("vLLM recipe", _VLLM, "yaml", ("model_id", "parameter_count"), vllm_recipe),
    Format(".eval_results file", _HUB, "yaml", ("dataset", "value"), eval_results),
    Format("models.dev file with a base", "https://models.dev", "toml", ("base_model",), models_dev),
    Format("models.dev file", "https://models.dev", "toml", ("name",), models_dev),
    Format("OpenRouter list", "https://openrouter.ai/docs/models", "json", ('"data"', '"context_length"'), openrouter),
    Format("LiteLLM map", "https://github.com/BerriAI/litellm", "json", ('"litellm_provider"',), litellm),
    Format("EcoLogits list", _ECO, "json", ('"models"', '"architecture"'), ecologits),
    Format("Ollama manifest or answer", "https://github.com/ollama/ollama", "json", ("{",), ollama),
)

SYNTAXES: dict[str, Syntax] = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json", "": "json"}


def syntax_of(file: str) -> Syntax:
    """By the ending; a manifest of Ollama has none, or what looks like one (`7b-q4.0`), and is JSON."""
    name = file.replace("\\", "/").rpartition("/")[2]
    return SYNTAXES.get(name[name.rfind(".") :].lower() if "." in name else "", "json")


def recognise(text: str, file: str, shelf: Shelf | None = None) -> Found:
    """The records of a file, or None where it is of no known catalogue. Raises UsageError where it may be one and
    cannot be parsed."""
    syntax = syntax_of(file)
    chosen = [one for one in FORMATS if one.syntax == syntax and all(mark in text for mark in one.marks)]
    parsed = _parsed(text, file, syntax) if chosen else None
    for one in chosen:
        found = one.read(parsed, shelf or Shelf())
        if found is not None:
            return found
    return None


def read_catalogue(text: str, file: str, shelf: Shelf | None = None) -> tuple[Record | Unread, ...]:
    """The records of a catalogue's file, and what could not be read of it. Raises UsageError where the file is of no
    known catalogue."""
    found = recognise(text, file, shelf)
    if found is None:
        if syntax_of(file) != "json":
            _parsed(text, file, syntax_of(file))  # a file that cannot be read at all says so
        known = ", ".join(dict.fromkeys(one.name for one in FORMATS))
        raise UsageError("not a record of a known catalogue", place=Place(file), hint=f"Known are: {known}.")
    return tuple(found)


def _parsed(text: str, file: str, syntax: Syntax) -> Any:
    if syntax == "toml":
        return read_toml(text, file)
    if syntax == "yaml":
        return read_yaml(text, file)
    check_values(text.encode("utf-8", "replace"), CATALOGUE_VALUES, file)
    return JsonText(text, file)


def about(records: tuple[Record | Unread, ...], model_id: str | None) -> list[Record]:
    """The records of a file that speak of this model: those that name it, else all of them where it is one model's
    file."""
    found = [one for one in records if isinstance(one, Record)]
    wanted = (model_id or "").casefold()
    named = [one for one in found if wanted in {one.model_id.casefold(), *(hub.id.casefold() for hub in one.hub_ids)}]
    return named or (found if len(found) == 1 else found[:1] if found and found[0].catalogue == "vllm-recipe" else [])
