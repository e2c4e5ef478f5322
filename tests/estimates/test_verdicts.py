"""What a report says first, by the result; and that nothing below a verdict says otherwise."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from moeaudit.costs.fleet import Fleet, Prices
from moeaudit.costs.layout import Layout
from moeaudit.costs.search import Verdict
from moeaudit.limits import FLEETS_TRIED
from tests.estimates.pages import FULL, USUAL, drawn, found, of, said

FITS, SHORT, CLOSE = of("8xH200"), of("8xH100"), of("2xA100-40GB")

FIRST: dict[str, tuple[str, Fleet, str]] = {
    # the whole first sentence, for a request of 8,192 tokens where nothing else is said
    "fits": ("DeepSeek-V3", FITS, "FITS: DeepSeek-V3 on 8 × H200-SXM with TP 4 · EP 8 · DP 2, vLLM, {}."),
    "does not fit": ("DeepSeek-V3", SHORT, "DOES NOT FIT: DeepSeek-V3 on 8 × H100-SXM, vLLM, {}."),
    "too close": (
        "gpt-oss-120b", CLOSE,
        "TOO CLOSE TO CALL: gpt-oss-120b on 2 × A100-40G-SXM with TP 1 · PP 2, vLLM, {}."),
    "a context that is named": (
        "DeepSeek-V3", of("8xH200", context=8192),
        "FITS: DeepSeek-V3 on 8 × H200-SXM with TP 4 · EP 8 · DP 2, vLLM, at 8,192 tokens a request."),
    "many requests": (
        "DeepSeek-V3", of("2x8xH200", context=32_768, concurrency=64),
        ("FITS: DeepSeek-V3 on 16 × H200-SXM in 2 nodes with TP 4 · EP 8 · DP 2 · × 2 replicas, vLLM, for 64 requests "
         "at once of 2,000 tokens, up to 32,768 each.")),
    "as many as the context holds": (
        "DeepSeek-V3", of("8xH200", Layout(8), context=2000, concurrency=64),
        "FITS: DeepSeek-V3 on 8 × H200-SXM with TP 8, vLLM, for 64 requests at once of 2,000 tokens."),
    "more than run at once": (
        "DeepSeek-V3", of("8xH200", Layout(8), concurrency=1000),
        ("STARTS, AND QUEUES: DeepSeek-V3 on 8 × H200-SXM with TP 8, vLLM, 311 of 1,000 requests at once of 2,000 "
         "tokens, up to 8,192 each. The rest queue: the cache is full.")),
    "one request": (
        "Mixtral-8x7B", of("1xH200", concurrency=1),
        "FITS: Mixtral-8x7B on 1 × H200-SXM with TP 1, vLLM, at 8,192 tokens a request."),
    "a layout": (
        "DeepSeek-V3", of("8xH200", Layout(8), "sglang"),
        "FITS: DeepSeek-V3 on 8 × H200-SXM with TP 8, SGLang, {}."),
    "one device": (
        "Mixtral-8x7B", of("1xH200"), "FITS: Mixtral-8x7B on 1 × H200-SXM with TP 1, vLLM, {}."),
}  # fmt: skip
USUALLY = "at 8,192 tokens a request, the default"


@pytest.mark.parametrize("case", FIRST)
@pytest.mark.parametrize("preset", [USUAL, "explained", FULL])
def test_the_verdict_is_the_first_line(case: str, preset: str) -> None:
    model, fleet, sentence = FIRST[case]
    assert said(found(model, fleet), preset).startswith(sentence.format(USUALLY))
    assert drawn(found(model, fleet), preset).startswith(sentence[:40].partition("{")[0])


@pytest.mark.parametrize("case", FIRST)
@pytest.mark.parametrize("medium", ["markdown", "html"])
def test_and_on_pages_the_first_sentence(case: str, medium: str) -> None:
    model, fleet, sentence = FIRST[case]
    assert sentence.format(USUALLY) in said(found(model, fleet), FULL, medium)


LARGE = of("1xH200", context=327_680)

THEN: dict[str, tuple[str, Fleet, list[str]]] = {
    "the model's own context fits": (
        "DeepSeek-V3", FITS, ["The model's own 163,840 tokens fit, too: 6 requests at once."]),
    "it does not": (
        "Kimi-K2", of("8xH200"), ["The model's own 131,072 tokens do not fit: ", "are lacking. The smallest fleet that",
                                  "surely holds both is 16 × H200-SXM (TP 8 · EP 8 · PP 2)."]),
    "it does on another fleet": (
        "Mixtral-8x7B", of("2xH100", Layout(2), "sglang", context=8192),
        ["The model's own 32,768 tokens fit, too: "]),
    "it was asked for": (
        "DeepSeek-V3", of("8xH200", context=163_840), ["That is the length that the config is made for."]),
    "more was asked for": (
        "DeepSeek-V3", of("8xH200", context=163_841),
        ["That is longer than the 163,840 positions that the config is made for."]),
    "what is asked does not fit": ("DeepSeek-V3", SHORT, ["The model's own 163,840 tokens need more still."]),
    "by how much, and what would do": (
        "DeepSeek-V3", SHORT,
        ["The nearest of 36 layouts, TP 8, lacks 14.34 GiB on its fullest device: the weights alone exceed the device.",
         "The smallest fleet that surely holds it is 16 × H100-SXM (TP 8 · EP 8 · PP 2)."]),
    "a fixed layout": (
        "DeepSeek-V3", of("8xH100", Layout(8)), ["The fullest device lacks 14.34 GiB: the weights alone"]),
    "more of the device would do": (
        "Mixtral-8x7B", LARGE, ["the cache is too small for it.",
                                "From a memory utilisation of 0.927 on it would start (set: 0.9)."]),
    "no fleet": (
        "Mixtral-8x7B", of("1xH200", concurrency=10**8),
        [f"On no fleet of up to {FLEETS_TRIED} of this device all surely run at once."]),
    "a length that no fleet holds": (
        "Mixtral-8x7B", of("1xH200", context=10**9), [f"No fleet of up to {FLEETS_TRIED} of this device holds it."]),
    "both lengths": (
        "DeepSeek-V3", of("8xH200", Layout(8), concurrency=1000), ["Requests at once 76 at 8,192 tokens, 311 at 2,000",
        "All surely run on 8 × H200-SXM (TP ", "311 of 1,000 at once, 1,000 in, 1,000 out"]),
    "perhaps not all at once": (
        "DeepSeek-V3", of("8xH200", Layout(8), concurrency=311),
        ["TOO CLOSE TO CALL: ", "It surely starts; typically 311 of 311 run at once. The fullest device has "]),
    "how close": (
        "gpt-oss-120b", CLOSE,
        ["The fullest device has -1.43 GiB to 3.60 GiB for the cache, 218.5 MiB is asked: graphs decide."]),
    "room": (
        "DeepSeek-V3", FITS, ["Requests at once 142 with TP 4 · EP 8 · DP 2; at most 519, with TP 1 · PP 8",
                              "Smallest fleet 8 × H200-SXM (TP 4 · EP 8 · DP 2)"]),
}  # fmt: skip


@pytest.mark.parametrize("case", THEN)
def test_then_why_and_what_else(case: str) -> None:
    model, fleet, sentences = THEN[case]
    text = said(found(model, fleet))
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_a_fleet_for_the_models_own_context_is_named() -> None:
    """Fits what is asked, and not the config's length: the fleet that holds that is said."""
    one = found("Mixtral-8x7B", of("2xH100", Layout(2)))
    assert one.longer is not None
    longer = replace(one.longer, fit=found("Mixtral-8x7B", LARGE).chosen.fit, smallest=one.chosen.fit)
    text = said(replace(one, longer=longer))
    assert (
        "The model's own 32,768 tokens do not fit: 3.79 GiB are lacking. They surely fit on 2 × H100-SXM (TP 2)."
        in text
    )


