"""A server that says one thing and does another: nothing of it is used, nothing lands outside the cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.errors import AuditError, Exit, NoEvidence
from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.hub import HubRepo
from tests.evidence.samples import CARD, CONFIG, ID, table
from tests.hub.repos import HubFile, model_repo
from tests.hub.server import LoopbackHub

OTHER = "b" * 40


def refusal(**options: object) -> AuditError:
    with pytest.raises(AuditError) as caught:
        open_evidence(ID, **options)  # type: ignore[arg-type]
    assert str(caught.value).isprintable() and len(str(caught.value)) < 300
    assert caught.value.exit_code is Exit.NO_EVIDENCE, "the server's fault, not the model's"
    return caught.value


@pytest.mark.parametrize("etag", ['"/{root}/x.pth"', '"../../../../../../{root}/x.pth"', 'W/".."', '"a/b"', "", '""'])
@pytest.mark.parametrize("header", ["ETag", "X-Linked-Etag"])
def test_no_file_is_written_where_a_header_says(hub: LoopbackHub, tmp_path: Path, etag: str, header: str) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    hub.change("/resolve/", headers={header: etag.replace("{root}", str(tmp_path / "outside"))})
    open_evidence(ID)
    assert {path.name for path in tmp_path.iterdir()} == {"hf-home"}
    assert {path.name for path in (tmp_path / "hf-home" / "hub").iterdir()} == {"models--org--tiny-moe"}


@pytest.mark.parametrize("path", ["config.json", "00002-of-00003.safetensors"])
def test_another_commit_in_the_middle(hub: LoopbackHub, path: str) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    hub.change(f"/resolve/.*{path}", headers={"X-Repo-Commit": OTHER})
    assert "answers from another commit than it was asked for" in str(refusal(depth=Depth.HEADERS))


def test_another_file_than_is_listed(hub: LoopbackHub) -> None:
    """Of the same length: its digest tells. Nothing of it is kept."""
    repo = hub.add(model_repo(ID, CONFIG, table()))
    hub.change("config.json", body=repo.files["config.json"].head.replace(b"64", b"65"))
    assert "sends another config.json than it lists" in str(refusal())
    hub.changes.clear()
    assert open_evidence(ID, depth=Depth.CONFIG).config is not None


def test_a_small_file_without_end(hub: LoopbackHub) -> None:
    """It is read up to the size that is listed, and one byte more to see."""
    repo = hub.add(model_repo(ID, CONFIG))
    size = repo.files["config.json"].size
    repo.files["config.json"] = HubFile(repo.files["config.json"].head, 300_000_000)
    hub.change(
        "/api/",
        body=json.dumps(
            {"sha": repo.commit, "siblings": [{"rfilename": "config.json", "size": size, "blobId": "a" * 40}]}
        ).encode(),
    )
    assert "sends another config.json than it lists" in str(refusal())
    assert hub.sent < 20_000_000


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {"Content-Range": "bytes 8-4103/{size}"}},
        {"headers": {"Content-Range": None}},
        {"headers": {"Content-Range": "bytes 0-1/{size}"}},
        {"headers": {"Content-Range": "multipart"}},
        {"headers": {"Content-Range": "bytes 0-4095/7"}},
        {"status": 200},
        {"status": 204},
        {"status": 304},
        {"status": 416},
        {"status": 400},
        {"status": 418},
        {"headers": {"X-Linked-Etag": '"' + "c" * 64 + '"'}},
    ],
)
def test_another_span_than_was_asked_for(hub: LoopbackHub, change: dict[str, object]) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    hub.redirect = False
    size = str(repo.files["model-00002-of-00003.safetensors"].size)
    headers = {
        name: value and str(value).replace("{size}", size) for name, value in dict(change.get("headers", {})).items()
    }  # type: ignore[call-overload]
    hub.change("00002-of-00003", **{**change, "headers": headers})  # type: ignore[arg-type]
    said = str(refusal(depth=Depth.HEADERS))
    assert "download it again" not in said.lower()


@pytest.mark.parametrize(
    "listing",
    [
        "[]",
        "[[[[",
        "[" * 100_000,
        "null",
        "",
        "{}",
        '{"siblings": null}',
        '{"siblings": {}}',
        '{"siblings": [3]}',
        '{"sha": 3, "siblings": []}',
        '{"sha": "x", "siblings": []}',
        '{"sha": "SHA", "siblings": [{"rfilename": 3}]}',
        '{"sha": "SHA", "siblings": [{"rfilename": "config.json", "size": "12"}]}',
        '{"sha": "SHA", "siblings": [{"rfilename": "config.json", "size": -1}]}',
        '{"sha": "SHA", "siblings": [{"rfilename": "config.json", "size": true}]}',
        "\xff",
        "<html>",
        '{"sha": "../../../x", "siblings": []}',
        '{"sha": "SHA", "siblings": []}',
    ],
)
def test_listings_that_are_none(hub: LoopbackHub, listing: str) -> None:
    hub.add(model_repo(ID, CONFIG))
    hub.change("/api/", body=listing.replace("SHA", "a" * 40).encode("latin-1"))
    said = str(refusal())
    assert any(words in said for words in ("does not answer like a Hub", "which commit it serves", "no config.json"))
    assert not any("/resolve/" in path for path in hub.paths())


def test_digests_that_are_none_are_not_held_against_anything(hub: LoopbackHub) -> None:
    """A mirror that states none serves all the same; nothing of its weight files is kept by digest."""
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    hub.change(
        "/api/",
        body=json.dumps(
            {
                "sha": repo.commit,
                "siblings": [
                    {"rfilename": name, "size": file.size, "blobId": "../../x", "lfs": {"sha256": 7}}
                    for name, file in repo.files.items()
                ],
            }
        ).encode(),
    )
    for _ in range(2):
        assert open_evidence(ID, depth=Depth.HEADERS).headers == table()
    assert len([request for request in hub.requests if request.status == 206]) == 6


@pytest.mark.parametrize("path", ["config.json", "00002-of-00003"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 418])
def test_refusals_after_the_listing_are_no_bad_usage(hub: LoopbackHub, path: str, status: int) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    hub.fail(path, status)
    refusal(depth=Depth.HEADERS)


def test_a_storage_address_that_holds_no_longer(hub: LoopbackHub) -> None:
    """A later span goes to where the first was had; where that is refused, the Hub is asked anew."""
    shard = hub.add(model_repo(ID, CONFIG, table(1))).files["model.safetensors"]
    repo = HubRepo(ID, None)
    assert repo.read_span("model.safetensors", 0, 100) == shard.span(0, 100)
    hub.fail("/stored/", 403, times=1)
    hub.requests.clear()
    assert repo.read_span("model.safetensors", 100, 50) == shard.span(100, 150)
    assert [request.status for request in hub.requests] == [403, 302, 206]
    hub.fail("/stored/", 403)
    with pytest.raises(NoEvidence):
        repo.read_span("model.safetensors", 100, 50)


@pytest.mark.parametrize("sized", [True, False])
def test_a_span_behind_the_end_is_empty(hub: LoopbackHub, sized: bool) -> None:
    """As of a file on disk. Where sizes are listed nothing is asked; else the server knows."""
    repo = hub.add(model_repo(ID, CONFIG, table(1)))
    shard = repo.files["model.safetensors"]
    if not sized:
        siblings = [{"rfilename": name} for name in repo.files]
        hub.change("/api/models/", body=json.dumps({"sha": repo.commit, "siblings": siblings}).encode())
    opened = HubRepo(ID, None)
    assert opened.listing["model.safetensors"] == (shard.size if sized else None)
    assert opened.read_span("model.safetensors", shard.size - 1, 2) == shard.span(shard.size - 1, shard.size) != b""
    hub.requests.clear()
    assert [opened.read_span("model.safetensors", start, 2) for start in (shard.size, shard.size + 1)] == [b"", b""]
    assert [request.status for request in hub.requests] == ([] if sized else [416, 416])


def test_a_listed_span_that_a_server_calls_behind_the_end_is_its_fault(hub: LoopbackHub) -> None:
    shard = hub.add(model_repo(ID, CONFIG, table(1))).files["model.safetensors"]
    opened = HubRepo(ID, None)
    hub.change("/stored/", status=416, body=b"")
    with pytest.raises(NoEvidence, match="status 416"):
        opened.read_span("model.safetensors", shard.size - 1, 1)
