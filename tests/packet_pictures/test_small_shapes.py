"""The shapes of pictures one by one, by hand: what is drawn at a boundary, one unit below and one above."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from moeaudit.reports.packet.model import Amount, Claim, Component, Denominator, DeviceMemory, LayerRun, MemoryPart
from moeaudit.reports.pictures.canvas import Sheet, number
from moeaudit.reports.pictures.claims import MOST as BANDS
from moeaudit.reports.pictures.claims import claim_positions, fits, scale
from moeaudit.reports.pictures.components import component_bar, percent
from moeaudit.reports.pictures.layers import ROW, layer_map
from moeaudit.reports.pictures.memory import MOST as BARS
from moeaudit.reports.pictures.memory import device_memory, size_of
from moeaudit.reports.pictures.tones import PATHS, TONES, Pattern, Tone, tone
from moeaudit.reports.writers.templates import Templates
from tests.packet_pictures.samples import sample

SVG = "{http://www.w3.org/2000/svg}"
STRINGS = Templates().strings
WORDS = {
    kind: {**words, "tags": STRINGS["tags"], "between": STRINGS["between"]}
    for kind, words in STRINGS["pictures"].items()
}
GIB = 2**30


def drawn(sheet: Sheet) -> Element:
    return fromstring(sheet.finish(10, ["said."]))


def attributes(root: Element, kind: str) -> list[dict[str, str]]:
    return [dict(one.attrib) for one in root.iter(f"{SVG}{kind}")]


def texts(root: Element) -> dict[str, dict[str, str]]:
    return {one.text or "": dict(one.attrib) for one in root.iter(f"{SVG}text")}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (10, "10"), (100.0, "100"), (1.5, "1.5"), (1.25, "1.25"), (1.006, "1.01"), (1.004, "1"), (-0.5, "-0.5")],
)
def test_a_number_has_two_decimals_at_most(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("width", "shown"), [(None, "abcdef"), (43.2, "abcdef"), (43.1, "abcd…"), (14.4, "a…"), (1, "…"), (7.2, "…")]
)
def test_text_is_cut_where_it_would_be_wider(width: float | None, shown: str) -> None:
    """Six tenths of twelve units a sign: six signs take 43.2."""
    sheet = Sheet("a", "b")
    sheet.text(1, 2, "abcdef", width=width)
    assert list(texts(drawn(sheet))) == [shown]


def test_shapes_as_they_are_asked_for() -> None:
    sheet = Sheet("a", "b")
    sheet.text(1, 2, "plain")
    sheet.text(1.5, 2, "bold", bold=True, size=10.5, anchor="end", fill="#14202b")
    sheet.box(1, 2, 3, 4, Tone("#abcdef"))
    sheet.box(1, 2, 3, 4, Tone("#abcdef"), outline=False)
    sheet.line(1, 2, 3, 4)
    sheet.line(1, 2, 3, 4, width=2, dashes="3 2", faint=True, colour="#ffffff")
    sheet.dot(5, 6, filled=True)
    sheet.dot(5, 6, filled=False)
    root = drawn(sheet)
    assert texts(root) == {
        "plain": {"x": "1", "y": "2", "font-size": "12", "text-anchor": "start", "fill": "currentColor"},
        "bold": {"x": "1.5", "y": "2", "font-size": "10.5", "text-anchor": "end", "fill": "#14202b"}
        | {"font-weight": "600"},
    }
    box = {"x": "1", "y": "2", "width": "3", "height": "4", "fill": "#abcdef"}
    assert attributes(root, "rect") == [box | {"stroke": "#14202b", "stroke-width": "0.5"}, box]
    ends = {"x1": "1", "y1": "2", "x2": "3", "y2": "4"}
    assert attributes(root, "line") == [
        ends | {"stroke": "currentColor", "stroke-width": "1"},
        ends | {"stroke": "#ffffff", "stroke-width": "2", "stroke-dasharray": "3 2", "stroke-opacity": "0.35"},
    ]
    dot = {"cx": "5", "cy": "6", "r": "4.5", "stroke": "currentColor", "stroke-width": "1.5"}
    assert attributes(root, "circle") == [dot | {"fill": "currentColor"}, dot | {"fill": "none"}]
    assert attributes(root, "defs") == []  # nothing is defined that nobody uses
    assert root.get("viewBox") == "0 0 720 10" and (root.get("width"), root.get("height")) == ("720", "10")


def test_a_band_is_see_through_between_two_edges() -> None:
    sheet = Sheet("a", "b")
    sheet.band(10, 20, 5, 7, "#9db8d2")
    root = drawn(sheet)
    (box,) = attributes(root, "rect")
    assert box == {"x": "10", "y": "20", "width": "5", "height": "7", "fill": "#9db8d2", "fill-opacity": "0.4"}
    assert [(one["x1"], one["y1"], one["x2"], one["y2"]) for one in attributes(root, "line")] == [
        ("10", "20", "10", "27"), ("15", "20", "15", "27"),
    ]  # fmt: skip


def test_a_pattern_is_defined_once_for_each_colour() -> None:
    sheet = Sheet("a", "b")
    for colour in ("#111111", "#222222", "#111111"):
        sheet.box(0, 0, 1, 1, Tone(colour, Pattern.DOTS, "#333333"))
    root = drawn(sheet)
    assert [one["id"] for one in attributes(root, "pattern")] == ["a-dots-111111", "a-dots-222222"]
    path = {"d": PATHS[Pattern.DOTS], "stroke": "#333333", "stroke-width": "1.1", "fill": "none"}
    assert attributes(root, "path") == [path, path]
    fills = [one["fill"] for one in attributes(root, "rect") if "stroke" in one]
    assert fills == ["url(#a-dots-111111)", "url(#a-dots-222222)", "url(#a-dots-111111)"]


def test_tones_stay_apart() -> None:
    """Every component has a tone, no two the same colour in one pattern; every pattern draws something else."""
    looks = [(one.colour, one.pattern) for one in TONES.values()]
    assert len(looks) == len(set(looks))
    assert len(set(PATHS.values())) == len(PATHS) == len(Pattern) and PATHS[Pattern.PLAIN] == ""
    assert tone("attention: rotary table") == Tone("#e3a857", Pattern.GRID, TONES["attention"].ink)
    assert tone("attention") == TONES["attention"] and tone("never seen") == TONES["other"]


@pytest.mark.parametrize(
    ("part", "text"),
    [(100_000, "100.0%"), (1_000, "1.0%"), (999, "1%"), (994, "0.99%"), (12, "0.012%"), (1, "0.001%"), (0, "<0.001%")],
)
def test_a_share_keeps_two_figures(part: int, text: str) -> None:
    assert percent(part, 100_000) == text


def component(name: str, stored: int, active: int | None) -> Component:
    return Component(name, name, stored, active)


def labels(root: Element) -> list[str]:
    """Numbers in the bars: those of the key stand at 24, at their end."""
    return [one.text or "" for one in root.iter(f"{SVG}text") if one.get("text-anchor") == "middle"]


@pytest.mark.parametrize(("size", "shown"), [(16, ["1", "1"]), (15, ["1"])])
def test_a_segment_shows_its_number_where_there_is_room(size: int, shown: list[str]) -> None:
    """704 units for 704 parameters: `size` of them are one token's, which the second bar shows alone."""
    parts = [component("router", size, size), component("mtp", 704 - size, None)]
    assert sorted(labels(fromstring(component_bar(parts, (), WORDS["components"])))) == sorted([*shown, "2"])


