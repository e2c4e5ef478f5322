"""Families: config.json → blocks, one file per lineage, found through the registry."""

from moeaudit.architecture.families.registry import FAMILIES, describe, lineage_of

__all__ = ["FAMILIES", "describe", "lineage_of"]
