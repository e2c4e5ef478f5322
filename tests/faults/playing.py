"""Playing a row of the matrix, and everything that must be true of it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from moeaudit.evidence import connections
from tests.faults.matrix import Row
from tests.faults.processes import CERTIFICATE, certificate_in, signalled
from tests.faults.stage import PLACES, PLANTED, Outcome, arm, everything_written, good_repo, left_over, run
from tests.faults.tampering import TAMPERS
from tests.hub.server import LoopbackHub

MOST_CPU = 5.0
"""Seconds, the loopback Hub's share included."""

MOST_GROWN = 250_000_000
"""Bytes beyond what was held before the run. A run of its own begins with 40 million: 300 million in all are far."""

MOST_SENT = 45_000_000
"""Bytes that a server gets rid of: a listing has a limit of 25 million, and what is no answer is tried again."""

LONGEST_LINE = 300

TABLES = ("listing-", "headers-", "index-", "beside-")


@dataclass
class Theatre:
    """A Hub, a command line, and a folder that holds nothing but its HF_HOME."""

    hub: LoopbackHub
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "hf-home"

    def play(self, row: Row | None = None) -> Outcome:
        return run(self.hub, self.monkeypatch, self.capsys, self.home, row.fault if row else None)

    def interrupted(self, row: Row) -> Outcome:
        """A process of its own, which is sent the fault's signal when it waits for the answer."""
        return signalled(self.hub, self.home, row.fault, PLACES[row.where])

    def speak_tls(self, *, known: bool) -> None:
        certificate = certificate_in(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.hub.server.socket = context.wrap_socket(self.hub.server.socket, server_side=True)
        self.monkeypatch.setenv("HF_ENDPOINT", f"https{self.hub.url[4:]}")
        if known:
            self.monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        connections._tls.cache_clear()
        self.monkeypatch.setattr(connections, "_tls", cache(connections._tls.__wrapped__))


class Good:
    """The outcome of a good Hub, made by the first test that needs it; other Hubs' differ by port alone."""

    outcome: Outcome | None = None

    @classmethod
    def of(cls, theatre: Theatre) -> Outcome:
        """Called before anything else is asked of the theatre's Hub."""
        if cls.outcome is None:
            cls.outcome = theatre.play()
            assert cls.outcome.code == 0, cls.outcome.err
            from shutil import rmtree

            rmtree(theatre.home)
        return cls.outcome


def hold(row: Row, theatre: Theatre) -> Outcome:
    """Play a row: it comes as the table says, and a good Hub afterwards gives the report of a good Hub."""
    hub, fault = theatre.hub, row.fault
    hub.add(good_repo())
    good = Good.of(theatre)
    hub.repos = {repo.id: repo for repo in [good_repo(**fault.repo)]}
    if fault.tls:
        theatre.speak_tls(known=fault.tls == "known")
    if row.where == "repeat":
        theatre.play()
    if fault.tamper:
        TAMPERS[fault.tamper](theatre.home)
    arm(hub, fault, row.where)
    outcome = theatre.interrupted(row) if fault.signal else theatre.play(row)
    hold_always(outcome, theatre)
    hold_row(row, outcome, good)
    if not fault.tls:
        hub.twists.clear()
        hub.add(good_repo())
        again = theatre.play()
        assert (again.code, again.out, again.err) == (0, good.out, ""), "after the fault, a good Hub is read as ever"
    return outcome


def hold_always(outcome: Outcome, theatre: Theatre) -> None:
    """What no fault may bring about."""
    assert outcome.code != 5, outcome.err
    assert outcome.err.count("\n") == (1 if outcome.err else 0), outcome.err
    assert len(outcome.err) <= LONGEST_LINE and outcome.err.rstrip("\n").isprintable(), outcome.err
    assert outcome.cpu <= MOST_CPU and (outcome.grown or 0) <= MOST_GROWN
    assert outcome.sent <= MOST_SENT
    assert outcome.strangers == (), "the token went to another host"
    said = (outcome.out + outcome.err).encode() + everything_written(theatre.folder)
    assert PLANTED.encode() not in said and b"PASSWORD" not in said and b"SECRETSIG" not in said
    assert {path.name for path in theatre.folder.iterdir()} <= {"hf-home", CERTIFICATE}, "nothing outside the cache"
    assert left_over(theatre.home) == []


def hold_row(row: Row, outcome: Outcome, good: Outcome) -> None:
    line = f"moeaudit: {row.says}\n" if row.says else ""
    assert (outcome.code, outcome.err) == (row.exit, line)
    assert outcome.requests <= row.most
    report = "none" if not outcome.out else "same" if outcome.out == good.out else "other"
    assert report == row.report
    assert row.kept in kept_of(outcome.kept, good.kept), sorted(outcome.kept)


def kept_of(kept: Mapping[str, bytes], good: Mapping[str, bytes]) -> set[str]:
    """The words of the table that are true of what was kept. No word is true where a small file is not the good one."""
    if not kept:
        return {"nothing", "whole"}
    if kept == good:
        return {"all", "whole"}
    if kept.items() <= good.items():
        return {"whole"}
    small = {name: data for name, data in kept.items() if not name.startswith(TABLES)}
    return {"other"} if small.items() <= good.items() else set()
