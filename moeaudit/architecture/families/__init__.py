"""Families: config.json → blocks, one file per lineage, found through the registry."""

from moeaudit.architecture.families.registry import describe, lineage_of

__all__ = ["describe", "lineage_of"]
