r"""Simulation of the finite problem: draw, train, attack, average."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from asymp.problem.statement import ProblemStatement
from asymp.simulate.draw import Model
from asymp.simulate.evaluation import observables_of
from asymp.simulate.plan import Attack, Plan, Settings, plan_of, require_integer
from asymp.simulate.points import Points, points_of
from asymp.simulate.pool import Row, Task, run_tasks
from asymp.simulate.repeats import Simulation, labelled, seeds_of, summarised


def simulate(
    problem: ProblemStatement,
    parameters: Mapping[str, Any],
    *,
    d: int = 400,
    repeats: int = 20,
    rng: int | np.random.Generator | np.random.SeedSequence | None = None,
    attack: Attack = "seminorm",
    model: Model = "real",
    test_points: int = 400,
    workers: int = 1,
    progress: bool | None = None,
) -> xr.Dataset:
    r"""Train and attack the finite problem, and average over independent draws.

    Each repeat draws features, teacher (or classes), n training points and held-out points, and
    minimises

    .. math:: \frac1n\sum_i\max_{|\delta|\le e_i}\ell(y_i-\theta^\top\varphi_i-b+\delta)+r(\theta)
              \quad\text{or}\quad
              \frac1n\sum_i\ell\big(y_i(\theta^\top\varphi_i+b)-e_i\big)+r(\theta),

    where the budget :math:`e_i` is the sum over the adversaries: :math:`\varepsilon\sqrt{
    \theta^\top A\theta}` for an l2 perturbation of the input, with
    :math:`A=(WW^\top)\circ\mathbb E[\sigma'(Wx)\sigma'(Wx)^\top]` for random features,
    :math:`\varepsilon\|\theta\|_1/\sqrt p` for an l-infinity one.

    Risks, errors and norms are exact given the draw, except for what an attack on a real network
    does and its classification error: those are measured on held-out points, attacked by
    projected gradient ascent. Where training has no minimiser the draw is NaN, and
    ``separable_fraction`` says how often the data were separable.

    Parameters
    ----------
    problem : ProblemStatement
    parameters : mapping
        Values by name; a sequence becomes a dimension. Points of equal ratios share the draws.
    d : int
        Input dimension; N and n are the ratios times d, rounded.
    repeats : int
        Independent draws, at least 2; the first k do not depend on their number.
    rng : int, Generator or SeedSequence
        Seed (SPEC 7).
    attack : {"seminorm", "pgd"}
        What training defends against: the seminorm, or the real inner maximum (small d only).
    model : {"real", "equivalent"}
        The real features, or their Gaussian equivalent :math:`\mu_0+\mu_1Wx+\mu_2u`.
    test_points : int
        Held-out points attacked in each repeat.
    workers : int
        Processes that share the repeats, each with one linear-algebra thread. More than one
        needs the ``if __name__ == "__main__":`` guard in scripts.
    progress : bool, optional
        Progress bar; by default only on a terminal.

    Returns
    -------
    xarray.Dataset
        For each observable its values along ``repeat``, ``<name>_mean`` and ``<name>_sem``.

    Raises
    ------
    InvalidParameter
        For a value outside its domain, or a size that is not a positive integer.
    NotDerivable
        If a loss or penalty is not convex, or a part does not fit the problem.

    Examples
    --------
    >>> from asymp.problem.features import IsotropicGaussian
    >>> ridge = ProblemStatement(IsotropicGaussian())
    >>> runs = simulate(ridge, {"alpha": 2.0, "zeta": 0.1, "tau": 0.5}, d=50, repeats=4, rng=0)
    >>> runs.sizes["repeat"], bool(runs.optimality_gap.max() < 1e-8)
    (4, True)
    """
    settings = Settings(d, repeats, attack, model, test_points)
    simulation = simulation_of(DrawProblem(problem, settings, workers, progress), parameters, rng)
    draws = simulation.draw(simulation.inputs)
    if attack == "seminorm":
        report_failures(draws.optimality_gap)
    return summarised(draws).assign_attrs(simulation.attributes)


@dataclass(frozen=True)
class DrawProblem:
    """Draws a problem at some points with some seeds."""

    problem: ProblemStatement
    settings: Settings
    workers: int = 1
    progress: bool | None = False

    def __post_init__(self) -> None:
        require_integer("workers", self.workers, 1)

    def __call__(self, points: Points, seeds: Sequence[int]) -> xr.Dataset:
        """Observables over the dimensions of the points and ``repeat``."""
        plan = plan_of(self.problem, points, self.settings)
        tasks = tasks_of(plan, seeds)
        rows = _shown(run_tasks(plan, points, tasks, self.workers), len(tasks), self.progress)
        return drawn(plan, points, list(rows))

    def measured(self, points: Points) -> dict[str, str]:
        """Observables that there will be, and their meanings."""
        return observables_of(self.problem)


def simulation_of(draw: DrawProblem, parameters: Mapping[str, Any], rng: Any) -> Simulation:
    """The simulation of a problem, checked but not begun; arguments as for :func:`simulate`."""
    points = points_of(draw.problem, parameters)
    plan = plan_of(draw.problem, points, draw.settings)
    attributes = {
        **asdict(draw.settings),
        "N": [group.sizes.features for group in plan.groups],
        "n": [group.sizes.samples for group in plan.groups],
        "seed": str(rng) if isinstance(rng, (int, np.integer)) else type(rng).__name__,
    }
    return Simulation(points, seeds_of(rng, draw.settings.repeats), draw, attributes)


def tasks_of(plan: Plan, seeds: Sequence[int]) -> list[Task]:
    """Every group of points with every seed."""
    return [(group, seed) for seed in seeds for group in range(len(plan.groups))]


LARGE_GAP = 1e-4
"""Relative duality gap above which training counts as failed."""


def report_failures(gaps: xr.DataArray) -> None:
    """Warn of draws that were not trained to optimality."""
    failed = int((gaps > LARGE_GAP).sum())
    if failed:
        warnings.warn(
            f"training missed its optimum in {failed} of {gaps.size} draws: relative duality gaps "
            f"up to {float(gaps.max()):.1e} (see optimality_gap)",
            RuntimeWarning,
            stacklevel=3,
        )


def _shown(results: Iterable[Row], total: int, progress: bool | None) -> Iterable[Row]:
    from rich.console import Console
    from rich.progress import track

    console = Console(file=sys.stderr)
    shown = console.is_terminal if progress is None else progress
    if not shown:
        return results
    return track(results, "simulating", total=total, console=console)


def drawn(plan: Plan, points: Points, rows: list[Row]) -> xr.Dataset:
    """Observables of all tasks, over the points' dimensions and the repeats."""
    groups, meanings = len(plan.groups), observables_of(plan.problem)
    table = np.empty((len(meanings), int(np.prod(points.shape)), len(rows) // groups))
    for task, row in enumerate(rows):
        for number, observed in row.items():
            table[:, number, task // groups] = [observed[name] for name in meanings]
    return labelled(dict(zip(meanings, table, strict=True)), points, meanings)
