"""Engines' own flag tables, read from their sources without running them."""
