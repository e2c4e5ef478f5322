"""What is made of measurements: verdicts, pages, chains. Nothing is measured here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import offline
from benchmarks.aims import Verdict, verdicts
from benchmarks.page import page
from benchmarks.readers import FLOOR, HEADERS, INDEX, MEM, META
from benchmarks.results import PAGE, Results, read, spread, text
from benchmarks.serving import END, Server, longest_chain
from tests.evidence.samples import CARD, CONFIG, ID, table
from tests.hub.repos import model_repo

SMALL = Path(__file__).parent / "results.json"
"""Two rounds, the figures made up: hf-mem takes 3.6 and 2.4 s where moeaudit's headers take 1 s, the floor 0.5 s."""


@pytest.fixture
def results() -> Results:
    return read(SMALL)


def verdict(results: Results, words: str) -> Verdict:
    (found,) = (one for one in verdicts(results) if one.aim.text == words and one.aim.group in results.groups)
    return found


def test_results_are_kept_as_they_are(results: Results) -> None:
    assert text(results) == SMALL.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("aim", "figure", "word"),
    [
        (f"headers faster than {MEM}", "3.00 [2.40–3.60] ×", "met (1 of 2 rounds)"),
        (f"headers faster than {META}", "–", "not measured"),
        (f"headers, wall beside the {FLOOR}", "2.00 ×", "**not met**"),
        (f"headers, bytes beside {MEM}", "0.889 ×", "met"),
        ("headers, connections", "33", "**not met**"),
        (f"index faster than {MEM}, which reads headers", "12.00 [9.60–14.40] ×", "met"),
        ("headers again, requests", "1", "met"),
        ("index again, requests", "–", "not measured"),
        ("`inspect config.json`, instructions beside `import typer`", "2.50 ×", "**not met**"),
        ("`inspect config.json`, times less CPU than transformers on the meta device", "27.5 [25.0–30.0] ×", "met"),
        ("index in a folder, peak memory", "–", "not measured"),
    ],
)
def test_aims_follow_from_the_runs(results: Results, aim: str, figure: str, word: str) -> None:
    found = verdict(results, aim)
    assert (found.figure, found.word) == (figure, word)


def test_the_page_says_what_was_not_measured(results: Results) -> None:
    said = page(results)
    assert "**Not measured: transformers.** pip install: it failed" in said
    assert f"**Not measured: {META}**, DeepSeek-V3, 50 ms, redirects. exit code 1: no such thing" in said
    assert "The machine had other work" in said


def test_the_page_shows_every_run(results: Results) -> None:
    said = page(results).splitlines()
    assert f"| {HEADERS} | 9 (2) | 33 | 3 | 4 | 0.00 | 0.50 | 1.00 | 50 | 0.01 |" in said
    assert f"| {INDEX} | 2.00 (2.00) | 12.00 [9.60–14.40] (12.00 [9.60–14.40]) |" in said
    assert f"| {offline.CONFIG} | 500 | 2.50 | – | 0.20 | 2.00 | 0.40 | 30 |" in said
    assert any(line.startswith("| Header cache |") and "| +10 −2 | +5 −0 |" in line for line in said)


def test_the_published_page_is_made_from_the_published_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(read()), "run python tools/generate.py"


def test_spreads() -> None:
    assert (spread([]), spread([2.0, 2.0]), spread([3.0, 1.0, 2.0], 0)) == ("–", "2.00", "2 [1–3]")


@pytest.mark.parametrize(
    ("spans", "length"),
    [
        ([], 0),
        ([(0, 1), (0, 1), (0, 1)], 1),
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 5), (1, 2), (2, 3), (6, 7)], 3),
    ],
)
def test_the_longest_chain_is_of_requests_that_waited_for_each_other(
    spans: list[tuple[float, float]], length: int
) -> None:
    assert longest_chain(spans) == length


def test_kept_answers_are_those_of_the_hub() -> None:
    server = Server()
    repo = server.hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    shard, file = next((name, file) for name, file in repo.files.items() if name.endswith(".safetensors"))
    server.hub.redirect = False
    for _ in range(2):
        said, status, body = server.answer(
            f"GET /{ID}/resolve/main/{shard} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-7\r\n\r\n".encode()
        )
        assert (status, body, said.partition(END)[2]) == (206, 8, file.head[:8])
    assert server.answer(f"GET /{ID}/resolve/main/none HTTP/1.1\r\nHost: x\r\n\r\n".encode())[1] == 404