def test_a_config_without_a_length_of_its_own() -> None:
    one = found("Mixtral-8x7B", of("1xH200"))
    bare = replace(one.model.architecture, context_length=None)
    short = replace(one, model=type(one.model)(bare, one.model.storage), longer=None)
    assert "The config names no length of its own, so nothing is said of a longer request." in said(short)


OF_WHAT_STARTS = ("time to first token", "tokens per second", "per million", "joules", "The engine will log", "ms",
                  "Requests at once", "a device sends", "dispatches", "Decode is bound")  # fmt: skip


@pytest.mark.parametrize(("preset", "medium"), [*product([USUAL, "explained", FULL], ["text"]), (FULL, "html")])
@pytest.mark.parametrize(
    ("model", "gpus"), [("DeepSeek-V3", "8xH100"), ("Mixtral-8x7B", "2xRTX-4090"), ("Mixtral-8x7B", "1xH100")]
)
def test_nothing_pretends_that_it_starts(model: str, gpus: str, preset: str, medium: str) -> None:
    """No times, no cost, no log, no cache below nothing; another way to run it is called one, and is not in the first
    screen's figures."""
    one = found(model, replace(of(gpus), prices=Prices(2.5, "EUR")))
    assert one.verdict is Verdict.SHORT
    text = said(one, preset, medium)
    if preset == FULL:
        assert "Not estimated, for it does not fit and so never starts." in text
        before, after = text.split("Experts in host memory", 1)
        assert "alone, with the experts that do not fit kept in host memory" in after
        text = before
    assert [words for words in OF_WHAT_STARTS if words in text] == []


