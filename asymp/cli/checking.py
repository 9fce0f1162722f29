"""The commands check and simulate: whether the theorem is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from asymp.atomic import write_text
from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_file, overwriting, storing
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.cli.text import columns, digits
from asymp.errors import InvalidParameter
from asymp.report.files import WRITERS, require_format, write_dataset

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
@click.option(
    "-d", "sizes", default="200", show_default=True, metavar="D[,D...]",
    help="Input dimension; two or more give a verdict that allows for finite-size bias.",
)  # fmt: skip
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
@overwriting
def simulate(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    path: Path | None,
    sizes: str,
    overwrite: bool,
    repeats: int,
    seed: int,
    **settings: Any,
) -> int:
    """Draw the finite problem, train it to optimality, attack it, and compare with theory.

    With several input dimensions the exit code is 1 if theory and simulation disagree. With
    -o runs.zarr every draw is kept at once: after a kill the same command goes on.
    """
    pairs = read_pairs(arguments)
    dimensions = read_sizes(sizes)
    place = storing(path, overwrite)
    if path is not None:
        require_format(path)
        if len(dimensions) > 1:
            raise InvalidParameter("-o writes the runs of one dimension: give -d one number")
    theorem = open_theorem(name, activation, options)
    given = read_arguments(pairs, theorem.parameters)
    wanted = {"repeats": repeats, "rng": seed, **settings, **given}
    if len(dimensions) > 1:
        verdict = theorem.compare(sizes=dimensions, **wanted)
        click.echo(str(verdict))
        return 0 if verdict.agrees else FAILED
    runs = theorem.simulate(d=dimensions[0], **place, **wanted)
    if path is None:
        click.echo(comparison(theorem, runs))
    else:
        if place["store"] is None:
            write_dataset(runs, path)
        click.echo(f"wrote {path}", err=True)
    return 0


def read_sizes(text: str) -> list[int]:
    """Input dimensions from a comma list.

    Raises
    ------
    InvalidParameter

    Examples
    --------
    >>> read_sizes("200,400")
    [200, 400]
    """
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidParameter(f"-d {text}: give a positive integer, or several with commas")
    return [int(part) for part in parts]


def comparison(theorem: Theorem, runs: xr.Dataset) -> str:
    """Means, standard errors and theory, a row for each point and observable."""
    names = [name for name in theorem.observables if f"{name}_theory" in runs]
    dims = [str(d) for d in runs[f"{names[0]}_mean"].dims]
    rows = [(*dims, "observable", "simulation", "standard error", "theory")]
    for index in np.ndindex(*(runs.sizes[d] for d in dims)):
        point = runs.isel(dict(zip(dims, index, strict=True)))
        place = [digits(float(point[d]), 4) for d in dims]
        rows += [
            (*place, n, digits(float(point[f"{n}_mean"]), 4), digits(float(point[f"{n}_sem"]), 2),
             digits(float(point[f"{n}_theory"]), 5))
            for n in names
        ]  # fmt: skip
    return columns(rows)
