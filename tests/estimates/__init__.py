"""The report of an estimate: its sections in every medium."""
