"""Theorems whose averages have no closed form: time per point against SciPy, in one run.

    python benchmarks/quadrature.py [--points 400] [--scipy-points 3] [--only hinge]

Each theorem of the catalogue that integrates numerically is solved on seeded random points
(parameters log-uniform in the ranges below), to a residual of 1e-12 or less, single thread, warm.
The rival solves the first of them with ``scipy.optimize.root`` and ``scipy.integrate.quad``
(see ``scipy_rival.py``), from the same start. Times are of the processor.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy_rival import Rival
from timing import seconds

import asymp
from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.calculus.table import TableSum
from asymp.solver.grid import kernel_of
from asymp.solver.points import Points, solve_points

SEED = 20240229
HEADINGS = " us/point   evals  ns/eval residual fail  scipy us/pt   ratio fail    apart"
RIDGE, SIGNAL = (0.02, 2.0), (0.3, 4.0)
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "adversarial-mixture": {"alpha": (0.3, 6), "rho": SIGNAL, "zeta": RIDGE, "eps": (0.02, 0.5)},
    "adversarial-teacher-student": {
        "alpha": (0.3, 5), "rho": (0.3, 3), "tau": (0.05, 1), "zeta": RIDGE, "eps": (0.02, 0.4),
    },
    "hinge": {"alpha": (0.3, 5), "rho": SIGNAL, "zeta": RIDGE},
    "logistic-mle": {"alpha": (8, 100), "rho": SIGNAL},
    "logistic-ridge": {"alpha": (0.3, 10), "rho": SIGNAL, "zeta": RIDGE},
    "max-margin": {"alpha": (0.1, 1.9), "rho": (0.2, 6)},
    "mixture-classification": {
        "alpha": (0.3, 6), "rho": SIGNAL, "zeta": RIDGE, "balance": (0.15, 0.85),
    },
    "random-features-logistic": {
        "psi1": (0.3, 4), "psi2": (0.3, 4), "rho": (0.3, 3), "zeta": RIDGE,
    },
}  # fmt: skip


def integrates(theorem: Any) -> bool:
    """Whether some branch holds a quadrature, a table or an inner root."""
    systems = [b.system for b in theorem.branches if b.system is not None]
    return any(d.expression.has(Panel, Root, TableSum) for s in systems for d in s.definitions)


def workload(theorem: Any, size: int) -> np.ndarray:
    """Points in the order of the theorem's parameters; the others at their defaults."""
    rng = np.random.default_rng(SEED)
    drawn = {
        name: np.exp(rng.uniform(*np.log(ends), size)) for name, ends in RANGES[theorem.id].items()
    }
    columns: dict[str, np.ndarray] = {}
    for name, parameter in theorem.parameters.items():
        value = drawn.get(name, parameter.default)
        columns[name] = np.broadcast_to(
            columns.get(value) if isinstance(value, str) else value, size
        )
    return np.column_stack(list(columns.values()))


class Contest:
    """One theorem and its rival on the same points."""

    def __init__(self, theorem: Any, size: int) -> None:
        self.theorem, self.kernel = theorem, kernel_of(theorem)
        self.constants = [float(v) for v in theorem.constants.values()]
        self.rows = workload(theorem, size)

    def solve(self) -> Points:
        return solve_points(self.kernel, self.rows, self.constants)

    def rival(self, found: Points, size: int) -> tuple[float, int, float]:
        """Seconds a point, failures, and the largest relative difference where it arrives."""
        good = np.flatnonzero(found.status == 0)[:size]
        branch = int(found.branch[good[0]])
        good = good[found.branch[good] == branch]
        rival = Rival(self.theorem, branch)
        names = [s.name for s in self.theorem.branches[branch].system.state]
        rival.first_turn(np.append(self.rows[good[0]], self.constants))  # compiles what is lent
        failed, worst, start = 0, 0.0, time.process_time()
        for k in good:
            state, success = rival.solve(np.append(self.rows[k], self.constants))
            failed += not success
            for name, value in zip(names, state, strict=True):
                if success and name in self.kernel.values:
                    ours = found.values[k, self.kernel.values.index(name)]
                    worst = max(worst, abs(value / ours - 1))
        return (time.process_time() - start) / len(good), failed, worst


def rows(options: argparse.Namespace) -> Iterator[str]:
    """One line a theorem."""
    for name in asymp.theorems():
        theorem = asymp.theorem(name)
        if (options.only and name not in options.only) or not integrates(theorem):
            continue
        contest = Contest(theorem, options.points)
        found = contest.solve()
        each = seconds(contest.solve, 3) / options.points
        solved = found.status == 0
        evaluations = found.evaluations[solved].mean()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            theirs, failed, apart = contest.rival(found, options.scipy_points)
        yield (
            f"{name:28s}{each * 1e6:9.1f}{evaluations:8.1f}{each / evaluations * 1e9:9.0f}"
            f"{np.max(found.residual[solved]):9.0e}{int((~solved).sum()):5d}"
            f"{theirs * 1e6:13.0f}{theirs / each:8.0f}{failed:5d}{apart:9.0e}"
        )


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--scipy-points", type=int, default=3)
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    print(f"{'theorem':28s}{HEADINGS}")
    for line in rows(options):
        print(line, flush=True)


if __name__ == "__main__":
    main()
