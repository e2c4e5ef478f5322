"""A page of hostile text in a real browser: nothing of it runs, and nothing is asked for over the network.

The page is served on the loopback interface with a probe in it. The browser may talk to that server alone, and every
request that reaches it is counted: the page, and what the page itself asks for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from moeaudit.reports.packet.formats import views
from moeaudit.reports.packet.inputs import make
from moeaudit.reports.writers.templates import Templates
from tests.packet import pages
from tests.packet.samples import hostile, mixtral

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--virtual-time-budget=3000",
)  # fmt: skip
HANG = 1800
"""Seconds after which a browser that never ends is stopped; no page is judged by them."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

PROBE = """<script>
const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
addEventListener("load", () => {
  const asked = performance.getEntriesByType("resource").map((entry) => entry.name);
  const held = JSON.parse(document.getElementById("packet")?.textContent ?? "{}").schema;
  const seen = {ran: "ran" in window, asked, held, refused, sorted: document.querySelectorAll("[role=button]").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth};
  document.documentElement.innerHTML = "<pre>" + JSON.stringify(seen) + "</pre>";
});
</script>"""
"""Put at the very top, before the policy takes hold: it watches the page and then reports in place of it."""


@dataclass
class Server:
    """Serves one page, and remembers every path that anything asks for."""

    page: str = ""
    asked: list[str] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            self.send_response(200 if self.path == "/page" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if self.path == "/page":
                self.wfile.write(state.page.encode())

        def log_message(self, *words: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = listening.server_address[1]
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield state
    listening.shutdown()
    listening.server_close()


def dumped(address: str, profile: Path, *more: str) -> str:
    """The page's DOM after it has settled, as Chromium prints it."""
    assert CHROMIUM is not None
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    command = [CHROMIUM, *FLAGS, rules, f"--user-data-dir={profile}", *more, "--dump-dom", address]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        out, errors = process.communicate(timeout=HANG)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    assert process.returncode == 0, errors[-2000:]
    return out


def seen(server: Server, page: str, profile: Path, *more: str) -> str:
    """What the probe reports of a page."""
    server.page = page.replace("<head>", f"<head>{PROBE}", 1)
    dom = dumped(f"http://127.0.0.1:{server.port}/page", profile, *more)
    found = re.search(r"<pre>(.*?)</pre>", dom, re.DOTALL)
    assert found is not None, dom[:500]
    return found[1]


@pytest.mark.parametrize("size", ["1280,900", "390,844"])
def test_hostile_text_neither_runs_nor_asks_nor_overflows(server: Server, tmp_path: Path, size: str) -> None:
    """With the packet's JSON in the page, which is data to a browser: no policy has anything against it."""
    inputs = hostile()
    page = str(views(make(inputs), inputs, "procurement", Templates(), "a4")["html"]())
    report = seen(server, page, tmp_path, f"--window-size={size}")
    assert '"ran":false' in report and '"asked":[]' in report and '"wide":0' in report
    assert '"held":"moeaudit/packet/v1"' in report and '"refused":[]' in report
    assert [path for path in server.asked if path != "/favicon.ico"] == ["/page"]


def test_the_pages_own_script_does_run(server: Server, tmp_path: Path) -> None:
    report = seen(server, pages.html(make(mixtral(gpus="2xH200"))), tmp_path, "--window-size=390,844")
    assert '"wide":0' in report and '"ran":false' in report
    assert int(re.findall(r'"sorted":(\d+)', report)[0]) > 10  # heads of tables that can be sorted


def test_the_probe_would_see_it(server: Server, tmp_path: Path) -> None:
    """The same probe on a page without a policy: text that runs and asks is noticed."""
    report = seen(
        server, "<html><head></head><body><script>window.ran = 1</script><img src=/asked.png></body></html>", tmp_path
    )
    assert '"ran":true' in report and "/asked.png" in report and "/asked.png" in server.asked


MEASURE = """<script>
addEventListener("load", () => {
  const box = (one) => one.getBoundingClientRect();
  const tables = [...document.querySelectorAll("table")].filter((table) => table.tHead);
  const apart = tables.filter((table) => [...table.tBodies[0].rows].some((row) => [...row.cells].some(
    (cell, place) => Math.abs(box(cell).left - box(table.tHead.rows[0].cells[place]).left) > 1)));
  const cut = [...document.querySelectorAll(".table")].filter((one) => one.scrollWidth > one.clientWidth + 1);
  const names = (found) => found.map((one) => (one.querySelector("table") ?? one).className);
  const lines = [...document.querySelectorAll(".fields dd")].map((one) => Math.round(box(one).width));
  const unnamed = tables.some((table) => [...table.tBodies[0].rows].some((row) => [...row.cells].slice(1).some(
    (cell, place) => cell.textContent && table.tHead.rows[0].cells[place + 1].textContent
      && getComputedStyle(cell, "::before").content === "none")));
  const seen = {tables: tables.length, apart: names(apart), cut: names(cut), lines: Math.min(...lines),
    unnamed};
  document.documentElement.innerHTML = "<pre>" + JSON.stringify(seen) + "</pre>";
});
</script>"""
"""What the page looks like, in pixels: heads of tables that do not stand above their column, tables that are wider than
their place, lines to sign on, cells without the name of their column."""


def measured(page: str, folder: Path, width: int) -> dict[str, Any]:
    file = folder / "page.html"
    policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)  # it would refuse the measure
    file.write_text(policy.replace("<head>", f"<head>{MEASURE}", 1), encoding="utf-8")
    dom = dumped(file.as_uri(), folder / "profile", f"--window-size={width},900")
    found = re.search(r"<pre>(.*?)</pre>", dom, re.DOTALL)
    assert found is not None
    read: dict[str, Any] = json.loads(unescape(found[1]))
    return read


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("language", ["en", "de"])
def test_tables_on_wide_screens_and_on_phones(tmp_path: Path, width: int, language: str) -> None:
    """A head above each column; on a phone rows stand alone, each cell behind its column's name, and nothing is cut."""
    packet = make(mixtral(gpus="2xH200"))
    templates = Templates(None, language)
    found = measured(pages.html(packet, templates=templates), tmp_path, width)
    assert found["tables"] > 10 and found["lines"] > 250
    if width > 1000:
        assert found["apart"] == [] and found["cut"] == [] and found["unnamed"]
    else:
        assert found["cut"] == [] and not found["unnamed"]
