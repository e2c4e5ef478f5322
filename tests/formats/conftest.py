"""The command line as the room of commands has it, with the loopback Hub alone."""

from tests.cli.conftest import cli

__all__ = ["cli"]
