"""The pytest fixture: a running loopback Hub, and an environment in which the real client knows no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.evidence import request
from tests.hub.server import LoopbackHub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LoopbackHub]:
    """An empty Hub; HF_ENDPOINT names it, HF_HOME is a new folder, and no token is set."""
    from huggingface_hub import constants
    from huggingface_hub.utils import close_session  # type: ignore[attr-defined]  # exported lazily

    with LoopbackHub() as server:
        for name in (
            "HF_TOKEN",
            "HUGGING_FACE_HUB_TOKEN",
            "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
            "HF_HUB_CACHE",
            "HUGGINGFACE_HUB_CACHE",
            "HF_TOKEN_PATH",
            "HF_OIDC_RESOURCE",
            "MOEAUDIT_NO_CACHE",
        ):
            monkeypatch.delenv(name, raising=False)
        home = tmp_path / "hf-home"
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HOME", str(home))
        monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "600")  # no answer is too late for a loaded machine
        monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "600")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setattr(constants, "ENDPOINT", server.url)  # these were read from the environment at import
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
        monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(home / "harnesses.json"), raising=False)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(request, "sleep", server.pauses.append)  # what is waited for is noted, not waited for
        close_session()
        yield server
        close_session()
