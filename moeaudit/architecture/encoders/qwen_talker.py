"""The speech half of Qwen3-Omni: a talker (experts too), a predictor of the finer codes, and the codec that makes the
wave.

All of it counts as audio: the language model's figures leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Block, Embedding, FeedForward, Head, Linear, Module, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_vision import projection
from moeaudit.architecture.families.common import decoder_layer, grouped_attention
from moeaudit.architecture.families.qwen import sparse_block, text_layers
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.limits import CODEBOOKS
from moeaudit.vocabulary import Component, Part


def talker(c: Config) -> tuple[Piece, ...]:
    """The decoder of first codes, fed by two projections from the thinker, and the code predictor."""
    t = c.section("text_config", required=True)
    hidden, inner, codes = (
        t.int("hidden_size"),
        t.int("intermediate_size", default=2048),
        t.int("vocab_size", default=3072),
    )
    sparse = sparse_block(
        t, experts=128, selected=8, width=384, shared=t.int("shared_expert_intermediate_size", default=768, least=0)
    )
    attention = grouped_attention(t, qk_norm="head", kv_heads=2)
    layers = text_layers(t, attention, (sparse,) * layer_count(t, default=20))
    thinker = c.int("thinker_hidden_size", default=2048)
    resize = module({"linear_fc1": projection(thinker, inner), "linear_fc2": projection(inner, hidden)})
    return (
        Single("talker.text_projection", resize, Part.AUDIO),
        Single("talker.hidden_projection", resize, Part.AUDIO),
        Single("talker.model.codec_embedding", Embedding(codes, hidden), Part.AUDIO),
        Stack("talker.model.layers.{}", layers, part=Part.AUDIO),
        Single("talker.model.norm", Norm(hidden), Part.AUDIO),
        Single("talker.codec_head", Head(codes, hidden, c.flag("tie_word_embeddings", default=False)), Part.AUDIO),
        *code_predictor(c.section("code_predictor_config")),
    )


def code_predictor(c: Config) -> tuple[Piece, ...]:
    """A small dense decoder with one table and one head for every codebook after the first."""
    p = with_defaults(c, hidden_size=1024, num_attention_heads=16)
    hidden, codes = p.int("hidden_size"), p.int("vocab_size", default=2048)
    books = bounded(p, "num_code_groups", 32) - 1
    attention = grouped_attention(p, qk_norm="head", kv_heads=8, head_dim=128)
    layer = decoder_layer(hidden, attention, FeedForward(hidden, p.int("intermediate_size", default=3072)))
    return (
        Stack(
            "talker.code_predictor.model.codec_embedding.{}",
            (Embedding(codes, hidden),) * books,
            part=Part.AUDIO,
            role="tables",
        ),
        Stack("talker.code_predictor.model.layers.{}", (layer,) * layer_count(p, default=5), part=Part.AUDIO),
        Single("talker.code_predictor.model.norm", Norm(hidden), Part.AUDIO),
        Stack("talker.code_predictor.lm_head.{}", (Head(codes, hidden),) * books, part=Part.AUDIO, role="heads"),
    )


def code_to_wave(c: Config) -> tuple[Piece, ...]:
    """Code embeddings, a windowed transformer with layer scales, two upsampling stages, and a convolutional decoder."""
    w = with_defaults(c, hidden_size=1024, num_attention_heads=16)
    hidden, width = w.int("hidden_size"), w.int("decoder_dim", default=1536)
    table = Embedding(w.int("codebook_size", default=2048) * w.int("num_quantizers", default=16), hidden)
    attention = grouped_attention(w, kv_heads=16, window=w.int("sliding_window", default=72))
    scale = Tensor("scale", (hidden,), Component.OTHER, note="layer scale")
    layer = Module(
        (
            *decoder_layer(hidden, attention, FeedForward(hidden, w.int("intermediate_size", default=3072))).children,
            ("self_attn_layer_scale", scale),
            ("mlp_layer_scale", scale),
        )
    )
    return (
        Single("code2wav.code_embedding", table, Part.AUDIO),
        Stack("code2wav.pre_transformer.layers.{}", (layer,) * layer_count(w, default=8), part=Part.AUDIO),
        Single("code2wav.pre_transformer.norm", Norm(hidden), Part.AUDIO),
        *(
            Single(f"code2wav.upsample.{number}", upsample(hidden, factor), Part.AUDIO)
            for number, factor in enumerate(w.ints("upsampling_ratios", default=(2, 2), least=1))
        ),
        *wave_decoder(hidden, width, w.ints("upsample_rates", default=(8, 5, 4, 3), least=1)),
    )


def upsample(width: int, factor: int) -> Block:
    """A transposed convolution and a ConvNeXt block (arXiv:2201.03545)."""
    return module(
        {
            "0.conv": Convolution(width, width, (factor,), transposed=True),
            "1.dwconv.conv": Convolution(width, width, (7,), groups=width),
            "1.norm": Norm(width, bias=True),
            "1.pwconv1": Linear(width, 4 * width, bias=True),
            "1.pwconv2": Linear(4 * width, width, bias=True),
            "1": Tensor("gamma", (width,), Component.OTHER, note="layer scale"),
        }
    )


def wave_decoder(hidden: int, width: int, rates: tuple[int, ...]) -> Iterator[Piece]:
    """Each stage halves the channels and lengthens the signal by its rate; Snake activations have two scales a
    channel."""
    yield Single("code2wav.decoder.0.conv", Convolution(hidden, width, (7,)), Part.AUDIO)
    for number, rate in enumerate(rates):
        inputs, outputs = width // 2**number, width // 2 ** (number + 1)
        unit = module(
            {
                "act1": snake(outputs),
                "conv1.conv": Convolution(outputs, outputs, (7,)),
                "act2": snake(outputs),
                "conv2.conv": Convolution(outputs, outputs, (1,)),
            }
        )
        stage = module(
            {
                "0": snake(inputs),
                "1.conv": Convolution(inputs, outputs, (2 * rate,), transposed=True),
                "2": unit,
                "3": unit,
                "4": unit,
            }
        )
        yield Single(f"code2wav.decoder.{number + 1}.block", stage, Part.AUDIO)
    last = width // 2 ** len(rates)
    yield Single(f"code2wav.decoder.{len(rates) + 1}", snake(last), Part.AUDIO)
    yield Single(f"code2wav.decoder.{len(rates) + 2}.conv", Convolution(last, 1, (7,)), Part.AUDIO)


def snake(width: int) -> Block:
    scales = (("", Tensor(name, (width,), Component.OTHER, note="activation scale")) for name in ("alpha", "beta"))
    return Module(tuple(scales))


def with_defaults(c: Config, **values: int) -> Config:
    """The section with the family's values for fields it omits."""
    return Config(
        {**values, **{name: value for name, value in c.data.items() if value is not None}}, c.path, c.file, c.notices
    )


def bounded(c: Config, name: str, default: int) -> int:
    """A small count that becomes a list of blocks."""
    count = c.int(name, default=default, least=2)
    if count > CODEBOOKS:
        raise c.contradiction(f"{count} codebooks, {CODEBOOKS.words()}", name)
    return count
