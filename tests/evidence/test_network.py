"""What travels: requests, connections, how many at a time, bytes. Counted by the loopback Hub, exact on any machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from moeaudit.errors import NoEvidence
from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.ahead import Ahead
from moeaudit.evidence.connections import PER_HOST
from moeaudit.evidence.headers import FIRST_SPAN, Heads, expected_spans, first_span
from moeaudit.evidence.reader import opening
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.evidence.weight_index import read_index
from tests.evidence.samples import CARD, CONFIG, ID, module, table
from tests.hub.repos import HubFile, model_repo, shard_file
from tests.hub.server import LoopbackHub

SHARDS = 139


@pytest.fixture
def large(hub: LoopbackHub) -> LoopbackHub:
    """A repo of as many shards as a large model has."""
    names = [f"model-{number:05d}-of-{SHARDS:05d}.safetensors" for number in range(1, SHARDS + 1)]
    listed = [
        Tensor(f"model.layers.{place}.mlp.experts.{expert}.up_proj.weight", "BF16", (8, 8), name)
        for place, name in enumerate(names)
        for expert in range(4)
    ]
    hub.add(model_repo(ID, CONFIG, TensorTable.collapse(listed), card=CARD))
    return hub


def asked(hub: LoopbackHub) -> list[str]:
    return [request.path.partition("?")[0].rpartition("/")[2] for request in hub.requests if request.status != 302]


@pytest.mark.parametrize("redirect", [True, False])
def test_every_header_of_a_large_model(large: LoopbackHub, redirect: bool) -> None:
    """Listing, config, index, card, and one span of each shard: nothing twice, and no more connections than are used
    at a time."""
    large.redirect, large.hold = redirect, PER_HOST
    evidence = open_evidence(ID, depth=Depth.HEADERS)
    assert evidence.headers is not None and evidence.headers.tensors == 4 * SHARDS
    assert len(asked(large)) == len(set(asked(large))) == 4 + SHARDS
    assert len(large.requests) == 4 + SHARDS * (1 + redirect)
    assert {request.method for request in large.requests} == {"GET"}, "the listing says what a HEAD would"
    assert PER_HOST <= large.most_in_flight <= 2 * PER_HOST
    assert large.connections <= 2 * PER_HOST


@pytest.mark.parametrize(
    ("depth", "files"),
    [
        (Depth.CONFIG, {"config.json", "README.md"}),
        (Depth.INDEX, {"config.json", "README.md", "model.safetensors.index.json"}),
    ],
)
def test_nothing_that_the_depth_does_not_need(large: LoopbackHub, depth: Depth, files: set[str]) -> None:
    open_evidence(ID, depth=depth)
    assert set(asked(large)[1:]) == files and len(large.requests) == 1 + len(files)
    assert large.connections <= len(files)


def test_two_questions_deep(hub: LoopbackHub) -> None:
    """Every request but the listing is on its way before the first of them is answered."""
    hub.add(model_repo(ID, CONFIG, table(7), card=CARD))
    hub.redirect, hub.hold = False, 3 + 7
    open_evidence(ID, depth=Depth.HEADERS)
    assert (len(hub.requests), hub.most_in_flight) == (1 + 3 + 7, 3 + 7)


def test_on_its_way_before_anybody_waits(hub: LoopbackHub) -> None:
    """Listing and all that the depth needs are asked for while whoever opened the model does something else."""
    hub.add(model_repo(ID, CONFIG, table(7), card=CARD))
    hub.redirect = False
    reader = opening(ID, depth=Depth.HEADERS)
    assert hub.wait_for(1 + 3 + 7)
    assert reader().read(Depth.HEADERS).headers is not None and len(hub.requests) == 1 + 3 + 7


def test_what_cannot_be_opened_is_said_to_whoever_waits(hub: LoopbackHub) -> None:
    reader = opening("org/none")
    assert hub.wait_for(1)
    with pytest.raises(NoEvidence, match="no such repo"):
        reader()


def test_the_hub_is_asked_before_the_rooms_above_are_loaded(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(7), card=CARD))
    program = (
        "import sys\n"
        "from moeaudit.evidence.ahead import Ahead\n"
        "begin, loaded = Ahead.begin, []\n"
        "def begun(*work):\n"
        "    loaded.append([name for name in sys.modules if name.startswith(('moeaudit.ledger', 'moeaudit.checks'))])\n"
        "    begin(*work)\n"
        "Ahead.begin = begun\n"
        "from moeaudit.cli.app import run\n"
        f"assert run(['inspect', '{ID}']) == 0 and loaded[0] == [], loaded[0]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("depth", list(Depth))
def test_a_repeat_is_one_question(large: LoopbackHub, depth: Depth) -> None:
    first = open_evidence(ID, depth=depth)
    large.requests.clear()
    assert open_evidence(ID, depth=depth) == first
    assert asked(large) == [ID.rpartition("/")[2]]


def test_going_deeper_reads_only_what_is_new(large: LoopbackHub) -> None:
    open_evidence(ID)
    large.requests.clear()
    open_evidence(ID, depth=Depth.HEADERS)
    assert len(asked(large)) == 1 + SHARDS and "config.json" not in asked(large)


def test_a_long_header_costs_only_what_the_first_span_lacks(hub: LoopbackHub) -> None:
    """No index tells the length here: 100 kB come first, then the rest, and together they are the header."""
    long = shard_file(Tensor(f"model.layers.0.mlp.experts.{n}.up_proj.weight", "BF16", (64,)) for n in range(2000))
    repo = hub.add(model_repo(ID, CONFIG))
    repo.files["model.safetensors"] = long
    open_evidence(ID)
    stored = [request.range for request in hub.requests if request.path.startswith("/stored/")]
    assert stored == [f"bytes=0-{FIRST_SPAN - 1}", f"bytes={FIRST_SPAN}-{len(long.head) - 1}"]
    assert hub.weights == 0
    assert sum(request.status == 302 for request in hub.requests) == 1, "the second goes straight to the storage"


def test_a_file_smaller_than_a_span(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG))
    repo.files["model.safetensors"] = module("model.embed_tokens.weight", 8, 8)
    open_evidence(ID)
    size = repo.files["model.safetensors"].size
    assert [request.range for request in hub.requests if request.status == 206] == [f"bytes=0-{size - 1}"]


def test_a_server_that_ignores_ranges_streams_no_shard(hub: LoopbackHub) -> None:
    """It is read up to the end of the span and left: what it sends on is what its buffers hold."""
    repo = hub.add(model_repo(ID, CONFIG))
    head = module("model.embed_tokens.weight", 8, 8).head
    size = 2_000_000_000
    header = head[8:].replace(b"[8,8]", b"[1]").replace(b"[8, 8]", b"[1]")
    repo.files["model.safetensors"] = HubFile(len(header).to_bytes(8, "little") + header, size, lfs=True)
    hub.ranges = False
    with pytest.raises(Exception, match="safetensors"):  # the header fits no such file; that is not the point here
        open_evidence(ID)
    assert hub.sent < 50_000_000


def test_first_spans_by_the_size_of_the_index() -> None:
    """The indexes of gpt-oss-20b (36,355 bytes, 3 shards) and Mixtral-8x7B (92,658 bytes, 19 shards)."""
    assert first_span(36_355, 3) == 4_096 + int(1.45 * 36_355 / 3)
    assert first_span(92_658, 19) < 12_000
    assert first_span(None, 1) == first_span(0, 7) == first_span(5, 0) == FIRST_SPAN


def test_first_spans_by_an_index_that_is_read() -> None:
    """Enough for every header of its shards, and not twice as much."""
    listed = [
        Tensor(f"model.layers.{layer}.mlp.experts.{expert}.down_proj.weight", "BF16", (7168, 2048), f"{layer}.s")
        for layer in range(3)
        for expert in range(200 * (layer + 1))
    ]
    text = "".join(f'"{tensor.name}":"{tensor.shard}",' for tensor in listed)
    spans = expected_spans(read_index(f'{{"weight_map":{{{text[:-1]}}}}}'.encode(), "model.safetensors.index.json"))
    for layer in range(3):
        header = len(shard_file(tensor for tensor in listed if tensor.shard == f"{layer}.s").head)
        assert header <= spans[f"{layer}.s"] < 2 * header


class Weights:
    """Files of headers of ten bytes, and which were asked for. The index, it is said, lets expect 10 MB of each."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read_span(self, file: str, start: int, length: int) -> bytes:
        self.asked.append(file)
        return (10).to_bytes(8, "little") + b"{}" + b" " * 8

    def origin(self, file: str) -> str:
        return ""

    def heads(self, files: list[str]) -> Heads:
        heads = Heads(self, dict.fromkeys(files), Ahead(1))
        heads.expected = dict.fromkeys(files, 10_000_000)
        return heads


