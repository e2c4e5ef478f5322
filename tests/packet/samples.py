"""Inputs of tests: Mixtral 8x7B by its published config.json, and text that wants to be more than text."""

from __future__ import annotations

import json
from unicodedata import category

from moeaudit.evidence.model import Evidence, EvidenceFile, JsonFile, ModelRef, Source
from moeaudit.reports.packet.inputs import Asked, Inputs, Text, with_evidence

MIXTRAL = {
    "architectures": ["MixtralForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 32768,
    "model_type": "mixtral",
    "num_attention_heads": 32,
    "num_experts_per_tok": 2,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "num_local_experts": 8,
    "sliding_window": None,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 32000,
}
"""https://huggingface.co/mistralai/Mixtral-8x7B-v0.1/blob/main/config.json, the fields that give shapes."""

TOTAL, ACTIVE = 46_702_792_704, 12_879_925_248
"""Published: 46,702,792,704 on the Hub page; 12.9B active (https://mistral.ai/news/mixtral-of-experts)."""

CLAIMS = """\
schema: moeaudit/claims/v1
model: {id: mistralai/Mixtral-8x7B-v0.1, release_date: "2023-12-11"}
sources:
  - {id: news, title: Mixtral of experts, url: "https://mistral.ai/news/mixtral-of-experts", kind: primary}
architecture:
  total_parameters: {value: 46.7B, denominator: total.full, source: news, quote: "46.7B total parameters"}
  active_parameters: {value: 14B, source: news}
  experts_per_token: 2
  shared_experts: {not_applicable: the model has none}
  load_balancing: {not_disclosed: the report does not say}
governance:
  licence: {value: Apache-2.0, source: news}
  training_tokens: 1T
deployment:
  checkpoint: mistralai/Mixtral-8x7B-v0.1
  precision: FP8
  context: 32K
evaluations:
  - {name: MMLU, checkpoint: mistralai/Mixtral-8x7B-v0.1, precision: BF16, context: "32768"}
"""

FRESH = "schema: moeaudit/claims/v1\nmodel: {id: acme/new-model, distribution: hosted}\n"

RUMOUR = """\
schema: moeaudit/claims/v1
model: {id: GPT-4, distribution: hosted}
sources:
  - {id: talk, title: an article on the web, kind: rumour}
architecture:
  total_parameters: {value: 1.8T, source: talk}
"""

HOSTILE = (
    "<script>window.ran = 1</script>",
    '<img src=x onerror="window.ran = 2">',
    "</style></script><svg onload=window.ran=3>",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    '#import "evil.typ": * $x$ #eval("1+1")',
    "a | b \\| c ` d `` e",
    "**bold** _it_ ~~gone~~ [link](javascript:alert(1)) ![i](x)",
    "admin\u202egnp.exe \u2066hidden\u2069 \ufeff\u200b",
    "nul\x00 bell\x07 esc\x1b[31m",
    "# heading",
    "1. list",
    "---",
    "&lt;b&gt; &amp; &#x3c;",
    "w" * 10_000,
    "😀 👩\u200d🚀 🏴",
    "混合专家模型 한국어 日本語",
    "שלום עולם مرحبا بالعالم",
    "' \" onmouseover=window.ran=4 x='",
    "javascript:window.ran=5",
    "https://example.org/?q=<script>&x=\"'",
)


def evidence() -> Evidence:
    files = (EvidenceFile("config.json", "ab" * 32, 700, "https://huggingface.co/mistralai/Mixtral-8x7B-v0.1"),)
    ref = ModelRef("mistralai/Mixtral-8x7B-v0.1", Source.HUB, "main", "58301445dc1378584211722b7ebf8743ec4e192b")
    return Evidence(ref, JsonFile("config.json", MIXTRAL), files=files)


def mixtral(claims: str = CLAIMS, **asked: object) -> Inputs:
    """Mixtral with a claim file, and an estimate where a fleet is asked for."""
    files = (Text("mixtral.claims.yaml", claims),) if claims else ()
    return with_evidence(Inputs("", claims=files, asked=Asked(**asked)), evidence())  # type: ignore[arg-type]


def closed(claims: str = RUMOUR) -> Inputs:
    """A hosted model: no evidence at all."""
    return Inputs("", claims=(Text("closed.claims.yaml", claims),))


def hostile() -> Inputs:
    """The same text wherever text can stand: names, values, quotes, notes, sources, a whole card."""

    def one(value: str) -> str:
        """A JSON string is a YAML string; what is invisible must stand in it as an escape."""
        text = json.dumps(value, ensure_ascii=False)
        return "".join(f"\\u{ord(letter):04x}" if category(letter) == "Cf" else letter for letter in text)

    quotes = "\n".join(
        f"  - {{name: {one(text)}, precision: {one(text)}, checkpoint: {{value: {one(text)}, source: {one(text[:60])}, "
        f"quote: {one(text[:400])}, note: {one(text)}}}}}"
        for text in HOSTILE
    )
    claims = (
        "schema: moeaudit/claims/v1\n"
        f"model: {{id: {one(HOSTILE[0] + HOSTILE[7])}, variant: {one(HOSTILE[8])}}}\n"
        f"sources:\n  - {{id: s, title: {one(HOSTILE[1])}, kind: primary}}\n"
        f"architecture:\n  total_parameters: {{value: {one(HOSTILE[3])}, source: s, note: {one(HOSTILE[2])}}}\n"
        f"  routing: {{not_disclosed: {one(HOSTILE[6])}}}\n"
        f"deployment: {{precision: {one(HOSTILE[4])}, checkpoint: {one(HOSTILE[16])}}}\n"
        f"evaluations:\n{quotes}\n"
    )
    card = "---\nlicense: " + one(HOSTILE[0]) + "\n---\n# " + HOSTILE[0] + "\n\n" + "\n\n".join(HOSTILE)
    card += "\n\nIt has 99B parameters <script>window.ran = 6</script> in total."
    base = Inputs("", claims=(Text("<b>|`.claims.yaml", claims),), cards=(Text("README.md", card),))
    return with_evidence(base, evidence())
