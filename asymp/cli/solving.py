"""The command solve: numbers on a grid of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asymp.cli.options import open_solvable, theorem_options
from asymp.cli.output import output_file, overwriting, storing
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.report.files import WRITERS, require_format, table, write_dataset

if TYPE_CHECKING:
    import xarray as xr

    from asymp.api import Theorem
    from asymp.solver.stored import StoredTheorem

    Solved = Theorem | StoredTheorem


def add_to(group: Group) -> None:
    """Register the command."""
    group.add_command(solve)


@click.command()
@theorem_options
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUES]...")
@output_file(WRITERS, otherwise="a point is printed as a table, a grid as CSV")
@overwriting
def solve(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    path: Path | None,
    overwrite: bool,
) -> None:
    """Solve the fixed point: one point, or every combination of values.

    VALUES is a number, a comma list, start:stop:count or start:stop:count:log, as in

    \b
      asymp solve random-features-robust psi1=0.1:10:50:log psi2=2 eps=0.05,0.1 -o grid.nc

    With -o grid.zarr a large grid is kept chunk by chunk: after a kill the same command goes on.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    pairs = read_pairs(arguments)
    place = storing(path, overwrite)
    if path is not None:
        require_format(path)
    theorem = open_solvable(name, activation, options)
    given = read_arguments(pairs, theorem.parameters)
    if path is None and all(isinstance(value, float) for value in given.values()):
        show_point(theorem, given)
    else:
        show_grid(theorem, given, path, **place)


def show_point(theorem: Solved, given: dict[str, Any]) -> None:
    """Print one point as a table; neither SymPy nor xarray is needed for a stored theorem."""
    from asymp.cli.outcomes import point_table, require_answer
    from asymp.solver.point import solve_point

    found = solve_point(theorem, given)
    click.echo(point_table(theorem, found))
    require_answer(found)


def show_grid(
    theorem: Solved, given: dict[str, Any], path: Path | None, *, store: Path | None,
    overwrite: bool,
) -> None:  # fmt: skip
    """Write a grid into a file or a store, or print it as CSV."""
    from asymp.cli.outcomes import outcomes

    dataset = solved(theorem, given, store, overwrite)
    if path is not None:
        if store is None:
            write_dataset(dataset, path)
        click.echo(f"wrote {path}: {outcomes(dataset)}", err=True)
    else:
        click.echo(table(dataset).to_csv(index=False, lineterminator="\n"), nl=False)


def solved(
    theorem: Solved, given: dict[str, Any], store: Path | None, overwrite: bool
) -> xr.Dataset:
    """Solve a grid, in memory or into a store."""
    if store is not None:
        from asymp.sweep.solving import solve_into

        return solve_into(theorem, given, store, throw=False, overwrite=overwrite)
    from asymp.solver.grid import solve_grid

    return solve_grid(theorem, given, throw=False)
