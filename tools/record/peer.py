"""What another program makes of a Hub: run by its own interpreter, told by lines of JSON, answering with lines of JSON.

`python peer.py huggingface_hub|hf-mem`. A line `{"cache": FOLDER, "model": ID, "revision": null, "token": null}` is
answered with `{"outcome": ..., "digest": ..., "waited": seconds}`. Pauses between attempts are counted, not waited for.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

WAITED: list[float] = []


def by_the_library(order: dict[str, Any]) -> str:
    """Commit, small files and all headers, as the Hub library reads them."""
    from huggingface_hub import HfApi, constants, hf_hub_download
    from huggingface_hub.utils import close_session

    close_session()
    constants.HF_HUB_CACHE = order["cache"]
    api, at = HfApi(), {"revision": order["revision"]}
    info = api.model_info(order["model"], files_metadata=True, **at)
    texts = []
    for file in ("config.json", "hf_quant_config.json", "model.safetensors.index.json", "README.md"):
        path = hf_hub_download(order["model"], file, cache_dir=order["cache"], **at)
        texts.append(sha256(Path(path).read_bytes()).hexdigest())
    found = api.get_safetensors_metadata(order["model"], **at)
    tensors = {
        name: [one.dtype, one.shape] for header in found.files_metadata.values() for name, one in header.tensors.items()
    }
    return json.dumps([info.sha, texts, sorted(tensors.items())])


def by_hf_mem(order: dict[str, Any]) -> str:
    """What it prints. It knows one Hub only: its addresses are turned to ours on the way."""
    import httpx2
    from hf_mem.cli import main

    build = httpx2.AsyncClient.build_request

    def turned(self: Any, method: str, url: Any, **rest: Any) -> Any:
        return build(self, method, str(url).replace("https://huggingface.co", os.environ["HF_ENDPOINT"]), **rest)

    httpx2.AsyncClient.build_request = turned
    words = ["--model-id", order["model"], *(["--revision", order["revision"]] if order["revision"] else [])]
    said = io.StringIO()
    sys.argv[1:] = words
    try:
        with contextlib.redirect_stdout(said):
            main()
    finally:
        httpx2.AsyncClient.build_request = build
    return said.getvalue()


PEERS: dict[str, Callable[[dict[str, Any]], str]] = {"huggingface_hub": by_the_library, "hf-mem": by_hf_mem}


def answer(peer: str, order: dict[str, Any]) -> dict[str, Any]:
    WAITED.clear()
    os.environ.pop("HF_TOKEN", None)
    if order["token"]:
        os.environ["HF_TOKEN"] = order["token"]
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            digest, outcome = sha256(PEERS[peer](order).encode()).hexdigest(), ""
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - its name is what is recorded
        digest, outcome = "", type(error).__name__
    return {"outcome": outcome, "digest": digest, "waited": round(sum(WAITED), 1)}


def main() -> None:
    peer, answers, sys.stdout = sys.argv[1], sys.stdout, io.StringIO()
    time.sleep = WAITED.append  # type: ignore[assignment]
    for line in sys.stdin:
        print(json.dumps(answer(peer, json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