def test_what_one_token_leaves_aside_comes_before_what_stands_beside() -> None:
    parts = [component("mtp", 100, None), component("routed_experts", 500, 100), component("norm", 104, 104),
             component("vision", 0, None)]  # fmt: skip
    root = fromstring(component_bar(parts, (), WORDS["components"]))
    first = [one for one in attributes(root, "rect") if one.get("y") == "28" and one.get("height") == "34"]
    assert [one["width"] for one in first] == ["100", "104", "400", "100"]
    assert [one["x"] for one in first] == ["8", "108", "212", "612"]
    second = [one for one in attributes(root, "rect") if one.get("y") == "78" and one.get("height") == "34"]
    assert [float(one["width"]) for one in second] == [pytest.approx(704 * n / 204, abs=0.01) for n in (100, 104)]
    said = texts(root)
    assert "every token uses the whole language model: 204" in said and "vision" not in said
    assert [one for one in said if one.endswith("%")] == ["14.2%", "71.0%", "14.8%"]
    assert component_bar(parts[3:], (), WORDS["components"]) == component_bar((), (), WORDS["components"]) == ""


def test_what_one_token_uses_is_named_where_it_is_counted() -> None:
    parts = [component("norm", 1000, 500)]
    counted = Denominator(Amount("active.full", 500, 500, 500), "", "", "", "")
    absent = Denominator(Amount("active.full", absent="why"), "", "", "", "")
    words = [texts(fromstring(component_bar(parts, (one,), WORDS["components"]))) for one in (counted, absent)]
    assert "one token uses: active.full 500, 50.0% of what is stored" in words[0]
    assert "every token uses the whole language model: 500" in words[1]


