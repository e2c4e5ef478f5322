"""The command line as a fixture, the same as that of the commands themselves."""

from tests.cli.conftest import cli

__all__ = ["cli"]
