"""The entry point: what is loaded after it can be interrupted in peace."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Sequence
from typing import NoReturn

from asymp.cli.run import Group, run

MANY = 200_000  # new objects between two looks for garbage: see spare_the_collector


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command ``asymp``."""
    spare_the_collector()
    run(_commands, arguments)


def _commands() -> Group:
    from asymp.cli.commands import commands

    return commands


def spare_the_collector() -> None:
    """Look for garbage less often, and not at all when the process ends.

    Numba and SymPy are half a million objects that live as long as the command. Python searches
    them for garbage hundreds of times while they are loaded and once more at the end, which is
    half of the processor time of a command that solves one point.
    """
    gc.set_threshold(MANY)
    atexit.register(gc.freeze)
