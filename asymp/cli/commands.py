"""The command group and its commands."""

from __future__ import annotations

import click

import asymp
from asymp.cli import caching, certifying, checking, describing, plotting, reporting, solving
from asymp.cli.run import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(asymp.__version__, prog_name="asymp")
def commands() -> None:
    """Derive, solve, print, simulate and test proportional asymptotics.

    ID is a theorem of `asymp list`, or the path of a file that states one (its code is run).

    \b
    Completion on tab, for bash (zsh, fish alike):
      eval "$(_ASYMP_COMPLETE=bash_source asymp)"
    """  # noqa: D301 - click reads the backspace as "keep these lines"


for room in (describing, solving, plotting, checking, certifying, reporting, caching):
    room.add_to(commands)
