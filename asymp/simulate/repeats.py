"""A simulation as repeats that can be drawn one by one, in any order and anywhere.

Each repeat has a seed of its own, which depends on the simulation's seed and the repeat's number
alone; so the result does not depend on how the repeats are shared out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xarray as xr

from asymp.simulate.points import Points
from asymp.symbols.arguments import generator

SEED = "seed"
REPEAT = "repeat"


class Sampler(Protocol):
    """Draws points with seeds, in any number and order."""

    def __call__(self, points: Points, seeds: Sequence[int]) -> xr.Dataset:
        """Observables over the points' dimensions and ``repeat``."""

    def measured(self, points: Points) -> dict[str, str]:
        """Observables that there will be, and their meanings."""


@dataclass(frozen=True)
class Simulation:
    """What is drawn, and how.

    Parameters
    ----------
    points : Points
    seeds : tuple of int
        One for each repeat.
    sampler : callable
        Gives the observables at points, for seeds: over the points' dimensions and ``repeat``.
    attributes : mapping
        What the result says of itself.
    """

    points: Points
    seeds: tuple[int, ...]
    sampler: Sampler
    attributes: Mapping[str, Any]

    @property
    def inputs(self) -> xr.Dataset:
        """Points as coordinates, and the seeds along ``repeat``."""
        return xr.Dataset({SEED: (REPEAT, np.array(self.seeds))}, self.points.coordinates)

    @property
    def draw(self) -> DrawPart:
        """Draws any part of the inputs."""
        return DrawPart(self.sampler, tuple(self.points.given))


@dataclass(frozen=True)
class DrawPart:
    """Draws a part of a simulation's inputs; pickles if the user's own functions do."""

    sampler: Sampler
    names: tuple[str, ...]

    def __call__(self, inputs: xr.Dataset) -> xr.Dataset:
        """Observables over the dimensions of the inputs."""
        given = {name: inputs[name].reset_coords(drop=True) for name in self.names}
        return self.sampler(Points(given), inputs[SEED].values.tolist())


def seeds_of(rng: Any, repeats: int) -> tuple[int, ...]:
    """Seeds of the repeats; the first k do not depend on their number.

    Raises
    ------
    InvalidParameter
        If ``rng`` is no seed.
    """
    return tuple(int(child.integers(2**63)) for child in generator(rng).spawn(repeats))


def labelled(table: Mapping[str, np.ndarray], points: Points, meanings: Any) -> xr.Dataset:
    """Observables over the points' dimensions and ``repeat``, from arrays (points, repeats)."""
    dims = (*points.dimensions, REPEAT)
    data = {
        name: (dims, column.reshape(*points.shape, -1), {"long_name": meanings[name]})
        for name, column in table.items()
    }
    return xr.Dataset(data, points.coordinates)


def summarised(draws: xr.Dataset) -> xr.Dataset:
    """The draws with ``<name>_mean`` and ``<name>_sem``: averages and their standard errors."""
    data: dict[Any, Any] = {}
    for name, values in draws.data_vars.items():
        dims, array = values.dims[:-1], values.values
        with np.errstate(invalid="ignore"):  # Infinite gradients of steps have no spread.
            sem = array.std(axis=-1, ddof=1) / np.sqrt(array.shape[-1])
            mean = array.mean(axis=-1)
        data |= {name: values, f"{name}_mean": (dims, mean), f"{name}_sem": (dims, sem)}
    return xr.Dataset(data, draws.coords, draws.attrs)


def with_theory(runs: xr.Dataset, theory: xr.Dataset, theorem: Any) -> xr.Dataset:
    """The runs with what the theory says of each observable in them, as ``<name>_theory``."""
    strange = set(theory.coords) - set(runs.coords)
    shared = [name for name in theorem.observables if name in runs]
    return runs.assign({f"{name}_theory": theory[name].drop_vars(strange) for name in shared})
