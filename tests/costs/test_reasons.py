"""Why a layout holds no more, which devices are of one node, and what is said where a figure is missing: by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.costs.cache import CacheRules, StageCache, blocks, entry_bytes, state_bytes
from moeaudit.costs.devices import Cell, device, find
from moeaudit.costs.fleet import Fleet, Prices, Workload, short_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment
from moeaudit.costs.offload import offload
from moeaudit.costs.search import evaluate
from moeaudit.costs.served import ExpertShape, Served
from moeaudit.costs.serving import Serving, serving
from moeaudit.costs.storage import uniform
from moeaudit.costs.timing import Shares, Work
from moeaudit.costs.traffic import distinct_ranks, reached_ranks, traffic
from moeaudit.costs.training import THRESHOLDS, training
from tools.calibration.models import served

MIXTRAL = served("Mixtral-8x7B")


def of(gpus: str, **work: int) -> Fleet:
    return replace(short_fleet(gpus, engine_version="0.19"), workload=Workload(**work))


@pytest.mark.parametrize(
    ("gpus", "layout", "words"),
    [
        ("1xH100", Layout(), "weights: they alone exceed the device"),  # 93.4 GB on 79 GiB
        ("1xH200", Layout(3), "tp 3 does not divide the 32 attention heads"),
        ("1xH200", Layout(), "cache: the next request of this length does not fit"),
        ("2xA100-40G", Layout(2), "weights: they alone exceed the device"),  # 43.5 GiB on 39
    ],
)
def test_what_stands_in_the_way(gpus: str, layout: Layout, words: str) -> None:
    assert evaluate(MIXTRAL, of(gpus), layout).binds == words


def test_weights_may_fit_and_leave_nothing() -> None:
    """93.4 GB are 87.0 GiB: of 139.8 GiB a share of 0.625 is 87.4, and the engine needs more than 0.4 for itself."""
    fleet = of("1xH200")
    fleet = replace(fleet, settings=replace(fleet.settings, utilization=0.625))
    fit = evaluate(MIXTRAL, fleet, Layout())
    assert not fit.fits
    assert fit.binds == "weights and the engine's own needs leave nothing for the cache"


@pytest.mark.parametrize(
    ("concurrency", "groups", "each"), [(None, 1, 1), (1, 4, 1), (4, 4, 1), (5, 4, 2), (8, 4, 2), (9, 4, 3)]
)
def test_the_busiest_groups_share_of_the_requests(concurrency: int | None, groups: int, each: int) -> None:
    fleet = replace(of("4xH200"), workload=Workload(concurrency=concurrency))
    fit = evaluate(MIXTRAL, fleet, Layout(1, groups > 1, groups))
    assert (fit.wanted, fit.per_group) == (concurrency or 1, each)


HEADS = TokenCache(CacheKind.HEADS, 10, heads=6)
LATENT = TokenCache(CacheKind.LATENT, 200, rotary=64)


@pytest.mark.parametrize(
    ("need", "layout", "rules", "size"),
    [
        (HEADS, Layout(), CacheRules(), 6 * 10 * 2),
        (HEADS, Layout(4), CacheRules(), 2 * 10 * 2),  # six heads over four ranks: two on the fullest
        (HEADS, Layout(12), CacheRules(), 10 * 2),
        (HEADS, Layout(12, dcp=2), CacheRules(), 10),
        (HEADS, Layout(), CacheRules("fp32"), 6 * 10 * 4),
        (HEADS, Layout(), CacheRules("int8"), 6 * 10),
        (replace(HEADS, stride=4), Layout(), CacheRules(), 30),
        (LATENT, Layout(8), CacheRules(), 400),
        (LATENT, Layout(8), CacheRules("fp8"), 200),
        (LATENT, Layout(8), CacheRules("fp8_ds_mla"), 136 + 4 * 2 + 2 * 64),  # a scale per 128 of the 136
        (LATENT, Layout(8, dcp=4), CacheRules(), 100),
        (TokenCache(CacheKind.INDEXER, 128), Layout(8), CacheRules(), 128 + 4),
        (TokenCache(CacheKind.INDEXER, 129), Layout(8), CacheRules(), 129 + 8),
        (TokenCache(CacheKind.INDEXER, 128), Layout(8), CacheRules(indexer_dtype="bf16"), 256),
    ],
)
def test_bytes_of_a_token(need: TokenCache, layout: Layout, rules: CacheRules, size: float) -> None:
    assert entry_bytes(need, layout, rules) == size


@pytest.mark.parametrize(("tp", "size"), [(1, 4 * 10 + 2 * 3), (2, 23), (4, 12), (64, 1)])
def test_bytes_of_a_state(tp: int, size: int) -> None:
    assert state_bytes(SequenceState(recurrent=10, convolution=3, heads=64), Layout(tp), CacheRules()) == size
    assert state_bytes(SequenceState(recurrent=10, convolution=3), Layout(tp), CacheRules()) == 46  # of one head


def test_what_a_token_adds_before_and_behind_a_window() -> None:
    full, window = TokenCache(CacheKind.HEADS, 8), TokenCache(CacheKind.HEADS, 8, window=100)
    cache = StageCache(((full, 3), (window, 2)), Layout(), CacheRules())
    assert (cache.per_token, cache.per_token_unwindowed) == (3 * 16, 5 * 16)
    assert [cache.marginal(length) for length in (99, 100, 101)] == [5 * 16, 5 * 16, 3 * 16]
    off = replace(cache, rules=CacheRules(hybrid=False))
    assert off.per_token == off.marginal(101) == 5 * 16


@pytest.mark.parametrize(("tokens", "count"), [(0, 0), (1, 1), (16, 1), (17, 2)])
def test_whole_blocks(tokens: int, count: int) -> None:
    assert blocks(tokens, 16) == count


def test_requests_that_a_budget_holds() -> None:
    cache = StageCache(((TokenCache(CacheKind.HEADS, 8), 1),), Layout(), CacheRules())  # 256 bytes a block
    assert [cache.requests(size, 16) for size in (-1, 0, 255, 256, 511, 512)] == [0, 0, 0, 1, 1, 2]
    assert StageCache((), Layout(), CacheRules()).requests(10**9, 16) == 0


@pytest.mark.parametrize(
    ("shape", "ranks", "most"),
    [
        (ExpertShape(8, 2, 1, 1), 1, 1),
        (ExpertShape(64, 2, 1, 1), 64, 2),  # one rank per expert: as many as are picked
        (ExpertShape(64, 8, 1, 1, groups=8, top_groups=2), 8, 2),  # two groups of one rank each
        (ExpertShape(64, 8, 1, 1, groups=8, top_groups=2), 16, 4),
        (ExpertShape(64, 8, 1, 1, groups=1, top_groups=1), 2, 2),
    ],
)
def test_ranks_that_a_token_reaches(shape: ExpertShape, ranks: int, most: float) -> None:
    expected = min(distinct_ranks(shape.experts, shape.selected, ranks), most)
    assert reached_ranks(shape, ranks) == pytest.approx(expected)
    assert reached_ranks(shape, ranks) <= most


def test_every_rank_is_reached_where_others_hold_too_few() -> None:
    """Four experts on two ranks, three picked: the other rank's two do not suffice, so both are reached."""
    assert distinct_ranks(4, 3, 2) == 2


