"""Records what transformers builds for every MoE model type: `python tools/record/families.py [TYPE…]`.

Needs the versions in requirements.txt; each file says with which transformers it was recorded. Writes one file a type
to tests/architecture/recorded/: the reference configuration with its whole tensor table, and configurations that differ
from it in few fields with their totals, sums by role and the digest of their names and shapes. The output depends on
nothing but the two versions.

`--show TYPE PATH=VALUE…` prints the tensors of one changed configuration instead: for finding out what a digest stands
for.

`--compare [TYPE…]` holds the recordings against what another installed release builds, and keeps the outcome in
tests/architecture/releases.json. Whenever the recordings move to a new release, run it with the one before
(`pip install --no-deps --target OLD transformers==5.23.0`, then `PYTHONPATH=OLD`), then for the types that differ with
the new one, which says what they store there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import transformers
from build import Built, configuration, language
from collapse import collapse
from compare import compare, digest, keep
from corrections import CORRECTIONS, TRANSLATIONS
from huggingface_hub.errors import StrictDataclassError
from perturb import ABSENT, Change, applied, sections, single_changes, small, value_at, without_noise
from roles import ROLES
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from variants import CHANGED, TOGETHER, TYPES, UNLIKE_RELEASES

TARGET = Path(__file__).resolve().parents[2] / "tests/architecture/recorded"
REFUSALS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    StrictDataclassError,
    TypeError,
    ValueError,
)
"""What configuration and modeling classes raise for combinations that make no sense."""

COMBINED = 4
"""Configurations per type that change about half of the effective fields at once."""


def reference(model_type: str) -> dict[str, Any]:
    """The type's default configuration with its variant's values, as a config.json would hold it."""
    values = CHANGED[model_type].values if model_type in CHANGED else {}
    written = json.loads(json.dumps(CONFIG_MAPPING[model_type](**values).to_dict()))
    return {**without_noise(written), "model_type": model_type}


def result(built: Built) -> list[Any]:
    """Tensors, sums by role, digest: the total is the sum of the sums."""
    return [len(built.shapes), [built.elements[role] for role in ROLES], digest(built.shapes)]


class Recording:
    """One model type: tries configurations and keeps what they build."""

    def __init__(self, model_type: str) -> None:
        self.reference = reference(model_type)
        built = Built(self.reference)
        self.base_change = small(self.reference)
        self.base = applied(self.reference, self.base_change)
        self.base_result = result(Built(self.base))
        self.unlike_releases = UNLIKE_RELEASES.get(model_type, {})
        self.record: dict[str, Any] = {
            "transformers": transformers.__version__,
            "class": built.class_name,
            "notes": notes(model_type, language(configuration(self.reference)).model_type),
            "config": self.reference,
            "sums": built.elements,
            "tensors": collapse(built.shapes),
            "small": {"change": self.base_change, "result": self.base_result},
            "changed": [],
            "unchanged": [],
            "skipped": [],
        }

    def attempt(self, change: Change) -> list[Any] | None:
        """What the small configuration builds with a change in it, or None where transformers refuses it."""
        try:
            return result(Built(applied(self.base, change)))
        except REFUSALS as error:
            self.record["skipped"].append([change, type(error).__name__])
            return None

    def keep(self, change: Change) -> bool:
        """Record a change; True where it has an effect."""
        if any({path, f"{path}={value}"} & self.unlike_releases.keys() for path, value in change.items()):
            return False
        found = self.attempt(change)
        if found is None:
            return False
        if found == self.base_result:
            self.record["unchanged"].append(change)
            return False
        self.record["changed"].append([change, *found])
        return True

    def run(self) -> dict[str, Any]:
        together = TOGETHER.get(self.reference["model_type"], ())
        effective = [change for change in (*single_changes(self.base), *together) if self.keep(change)]
        for path in dict.fromkeys(path for change in effective for path in change):
            self.keep({path: ABSENT})
        for change in renamed(self.base):
            if self.attempt(change) == self.base_result:  # elsewhere the class ignores the other name
                self.record["unchanged"].append(change)
        for change in published_keys(self.base):
            self.keep(change)
        self.combine(effective)
        return self.record

    def combine(self, effective: list[Change]) -> None:
        """Several effective changes at once, drawn with a fixed seed; a refused draw is drawn again."""
        kept = 0
        for draw in range(4 * COMBINED):
            chosen = random.Random(f"{self.reference['model_type']}:{draw}").sample(
                effective, max(2, len(effective) // 2)
            )
            change = {
                path: value for part in sorted(chosen, key=len) for path, value in part.items()
            }  # layer counts win over lists
            found = self.attempt(change)
            if found is not None:
                self.record["changed"].append([change, *found])
                kept += 1
            if kept == COMBINED:
                return


def renamed(config: dict[str, Any]) -> Iterator[Change]:
    """Fields under the other name that the configuration class accepts for them."""
    for path, section in sections(config):
        owner = configuration(config)
        for name in filter(None, path.split(".")):
            owner = getattr(owner, name, None)
        for alias, name in getattr(type(owner), "attribute_map", {}).items():
            if section.get(name) is not None and alias not in section:
                yield {f"{path}{name}": ABSENT, f"{path}{alias}": section[name]}


def published_keys(config: dict[str, Any]) -> Iterator[Change]:
    """Keys of published configs that transformers drops, in place of the key it reads."""
    for translation in TRANSLATIONS:
        if translation.model_type == config["model_type"]:
            flags = [translation.words.index(word) for word in value_at(config, translation.read)]
            yield {translation.read: ABSENT, translation.published: flags}
            yield {translation.read: ABSENT, translation.published: flags[::-1]}


def notes(model_type: str, text_type: str) -> list[str]:
    """Why this recording is not what transformers does by default. `text_type`: of its language model."""
    found = [f"reference: {CHANGED[model_type].reason}"] if model_type in CHANGED else []
    found += [f"corrected: {c.reason}" for c in CORRECTIONS if c.model_type == text_type]
    found += [f"not recorded, {field}: {reason}" for field, reason in UNLIKE_RELEASES.get(model_type, {}).items()]
    found += [f"translated {t.published}: {t.reason}" for t in TRANSLATIONS if t.model_type == model_type]
    return found


def write(model_type: str) -> str:
    record = Recording(model_type).run()
    lines = ",\n".join(f"{json.dumps(name)}: {body(value)}" for name, value in record.items())
    (TARGET / f"{model_type}.json").write_text(f"{{\n{lines}\n}}\n")
    return f"{model_type}: " + ", ".join(f"{len(record[kind])} {kind}" for kind in ("changed", "unchanged", "skipped"))


def body(value: Any) -> str:
    """Compact JSON, with one entry a line where a list has many, so that differences can be read."""
    compact = json.JSONEncoder(separators=(",", ":")).encode
    return "[\n" + ",\n".join(map(compact, value)) + "\n]" if isinstance(value, list) and value else compact(value)


def show(model_type: str, assignments: list[str]) -> None:
    recording = json.loads((TARGET / f"{model_type}.json").read_text())
    change = dict(assignment.split("=", 1) for assignment in assignments)
    values = {path: value if value == ABSENT else json.loads(value) for path, value in change.items()}
    built = Built(applied(applied(recording["config"], recording["small"]["change"]), values))
    for row in collapse(built.shapes):
        print(*row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("types", nargs="*", metavar="TYPE", help="model types; all of them where none is named")
    parser.add_argument(
        "--show", nargs="*", metavar="PATH=VALUE", help="print the tensors of one changed configuration of TYPE"
    )
    parser.add_argument("--compare", action="store_true", help="hold the recordings against the installed release")
    options = parser.parse_args()
    if unknown := sorted({*options.types} - {*TYPES}):
        parser.error(f"no reference is given for {', '.join(unknown)}; add it to TYPES, or correct the name")
    warnings.simplefilter("ignore")
    if options.show is not None:
        show(options.types[0], options.show)
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    if options.compare:
        for model_type in options.types or TYPES:
            found = compare(model_type, json.loads((TARGET / f"{model_type}.json").read_text()), REFUSALS)
            keep({model_type: found})
            print(model_type, len(found.get("differences", ())), file=sys.stderr, flush=True)
        return
    for model_type in options.types or TYPES:
        print(write(model_type), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
