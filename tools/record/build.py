"""Building a model on torch's meta device, and what its checkpoint would hold. No memory is used for weights."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
import transformers
from corrections import corrected, translated
from roles import ROLES, role_of
from transformers.core_model_loading import revert_weight_conversion
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

Shapes = dict[str, tuple[int, ...]]

HEADS = ("CAUSAL_LM", "IMAGE_TEXT_TO_TEXT", "MULTIMODAL_LM", "SEQ_TO_SEQ_CAUSAL_LM", "TOKEN_CLASSIFICATION")
"""The kinds of model to prefer, in this order; the bare model where a type has none of them."""


class Built:
    """What one configuration builds: the checkpoint's names and shapes, and elements by role."""

    def __init__(self, raw: dict[str, Any]) -> None:
        config = configuration(raw)
        self.class_name, model = instantiate(config)
        state = corrected(stored(model), language(model.config))
        self.elements = dict.fromkeys(ROLES, 0)
        for name, tensor in state.items():
            self.elements[role_of(model, name)] += tensor.numel()
        self.shapes: Shapes = {
            name: tuple(tensor.shape) for name, tensor in revert_weight_conversion(model, state).items()
        }
        self.total = sum(torch.Size(shape).numel() for shape in self.shapes.values())
        if self.total != sum(self.elements.values()):
            raise AssertionError(
                f"{self.class_name}: {self.total} elements are stored, {sum(self.elements.values())} built"
            )


def configuration(raw: dict[str, Any]) -> Any:
    """transformers' own reading of a config.json; keys it drops are translated first."""
    raw = translated(raw)
    return CONFIG_MAPPING[raw["model_type"]].from_dict(raw)


def instantiate(config: Any) -> tuple[str, Any]:
    """The class that transformers' own tables give for the type. One whose configuration class is another type's comes
    last: some types have a configuration alone and are built by another type's classes (the Sarvam types)."""
    names = [getattr(modeling_auto, f"MODEL_FOR_{head}_MAPPING_NAMES").get(config.model_type) for head in HEADS]
    names.append(modeling_auto.MODEL_MAPPING_NAMES.get(config.model_type))
    classes = [getattr(transformers, name if isinstance(name, str) else name[0]) for name in names if name]
    for cls in sorted(classes, key=lambda cls: not isinstance(config, cls.config_class)):
        with torch.device("meta"):
            model = cls(config)
        model.tie_weights()
        return cls.__name__, model
    raise LookupError(f"no class builds {config.model_type}")


def stored(model: Any) -> dict[str, Any]:
    """Parameters and persistent buffers under their run-time names, tied ones once, less those that saving ignores."""
    seen: set[int] = set()
    state = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in seen and name not in (model._keys_to_ignore_on_save or ()):
            state[name] = tensor.detach()
        seen.add(id(tensor))
    return state


def language(config: Any) -> Any:
    """The language model's own configuration, wherever it is nested."""
    for name in ("text_config", "thinker_config", "language_config"):
        if getattr(config, name, None) is not None:
            return language(getattr(config, name))
    return config
