"""The command certify: proofs beside numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_file, overwriting, storing
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.errors import InvalidParameter
from asymp.report.files import WRITERS, require_format, require_no_folder, write_dataset

if TYPE_CHECKING:
    import xarray as xr

    from asymp.api import Theorem

UNCERTIFIED = 1
NAMED = 10  # points that are named one by one


def add_to(group: Group) -> None:
    """Register the command."""
    group.add_command(certify)


@click.command()
@theorem_options
@click.argument("arguments", nargs=-1, metavar="[GRID.nc] [NAME=VALUES]...")
@click.option("--over", metavar="NAME=LOW:HIGH", help="Prove a curve over this interval.")
@click.option(
    "--reading", type=click.Choice(["float", "decimal"]), default="float", show_default=True,
    help="A parameter is the float's exact binary value, or the shortest decimal that prints so.",
)  # fmt: skip
@click.option("--tolerance", default=0.02, show_default=True, help="Relative width of a curve.")
@output_file(WRITERS, otherwise="enclosures of a point are printed, a grid is summed up")
@overwriting
def certify(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    over: str | None,
    reading: str,
    tolerance: float,
    path: Path | None,
    overwrite: bool,
) -> int:
    """Prove root and values at a point, on a grid, or for all values in an interval.

    Give parameters as for `asymp solve`, or a file that `asymp solve -o GRID.nc` wrote. The exit
    code is 1 when something was not certified; what and why is printed.

    \b
      asymp certify random-features-robust psi1=2 psi2=3 eps=0.3 tau=0.5
      asymp certify ridge --over alpha=1.5:2 zeta=0.5 tau=0.5 -o curve.nc
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    if path is not None:
        require_format(path)
    files = [a for a in arguments if "=" not in a]
    pairs = read_pairs(a for a in arguments if "=" in a)
    place = storing(path if over is None else None, overwrite)
    theorem = open_theorem(name, activation, options)
    given = read_arguments(pairs, theorem.parameters)
    if over is not None:
        _refuse_files(files, "--over")
        if path is not None:
            require_no_folder(path)
        proof = theorem.certify_curve(
            read_interval(over), tolerance=tolerance, reading=reading, **given
        )
    elif files:
        if overwrite and path is not None and path.resolve() == Path(files[0]).resolve():
            raise InvalidParameter(f"{path} is what is certified: give -o another name")
        proof = theorem.certify(read_grid(files, given), reading=reading, **place)
    else:
        proof = theorem.certify(reading=reading, **place, **given)
    if path is not None:
        if place["store"] is None:
            write_dataset(proof, path)
        click.echo(f"wrote {path}", err=True)
    elif not proof.certificate.ndim:
        click.echo(point_table(theorem, proof))
    click.echo(summary(theorem, proof), err=path is not None)
    return UNCERTIFIED if bool((proof.certificate != 0).any()) else 0


def _refuse_files(files: Sequence[str], option: str) -> None:
    if files:
        raise InvalidParameter(f"{option} needs parameters, not the file {files[0]}")


def read_grid(files: Sequence[str], given: dict[str, Any]) -> xr.Dataset:
    """Solved result from a file.

    Raises
    ------
    InvalidParameter
        For more than one file, a file beside parameters, or one that is no dataset.
    """
    import xarray as xr

    if len(files) > 1 or given:
        raise InvalidParameter(f"give one file or parameters, not {', '.join([*files, *given])}")
    path = Path(files[0])
    if not path.exists():
        raise InvalidParameter(f"{path} is neither name=value nor a file")
    try:
        if path.is_dir():  # A store may be larger than memory.
            return xr.open_zarr(path, chunks=None, consolidated=False)
        return xr.load_dataset(path)
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidParameter(f"{path} cannot be read as netCDF or Zarr: {reason}") from None


def read_interval(text: str) -> dict[str, tuple[float, float]]:
    """Interval of a curve.

    Raises
    ------
    InvalidParameter
        For anything but a name and two numbers.

    Examples
    --------
    >>> read_interval("psi1=0.5:2")
    {'psi1': (0.5, 2.0)}
    """
    name, _, ends = text.partition("=")
    parts = ends.split(":")
    try:
        low, high = map(float, parts)
    except ValueError:
        raise InvalidParameter(f"--over {text}: give NAME=LOW:HIGH, e.g. psi1=0.5:2") from None
    return {name: (low, high)}


def point_table(theorem: Theorem, proof: xr.Dataset) -> str:
    """Enclosures of a point, as intervals."""
    from asymp.cli.text import columns

    rows = [("value", "lower", "upper")]
    for name in (*theorem.observables, *theorem.order_parameters):
        if f"{name}_lower" in proof:
            ends = (float(proof[f"{name}_{end}"]) for end in ("lower", "upper"))
            rows.append((name, *(f"{x:.17g}" for x in ends)))
    return columns(rows)


def summary(theorem: Theorem, proof: xr.Dataset) -> str:
    """Outcomes, how the parameters were read, and the points that are not certified."""
    from asymp.certify import Certificate

    outcomes = proof.certificate.values.ravel()
    lines = [
        f"{Certificate(k).name}: {count} of {outcomes.size}"
        for k in Certificate
        if (count := int((outcomes == k).sum()))
    ]
    lines.append(proof.attrs["parameters"])
    if "conditional" in proof.attrs["constants"]:
        lines.append(f"constants: {proof.attrs['constants']}")
    return "\n".join([*lines, *_failures(theorem, proof)])


def _failures(theorem: Theorem, proof: xr.Dataset) -> Iterable[str]:
    """Say for the first uncertified points where they are and why."""
    import numpy as np

    from asymp.certify import Certificate

    places = np.argwhere(np.atleast_1d(proof.certificate.values != 0))
    dims = proof.certificate.dims
    for place in places[:NAMED]:
        one = proof.isel(dict(zip(dims, place, strict=False)))
        at = ", ".join(f"{n} = {float(one[n]):.10g}" for n in one.coords)
        yield f"not certified at {at}: {Certificate(int(one.certificate)).sentence}"
    if len(places) > NAMED:
        yield f"and {len(places) - NAMED} more"