CLAIM = Claim(
    item="A01", path="p", title="t", printed="1B", kind="total", verdict="inferred", stated="", denominator="",
    fits=(), nearest=None, gap=None, low=100, high=200, reason="", quote="", note="", source=None, origin="card",
    subject="", place=None,
)  # fmt: skip


@pytest.mark.parametrize(("end", "inside"), [(99, False), (100, True), (199, True), (200, False)])
def test_a_band_holds_its_lower_end_and_not_its_upper(end: int, inside: bool) -> None:
    assert fits(CLAIM, Amount("total.full", end, end, end), end) is inside


def total(name: str, *ends: int) -> Denominator:
    return Denominator(Amount(name, ends[0], ends[0], ends[-1]), "", "", "", "")


def positions(claims: list[Claim], amounts: list[Denominator]) -> Element:
    return fromstring(claim_positions("total", claims, amounts, WORDS["claims"]))


def test_an_axis_has_air_at_both_ends() -> None:
    axis = scale([Amount("a", 100, 100, 200)], [replace(CLAIM, low=0, high=50)])
    assert (axis.low, axis.high) == (-8, 208) and (axis(-8), axis(208), axis(100)) == (300, 696, 498)
    alone = scale([Amount("a", 100, 100, 100)], [replace(CLAIM, low=100, high=100)])
    assert (alone.low, alone.high) == (99, 101)


def test_marks_of_the_axis_stand_within_it() -> None:
    """-8 to 208 by fifths."""
    root = positions([replace(CLAIM, low=0, high=50)], [total("total.full", 100, 200)])
    marks = [
        (one.text, one.get("x"), one.get("text-anchor"))
        for one in root.iter(f"{SVG}text")
        if one.get("font-size") == "10"
    ]
    assert marks == [("-8", "300", "start"), ("46", "399", "middle"), ("100", "498", "middle"),
                     ("154", "597", "middle"), ("208", "696", "end")]  # fmt: skip


def test_a_range_is_a_line_between_two_dots_and_a_figure_one() -> None:
    root = positions([CLAIM], [total("total.full", 120), total("total.stored", 90, 300)])
    circles = attributes(root, "circle")
    assert [one["fill"] for one in circles] == ["none", "none", "currentColor"]  # the smaller first
    thick = [one for one in attributes(root, "line") if one["stroke-width"] == "2"]
    assert [(one["x1"], one["x2"]) for one in thick] == [(circles[0]["cx"], circles[1]["cx"])]


