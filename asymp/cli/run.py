"""Running commands: every failure that a user can cause is one line on stderr and exit code 2."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from asymp.errors import AsympError

BAD_INPUT = 2
INTERRUPTED = 130
MANY = 200_000  # new objects between two looks for garbage: see spare_the_collector


class Group(click.Group):
    """Group that lists its commands in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of registration."""
        return list(self.commands)


def run(group: click.Group, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code.

    Failures of the package itself keep their traceback: whoever reports them needs it.
    """
    try:
        sys.exit(group.main(arguments, prog_name="asymp", standalone_mode=False) or 0)
    except BrokenPipeError:
        _leave_quietly()
    except (AsympError, click.ClickException, OSError) as error:
        _refuse(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("asymp: interrupted", err=True)
        sys.exit(INTERRUPTED)


def spare_the_collector() -> None:
    """Look for garbage less often, and not at all when the process ends.

    Numba and SymPy are half a million objects that live as long as the command. Python searches
    them for garbage hundreds of times while they are loaded and once more at the end, which is
    half of the processor time of a command that solves one point.
    """
    gc.set_threshold(MANY)
    atexit.register(gc.freeze)


def _refuse(error: Exception) -> NoReturn:
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    click.echo(f"asymp: error: {' '.join(message.split())}", err=True)
    sys.exit(BAD_INPUT)


def _leave_quietly() -> NoReturn:
    """End as a well-behaved filter does when its reader has gone (``asymp solve ... | head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
