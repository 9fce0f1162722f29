"""Simulation of a theorem: of its problem, or by the function that a user supplies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.simulate.plan import require_integer
from asymp.simulate.points import Points, points_of
from asymp.simulate.run import simulate

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
    how = theorem.simulation
    if theorem.status == "derived":
        return simulate(theorem.problem, given, d=d, repeats=repeats, rng=rng, **options)
    if how is None:
        raise InvalidProblem(
            f"theorem {theorem.id!r} is stated without a finite problem: "
            "give simulator= or problem= to asymp.Theorem.from_equations"
        )
    require_integer("d", d, 2)
    require_integer("repeats", repeats, 2)
    points = points_of(theorem, given)
    seeds = np.random.default_rng(rng).integers(2**63, size=repeats).tolist()
    if how.draw is not None:
        _require_plain(options)
        rows = [_drawn(theorem, how.draw, point, d, seeds) for point in points]
    else:
        rows = [_of_problem(theorem, point, d, seeds, options) for point in points]
    return _dataset(theorem, points, rows, {"d": d, "repeats": repeats, "seed": str(rng)})


def _require_plain(options: Mapping[str, Any]) -> None:
    for name, usual in PLAIN.items():
        if options.get(name, usual) != usual:
            raise InvalidParameter(
                f"{name} = {options[name]!r}: the theorem has a simulator of its own, "
                "which takes parameters, d and rng alone"
            )


Row = dict[str, np.ndarray]


def _drawn(theorem: Any, draw: Any, point: Mapping[str, float], d: int, seeds: list[int]) -> Row:
    """Every repeat of the user's simulator; the size enters the seed, so that runs differ."""
    rows = [dict(draw(d=d, rng=np.random.default_rng([seed, d]), **point)) for seed in seeds]
    strange = [n for n in rows[0] if n not in theorem.observables]
    if strange or not rows[0]:
        raise InvalidParameter(
            f"the simulator of {theorem.id!r} gives {strange[0] if strange else 'nothing'!r}; "
            f"the observables are {', '.join(theorem.observables)}"
        )
    return {n: np.array([float(row[n]) for row in rows]) for n in rows[0]}


def _of_problem(
    theorem: Any, point: Mapping[str, float], d: int, seeds: list[int], options: Mapping[str, Any]
) -> Row:
    """Run the problem at the point in its own parameters."""
    values = {p.symbol: point[n] for n, p in theorem.parameters.items()}
    inner = {
        n: float(sp.sympify(e).xreplace(values)) for n, e in theorem.simulation.parameters.items()
    }
    quiet = {**options, "progress": False}
    runs = simulate(theorem.problem, inner, d=d, repeats=len(seeds), rng=seeds[0], **quiet)
    return {n: runs[n].values for n in theorem.observables if n in runs}


def _dataset(theorem: Any, points: Points, rows: list[Row], attributes: Any) -> xr.Dataset:
    data: dict[str, Any] = {}
    dims, repeats = points.dimensions, attributes["repeats"]
    for name in rows[0]:
        values = np.stack([row[name] for row in rows]).reshape(*points.shape, repeats)
        data[name] = ((*dims, "repeat"), values, {"long_name": theorem.observables[name].meaning})
        data[f"{name}_mean"] = (dims, values.mean(axis=-1))
        data[f"{name}_sem"] = (dims, values.std(axis=-1, ddof=1) / np.sqrt(repeats))
    return xr.Dataset(data, points.coordinates, attributes)
