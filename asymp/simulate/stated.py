"""Simulation of a theorem: of its problem, or by the function that a user supplies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.simulate.plan import Settings
from asymp.simulate.points import Points, points_of
from asymp.simulate.repeats import Simulation, labelled, seeds_of, summarised
from asymp.simulate.run import DrawProblem, simulate, simulation_of
from asymp.symbols.arguments import generator

PLAIN = {"attack": "seminorm", "model": "real"}
"""Options that mean nothing to a user's own simulator, at the values that ask for nothing."""


def simulate_theorem(
    theorem: Any, given: Mapping[str, Any], *, d: int, repeats: int, rng: Any = None,
    **options: Any,
) -> xr.Dataset:  # fmt: skip
    """Simulate a theorem's finite problem at points of its parameters.

    Parameters
    ----------
    theorem : Theorem
        A stated one brings its own simulator, or a problem with its parameters in the theorem's.
    given : mapping
        Parameters by name, as for :func:`asymp.simulate.simulate`.
    d, repeats, rng, **options
        As for :func:`asymp.simulate.simulate`.

    Returns
    -------
    xarray.Dataset
        For each observable its values along ``repeat``, ``<name>_mean`` and ``<name>_sem``.

    Raises
    ------
    InvalidProblem
        If a stated theorem has neither.
    """
    if theorem.status == "derived":
        return simulate(theorem.problem, given, d=d, repeats=repeats, rng=rng, **options)
    simulation = simulation_for(theorem, given, d=d, repeats=repeats, rng=rng, **options)
    draws = simulation.draw(simulation.inputs)
    return summarised(draws).assign_attrs(simulation.attributes)


def simulation_for(
    theorem: Any, given: Mapping[str, Any], *, d: int, repeats: int, rng: Any,
    workers: int = 1, progress: bool | None = False, **options: Any,
) -> Simulation:  # fmt: skip
    """The simulation of a theorem, checked but not begun."""
    settings, how = Settings(d, repeats, **options), theorem.simulation
    if theorem.status == "derived":
        return simulation_of(DrawProblem(theorem.problem, settings, workers, progress), given, rng)
    if how is None:
        raise InvalidProblem(
            f"theorem {theorem.id!r} is stated without a finite problem: "
            "give simulator= or problem= to asymp.Theorem.from_equations"
        )
    points = points_of(theorem, given)
    seeds = tuple(generator(rng).integers(2**63, size=repeats).tolist())
    meanings = {name: quantity.meaning for name, quantity in theorem.observables.items()}
    attributes = {"d": d, "repeats": repeats, "seed": str(rng)}
    if how.draw is not None:
        _require_plain(options)
        return Simulation(points, seeds, DrawOwn(theorem.id, meanings, how.draw, d), attributes)
    letters = {p.symbol: name for name, p in theorem.parameters.items()}
    inner = DrawProblem(theorem.problem, settings, workers)
    draw = DrawStated(meanings, inner, how.parameters, letters)
    return Simulation(points, seeds_of(seeds[0], repeats), draw, attributes)


def _require_plain(options: Mapping[str, Any]) -> None:
    for name, usual in PLAIN.items():
        if options.get(name, usual) != usual:
            raise InvalidParameter(
                f"{name} = {options[name]!r}: the theorem has a simulator of its own, "
                "which takes parameters, d and rng alone"
            )


@dataclass(frozen=True)
class DrawOwn:
    """Draws by the user's function; the size enters the seed, so that runs differ."""

    theorem: str
    meanings: Mapping[str, str]
    draw: Callable[..., Mapping[str, float]]
    d: int

    def __call__(self, points: Points, seeds: Sequence[int]) -> xr.Dataset:
        """Observables over the dimensions of the points and ``repeat``."""
        rows = [[self._row(point, seed) for seed in seeds] for point in points]
        names = list(rows[0][0])
        if any(row.keys() != set(names) for repeats in rows for row in repeats):
            raise InvalidProblem(
                f"the simulator of {self.theorem!r} does not give the same observables each time"
            )
        table = {n: np.array([[row[n] for row in repeats] for repeats in rows]) for n in names}
        return labelled(table, points, self.meanings)

    def measured(self, points: Points) -> dict[str, str]:
        """Observables that the function gives, found by drawing once."""
        return {name: self.meanings[name] for name in self._row(next(iter(points)), 0)}

    def _row(self, point: Mapping[str, float], seed: int) -> dict[str, float]:
        given = self.draw(d=self.d, rng=np.random.default_rng([seed, self.d]), **point)
        try:
            row = {name: float(value) for name, value in given.items()}
        except (AttributeError, TypeError, ValueError):
            raise InvalidProblem(
                f"the simulator of {self.theorem!r} returned {given!r:.80}: expected a mapping of "
                "observables to real numbers"
            ) from None
        strange = [name for name in row if name not in self.meanings]
        if strange or not row:
            raise InvalidParameter(
                f"the simulator of {self.theorem!r} gives "
                f"{strange[0] if strange else 'nothing'!r}; the observables are "
                f"{', '.join(self.meanings)}"
            )
        return row


@dataclass(frozen=True)
class DrawStated:
    """Draws the problem of a stated theorem, at points in the theorem's own parameters."""

    meanings: Mapping[str, str]
    inner: DrawProblem
    parameters: Mapping[str, sp.Expr]
    letters: Mapping[sp.Symbol, str]

    def __call__(self, points: Points, seeds: Sequence[int]) -> xr.Dataset:
        """Observables over the dimensions of the points and ``repeat``."""
        runs = [self._at(point, seeds) for point in points]
        table = {
            name: np.stack([run[name].values for run in runs])
            for name in self.meanings
            if name in runs[0]
        }
        return labelled(table, points, self.meanings)

    def measured(self, points: Points) -> dict[str, str]:
        """Observables of the theorem that the problem's simulation knows, and their meanings."""
        known = self.inner.measured(points)
        return {name: meaning for name, meaning in self.meanings.items() if name in known}

    def _at(self, point: Mapping[str, float], seeds: Sequence[int]) -> xr.Dataset:
        values = {symbol: point[name] for symbol, name in self.letters.items()}
        inner = {n: float(sp.sympify(e).xreplace(values)) for n, e in self.parameters.items()}
        return self.inner(points_of(self.inner.problem, inner), seeds)