@pytest.mark.parametrize(
    ("layout", "reduced", "dispatched", "handed_on"),
    [
        (Layout(), 0, False, 0),
        (Layout(2), 2 * 1 * 10 * 4096 * 2, False, 0),  # two rings of 2 · 1/2
        (Layout(2, True), 1 * 10 * 4096 * 2, True, 0),  # attention alone
        (Layout(1, False, 2), 1 * 20 * 4096 * 2, False, 0),  # the experts' sum over both groups' tokens
        (Layout(1, True, 2), 0, True, 0),
        (Layout(1, pp=2), 0, False, 2 * 4096 * 10),
    ],
)
def test_what_a_layout_sends(layout: Layout, reduced: int, dispatched: bool, handed_on: int) -> None:
    """Mixtral, hidden size 4,096, ten tokens a group, bf16."""
    sent = traffic(Deployment(MIXTRAL, of("4xH200"), layout), 10)
    assert (sent.reduce_per_layer, sent.between_stages) == (reduced, handed_on)
    assert (sent.dispatch_per_layer > 0, sent.combine_per_layer > 0, sent.every_copy > 0) == (dispatched,) * 3
    each = sent.dispatch_per_layer + sent.combine_per_layer + sent.reduce_per_layer
    assert sent.per_step == 32 * each + handed_on


@pytest.mark.parametrize(
    ("flops", "size", "seconds", "bound"),
    [(100, 10, 2, "compute"), (10, 100, 2, "memory"), (50, 50, 1, "memory"), (0, 0, 0, "memory")],
)
def test_the_longer_of_operations_and_bytes(flops: float, size: float, seconds: float, bound: str) -> None:
    """100 operations or bytes a second, of which half are reached."""
    one, shares = Work("x", flops, size, 100, "bf16"), Shares(0.5, 0.5, 1)
    assert (one.seconds(100, shares), one.binding(100, shares)) == (seconds, bound)


