"""TLS and proxies: the ways to a Hub that the loopback one does not need."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.errors import NoEvidence
from moeaudit.evidence import Depth, connections, open_evidence
from tests.evidence.samples import CONFIG, ID, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1, with its key, that nobody knows."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    file = tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(file),
            "-out",
            str(tmp_path / "c"),
        ],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + (tmp_path / "c").read_text())
    return file


@pytest.fixture
def secure(hub: LoopbackHub, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """The Hub behind TLS. Its files come from the same host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    hub.server.socket = context.wrap_socket(hub.server.socket, server_side=True)
    hub.redirect = False
    hub.add(model_repo(ID, CONFIG, table(7)))
    monkeypatch.setenv("HF_ENDPOINT", hub.url.replace("http://", "https://"))
    connections._tls.cache_clear()
    yield hub
    connections._tls.cache_clear()


def test_over_tls(secure: LoopbackHub, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the certificates that SSL_CERT_FILE names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table(7)


def test_a_certificate_that_nobody_knows(secure: LoopbackHub) -> None:
    with pytest.raises(NoEvidence, match="could not be reached"):
        open_evidence(ID)
    assert secure.requests == [] and secure.pauses == [], "it is not tried again"


def test_through_a_proxy(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told the whole address, and its own password; the Hub's name is never looked up here."""
    hub.redirect = False
    hub.add(model_repo(ID, CONFIG, table()))
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("http_proxy", hub.url.replace("://", "://bob:pass@"))
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table()
    assert all(path.startswith("http://hub.invalid/") for path in hub.paths())
    assert {request.host for request in hub.requests} == {"hub.invalid"}


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://127.0.0.1:9"])
def test_a_proxy_that_is_no_use(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(NoEvidence, match="Check the network, HF_ENDPOINT and your proxy"):
        open_evidence(ID)


def test_what_no_proxy_names_is_asked_directly(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(model_repo(ID, CONFIG))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert open_evidence(ID).config is not None
