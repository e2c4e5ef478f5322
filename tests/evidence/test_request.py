"""The one function that asks: what it bears, what it refuses, how long it waits. No test here waits for real."""

from __future__ import annotations

import gzip
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.errors import NoEvidence, UsageError
from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.connections import origin_of
from moeaudit.evidence.hub_settings import endpoint, token
from moeaudit.evidence.request import ATTEMPTS, LONGEST_PAUSE, Client, Fault, Question, told_to_wait
from tests.evidence.samples import CARD, CONFIG, ID, table
from tests.hub.repos import HubFile, model_repo
from tests.hub.server import LoopbackHub

SECRET = "hf_secret"


def client(hub: LoopbackHub) -> Client:
    return Client(origin_of(hub.url), {"Authorization": f"Bearer {SECRET}"}, "test")


def small(hub: LoopbackHub, limit: int = 1000) -> Question:
    hub.add(model_repo(ID, "{}"))
    return Question(f"{hub.url}/{ID}/resolve/main/config.json", limit)


# faults that pass


@pytest.mark.parametrize("path", ["/api/models/", "config.json", "index.json", "README.md", "00002-of-00003"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_moment_changes_nothing(hub: LoopbackHub, path: str, status: int) -> None:
    """Listing, small files and spans alike: the same evidence as from a Hub that never fails."""
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    hub.fail(path, status, times=2)
    evidence = open_evidence(ID, depth=Depth.HEADERS)
    assert (evidence.headers, evidence.card) == (table(), CARD)
    assert len(hub.pauses) == 2 and max(hub.pauses) < 2


@pytest.mark.parametrize("fault", ["drops", "cuts"])
def test_connections_that_end_too_early(hub: LoopbackHub, fault: str) -> None:
    """Closed without an answer, or in the middle of one."""
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    setattr(hub, fault, 3)
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table()


def test_connections_that_the_server_left_meanwhile(hub: LoopbackHub) -> None:
    """A kept connection that is found closed is no failure, and is not waited for."""
    asking, question = client(hub), small(hub)
    assert asking.ask(question).body == b"{}"
    hub.drops = 1
    assert asking.ask(question).body == b"{}"
    assert hub.pauses == []


def test_faults_that_stay(hub: LoopbackHub) -> None:
    hub.fail("config.json", 503)
    assert client(hub).ask(small(hub)).status == 503
    assert len(hub.requests) == ATTEMPTS
    assert all(
        pause / 2 <= waited <= 1.5 * pause for waited, pause in zip(hub.pauses, (0.25, 0.5, 1, 2, 4, 4), strict=True)
    ), "give or take a half"


@pytest.mark.parametrize("seed", range(20))
def test_a_hub_that_fails_one_time_in_five(hub: LoopbackHub, seed: int) -> None:
    """Busy, or gone without an answer, as it happens: the same evidence as from one that never fails."""
    hub.add(model_repo(ID, CONFIG, table(7), card=CARD))
    chance = random.Random(seed)
    hub.unlucky = lambda: chance.random() < 0.2
    evidence = open_evidence(ID, depth=Depth.HEADERS)
    assert (evidence.headers, evidence.card, evidence.config and evidence.config.data) == (table(7), CARD, CONFIG)


# waiting as told


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"RateLimit": '"resolvers";r=0;t=11'}, 12),
        ({"Retry-After": "soon"}, None),
        ({"RateLimit": '"api";r=3;t=11'}, None),
        ({"Retry-After": "٣"}, None),
        ({}, None),
        ({"RateLimit": '"a";r=7;t=2, "b";r=0;t=11, "c";t=30;r=0, "x;r=0;t=99,";w=5;r=1;t=50'}, 31),
        ({"RateLimit": '"api"; t=11 ; r=0'}, 12),
        ({"RateLimit": '"api";r=0'}, None),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "1e9"}, 1e9),
        ({"Retry-After": "9" * 11}, 99999999999),
        ({"Retry-After": "9" * 400}, float("inf")),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_how_long_a_server_wants_to_be_waited_for(headers: dict[str, str], seconds: float | None) -> None:
    assert told_to_wait({name.lower(): value for name, value in headers.items()}) == seconds


def test_it_is_waited_for(hub: LoopbackHub) -> None:
    hub.fail("config.json", 429, times=1, headers={"Retry-After": "7"})
    assert client(hub).ask(small(hub)).status == 200
    assert hub.pauses == [7.0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "86400"},
        {"Retry-After": "9" * 11},
        {"Retry-After": "9" * 400},
        {"RateLimit": '"api";r=0;t=80000'},
    ],
)
def test_and_no_longer_than_a_minute(hub: LoopbackHub, headers: dict[str, str]) -> None:
    hub.add(model_repo(ID, CONFIG))
    hub.fail("/api/", 429, headers=headers)
    with pytest.raises(NoEvidence, match=r"the rate of requests. Try again (in [0-9,]+ seconds|another day); a token"):
        open_evidence(ID)
    assert (hub.pauses, len(hub.requests)) == ([], 1)


def test_a_window_that_is_used_up_holds_back_what_follows(hub: LoopbackHub) -> None:
    """The answer is good, but says that nothing is left: the next request to that host waits."""
    asking, question = client(hub), small(hub)
    hub.change("config.json", headers={"RateLimit": '"resolvers";r=0;t=20'})
    asking.ask(question)
    asking.ask(question)
    (pause,) = hub.pauses
    assert 20 < pause <= 21 < LONGEST_PAUSE


