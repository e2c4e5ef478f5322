"""The pictures: well-formed, described in words, at scale, the same bytes each time, and inert."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from moeaudit.reports.packet.model import DeviceMemory, LayerRun, MemoryPart, Packet
from moeaudit.reports.pictures.layers import MOST, layer_map
from moeaudit.reports.pictures.memory import device_memory
from moeaudit.reports.writers.templates import Templates
from tests.packet_pictures.samples import FLEETS, HOSTILE, ORDER, pictures, poisoned, sample

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Templates().strings["pictures"]
MODELS = [name for name in FLEETS if name != "gpt-4"]


def texts(root: Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def widths(root: Element) -> list[float]:
    return [float(rect.get("width", "0")) for rect in root.findall(f"{SVG}rect")]


@pytest.mark.parametrize("name", MODELS)
def test_every_picture_is_described_in_words_and_refers_to_nothing_outside(name: str) -> None:
    drawn = pictures(sample(name))
    assert tuple(drawn) == ORDER
    for picture, svg in drawn.items():
        root = fromstring(svg)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{picture}-title {picture}-desc"
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and title.text
        assert description is not None and len(description.text or "") > 100
        assert svg.count("http") == svg.count('xmlns="http://www.w3.org/2000/svg"') == 1
        identities = [element.get("id", "") for element in root.iter() if element.get("id")]
        assert all(one.startswith(picture) for one in identities) and len(identities) == len(set(identities))


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_drawn_outside_the_sheet(name: str) -> None:
    for svg in pictures(sample(name)).values():
        root = fromstring(svg)
        wide, tall = (float(size) for size in root.get("viewBox", "").split()[2:])
        for box in root.findall(f"{SVG}rect"):
            x, y, width, height = (float(box.get(one, "0")) for one in ("x", "y", "width", "height"))
            assert x >= 0 and y >= 0 and x + width <= wide + 0.05 and y + height <= tall, svg[:80]
        assert all(0 <= float(text.get("y", "0")) <= tall for text in root.iter(f"{SVG}text"))


def test_a_model_without_evidence_has_no_picture() -> None:
    assert pictures(sample("gpt-4")) == {}


def test_the_component_bar_is_at_scale() -> None:
    """DeepSeek-V3 without its prediction modules has 671,026,419,200 parameters; one token uses 37,552,297,472."""
    root = fromstring(pictures(sample("deepseek-v3"))["components"])
    segments = [
        float(box.get("width", "0"))
        for box in root.findall(f"{SVG}rect")
        if box.get("y") == "28" and box.get("height") == "34"
    ]
    assert sum(segments) == pytest.approx(704, abs=0.2)
    unused = 671_026_419_200 - 37_552_297_472
    stored = sum(one.stored for one in sample("deepseek-v3").architecture.components)
    assert max(segments) == pytest.approx(704 * unused / stored, rel=1e-3)
    assert "one token uses: active.full 37.55B, 5.5% of what is stored" in texts(root)


def test_the_layer_map_has_a_cell_for_each_layer() -> None:
    """gpt-oss-120b alternates windows and full attention over 36 layers, all of them MoE."""
    drawn = texts(fromstring(pictures(sample("gpt-oss-120b"))["layers"]))
    key = 1  # each letter stands once more in the key
    assert (drawn.count("W"), drawn.count("A"), drawn.count("M")) == (18 + key, 18 + key, 36 + key)


def run(first: int, last: int, mixer: str = "attention", ffn: str = "moe") -> LayerRun:
    return LayerRun("language", "model.layers.{}", first, last, mixer, "", ffn, "", 8, 2, 1, 1)


def test_94_layers_stay_legible_and_numbered() -> None:
    root = fromstring(layer_map([run(0, 93)], WORDS["layers"]))
    assert {"0", "32", "64", "92", "93"} <= set(texts(root))
    assert min(width for width in widths(root)) >= 20


def test_a_stack_without_end_is_cut_and_says_so() -> None:
    svg = layer_map([run(0, 99_999)], WORDS["layers"])
    assert texts(fromstring(svg)).count("A") == MOST + 1
    assert f"and {100_000 - MOST} more layers that are not drawn" in texts(fromstring(svg))


def test_memory_over_the_limit_is_drawn_over_the_limit() -> None:
    gib = 2**30
    stage = DeviceMemory(1, 80 * gib, (MemoryPart("routed_experts", 100 * gib), MemoryPart("overhead", 20 * gib)), 0)
    root = fromstring(device_memory([stage], WORDS["memory"]))
    assert "stage 1: 120.00 GiB against a limit of 80.00 GiB, over the limit by 40.00 GiB" in texts(root)
    limits = [float(line.get("x1", "0")) for line in root.findall(f"{SVG}line") if line.get("stroke-width") == "2"]
    assert limits == [pytest.approx(8 + 704 * 80 / 120, abs=0.01)]


def test_stages_that_hold_the_same_share_a_bar() -> None:
    stages = [DeviceMemory(number, 100, (MemoryPart("head", 60),), 40) for number in (1, 2, 3)]
    other = DeviceMemory(4, 100, (MemoryPart("head", 70),), 30)
    drawn = fromstring(device_memory([*stages, other], WORDS["memory"]))
    headings = [text for text in texts(drawn) if text.startswith("stage ")]
    assert [heading.split(":")[0] for heading in headings[:2]] == ["stage 1–3", "stage 4"]


def test_a_dot_is_filled_where_the_claimed_figure_holds_it() -> None:
    """Mixtral states 46.7B and the files give 46.70B under total.full."""
    root = fromstring(pictures(sample("mixtral-8x7b-v0.1"))["claims-total"])
    filled = [dot for dot in root.iter(f"{SVG}circle") if dot.get("fill") == "currentColor"]
    assert filled and "46.7B: inferred" in texts(root)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_inert(kind: str) -> None:
    for svg in pictures(poisoned(sample("deepseek-v3"), HOSTILE[kind])).values():
        root = fromstring(svg)  # well-formed, whatever was in it
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            "svg",
            "title",
            "desc",
            "defs",
            "pattern",
            "rect",
            "path",
            "text",
            "line",
            "circle",
        }
        assert not {"\u202e", "\u2066", "\x1b", "\u200b", "\ufeff"} & set(svg)
        assert len(svg) < 200_000


def test_the_same_facts_give_the_same_bytes() -> None:
    packet: Packet = sample("kimi-k2-instruct")
    assert pictures(packet) == pictures(replace(packet))


def test_a_count_that_truncates_to_a_claim_is_a_filled_dot() -> None:
    """DeepSeek-V3's 37B: 36.63B and 37.31B round to it, 37.55B truncates to it, as the verdict says."""
    drawn = pictures(sample("deepseek-v3"))["claims-active"]
    filled = [element for element in fromstring(drawn).iter(f"{SVG}circle") if element.get("fill") == "currentColor"]
    assert len(filled) == 3
