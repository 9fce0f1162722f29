"""Running commands: every failure that a user can cause is one line on stderr and exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import click

from asymp.cli.interrupts import lasting_interrupts
from asymp.errors import AsympError

BAD_INPUT = 2
INTERRUPTED = 130


class Group(click.Group):
    """Group that lists its commands in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of registration."""
        return list(self.commands)


def run(load: Callable[[], click.Group], arguments: Sequence[str] | None = None) -> NoReturn:
    """Load the commands, run one and end the process with its exit code.

    Failures of the package itself keep their traceback: whoever reports them needs it.
    """
    try:
        with lasting_interrupts():
            code = load().main(arguments, prog_name="asymp", standalone_mode=False)
        sys.exit(code or 0)
    except BrokenPipeError:
        _leave_quietly()
    except (AsympError, click.ClickException, OSError) as error:
        _refuse(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("asymp: interrupted", err=True)
        sys.exit(INTERRUPTED)


def _refuse(error: Exception) -> NoReturn:
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    click.echo(f"asymp: error: {' '.join(message.split())}", err=True)
    sys.exit(BAD_INPUT)


def _leave_quietly() -> NoReturn:
    """End as a well-behaved filter does when its reader has gone (``asymp solve ... | head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
