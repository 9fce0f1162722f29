"""The command solve: numbers on a grid of parameters."""

from __future__ import annotations

from pathlib import Path

import click

from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_file
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.report.files import WRITERS, require_format, table, write_dataset


def add_to(group: Group) -> None:
    """Register the command."""
    group.add_command(solve)


@click.command()
@theorem_options
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUES]...")
@output_file(WRITERS, otherwise="a point is printed as a table, a grid as CSV")
def solve(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    path: Path | None,
) -> None:
    """Solve the fixed point: one point, or every combination of values.

    VALUES is a number, a comma list, start:stop:count or start:stop:count:log, as in

    \b
      asymp solve random-features-robust psi1=0.1:10:50:log psi2=2 eps=0.05,0.1 -o grid.nc
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from asymp.cli.outcomes import outcomes, point_table, require_answer

    pairs = read_pairs(arguments)
    if path is not None:
        require_format(path)
    theorem = open_theorem(name, activation, options)
    dataset = theorem.solve(throw=False, **read_arguments(pairs, theorem.parameters))
    if path is not None:
        write_dataset(dataset, path)
        click.echo(f"wrote {path}: {outcomes(dataset)}", err=True)
    elif dataset.sizes:
        click.echo(table(dataset).to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        click.echo(point_table(theorem, dataset))
        require_answer(dataset)
