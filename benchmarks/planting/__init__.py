"""Mistakes planted into true cards: `check` must name them. `python -m benchmarks.planting CARDS LABELS SENTENCES`."""