# limits


@pytest.mark.parametrize(("size", "cut"), [(1999, False), (2000, False), (2001, True)])
@pytest.mark.parametrize("packed", [False, True])
def test_no_more_than_may_be(hub: LoopbackHub, size: int, cut: bool, packed: bool) -> None:
    question = small(hub, 2000)
    hub.packed = packed
    hub.repos[ID].files["config.json"] = HubFile.of("x" * size)
    answer = client(hub).ask(question)
    assert (len(answer.body), answer.cut) == (min(size, 2000), cut)
    assert ("content-encoding" in answer.headers) is packed


def test_of_a_longer_answer_one_byte_more_than_the_limit_is_taken(hub: LoopbackHub) -> None:
    """As much as tells that there is more; the rest stays with the server."""
    question, asking = small(hub, 2000), client(hub)
    hub.repos[ID].files["config.json"] = HubFile.of("x" * 500_000)
    answer = asking.ask(question)
    assert (len(answer.body), answer.cut, asking.received) == (2000, True, 2001)


def test_a_bomb_is_not_unpacked(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG))
    hub.change("/api/", body=gzip.compress(bytes(200_000_000)), headers={"Content-Encoding": "gzip"})
    with pytest.raises(NoEvidence, match="sends a listing of more than 25,000,000 bytes"):
        open_evidence(ID)


@pytest.mark.parametrize("packing", ["br", "gzip"])
def test_what_cannot_be_unpacked(hub: LoopbackHub, packing: str) -> None:
    question = small(hub)
    hub.change("config.json", headers={"Content-Encoding": packing})
    with pytest.raises(Fault):
        client(hub).ask(question)


# redirects


@pytest.mark.parametrize(
    "target", ["", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://[::", "//", "http://h:99999/"]
)
def test_redirects_to_nowhere(hub: LoopbackHub, target: str) -> None:
    question = small(hub)
    hub.change("config.json", status=302, headers={"Location": target})
    with pytest.raises(Fault, match="redirects"):
        client(hub).ask(question)
    assert len(hub.requests) <= 6


def test_redirects_in_circles(hub: LoopbackHub) -> None:
    question = small(hub)
    hub.change("config.json", status=302, headers={"Location": question.url})
    with pytest.raises(Fault, match="redirects more than 5 times"):
        client(hub).ask(question)
    assert len(hub.requests) == 6


def test_a_token_goes_home_only(hub: LoopbackHub) -> None:
    """Not to another port of the same machine, either."""
    question, asking = small(hub), client(hub)
    for target in (
        f"{hub.storage}/stored/{ID}/{'a' * 40}/config.json",
        f"{hub.storage}/other",
        f"http://127.0.0.1:{hub.elsewhere.server_port}/other",
    ):
        hub.changes.clear()
        hub.change("/resolve/", status=302, headers={"Location": target})
        hub.requests.clear()
        asking.ask(question)
        assert [request.token for request in hub.requests][:2] == [SECRET, None]


def test_no_way_from_https_to_http() -> None:
    from moeaudit.evidence.request import _next

    with pytest.raises(Fault, match="from https to http"):
        _next("https://hub/a", "http://hub/a")
    assert _next("http://hub/a", "https://hub/a") == "https://hub/a"
    assert _next("https://hub/a/b", "/c d?e=%2F") == "https://hub/c%20d?e=%2F"


# time


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte now and then, without end."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(line,), daemon=True).start()

    def drip(line: socket.socket) -> None:
        with line:
            while not ended.wait(0.02):
                try:
                    line.sendall(b"H")
                except OSError:
                    return

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    ended.set()
    listener.close()


def test_an_answer_that_drips_ends(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time; all together do not. The head of the answer counts, too."""
    monkeypatch.setattr("moeaudit.evidence.request.GRACE", 0.2)
    monkeypatch.setattr("moeaudit.evidence.request.sleep", lambda seconds: None)
    with pytest.raises(Fault, match="timed out"):
        Client(origin_of(dripping), {}, "test").ask(Question(f"{dripping}/x", 100))


# settings


def test_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same as the Hub library's, from the places that it documents."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_OIDC_RESOURCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert token() is None
    (tmp_path / "token").write_text("hf_file\n")
    assert token() == "hf_file"
    (tmp_path / "other").write_text("hf_other")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "other"))
    assert token() == "hf_other"
    monkeypatch.setenv("HF_TOKEN", " hf_named\r\n")
    assert token() == "hf_named"
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    assert token() is None


def test_a_token_that_is_none_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_a\x07b")
    with pytest.raises(UsageError) as caught:
        token()
    assert "hf_a" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://[::",
        "http://\x1b[31m",
        "http://host:99999",
        "ftp://host",
        "host",
        "http://",
        "https://host/?sig=secret",
        "https://host/#x",
        "http://a b/",
    ],
)
def test_endpoints_that_are_none(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(UsageError, match="HF_ENDPOINT is not the address of a Hub") as caught:
        endpoint()
    assert "secret" not in str(caught.value)


def test_a_password_in_the_address_is_used_and_not_shown(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    monkeypatch.setenv("HF_ENDPOINT", hub.url.replace("://", "://bob:PASSWORD@"))
    evidence = open_evidence(ID, depth=Depth.HEADERS)
    assert "PASSWORD" not in repr(evidence)
    assert all(request.token is None or request.token.startswith("Basic ") for request in hub.requests)
    assert hub.requests[0].token is not None
