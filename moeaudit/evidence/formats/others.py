"""What is no repo that can be counted, named for what it is, each with the next step. Nothing of it is opened."""

from __future__ import annotations

from collections.abc import Collection

from moeaudit.errors import AuditError, NoEvidence, NothingToAudit, Place
from moeaudit.later import dataclass, expression
from moeaudit.text import quoted

TRAINED = "Export it to safetensors with a config.json, or give the repo it was published as."


@dataclass(frozen=True)
class Other:
    """A kind told by a file or folder of the root. `what` stands behind its name: "… is WHAT"."""

    names: str  # an expression that a file's whole path matches
    what: str
    next: str


OTHERS: tuple[Other, ...] = (
    Other(r"[^/]+\.gguf(?:/.*)?|[^/]+/[^/]+\.gguf", "a converted file", "Audit the repo it was made from."),
    Other(
        r"[^/]+\.nemo|model_config\.yaml|weights/(?:common\.pt|metadata\.json)|context/model\.yaml",
        "of a NeMo checkpoint",
        TRAINED,
    ),
    Other(
        r"(?:[^/]+/)?rank[0-9]+\.engine",
        "of a TensorRT-LLM engine, compiled for one kind of machine",
        "Audit its origin.",
    ),
    Other(r"[^/]+\.(?:engine|plan)", "a TensorRT engine, compiled for one kind of machine", "Audit its origin."),
    Other(r"(?:.*/)?[^/]+\.distcp", "of a distributed checkpoint, one piece for each rank", TRAINED),
    Other(
        r"latest_checkpointed_iteration\.txt|iter_[0-9]+(?:/.*)?|(?:release/)?mp_rank_[0-9]+(?:_[0-9]+)*(?:/.*)?",
        "of a Megatron checkpoint, one piece for each rank",
        TRAINED,
    ),
    Other(
        r"(?:[^/]+/)?global_step[0-9]+(?:/.*)?|zero_pp_rank_[0-9]+_.*|zero_to_fp32\.py",
        "of a DeepSpeed checkpoint, one piece for each rank",
        TRAINED,
    ),
    Other(r"[^/]+-rank-?[0-9]+(?:-shard-?[0-9]+)?\.pt", "of a fairseq checkpoint, one piece for each rank", TRAINED),
    Other(r"manifest\.ocdbt|_METADATA|[^/]+/manifest\.ocdbt", "of an Orbax checkpoint (JAX)", TRAINED),
    Other(r"[^/]+\.onnx|onnx/[^/]+\.onnx", "a compiled graph (ONNX)", "Audit the repo it was made from."),
    Other(
        r"(?:openvino/)?openvino[^/]*\.(?:xml|bin)",
        "a compiled graph (OpenVINO)",
        "Audit the repo it was made from.",
    ),
    Other(r"mlc-chat-config\.json", "of a model compiled by MLC", "Audit the repo it was made from."),
    Other(
        r"[^/]+\.(?:tflite|task|litertlm|llamafile)|[^/]+\.(?:mlmodel|mlpackage|mlmodelc)(?:/.*)?|saved_model\.pb",
        "a model compiled for one kind of runtime",
        "Audit the repo it was made from.",
    ),
    Other(
        r"[^/]+\.(?:zip|tar|tar\.(?:gz|xz|zst|bz2)|tgz|7z|rar)",
        "an archive, which is not unpacked",
        "Unpack it, and give the folder.",
    ),
    Other(r"ggml[^/]*\.bin", "an old GGML file", "Convert it again with llama.cpp."),
    Other(
        r"[^/]+\.(?:bin|pt|pth|ckpt|pkl)",
        "pickled weights, which are never opened",
        "Give a safetensors copy, or a config.json beside it.",
    ),
    Other(r"[^/]+\.(?:h5|msgpack|npz)", "a file of TensorFlow or JAX", "Give a safetensors copy with its config.json."),
)
"""In the order in which they are looked for."""


def kind_of_file(name: str) -> Other | None:
    """What a file that is given by itself is; None of one that none of these kinds is told by."""
    return next((other for other in OTHERS if expression(other.names).fullmatch(name)), None)


DESCRIBES = expression(
    r"[^./][^/]*/(?:.*/)?(?:(?:config|params|adapter_config|model_index)\.json|[^/]+\.(?:gguf|safetensors))"
)
"""What would describe or hold a model, in a folder of the one that was given."""


def refusal(model: str, listing: Collection[str]) -> AuditError:
    """The line for a repo that no format recognises."""
    for other in OTHERS:
        known = expression(other.names)
        found = min((file for file in listing if known.fullmatch(file)), default=None)
        if found is not None:
            says = f"no config.json; {quoted(found)} is {other.what}"
            return NothingToAudit(says, place=Place(model), hint=other.next)
    inside = (file for file in listing if DESCRIBES.fullmatch(file))
    below = min(inside, key=lambda file: (file.count("/"), file), default="")
    if below:
        return NoEvidence(
            f"no config.json, but {quoted(below)} is there",
            place=Place(model),
            hint=f"Give its folder {quoted(below.rpartition('/')[0])} by itself.",
        )
    return NoEvidence("no config.json", place=Place(model), hint="Give the folder or repo that holds the model itself.")