def serve(fleet: Fleet, layout: Layout | None = None) -> Serving | str:
    return serving(Deployment(MIXTRAL, fleet, layout or Layout(8)), 4)


def test_energy_and_money_are_of_what_is_given() -> None:
    fleet = of("8xH200")
    plain, found = serve(fleet), serve(replace(fleet, power=100, prices=Prices(overhead=2)))
    assert isinstance(plain, Serving) and isinstance(found, Serving)
    assert (plain.watts, found.watts) == (8 * 700, 8 * 100 * 2)
    assert plain.input_cost is plain.output_cost is None
    unknown = serve(replace(fleet, device=replace(fleet.device, power=Cell(None, reason="x"))))
    assert isinstance(unknown, Serving) and unknown.watts is unknown.joules_per_output is None
    free, priced, powered = (
        serve(replace(fleet, prices=prices)) for prices in (Prices(0), Prices(3), Prices(3, energy=0.5))
    )
    assert isinstance(free, Serving) and isinstance(priced, Serving) and isinstance(powered, Serving)
    assert free.output_cost is not None and free.output_cost.typical == 0
    assert priced.output_cost is not None and powered.output_cost is not None
    per_hour = 8 * 3, 8 * 3 + 5.6 * 0.5  # 5.6 kW for an hour
    assert powered.output_cost.typical / priced.output_cost.typical == pytest.approx(per_hour[1] / per_hour[0])


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"bandwidth": Cell(None, reason="x")}, "no bandwidth for H200-SXM: x"),
        ({"link": Cell(None, reason="y")}, "no link speed for H200-SXM (links.inside_gb_s): y"),
    ],
)
def test_a_missing_figure_is_the_answer(missing: dict[str, object], words: str) -> None:
    fleet = of("8xH200")
    assert serve(replace(fleet, device=replace(fleet.device, **missing))) == words  # type: ignore[arg-type]


def test_one_device_needs_no_link() -> None:
    fleet = of("1xH200")
    fleet = replace(fleet, device=replace(fleet.device, link=Cell(None, reason="y")))
    assert isinstance(serve(fleet, Layout()), Serving)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (1.31e25, 2e25, "above"), (1.30e25, 2e25, "too close to call: typical figure above"),
        (1e23, 7.69e24, "below"), (1e23, 7.70e24, "too close to call: typical figure below"),
    ],
)  # fmt: skip
def test_a_threshold_with_thirty_percent_on_both_ends(low: float, high: float, word: str) -> None:
    """10^25 · 1.3 = 1.3e25; 10^25 / 1.3 = 7.692e24."""
    _, systemic = THRESHOLDS
    assert systemic.verdict(low, high if "below" in word else 1.5e25, high) == word


def test_shorthands_are_of_the_counts_there_are() -> None:
    found = training(MIXTRAL.architecture, 10, active=7)
    assert [(one.denominator, one.flop) for one in found.shorthands] == [("active.head", 6 * 7 * 10)]
    assert training(MIXTRAL.architecture, 10).shorthands == ()
    assert found.low <= found.typical <= found.high and found.sequence == 4096


def test_experts_beside_a_device() -> None:
    """On a device that holds all of them nothing is read over the link; without its bandwidth no speed is said."""
    small = Served(MIXTRAL.architecture, uniform(4))
    found = offload(small, of("1xH200"))
    assert found is not None and found.tokens_per_second is not None
    assert (found.resident, found.host_bytes, found.read_per_token, found.missing, found.host_fits) == (
        1,
        0,
        0,
        0,
        None,
    )
    assert found.fits and found.typical is not None
    assert found.tokens_per_second[0] < found.typical < found.tokens_per_second[1]
    fleet = of("1xH200")
    blind = offload(small, replace(fleet, device=replace(fleet.device, bandwidth=Cell(None, reason="x"))))
    assert blind is not None and blind.tokens_per_second is None


@pytest.mark.parametrize(("gib", "fits"), [(1.0, False), (500.0, True)])
def test_host_memory_is_large_enough_or_not(gib: float, fits: bool) -> None:
    found = offload(MIXTRAL, replace(of("1x4090"), host_memory_gib=gib))
    assert found is not None and found.host_bytes > 2**30
    assert (found.host_fits, found.fits) == (fits, fits)


@pytest.mark.parametrize("name", ["h200-sxm", "NVIDIA H200-SXM", "H200_SXM", "h200", "H200 SXM"])
def test_a_device_by_any_spelling(name: str) -> None:
    found = find(name)
    assert found is not None and found.name == "H200-SXM" and found == device(name)
