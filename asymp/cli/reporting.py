"""The command report."""

from __future__ import annotations

from pathlib import Path

import click

from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_folder
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.plotting.style import require_matplotlib


def add_to(group: Group) -> None:
    """Register the command."""
    group.add_command(report)


@click.command()
@theorem_options
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUES]...")
@output_folder(default="report")
@click.option("--fast", is_flag=True, help="Smaller simulation and coarser grid.")
@click.option("--thorough", is_flag=True, help="Check at the full number of points (minutes).")
def report(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    folder: Path,
    fast: bool,
    thorough: bool,
) -> None:
    """Write derivation, figures, grid, simulation and checks of a theorem into a folder.

    The first ratio varies along the axis of the figures, the adversary's radius (or the penalty,
    or the noise) from curve to curve; NAME=VALUES overrides what is chosen. A report that was
    interrupted goes on where it stopped.
    """
    require_matplotlib()
    pairs = read_pairs(arguments)
    from asymp.report.build import Report, build
    from asymp.report.plan import FAST, USUAL, plan_of

    theorem = open_theorem(name, activation, options)
    given = read_arguments(pairs, theorem.parameters)
    plan = plan_of(theorem, given, FAST if fast else USUAL)
    index = build(Report(theorem, plan, folder, thorough), lambda line: click.echo(line, err=True))
    click.echo(f"wrote {index}")
