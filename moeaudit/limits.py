"""How much of what others wrote is worked on. Beyond a limit the answer is an error that names it, at once."""

from __future__ import annotations

NUMBERS_IN_A_NAME = 32
"""Numbers of one tensor name. Published checkpoints have at most 5."""
