"""The floor of the protocol: every header of a model on a Hub, with the standard library, and nothing done with them.

`python benchmarks/floor.py org/name`: listing, then config, index and first spans at once, on 24 threads that keep
their connections.
"""

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urljoin, urlsplit

FIRST = 100_000
kept = threading.local()


def get(url: str, first: int | None = None, last: int | None = None) -> bytes:
    parts = urlsplit(url)
    lines = kept.__dict__.setdefault("lines", {})
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    line = lines.setdefault(parts.netloc, None) or kind(parts.netloc)
    lines[parts.netloc] = line
    span = {} if first is None else {"Range": f"bytes={first}-{last}"}
    line.request("GET", f"{parts.path}?{parts.query}", headers=span)
    answer = line.getresponse()
    body = answer.read()
    return get(urljoin(url, answer.headers["Location"]), first, last) if answer.status in (302, 307) else body


def header(url: str) -> dict[str, object]:
    text = get(url, 0, FIRST - 1)
    end = 8 + int.from_bytes(text[:8], "little")
    return json.loads(text[8:end] if end <= FIRST else text[8:] + get(url, FIRST, end - 1))  # type: ignore[no-any-return]


if __name__ == "__main__":
    hub, model = os.environ.get("HF_ENDPOINT", "https://huggingface.co"), sys.argv[1]
    listing = json.loads(get(f"{hub}/api/models/{model}?blobs=true"))
    files, at = [file["rfilename"] for file in listing["siblings"]], f"{hub}/{model}/resolve/{listing['sha']}/"
    with ThreadPoolExecutor(24) as pool:
        small = pool.map(get, [at + file for file in files if file in ("config.json", "model.safetensors.index.json")])
        headers = pool.map(header, [at + file for file in files if file.endswith(".safetensors")])
    print(sum(len(found.keys() - {"__metadata__"}) for found in headers), [len(json.loads(text)) for text in small])