@pytest.mark.parametrize("preset", [USUAL, FULL])
def test_what_may_not_start_says_so_beside_its_times(preset: str) -> None:
    assert "If it starts: 22 × 1,000 tokens in, 1,000 out" in said(found("gpt-oss-120b", CLOSE), preset)
    assert "If it starts" not in said(found("DeepSeek-V3", FITS), preset)


def test_host_memory_that_is_given_was_asked_for() -> None:
    """Two thirds of the experts in 128 GiB: on the first screen, and no step to go on to."""
    given = said(found("Mixtral-8x7B", replace(of("1xRTX-4090"), host_memory_gib=128.0)))
    assert "Experts in host memory One RTX-4090 alone" in given and "another way" not in given
    plain = said(found("Mixtral-8x7B", of("1xRTX-4090")))
    assert "Experts in host memory" not in plain and "--all another way: " in plain


def test_a_missing_figure_of_the_device_is_named() -> None:
    one = found("Mixtral-8x7B", of("4xH20-3e"))
    for preset in (USUAL, FULL):
        text = said(one, preset)
        assert "Not estimated: no bandwidth for H20-3e: " in text and "time to first token" not in text


@pytest.mark.parametrize("preset", [USUAL, "explained"])
@pytest.mark.parametrize(("model", "fleet"), [(model, fleet) for model, fleet, _ in (*FIRST.values(), *THEN.values())])
def test_the_first_screen_is_a_screen(model: str, fleet: Fleet, preset: str) -> None:
    """80 columns; 23 lines and the prompt below them, unless more is asked for."""
    lines = drawn(found(model, fleet), preset).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    if preset == USUAL:
        assert len(lines) <= 23


def test_names_from_a_repo_cannot_move_the_cursor() -> None:
    one = found("Mixtral-8x7B", of("1xH200"))
    name = "evil\x1b[2J\u202ename"
    told = replace(one, model=type(one.model)(one.model.architecture, one.model.storage, name=name))
    for medium in ("text", "markdown", "html"):
        text = drawn(told, FULL, medium)
        assert "\x1b[2J" not in text and "\u202e" not in text
