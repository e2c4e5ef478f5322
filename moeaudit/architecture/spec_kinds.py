"""The kinds of blocks a spec file can name: every block, under its class's name in lower case."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

from moeaudit.architecture import blocks
from moeaudit.architecture.blocks import Block


def kind_of(block: type[Block]) -> str:
    """`LatentAttention` is `latent_attention`, `LSTM` is `lstm`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", block.__name__).lower()


def _kinds() -> dict[str, type[Block]]:
    files = [import_module(f"{blocks.__name__}.{found.name}") for found in iter_modules(blocks.__path__)]
    classes = [
        value
        for file in files
        for value in vars(file).values()
        if isinstance(value, type)
        and issubclass(value, Block)
        and value is not Block
        and value.__module__ == file.__name__
    ]
    return {kind_of(block): block for block in classes}


KINDS: dict[str, type[Block]] = _kinds()
"""Word → block, from all files of `blocks/`."""
