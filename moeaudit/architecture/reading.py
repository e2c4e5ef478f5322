"""What many families and encoders read alike: numbers of layers, words by layer, experts, sections."""

from __future__ import annotations

from collections.abc import Callable

from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.config import PREDICTION_MODULES, Config
from moeaudit.architecture.field_names import EXPERTS, SELECTED
from moeaudit.architecture.spelling import with_encoders
from moeaudit.errors import Place, UsageError
from moeaudit.limits import LAYERS

CONTEXT = ("max_position_embeddings",)
"""The field with the number of positions a model is made for."""


W123: Names = (("gate_proj", "w1"), ("up_proj", "w3"), ("down_proj", "w2"))
"""Mixtral's words for the matrices of a feed-forward."""


def layer_count(c: Config, *names: str, default: int | None = None) -> int:
    """`num_hidden_layers`, bounded: no model has more than LAYERS, and a layer is an entry of a list."""
    names = names or ("num_hidden_layers",)
    layers = c.int(*names) if default is None else c.int(*names, default=default)
    if layers > LAYERS:
        raise c.contradiction(f"{layers} layers are more than any model has ({LAYERS} are read)", *names)
    return layers


def prediction_modules(c: Config, default: int = 0) -> int:
    """`num_nextn_predict_layers` (or `num_mtp_layers`), bounded like the layers. No statement is no module, unless
    `default`."""
    names = PREDICTION_MODULES
    return (
        layer_count(c, *names) if c.has(*names) and c.int(*names, least=0) else c.int(*names, default=default, least=0)
    )


def layer_words(c: Config, layers: int, name: str, default: Callable[[int], str]) -> tuple[str, ...]:
    """A per-layer list of words such as `layer_types`; where absent, `default(layer number)`. One for each layer;
    fewer are an error."""
    if not c.has(name):
        return tuple(default(number) for number in range(layers))
    return c.each_layer(layers, name, c.words(name))


def sparse_layers(c: Config, layers: int, first_dense: int = 0) -> tuple[bool, ...]:
    """Which layers hold experts: `mlp_layer_types` where given, else all after `first_k_dense_replace` (or its
    default)."""
    dense = c.int("first_k_dense_replace", default=first_dense, least=0)
    words = layer_words(c, layers, "mlp_layer_types", lambda number: "dense" if number < dense else "sparse")
    return tuple(word != "dense" for word in words)


def windows(
    c: Config, layers: int, *, default: Callable[[int], bool], window: int | None = None
) -> tuple[int | None, ...]:
    """Each layer's window, None where it sees everything. `layer_types` decides; where absent, `default(layer)` says
    whether it slides. `window`: the family's own default of `sliding_window`."""
    size = c.int("sliding_window", default=window)
    words = layer_words(
        c, layers, "layer_types", lambda number: "sliding_attention" if default(number) else "full_attention"
    )
    return tuple(size if "sliding" in word else None for word in words)


def routed(c: Config) -> tuple[int, int]:
    """(experts, experts per token), whatever the fields are called. More selected than there are is an error."""
    experts, selected = c.int(*EXPERTS), c.int(*SELECTED)
    check_selection(c, experts, selected)
    return experts, selected


def check_selection(c: Config, experts: int, selected: int) -> None:
    """Error where a token is said to use more experts than there are."""
    if selected > experts:
        asked, present = (next((name for name in names if c.has(name)), names[0]) for names in (SELECTED, EXPERTS))
        raise c.contradiction(f"{selected} experts per token, but only {experts} experts", asked, present)


def head_size(c: Config, hidden: int, heads: int) -> int:
    """The width of one head of several that share a width. Error where they do not divide it: loaders refuse such a
    model, or build matrices that its own code cannot run."""
    if hidden % heads:
        raise UsageError(
            f"{heads:,} heads do not divide a width of {hidden:,}",
            place=Place(c.file, path=c.path.rstrip(".") or None),
            hint="Correct the number of heads or the width; or audit the weights alone with --depth headers.",
        )
    return hidden // heads


def pixel_shuffle(c: Config, name: str = "downsample_ratio", default: float = 0.5) -> float:
    """How many neighbours in a row become one where a ratio of the side is kept: 2 for 0.5. UsageError for a ratio
    that keeps nothing, or more than there is."""
    ratio: float = c.number(name, default=default)
    if not 1e-3 <= ratio <= 1:
        raise c.contradiction("a ratio of the side that is kept lies between 0 and 1", name)
    return 1 / ratio


def check_groups(c: Config, kv_heads: int) -> None:
    """Error where queries cannot share the keys evenly. `kv_heads`: the family's own number."""
    if c.int("num_attention_heads") % c.int("num_key_value_heads", default=kv_heads):
        said = "the heads are no multiple of those of keys and values"
        raise c.contradiction(said, "num_attention_heads", "num_key_value_heads")


def encoder_section(c: Config, name: str) -> Config | None:
    """An encoder's section of a multimodal config; None where there is none. A notice where the class that saved the
    model has the encoder all the same: its sizes are then unknown, and defaults would only guess them."""
    if c.has(name):
        return c.section(name)
    if name not in c.data and any(map(with_encoders, c.words("architectures", default=()))):
        c.notice(
            "config-section-missing",
            f"{name} is missing, though the class named in architectures has such an encoder; it is not counted",
            name,
        )
    return None


def never_tied(c: Config) -> bool:
    """False, for families whose code keeps the head apart whatever `tie_word_embeddings` says; a notice where it says
    true."""
    if c.flag("tie_word_embeddings", default=False):
        c.notice(
            "config-field-ignored",
            "tie_word_embeddings is true, but this family's code never ties the head to the input table; "
            "both are counted",
            "tie_word_embeddings",
            tie_word_embeddings=True,
        )
    return False
