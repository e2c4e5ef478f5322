"""A model of which every string wants to be more than text, and how to see whether any got its way."""

from __future__ import annotations

import json
import re
from itertools import cycle
from pathlib import Path
from unicodedata import category

from moeaudit.evidence.tables import Tensor
from tests.cli.samples import CONFIG, folder, table

HOSTILE = (
    "\x1b[31mRED\x1b[0m",
    "\x1b]0;title\x07 \x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m csi \x90 dcs \x9d osc",
    "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[H",
    "admin\u202egnp.exe \u2066hidden\u2069 \u200fright",
    "zero\u200bwidth\u200d\ufeff\u00ad",
    "one\n::error file=x::pwned\n  ::add-mask::x\r\n::set-output name=a::b",
    "##[add-mask]x ##[error]y ##[group]z",
    "::stop-commands::pause",
    "[red]markup[/red] [link=https://evil.example]x[/link] :bomb:",
    "www.evil.example #1 GH-1 gh-22 user/repo#1 a@b.example @someone https://evil.example mailto:a@b.example",
    "<img src=x onerror=alert(1)></script><script>alert(1)</script>",
    "\x00nul \x08back \x7fdel \x85nel \u2028line \u2029paragraph",
)
"""Escapes of terminals, directions, what shows nothing, commands of workflows, markup, links, HTML, ends of lines."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
STRINGS = (
    "_name_or_path",
    "torch_dtype",
    "transformers_version",
    "hidden_act",
    "pad_token",
    "auto_map",
    "rope_scaling",
)


def config(start: int, **known: object) -> dict[str, object]:
    """The config of a small Qwen3-MoE with other strings wherever a string may stand."""
    text = cycle(HOSTILE[start:] + HOSTILE[:start])
    odd: dict[str, object] = {name: next(text) for name in STRINGS if name not in ("rope_scaling", "auto_map")}
    odd |= {"auto_map": {next(text): next(text)}, "rope_scaling": {"type": next(text), "rope_type": next(text)}}
    odd |= {f"field {next(text)}": next(text) for _ in range(3)}
    odd |= {
        "quantization_config": {"quant_method": next(text), "fmt": next(text), "modules_to_not_convert": [next(text)]}
    }
    return {**CONFIG, **odd, **known}


def hostile_folder(path: Path, start: int, *, family: bool = True) -> Path:
    """A folder of such a model: config, weights with odd names beside, card, claim file. Without `family`, the type
    and class are other text too."""
    text = cycle(HOSTILE[start:] + HOSTILE[:start])
    known: dict[str, object] = {} if family else {"model_type": next(text), "architectures": [next(text)]}
    weights = table()
    odd = tuple(
        Tensor(f"odd.{one}.{number}", "BF16", (4, 4), "model-00001-of-00002.safetensors")
        for number, one in enumerate(HOSTILE)
    )
    folder(path, json.dumps(config(start, **known)), type(weights).collapse([*weights.expand(), *odd]))
    (path / "README.md").write_text(card(start), "utf-8")
    (path / "x.claims.yaml").write_text(claims(start), "utf-8")
    return path


def card(start: int) -> str:
    body = "\n\n".join(
        f"{one} has {start + 3}B total parameters and {number}B active parameters {one}"
        for number, one in enumerate(HOSTILE)
    )
    rows = "\n".join(f"| {one.splitlines()[0]} | 9B |" for one in HOSTILE)
    return f"# {HOSTILE[start]}\n\n{body}\n\n| Total parameters | {HOSTILE[start]} |\n|---|---|\n{rows}\n"


def claims(start: int) -> str:
    def one(number: int) -> str:
        return json.dumps(HOSTILE[(start + number) % len(HOSTILE)]).replace("\\u001b", "\\x1b")

    return (
        "schema: moeaudit/claims/v1\n"
        f"model: {{id: {one(0)}, evidence: ., release_date: {one(1)}}}\n"
        f"sources:\n  - {{id: s, title: {one(2)}, url: 'https://a.example/x', kind: primary}}\n"
        "architecture:\n"
        f"  total_parameters: {{value: 999B, source: s, quote: {one(3)}, note: {one(4)}}}\n"
        f"  active_parameters: {{value: {one(5)}, source: s}}\n"
        f"  load_balancing: {{not_disclosed: {one(6)}}}\n"
        f"governance:\n  licence: {{value: {one(7)}, source: s}}\n"
        f"deployment: {{checkpoint: {one(8)}, precision: {one(9)}, context: {one(10)}}}\n"
        f"evaluations:\n  - {{name: {one(11)}, checkpoint: {one(12)}, precision: {one(13)}, context: '32768'}}\n"
        f"ignore:\n  - {{rule: total-contradicted, reason: {one(14)}}}\n"
    )


def invisible(text: str) -> set[str]:
    """The characters of a text that move, turn or hide something, but for the ends of its lines."""
    return {character for character in text if character != "\n" and category(character) in HIDDEN}
