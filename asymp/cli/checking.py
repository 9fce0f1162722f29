"""The commands check and simulate: whether the theorem is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_file
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.cli.text import columns, digits
from asymp.errors import InvalidParameter
from asymp.report.files import WRITERS, require_format, write_dataset, write_text

if TYPE_CHECKING:
    import xarray as xr

    from asymp.api import Theorem

FAILED = 1


def add_to(group: Group) -> None:
    """Register the commands."""
    for command in (check, simulate):
        group.add_command(command)


@click.command()
@theorem_options
@click.option("--thorough", is_flag=True, help="The full number of points (minutes).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@output_file([".txt", ".json"], otherwise="the report is printed")
def check(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    thorough: bool,
    as_json: bool,
    path: Path | None,
) -> int:
    """Check every step, limit, law and printed form; exit code 1 if any claim is false."""
    found = open_theorem(name, activation, options).check(thorough=thorough)
    text = found.to_json() if as_json or (path and path.suffix == ".json") else str(found)
    if path is None:
        click.echo(text)
    else:
        write_text(path, text + "\n")
        click.echo(found.summary, err=True)
    return 0 if found.ok else FAILED


@click.command()
@theorem_options
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUES]...")
@click.option("-d", "dimension", default=200, show_default=True, help="Input dimension.")
@click.option("--repeats", default=10, show_default=True, help="Independent draws.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws.")
@click.option("--workers", default=1, show_default=True, help="Processes.")
@click.option(
    "--attack", type=click.Choice(["seminorm", "pgd"]), default="seminorm", show_default=True,
    help="What training defends against.",
)  # fmt: skip
@click.option(
    "--model", type=click.Choice(["real", "equivalent"]), default="real", show_default=True,
    help="The real features or their Gaussian equivalent.",
)  # fmt: skip
@output_file(WRITERS, otherwise="means are printed beside the theory")
def simulate(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    path: Path | None,
    dimension: int,
    repeats: int,
    seed: int,
    workers: int,
    **settings: Any,
) -> None:
    """Draw the finite problem, train it to optimality, attack it, and compare with theory."""
    pairs = read_pairs(arguments)
    if path is not None:
        require_format(path)
    theorem = open_theorem(name, activation, options)
    given = read_arguments(pairs, theorem.parameters)
    runs = theorem.simulate(
        d=dimension, repeats=repeats, rng=seed, workers=workers, **settings, **given
    )
    if path is not None:
        write_dataset(runs, path)
        click.echo(f"wrote {path}", err=True)
    else:
        click.echo(comparison(theorem, runs, theorem.solve(throw=False, **given)))


def comparison(theorem: Theorem, runs: xr.Dataset, theory: xr.Dataset) -> str:
    """Means, standard errors and theory, a row for each point and observable."""
    names = [n for n in theorem.observables if n in theory and f"{n}_mean" in runs]
    if not names:
        raise InvalidParameter("the simulation measures none of the theorem's observables")
    dims = [str(d) for d in runs[f"{names[0]}_mean"].dims]
    rows = [(*dims, "observable", "simulation", "standard error", "theory")]
    for index in np.ndindex(*(runs.sizes[d] for d in dims)):
        where = dict(zip(dims, index, strict=True))
        point, expected = runs.isel(where), theory.isel(where)
        place = [digits(float(point[d]), 4) for d in dims]
        rows += [
            (*place, n, digits(float(point[f"{n}_mean"]), 4), digits(float(point[f"{n}_sem"]), 2),
             digits(float(expected[n]), 5))
            for n in names
        ]  # fmt: skip
    return columns(rows)