def test_figures_of_the_kind_are_drawn_each_once_and_so_many() -> None:
    """One of another kind, one without ends, one that stands twice; of more than eight the first."""
    told = [replace(CLAIM, printed=f"{n}B", low=n * 100, high=n * 100 + 50) for n in range(1, BANDS + 2)]
    beside = [replace(CLAIM, printed="other", kind="active"), replace(CLAIM, printed="open", low=None),
              replace(CLAIM, printed="open", high=None), replace(told[0], printed="again")]  # fmt: skip
    found = [
        text
        for text in texts(positions([*beside[:3], told[0], beside[3], *told[1:]], [total("total.full", 500)]))
        if text.endswith("inferred")
    ]
    assert [text.split("B:")[0] for text in found] == [str(n) for n in range(1, BANDS + 1)]
    assert claim_positions("total", beside[:3], [total("total.full", 500)], WORDS["claims"]) == ""
    absent = Denominator(Amount("total.full", absent="why"), "", "", "", "")
    assert claim_positions("total", told, [absent, total("active.full", 7)], WORDS["claims"]) == ""


def test_words_of_a_band_stand_at_its_right_where_they_have_room() -> None:
    """Seven units a sign, eight of air: `1B: inferred` takes 92 of 720."""
    narrow = [replace(CLAIM, low=0, high=1), replace(CLAIM, printed="2B", low=999, high=1000)]
    said = texts(positions(narrow, [total("total.full", 500)]))
    assert (said["1B: inferred"]["text-anchor"], said["2B: inferred"]["text-anchor"]) == ("start", "end")
    boxes = [float(one["width"]) for one in attributes(positions(narrow, [total("total.full", 500)]), "rect")]
    assert boxes == [2, 2]  # never too narrow to be seen


def layer(first: int, last: int, experts: int = 8, mixer: str = "attention", ffn: str = "moe") -> LayerRun:
    return LayerRun("language", "model.layers.{}", first, last, mixer, "", ffn, "", experts, 2, 1, 1)


@pytest.mark.parametrize(("layers", "rows"), [(ROW - 1, 1), (ROW, 1), (ROW + 1, 2), (2 * ROW, 2), (2 * ROW + 1, 3)])
def test_layers_stand_in_rows(layers: int, rows: int) -> None:
    root = fromstring(layer_map([layer(0, layers - 1)], WORDS["layers"]))
    cells = attributes(root, "rect")[: 2 * layers]
    assert len({one["y"] for one in cells}) == 2 * rows and {one["width"] for one in cells} == {"22"}
    assert max(float(one["x"]) for one in cells) == 8 + 22 * (min(layers, ROW) - 1)
    numbers = [one.text for one in root.iter(f"{SVG}text") if one.get("font-size") == "10"]
    assert numbers == [str(n) for n in range(layers) if n % 4 == 0 or n == layers - 1]


def test_a_heading_counts_layers_and_those_with_experts() -> None:
    runs = [layer(0, 2, 0, ffn="dense"), layer(3, 60)]
    said = texts(fromstring(layer_map(runs, WORDS["layers"])))
    assert "language model, model.layers.{}: layers 61, of them MoE 58" in said
    assert not any("not drawn" in one for one in said)


@pytest.mark.parametrize(("layers", "left"), [(384, 0), (385, 1)])
def test_layers_of_several_runs_are_cut_together(layers: int, left: int) -> None:
    svg = layer_map([layer(0, 99), layer(100, layers - 1, ffn="dense")], WORDS["layers"])
    assert (f"and {left} more layer that is not drawn" in texts(fromstring(svg))) is bool(left)
    assert [one.text for one in fromstring(svg).iter(f"{SVG}text")].count("A") == 384 + 1


