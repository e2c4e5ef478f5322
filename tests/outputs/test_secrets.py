"""A token, a password and a signature planted, and every byte that a full run leaves searched for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.samples import CONFIG, ID, CommandLine, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

TOKEN, PASSWORD, SIGNATURE = "hf_plantedTokenOfTheTests", "SECRETPW", "plantedSignature"
LINES = """\
inspect {0}
inspect {0} --format json=i.json
inspect {0} --no-cache
lock {0} -o x.evidence.json
draft {0} -o x.claims.yaml
check --model {0} --format json=c.json --format sarif=c.sarif --format markdown=c.md --format github
check x.claims.yaml --format json=d.json --format junit=d.xml
estimate {0} --gpus 8xH200 --format json=e.json
estimate {0} --gpus 8xH200 --explain
packet {0} --gpus 8xH200 --format md=p.md --format html=p.html --format json=p.json --format pdf=p.pdf
packet {0} --format cyclonedx=p.cdx.json --format spdx=p.spdx.json
packet --verify p.json
packet --verify p.json {0}
inspect org/none
inspect {0}@v9
inspect org/gated
cache
inspect {0} --offline
""".splitlines()


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    for base, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield str(Path(base, name)), os.fsencode(name)
        for name in files:
            yield str(Path(base, name)), Path(base, name).read_bytes()


@pytest.mark.parametrize("where", ["userinfo", "token"])
def test_no_secret_in_what_a_full_run_leaves(
    cli: CommandLine, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    hub.add(model_repo(ID, CONFIG, table(), card="# Small\n\n9B total parameters\n"))
    hub.add(model_repo("org/gated", CONFIG, table(), gated=True))
    plain = hub.url
    if where == "userinfo":
        monkeypatch.setenv("HF_ENDPOINT", plain.replace("http://", f"http://bob:{PASSWORD}@"))
    else:
        monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_DEBUG", "1")
    (tmp_path / "summary").write_text("")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    for line in LINES:
        run = cli(*line.format(ID).split())
        assert run.code in (0, 1, 2, 3, 4), f"{line}: {run.err}"
        for secret in (TOKEN, PASSWORD, "bob"):
            assert secret not in run.out + run.err, line
    searched = list(everything(tmp_path))
    assert len(searched) > 20 and any(name.endswith("p.pdf") for name, _ in searched)
    for name, data in searched:
        for secret in (TOKEN, PASSWORD):
            assert secret.encode() not in data, name


@pytest.mark.parametrize(
    "address", ["{0}/?sig=plantedSignature", "{0}?sig=plantedSignature", "{0}/#plantedSignature",
                "http://bob:SECRETPW@127.0.0.1:9", "http://bob:SECRETPW@[::", "http://SECRETPW@127.0.0.1:9/x?plantedSignature"]
)  # fmt: skip
def test_no_secret_of_an_address_in_an_error(
    cli: CommandLine, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address.format(hub.url))
    run = cli("inspect", ID)
    assert run.code in (2, 4) and PASSWORD not in run.err and SIGNATURE not in run.err and run.err.count("\n") == 1


def test_no_signature_of_where_files_are_stored(cli: CommandLine, hub: LoopbackHub, tmp_path: Path) -> None:
    """The Hub redirects to addresses that are signed for a while: what is recorded is the Hub's own."""
    hub.add(model_repo(ID, CONFIG, table()))
    for line in LINES[:12]:
        cli(*line.format(ID).split())
    for name, data in everything(tmp_path):
        assert b"/stored/" not in data and b"X-Amz-" not in data and b"Signature=" not in data, name
