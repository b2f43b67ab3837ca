"""The command line: every job of the window, without one."""

from app.cli.program import main

__all__ = ["main"]
