"""The wide grid: time per point and failures of the solver and of two baselines, in one run.

    python benchmarks/wide_grid.py [--points 100000] [--scipy-points 100] [--handmade]

Workload (seeded): psi1, psi2 log-uniform in 1e-2..1e2, tau uniform in 0..2, zeta zero for a
quarter of the points and log-uniform in 1e-6..10 for the rest, eps/eps_max log-uniform in
1e-3..0.99, shifted ReLU. Baseline (i) is the plain iteration of the same map to a relative
residual of 1e-11; baseline (ii) SciPy's ``root`` with ``quad`` for every integral. Single thread,
warm, processor time; rounds are interleaved, the best of each counts.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
from baselines import eps_max, plain_iteration, scipy_root
from headline import headline
from timing import seconds

from asymp.solver.grid import kernel_of
from asymp.solver.points import Points, solve_points

SEED = 20240229
REPEAT = 32  # a point is solved this often in a row when it is timed alone


def workload(size: int, seed: int = SEED) -> dict[str, np.ndarray]:
    """Draw the points, by parameter."""
    rng = np.random.default_rng(seed)
    psi1, psi2 = 10 ** rng.uniform(-2, 2, (2, size))
    tau = rng.uniform(0, 2, size)
    ridge = 10 ** rng.uniform(-6, 1, size)
    zeta = np.where(rng.random(size) < 0.25, 0.0, ridge)
    eps = eps_max(psi1, psi2, tau) * 10 ** rng.uniform(-3, np.log10(0.99), size)
    return {"psi1": psi1, "psi2": psi2, "eps": eps, "zeta": zeta, "tau": tau}


class Contest:
    """The compared methods on one workload."""

    def __init__(self, theorem: object, points: dict[str, np.ndarray]) -> None:
        self.kernel = kernel_of(theorem)
        self.constants = [float(v) for v in theorem.constants.values()]
        full = points | {"eps_test": points["eps"], "rho": np.ones_like(points["eps"])}
        self.rows = np.column_stack([full[name] for name in self.kernel.parameters])
        self.plain_rows = np.column_stack(
            [points[n] for n in ("psi1", "psi2", "eps", "zeta", "tau")]
        )

    def solver(self, pick: np.ndarray | slice = slice(None)) -> Points:
        return solve_points(self.kernel, self.rows[pick], self.constants)

    def plain(self, pick: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        rows = self.plain_rows[pick]
        found, steps = np.empty((len(rows), 4)), np.empty(len(rows), dtype=np.int64)
        plain_iteration(rows, 1e-11, found, steps)
        return found, steps


def best(jobs: list[Callable[[], object]], rounds: int = 7) -> list[float]:
    """Best time of each job over interleaved rounds."""
    times = [[seconds(job) for job in jobs] for _ in range(rounds)]
    return [min(column) for column in zip(*times, strict=True)]


def quantiles(job: Callable[[np.ndarray], object], sample: np.ndarray) -> str:
    """Median and 99th percentile over points, each solved many times in a row."""
    each = [seconds(lambda i=i: job(np.full(REPEAT, i)), 3) / REPEAT for i in sample]
    return f"{np.median(each) * 1e6:7.2f} {np.percentile(each, 99) * 1e6:8.2f}"


def compare_scipy(contest: Contest, found: Points, size: int) -> None:
    """Report baseline (ii) on a subsample."""
    names = list(contest.kernel.values)
    ours = found.values[:size, [names.index(n) for n in ("V", "SR", "P")]]
    failed, wrong, start = 0, 0, time.perf_counter()
    for row, mine in zip(contest.plain_rows[:size], ours, strict=True):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = scipy_root(row)
            failed += not answer.success
            wrong += bool(answer.success) and not np.allclose(np.exp(answer.x), mine, rtol=1e-6)
    each = (time.perf_counter() - start) / size
    print(
        f"scipy root + quad   {each * 1e6:10.0f} us a point; of {size}: {failed} not converged, "
        f"{wrong} converged elsewhere (beyond 1e-6 of ours)"
    )


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--scipy-points", type=int, default=100)
    parser.add_argument("--handmade", action="store_true", help="the hand-typed system")
    options = parser.parse_args()
    theorem = headline("handmade" if options.handmade else "derived")
    contest = Contest(theorem, workload(options.points))
    found, (state, steps) = contest.solver(), contest.plain()
    mine, plain = best([contest.solver, contest.plain])
    size, stalled = options.points, int((state[:, 3] > 1e-11).sum())
    going = np.flatnonzero(state[:, 3] <= 1e-11)
    (plain_going,) = best([lambda: contest.plain(going)], 3)
    sample = np.random.default_rng(1).choice(size, min(size, 2000), replace=False)
    print(f"{theorem.title}; {size} points, seed {SEED}")
    print("                      mean  median      p99  us a point   evaluations  ns an evaluation")
    print(
        f"solver, 1e-13     {mine / size * 1e6:8.2f} {quantiles(contest.solver, sample)}"
        f"{found.evaluations.mean():25.2f} {mine / found.evaluations.sum() * 1e9:17.0f}"
    )
    print(
        f"plain, 1e-11      {plain / size * 1e6:8.2f} {quantiles(contest.plain, sample)}"
        f"{steps.mean():25.2f} {plain / steps.sum() * 1e9:17.0f}"
    )
    print(f"  where it arrives{plain_going / len(going) * 1e6:8.2f} {steps[going].mean():42.2f}")
    print(
        f"solver: {int((found.status > 1).sum())} failures, residual at most "
        f"{np.nanmax(found.residual):.1e}, condition at most {np.nanmax(found.condition):.1e}"
    )
    print(f"plain: {stalled} points did not reach 1e-11 in 20000 steps")
    print(
        f"ratio solver / plain: {mine / plain:.3f}; to where plain arrives: "
        f"{(mine / size) / (plain_going / len(going)):.3f}"
    )
    compare_scipy(contest, found, min(options.scipy_points, size))


if __name__ == "__main__":
    main()
