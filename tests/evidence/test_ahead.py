"""Work begun ahead: once each, in order, so many at a time, and nothing left running."""

from __future__ import annotations

import gc
import threading
from threading import Event, Lock

import pytest

from moeaudit.evidence import Depth, open_reader
from moeaudit.evidence.ahead import THREAD, Ahead
from tests.evidence.samples import CONFIG, ID, table
from tests.hub.repos import model_repo
from tests.hub.server import HANG, LoopbackHub


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def ended() -> bool:
    for thread in running():
        thread.join(HANG)
    return not running()


@pytest.mark.parametrize("most", [0, 1, 2, 7])
def test_each_once_and_so_many_at_a_time(most: int) -> None:
    ahead, lock, order, at_once = Ahead(most), Lock(), list[int](), [0, 0]

    def work(number: int) -> int:
        with lock:
            order.append(number)
            at_once[0] += 1
            at_once[1] = max(at_once)
        with lock:
            at_once[0] -= 1
        return number * number

    for _ in range(2):
        for number in range(50):
            ahead.begin(number, lambda number=number: work(number))  # type: ignore[misc]
    assert [ahead.take(number, lambda number=number: work(number)) for number in range(50)] == [
        number * number for number in range(50)
    ]  # type: ignore[misc]
    assert sorted(order) == list(range(50)) and (most > 1 or order == list(range(50)))
    assert at_once[1] <= max(most, 1) and ended()


def test_few_while_they_end_at_once() -> None:
    ahead, lock, at_once = Ahead(32, 3), Lock(), [0, 0]

    def work() -> None:
        with lock:
            at_once[0] += 1
            at_once[1] = max(at_once)
        with lock:
            at_once[0] -= 1

    for number in range(100):
        ahead.begin(number, work)
    for number in range(100):
        ahead.take(number, work)
    assert ended()
    assert at_once[1] <= 3 or ahead.room == 32, "a machine may stand still for so long that all are called"


def test_all_where_they_keep_waiting() -> None:
    """Nobody takes a result meanwhile; and all come at once from then on."""
    ahead, together, go = Ahead(7, 2), threading.Semaphore(0), Event()

    def work() -> None:
        together.release()
        go.wait(HANG)

    for number in range(9):
        ahead.begin(number, work)
    assert all(together.acquire(timeout=HANG) for _ in range(7)) and not together.acquire(timeout=0.05)
    go.set()
    for number in range(9):
        ahead.take(number, work)
    assert ahead.room == 7 and ended()


def test_failures_are_raised_where_the_result_is_taken() -> None:
    ahead, tries = Ahead(2), list[int]()

    def work() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise KeyError("once")
        return 7

    ahead.begin("a", work)
    with pytest.raises(KeyError):
        ahead.take("a", work)
    assert ahead.take("a", work) == 7, "what failed may be tried again"


def test_what_was_not_started_is_dropped() -> None:
    ahead, started, go, done = Ahead(1), Event(), Event(), list[str]()

    def first() -> str:
        started.set()
        go.wait(HANG)
        return "first"

    ahead.begin("first", first)
    ahead.begin("second", lambda: done.append("second"))
    started.wait(HANG)
    ahead.drop()
    go.set()
    assert ahead.take("first", first) == "first"
    assert ended() and done == [] and not ahead.begun("second")


def test_a_reader_leaves_no_thread_and_no_connection(hub: LoopbackHub) -> None:
    """Without the collector of cycles: hundreds of models in a row must not add up."""
    hub.add(model_repo(ID, CONFIG, table(7)))
    gc.collect()
    gc.disable()
    try:
        reader = open_reader(ID)
        reader.read(Depth.HEADERS)
        idle = [line.http for lines in reader.reader.repo.client.connections.idle.values() for line in lines]  # type: ignore[attr-defined]
        sockets = [http.sock for http in idle]
        assert ended() and sockets and all(sock.fileno() >= 0 for sock in sockets)
        del reader, idle
        handles = [sock for sock in sockets if len(gc.get_referrers(sock)) > 1]
        assert handles == [], "nothing but this list holds them"
    finally:
        gc.enable()
