"""The sound encoders of Nemotron 3.5 Transcribe: one for speech, one that tells speakers apart (Sortformer,
arXiv:2409.06656), and a head that times words. Names: transformers 5.24."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Linear, Module, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Component, Part

LEVEL = "perception.encoder"


def sound_encoders(a: Config) -> Iterator[Piece]:
    """Frames of a spectrogram go to both encoders; what they find is added up."""
    speech, diarization = a.section("asr_config"), a.section("diarization_config")
    voices, head = diarization.section("audio_config"), diarization.section("head_config")
    width = speech.int("hidden_size", default=1280)
    speakers = head.int("num_speakers", default=8)
    yield from encoder(speech, f"{LEVEL}.asr_encoder", width, layers=32, heads=10, mlp=5120, qk_norm=True)
    yield Single(f"{LEVEL}.asr_norm", Norm(width, bias=True), Part.AUDIO)
    yield Single(f"{LEVEL}.diar_norm", Norm(speakers, bias=True), Part.AUDIO)
    voice = voices.int("hidden_size", default=512)
    level = f"{LEVEL}.diarization_model"
    yield from encoder(voices, f"{level}.encoder", voice, layers=31, heads=8, mlp=2048)
    yield Single(f"{level}.sortformer_modules", speaker_head(head, speakers), Part.AUDIO)


def encoder(
    e: Config, prefix: str, hidden: int, *, layers: int, heads: int, mlp: int, qk_norm: bool = False
) -> Iterator[Piece]:
    """Stacked frames through one matrix, then a transformer. The numbers are the encoder's defaults."""
    frames = e.int("num_mel_bins", default=128) * e.int("subsampling_factor", default=8)
    layer = sound_layer(e, hidden, heads=heads, mlp=mlp, qk_norm=qk_norm)
    yield Single(f"{prefix}.pre_encode.proj", Linear(frames, hidden), Part.AUDIO)
    yield from transformer(prefix, layer, layer_count(e, default=layers), hidden)


def transformer(prefix: str, layer: Module, layers: int, hidden: int) -> Iterator[Piece]:
    """Layers between two norms."""
    norms = module({name: Norm(hidden, bias=True) for name in ("embed_norm", "final_norm")})
    yield Single(prefix, norms, Part.AUDIO)
    yield Stack(f"{prefix}.layers.{{}}", (layer,) * layers, part=Part.AUDIO, role="encoder")


def sound_layer(e: Config, hidden: int, *, heads: int, mlp: int, qk_norm: bool) -> Module:
    """A plain encoder layer; `qk_norm`: norms over the heads' features. Values have all heads whatever
    `num_key_value_heads` says."""
    heads = e.int("num_attention_heads", default=heads)
    kv_heads = e.int("num_key_value_heads", default=heads)
    size = head_size(e, hidden, heads)
    attention = EncoderAttention(
        hidden,
        heads,
        size,
        kv_heads,
        bias=False,
        output_bias=True,
        fused=True,
        names=(("qkv", "w_qkv"), ("o_proj", "out_proj")),
        value_heads=heads,
    )
    norm = Norm(size, bias=True, component=Component.ATTENTION)
    return encoder_layer(
        Module((("", attention), *((("q_norm", norm), ("k_norm", norm)) if qk_norm else ()))),
        encoder_mlp(hidden, e.int("intermediate_size", default=mlp), "net.0", "net.3"),
        Norm(hidden, bias=True),
        attention_name="attn",
        mlp_name="ffn",
        norms=("norm1", "norm2"),
    )


def speaker_head(head: Config, speakers: int) -> Module:
    """Features to probabilities of each speaker, at the frames' own rate again."""
    hidden, features = head.int("hidden_size", default=192), head.int("audio_hidden_size", default=512)
    return module(
        {
            "encoder_proj": Linear(features, hidden, bias=True),
            "first_hidden_to_hidden": Linear(hidden, hidden, bias=True),
            "single_hidden_to_spks": Linear(hidden, speakers, bias=True),
            "subpixel_upsample": Convolution(hidden, hidden * head.int("subsampling_factor", default=8), (3,)),
            "": Tensor("learnable_sil_emb", (features,), Component.EMBEDDING),
        }
    )


def word_timer(w: Config) -> Iterator[Piece]:
    """Speech features at a finer rate through a small transformer, to the units that a connectionist loss aligns."""
    prefix, hidden = "ctc_timestamp.decoder", w.int("hidden_size", default=1280)
    finer = w.int("upsampling_factor", default=2)
    layer = sound_layer(w, hidden, heads=16, mlp=640, qk_norm=True)
    units = w.int("vocab_size", default=23863)
    yield Single(f"{prefix}.upsample", Convolution(hidden, hidden, (finer,), transposed=True), Part.AUDIO)
    yield from transformer(f"{prefix}.transformer", layer, layer_count(w, default=2), hidden)
    yield Single(f"{prefix}.decoder_layers.0", Convolution(hidden, units, (1,)), Part.AUDIO)