def test_the_key_explains_what_is_there_two_in_a_row() -> None:
    runs = [layer(0, 0, mixer="latent"), layer(1, 1, mixer="window"), layer(2, 2, 0, mixer="none", ffn="dense")]
    root = fromstring(layer_map(runs, WORDS["layers"]))
    said = texts(root)
    kinds = ["sliding-window attention", "latent attention", "none"]
    places = [(float(said[kind]["x"]), float(said[kind]["y"])) for kind in kinds]
    assert [x for x, _ in places] == [198, 463, 198] and places[0][1] == places[1][1] == places[2][1] - 24
    assert "full attention" not in said and "dense" in said and "routed experts" in said
    assert layer_map((), WORDS["layers"]) == ""


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.00 GiB"),
        (1, "< 0.01 GiB"),
        (GIB // 250, "< 0.01 GiB"),
        (GIB // 100, "0.01 GiB"),
        (2000 * GIB, "2,000.00 GiB"),
    ],
)
def test_something_never_shows_as_nothing(size: int, text: str) -> None:
    assert size_of(size) == text


def stage(place: int, *sizes: tuple[str, int], limit: int = 704, free: int = 0) -> DeviceMemory:
    return DeviceMemory(place, limit, tuple(MemoryPart(*one) for one in sizes), free)


def memory(*stages: DeviceMemory) -> Element:
    return fromstring(device_memory(stages, WORDS["memory"]))


def test_the_fullest_stage_is_explained_its_cache_aside() -> None:
    """What a device holds before its cache: 300 of the second against 200 of the first, which caches more."""
    said = texts(memory(stage(1, ("head", 200), ("cache", 504)), stage(2, ("norm", 300), ("cache", 300), free=104)))
    assert "stage 2, the fullest" in said
    order = [name for name in said if name in ("head", "norm", "cache", "free")]
    assert order == ["norm", "cache", "head", "free"]  # as the fullest lists them, then the others


@pytest.mark.parametrize(("size", "numbers"), [(15, ["2"]), (16, ["1", "2"])])
def test_parts_are_at_scale_and_numbered_where_there_is_room(size: int, numbers: list[str]) -> None:
    root = memory(stage(1, ("head", size), ("norm", 604 - size), free=100))
    assert labels(root) == numbers
    bars = [one for one in attributes(root, "rect") if one["height"] == "34"]
    assert [(one["x"], one["width"]) for one in bars] == [
        ("8", str(size)), (str(8 + size), str(604 - size)), ("612", "100"),
    ]  # fmt: skip
    full = [one for one in attributes(memory(stage(1, ("head", 704))), "rect") if one["height"] == "34"]
    assert len(full) == 1  # nothing free, nothing drawn


@pytest.mark.parametrize(("over", "said"), [(0, False), (1, True)])
def test_what_is_over_the_limit_is_said(over: int, said: bool) -> None:
    root = memory(stage(1, ("head", (704 + over) * GIB), limit=704 * GIB))
    assert any("over the limit by 1.00 GiB" in one for one in texts(root)) is said
    assert any("over the limit" in one for one in texts(root)) is said


@pytest.mark.parametrize(("limit", "anchor"), [(192, "start"), (193, "end")])
def test_words_of_the_limit_stay_on_the_sheet(limit: int, anchor: str) -> None:
    root = memory(stage(1, ("head", 704), limit=limit))
    (told,) = [at for text, at in texts(root).items() if text.startswith("limit ")]
    assert told["text-anchor"] == anchor and told["x"] == str(8 + limit)


@pytest.mark.parametrize(("stages", "bars"), [(BARS, BARS), (BARS + 1, BARS)])
def test_so_many_stages_are_drawn(stages: int, bars: int) -> None:
    root = memory(*(stage(n, ("head", n), free=704 - n) for n in range(1, stages + 1)))
    assert len([one for one in texts(root) if one.startswith("stage ") and "against" in one]) == bars
    assert device_memory((), WORDS["memory"]) == ""


def test_the_samples_have_what_is_tried_here() -> None:
    """The dataclasses made by hand are those of a packet."""
    packet = sample("mixtral-8x7b-v0.1")
    assert {type(one) for one in packet.claims} == {Claim}
    assert {type(one) for one in packet.architecture.layers} == {LayerRun}
