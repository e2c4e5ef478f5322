"""A model given as a path: a folder, a lone config.json, an evidence file or a spec file."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import NoEvidence, NothingToAudit, Place, UsageError
from moeaudit.evidence.files import read_whole
from moeaudit.evidence.held import HeldReader
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Depth, Document, Evidence, EvidenceFile, JsonFile, ModelRef, Role, Source
from moeaudit.evidence.reader import Reader
from moeaudit.evidence.repo import ADAPTER, PARAMS, PIPELINE
from moeaudit.evidence.shard_sets import is_adapter
from moeaudit.limits import CONFIG_BYTES, EVIDENCE_BYTES, SPEC_BYTES
from moeaudit.text import file_name, quoted

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.repo import Progress

ROLES = {PARAMS: Role.PARAMS, ADAPTER: Role.ADAPTER, PIPELINE: Role.PIPELINE}
SIGNS = {
    Role.PARAMS: {"dim", "n_layers"},
    Role.ADAPTER: {"peft_type"},
    Role.PIPELINE: {"_diffusers_version", "_class_name"},
}

SPECS = (".yaml", ".yml")
GATED = {".claims.yaml": "a claim file", ".md": "a model card"}
EVIDENCE_SCHEMA = b"moeaudit/evidence/"
"""What an evidence file says of itself."""

WEIGHTS = (".bin", ".pt", ".pth", ".index.json")


def open_local(path: Path, progress: Progress, follow: Follow, choice: str = "") -> Reader:
    """The reader of a path that exists. `choice`: which of a folder's GGUF files is meant."""
    name = str(path)
    if path.is_dir():
        from moeaudit.evidence.folder import Folder
        from moeaudit.evidence.formats import reader_of

        return reader_of(Folder(path, ModelRef(name, Source.FOLDER)), progress, follow, choice)
    if choice:
        raise no_choice(name, choice)
    if name[-5:].casefold() == ".gguf" or begins_as_gguf(path):
        from moeaudit.evidence.formats.gguf_reader import open_lone

        return open_lone(path, progress)
    if name.endswith(".safetensors"):
        if is_adapter(path.name):
            raise UsageError(
                "the weights of an adapter alone do not say what they adapt",
                place=Place(name),
                hint="Give the folder that holds them together with adapter_config.json.",
            )
        from moeaudit.evidence.folder import Folder
        from moeaudit.evidence.formats import reader_of

        return reader_of(Folder(path.parent, ModelRef(name, Source.FILE), only=(path.name,)), progress, follow)
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
    if path.suffix not in (".json", *SPECS):
        from moeaudit.evidence.formats.others import kind_of_file

        if (other := kind_of_file(path.name)) is not None:
            raise NothingToAudit(f"the file is {other.what}", place=Place(name), hint=other.next)
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
    return _described(JsonFile(name, content, data.decode()), _record(name, data), follow)


def begins_as_gguf(path: Path) -> bool:
    """Whether a file, whatever it is called, begins as GGUF files do."""
    try:
        with path.open("rb") if path.is_file() else BytesIO() as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False  # what is wrong with it is said when it is read


def _described(file: JsonFile, record: EvidenceFile, follow: Follow) -> Reader:
    """The reader of one file that describes a model: a config.json, unless its name or its fields say what else."""
    role = role_of(file)
    if role is Role.PIPELINE:
        raise UsageError(
            "a model_index.json alone names the parts of a pipeline and holds none",
            place=Place(file.file),
            hint="Give the folder that it lies in.",
        )
    if (role is None and "mapping" in file.data) or file.data.keys() & {"pretrained_config", "builder_config"}:
        from moeaudit.evidence.formats.transformers import check_whose

        check_whose(file, file.file)
    whole = Evidence(ModelRef(file.file, Source.FILE), file, files=(record,))
    if role is not None:
        whole = replace(whole, config=None, documents=(Document(role, file),))
    reader = HeldReader(whole, lone_config_lacks)
    if role is not Role.ADAPTER:
        return reader
    from moeaudit.evidence.formats.adapter import AdapterReader

    return AdapterReader(reader, follow)


def role_of(file: JsonFile) -> Role | None:
    """What a file describes a model by, other than transformers' words: its name says so, or fields that only such a
    file has."""
    name = Path(file.file).name
    if name in ROLES:
        return ROLES[name]
    if "model_type" in file.data or "hidden_size" in file.data:
        return None
    return next((role for role, fields in SIGNS.items() if fields <= file.data.keys()), None)


def no_choice(name: str, choice: str) -> UsageError:
    return UsageError(
        f"there are no files to choose {quoted(choice)} from",
        place=Place(name),
        hint="A colon chooses one of the GGUF files of a repo or folder.",
    )


def lone_config_lacks(evidence: Evidence, depth: Depth) -> NoEvidence:
    return NoEvidence(
        f"{quoted(file_name(evidence.model.id))} alone has no {depth}",
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
