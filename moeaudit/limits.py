"""How much of what others wrote is worked on. Beyond a limit the answer is an error that names it, at once."""

from __future__ import annotations

NUMBERS_IN_A_NAME = 32
"""Numbers of one tensor name. Published checkpoints have at most 5."""

TENSORS_HELD_AGAINST_NAMES = 2_000_000
"""Tensors of one template (layers times experts) that a config may imply where stored names are held against it. The
largest index that is read lists fewer."""

NUMBERS_TOLD_APART = 2_000_000
"""Layer and expert numbers that the names of a quantisation config tell apart in one weight, each as often as it is
looked at. Lists of every expert's modules come to 50,000."""

MODULES_TRIED = 32_768
"""Layers times experts of one weight that the patterns of a quantisation config tell apart, each tried by itself.
Published patterns tell hundreds apart."""

PATTERNS_TRIED = 250_000
"""Patterns of a quantisation config times the modules of one weight that they are tried on. Published ones come to
200,000."""

TEMPLATE_BYTES = 1_000_000
"""Bytes of one file of a user's templates. The shipped ones stay below 20,000."""

TEMPLATE_FILES = 200
"""Templates that a user's folder may hold."""

TEMPLATE_SECONDS = 4
"""Processor seconds that rendering with a user's templates may take; the longest packets take one."""

TEMPLATE_MEMORY = 400_000_000
"""Bytes of address space that it may take, the interpreter's own included."""

RENDERED_BYTES = 20_000_000
"""Bytes of what it makes. The largest packets have two million."""
