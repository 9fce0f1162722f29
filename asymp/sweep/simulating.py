"""Simulating into a store, repeat by repeat."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from asymp.errors import InvalidParameter
from asymp.lowering.source import installed
from asymp.simulate.plan import Settings
from asymp.simulate.points import Points
from asymp.simulate.repeats import REPEAT, Simulation, labelled, summarised, with_theory
from asymp.simulate.run import report_failures
from asymp.simulate.stated import simulation_for
from asymp.sweep.record import Record
from asymp.sweep.run import sweep

PACKAGES = ("asymp", "numpy", "scipy")


def simulate_into(
    theorem: Any,
    given: Mapping[str, Any],
    path: str | Path,
    *,
    theory: xr.Dataset,
    d: int,
    repeats: int,
    rng: Any,
    workers: int = 1,
    progress: bool | None = None,
    chunk: Any = None,
    overwrite: bool = False,
    **options: Any,
) -> xr.Dataset:
    """Simulate a theorem's finite problem into a store.

    Parameters
    ----------
    theorem, given, d, repeats, rng, workers, progress, **options
        As for :func:`asymp.simulate.stated.simulate_theorem`. The seed has to give the same
        repeats when the call is repeated: an integer, or a generator in the same state.
    path, chunk, overwrite
        As for :func:`asymp.sweep.sweep`. By default a chunk is one repeat of the points that
        share its draw.
    theory : Dataset
        The theorem's solution at the points.

    Returns
    -------
    xarray.Dataset
        As that of the simulation without a store, with ``_theory``; read when it is used.

    Raises
    ------
    InvalidParameter
        Without a seed, outside the domain, or if the store holds another computation.
    InvalidProblem
        If a stated theorem has neither a simulator nor a problem.
    """
    if rng is None:
        raise InvalidParameter("rng = None: a store can be resumed only with the same seed")
    simulation = simulation_for(theorem, given, d=d, repeats=repeats, rng=rng, **options)
    template = _template(theorem, simulation, theory)
    what = _record(theorem, simulation, theory, Settings(d, repeats, **options))
    dataset = sweep(
        simulation.draw, simulation.inputs, template, what, path,
        chunk=chunk, usual=lambda: usual_chunk(theorem, simulation), overwrite=overwrite,
        workers=workers, progress=progress,
        derive=partial(_derived, theorem=theorem, theory=theory),
    )  # fmt: skip
    if "optimality_gap" in dataset and simulation.attributes.get("attack") == "seminorm":
        report_failures(dataset["optimality_gap"])
    return dataset


def usual_chunk(theorem: Any, simulation: Simulation) -> dict[str, int]:
    """One repeat of the points that share its draw: those of equal ratios."""
    features = getattr(theorem.problem, "features", None)
    own = [p.name for p in features.parameters] if features is not None else []
    given = simulation.points.given
    return {REPEAT: 1} | {str(dim): 1 for n in own if n in given for dim in given[n].dims}


def _template(theorem: Any, simulation: Simulation, theory: xr.Dataset) -> xr.Dataset:
    """The result at one point and two repeats, its values left open."""
    first = {n: a.isel(dict.fromkeys(a.dims, slice(1))) for n, a in simulation.points.given.items()}
    points = Points(first)
    meanings = simulation.sampler.measured(points)
    draws = labelled({name: np.zeros((1, 2)) for name in meanings}, points, meanings)
    there = theory.isel(dict.fromkeys(theory.dims, slice(1)))
    return with_theory(summarised(draws), there, theorem).assign_attrs(simulation.attributes)


def _derived(draws: xr.Dataset, theorem: Any, theory: xr.Dataset) -> xr.Dataset:
    """What is computed from all repeats together, and the theory."""
    drawn = draws[[name for name, values in draws.data_vars.items() if REPEAT in values.dims]]
    found = with_theory(summarised(drawn.load()), theory, theorem)
    return found.drop_vars(list(drawn.data_vars))


def _record(theorem: Any, simulation: Simulation, theory: xr.Dataset, settings: Settings) -> Record:
    how = theorem.simulation
    own, letters = getattr(how, "draw", None), getattr(how, "parameters", {})
    return {
        "computation": "simulate",
        "theorem": theorem.id,
        "equations": theory.attrs["equations"],
        "constants": theory.attrs["constants"],
        "problem": repr(theorem.problem) if own is None else source_text(own),
        "parameters": {name: str(value) for name, value in letters.items()},
        **{name: value for name, value in asdict(settings).items() if name != "repeats"},
        "rng": simulation.attributes["seed"],
        "versions": ", ".join(f"{name} {installed(name)}" for name in PACKAGES),
    }


def source_text(function: Any) -> str:
    """Source of a user's function, or its name where there is none to read."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return f"{function.__module__}.{function.__qualname__}"
