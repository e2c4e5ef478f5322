"""docs/evidence.md: what a count rests on, how deep is read, and how each storage format is understood."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from moeaudit.checks.causes import CAUSES
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes import SCHEMES
from moeaudit.vocabulary import BASIS_TEXT

HEADERS = "released header tables"
RECORDED = "recorded from the library that writes it"
ROUND_TRIP = "its writer's source, and there and back over random shapes"

UNDERSTOOD: dict[str, tuple[str, str]] = {
    "MXFP4 blocks": ("from the blocks: (experts, outputs, inputs ÷ 32, 16)", "gpt-oss's published totals and index"),
    "bitsandbytes 4-bit": (
        "values from the packed bytes; rows and columns from the architecture, as the stored shape is flat",
        RECORDED,
    ),
    "bitsandbytes 8-bit": ("the stored shape", RECORDED),
    "GPTQ": ("outputs from `qweight`; width from `g_idx`, `qzeros` or the architecture", ROUND_TRIP),
    "AWQ": ("inputs from `qweight`, outputs from `scales`", ROUND_TRIP),
    "EXL2": ("inputs from `q_invperm`, outputs from `q_weight`, up to a filling of 32", ROUND_TRIP),
    "EXL3": ("from the tiles of `trellis`, 16 × 16 values each, up to a filling of 128", ROUND_TRIP),
    "compressed-tensors pack-quantized": (
        "width from the config, `weight_g_idx` or the architecture",
        f"{RECORDED}; {HEADERS} of Kimi-K2.5",
    ),
    "HQQ": ("values from the packed bytes; rows and columns from the architecture", ROUND_TRIP),
    "AQLM": ("groups from `codes`, their size from `codebooks`", ROUND_TRIP),
    "QuIP#": ("from the signs `SU` (inputs) and `SV` (outputs)", ROUND_TRIP),
    "MLX": (
        "groups of inputs from `scales`; width from the architecture's inputs where they are known, else the config",
        RECORDED,
    ),
    "NVFP4": ("twice the packed inputs; 16 to a scale", RECORDED),
    "MXFP4": ("twice the packed inputs; 32 to a scale", f"{HEADERS} of DeepSeek-V4-Pro and Kimi-K3"),
    "INT4, two per byte": ("twice the packed outputs; checked by the scales", ROUND_TRIP),
    "8-bit with scales": (
        "the stored shape; scales by tensor, output or block are told by theirs",
        f"{HEADERS} of DeepSeek-R1 and V3.2, Qwen3-FP8, MiMo-V2.5, GLM-5.1-W8A8",
    ),
}
"""Title of a scheme → how the shape of its weights is found, and which witness says that this is right."""

INTRO = """\
# Evidence and settlement

moeaudit counts from what a repo publishes and never from its weights' values: `config.json`, the weight index, the
headers of the safetensors files. Each count says what it rests on, and what is not settled is never shown as if it
were.

## What a count rests on

| basis | meaning |
|---|---|
{bases}

A sum has the weakest basis of its lines. JSON carries it beside every value (`"basis"`); a value of which something
is not settled also carries `"open"`, the number of parameters that the evidence leaves open, in it or beside it. A
claim is called contradicted by an `error` only where it lies outside the value and everything that is open. It is a
warning that says what would decide it where a card does not say whose the figure is, where config.json lacks the
section of a part, where running text only happens to equal a product, or where the figure is a slip that the same card
explains (the word "active" left out, a difference of rounded figures).

A table that was derived from a config instead of read (recorded evidence says `synthesised`) confirms nothing: its
counts are `predicted`.

## How deep is read

By default moeaudit reads on until the account is settled: the config and the weight index first; the headers too
where

- a name of the index is not the config's, or one of the config's is not there,
- the bytes of the index (`total_size`) do not fit the config's shapes, or are not stated,
- the storage format cannot be told from names,
- other experts are there than the config says,
- shards are missing,
- or nobody knows the family.

`--depth` is a limit set by hand. The doubt is then printed with the depth that would settle it, and a contradiction
that the index alone proves (bytes that cannot fit these shapes) is an error. Small tensors in another type do not
send it deeper: where every name is the config's and only the bytes are not, routers, norms, biases, decay tables,
convolutions or scales kept in F32 (or BF16) may explain the rest to the byte; then the account is settled, and a
note says which.

## How both sides are compared

Not by stored names: the packing is undone on both sides first, and *weights* are held against weights.

- **Stored otherwise.** A weight stored plain where packing was predicted, or packed where plain was, is one weight
  with a note.
- **Another prefix.** `model.` for `model.language_model.`, a level lost or added: recognised by the names below it,
  said once, counted.
- **Another layout.** Experts numbered, stacked, split into gate and up or fused, transposed, flat (`(E·F, H)`),
  called w1/w2/w3 or `switch_mlp`; matrices of one module joined or taken apart: the same weights, in any family.
  Beside an index, which tells no numbers, by names that are known for it (`kv_b_proj` and mlx-lm's `embed_q` with
  `unembed_out`, `qkv_proj`, `gate_up_proj`), and to the byte.
- **The layer's own experts.** How many experts a layer has is what its weights hold: the numbers present, or the
  rows of its stacks. Where whole experts are gone and nothing else is, the weights decide, the routed share of that
  layer is its own experts × its own top-k ÷ its own experts, and one finding says which are gone. Where more is
  gone, the copy is incomplete: the totals stay the config's, marked as not settled, and `total.stored` is what the
  files hold.
- **Not understood.** Tensors that nothing explains are no parameters until proven. Where the architecture says
  which weights they stand for, those count as the config describes them (`assumed`); else they stand apart, with
  their number and bytes, and where no family is known no total is given.
- **Beside the index.** Weight files that the index does not name are read before anything is said of them: a second
  copy is not counted; the only copy of a prediction module, and tensors that the index forgets, are; anything else
  is named.

## Storage formats

| format | tensors beside a weight | how the shape is found | witness |
|---|---|---|---|
{formats}

What stands beside a weight under a name of its own (`weight_offset`, `deq_scale`, `k_scale`, …) is told from a
parameter by its shape and type against the weight. VPTQ, SpQR and whatever else is not in this table stay
unsettled: the weights they stand for count as the config describes them.

## Causes of doubt

| cause | severity | what it means |
|---|---|---|
{causes}
"""


def evidence() -> Iterator[tuple[str, str]]:
    """The page. KeyError where a storage scheme has no line here."""
    yield (
        "docs/evidence.md",
        INTRO.format(
            bases="\n".join(f"| `{basis.value}` | {text} |" for basis, text in BASIS_TEXT.items()),
            formats="\n".join(_format(scheme) for scheme in SCHEMES),
            causes="\n".join(f"| `{rule.id}` | {rule.severity.value} | {rule.decided} |" for rule in CAUSES),
        ),
    )


def _format(scheme: type[Scheme]) -> str:
    found, witness = UNDERSTOOD[scheme.title]
    suffixes = dict.fromkeys(chain.from_iterable((suffix for _, suffix in spelling) for spelling in scheme.spellings))
    shown = [f"`{suffix}`" for suffix in suffixes if suffix not in ("", ".weight")]
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return f"| {scheme.title} | {', '.join(shown[:8])}{more} | {found} | {witness} |"
