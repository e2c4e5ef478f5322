"""How well cards are read: claims held against labels by line. `python -m benchmarks.reading CARDS LABELS`."""
