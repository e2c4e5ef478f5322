"""A model given as a path: a folder, a lone config.json, an evidence file or a spec file."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.evidence.files import read_whole
from moeaudit.evidence.held import HeldReader
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Depth, Evidence, EvidenceFile, JsonFile, ModelRef, Source
from moeaudit.evidence.reader import Reader
from moeaudit.limits import CONFIG_BYTES, EVIDENCE_BYTES, SPEC_BYTES
from moeaudit.text import quoted

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.repo import Progress

SPECS = (".yaml", ".yml")
GATED = {".claims.yaml": "a claim file", ".md": "a model card"}
EVIDENCE_SCHEMA = b"moeaudit/evidence/"
"""What an evidence file says of itself."""

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".index.json")


def open_local(path: Path, progress: Progress, follow: Follow, choice: str = "") -> Reader:
    """The reader of a path that exists. `choice`: which of a folder's GGUF files is meant."""
    name = str(path)
    if path.is_dir():
        from moeaudit.evidence.folder import Folder
        from moeaudit.evidence.formats import reader_of

        return reader_of(Folder(path, ModelRef(name, Source.FOLDER)), progress, follow, choice)
    if choice:
        raise no_choice(name, choice)
    if name.endswith(".gguf"):
        from moeaudit.evidence.formats.gguf_reader import open_lone

        return open_lone(path, progress)
    if name.endswith(WEIGHTS):
        raise UsageError(
            "a weight file or index alone does not describe a model",
            place=Place(name),
            hint="Give the folder that holds it together with config.json.",
        )
    for suffix, what in GATED.items():
        if name.endswith(suffix):
            raise UsageError(
                f"{what} is no model",
                place=Place(name),
                hint="Give it to `moeaudit check`; the model that it speaks of is a Hub id, a folder, a "
                "config.json or an evidence file.",
            )
    data = read_whole(path, SPEC_BYTES if name.endswith(SPECS) else max(CONFIG_BYTES, EVIDENCE_BYTES))
    if name.endswith(SPECS):
        return HeldReader(_spec(data, name))
    if path.suffix != ".json" and not data.lstrip().startswith(b"{"):
        raise UsageError(
            "neither a config.json, an evidence file nor a spec file",
            place=Place(name),
            hint="Give a Hub id, a folder or one of these files.",
        )
    content = read_object(data, name, finite=False)
    if str(content.get("schema", "")).startswith("moeaudit/evidence/"):
        from moeaudit.evidence.evidence_file_reader import read_evidence

        return HeldReader(read_evidence(data, name))
    if "schema" in content and str(content["schema"]).startswith("moeaudit/"):
        raise UsageError(
            f"this is a {quoted(content['schema'])} file, no model",
            place=Place(name),
            hint="Give a Hub id, a folder, a config.json, an evidence file or a spec file.",
        )
    return HeldReader(
        Evidence(ModelRef(name, Source.FILE), JsonFile(name, content, data.decode()), files=(_record(name, data),)),
        lone_config_lacks,
    )


def no_choice(name: str, choice: str) -> UsageError:
    return UsageError(
        f"there are no files to choose {quoted(choice)} from",
        place=Place(name),
        hint="A colon chooses one of the GGUF files of a repo or folder.",
    )


def lone_config_lacks(evidence: Evidence, depth: Depth) -> NoEvidence:
    return NoEvidence(
        f"a lone config.json has no {depth}",
        place=Place(evidence.model.id),
        hint="Give the folder or repo that holds the weights, or --depth config.",
    )


def _spec(data: bytes, name: str) -> Evidence:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the file is not UTF-8 (byte {error.start})", place=Place(name), hint="Save it as UTF-8."
        ) from None
    return Evidence(ModelRef(name, Source.SPEC), spec=text, files=(_record(name, data),))


def _record(name: str, data: bytes) -> EvidenceFile:
    return EvidenceFile(name, sha256(data).hexdigest(), len(data), "file")