def test_no_more_headers_are_on_their_way_than_may_be_held() -> None:
    """Two of ten megabytes; a third when the first is taken; and those that proved not to be needed hold nobody up."""
    weights, files = Weights(), [f"{at}.safetensors" for at in range(9)]
    heads = weights.heads(files)
    heads.begin(files)
    assert heads.under_way.keys() == set(files[:2])
    assert heads.text(files[0]) == b"{}" + b" " * 8
    assert heads.under_way.keys() == set(files[1:3])
    heads.begin(files[5:])
    assert heads.under_way.keys() == set(files[5:7])
    assert all(heads.text(file) for file in files[5:]) and not heads.under_way
    assert sorted(weights.asked) == [*files[:3], *files[5:]]


def test_a_gated_repo_is_asked_for_one_file_before_many(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(7), gated=True))
    with pytest.raises(Exception, match="gated"):
        open_evidence(ID, depth=Depth.HEADERS)
    assert [path for path in hub.paths() if "/resolve/" in path] == [path for path in hub.paths() if "config" in path]


def test_packed_answers_are_unpacked(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(7), card=CARD))
    plain = open_evidence(ID)
    sent, hub.packed = hub.sent, True
    hub.requests.clear()
    hub.repos[ID] = model_repo(ID, CONFIG, table(7), card=CARD, commit="b" * 40)
    packed = open_evidence(ID)
    assert (packed.config, packed.index, packed.card) == (plain.config, plain.index, plain.card)
    assert hub.sent < sent
