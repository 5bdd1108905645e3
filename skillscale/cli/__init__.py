"""The command line: one file per command group, no logic."""

from skillscale.cli.main import main

__all__ = ["main"]
