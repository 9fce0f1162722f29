"""The holistic robust loss and training against general solvers, in one run.

    OMP_NUM_THREADS=1 python benchmarks/holistic.py [--large]

Rivals of the loss: SciPy's bounded scalar minimisation of the one-dimensional dual (variant HD),
and the finite programme through cvxpy's exponential cones by Clarabel. Rival of training: the
joint convex form through cvxpy. Times are of the processor, warm; the rivals solve one problem
several times, of which the least time counts, ours a batch of 50. ``--large`` adds training at
the sizes of simulations.
"""

from __future__ import annotations

import argparse

import cvxpy as cp
import numpy as np
from scipy.optimize import minimize_scalar
from timing import seconds

from asymp.finite.holistic import fit_hr, hr_loss

BATCH, ROUNDS = 50, 5
CASES = (("HD", 0.0), ("HD", 0.05), ("HR", 0.05))
RADIUS, REACH = 0.1, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="training at d = 400 as well")
    large = parser.parse_args().large
    print("loss   alpha  n      us      scipy ratio  cvxpy ratio  apart from cvxpy")
    for n in (20, 200, 2000):
        for variant, alpha in CASES:
            print(loss_row(variant, alpha, n))
    print("\ntraining  n    N    ms      steps  cvxpy ratio  apart in value")
    for n, size in ((60, 30), (60, 120), (200, 100)):
        print(training_row(n, size))
    if large:
        for n, size in ((800, 400), (800, 800), (800, 1600)):
            print(large_row(n, size))


def loss_row(variant: str, alpha: float, n: int) -> str:
    losses = np.random.default_rng(n).exponential(size=(BATCH, n))
    ours = hr_loss(losses, alpha, RADIUS, None, variant)  # type: ignore[arg-type]
    own = seconds(lambda: hr_loss(losses, alpha, RADIUS, None, variant), ROUNDS) / BATCH  # type: ignore[arg-type]
    scalar = "-"
    if variant == "HD":
        scalar = f"{seconds(lambda: by_scipy(losses[0], alpha), ROUNDS) / own:.0f}"
    problem = programme(losses[0], alpha, variant)
    conic, apart = "-", "-"
    if n <= 200:
        conic = f"{seconds(lambda: problem.solve(solver=cp.CLARABEL), 3) / own:.0f}"
        apart = f"{abs(problem.value - ours[0]):.0e}"
    return f"{variant:<6} {alpha:<6} {n:<6} {own * 1e6:<7.1f} {scalar:<12} {conic:<12} {apart}"


def by_scipy(losses: np.ndarray, alpha: float) -> float:
    """Dual of HD over the logarithm of eta less the bound, to SciPy's best accuracy."""
    top, n = losses.max(), losses.size
    weights = np.clip(1 - alpha - np.arange(n) / n, 0, 1 / n)
    gaps = top - np.sort(losses)[::-1]

    def dual(t: float) -> float:
        u = np.exp(t)
        return float(u - np.exp(weights @ np.log(u + gaps) + alpha * t - RADIUS))

    return float(top + minimize_scalar(dual, bounds=(-40, 10), options={"xatol": 1e-8}).fun)


def programme(losses: np.ndarray, alpha: float, variant: str) -> cp.Problem:
    n = losses.size
    p, q = cp.Variable(n + 1, nonneg=True), cp.Variable(n + 1, nonneg=True)
    s = cp.Variable(n, nonneg=True)
    rules = [cp.sum(p) == 1, cp.sum(q) == 1, cp.sum(s) <= alpha]
    if variant == "HD":
        rules += [cp.sum(cp.rel_entr(q, p)) <= RADIUS, q[1:] + s == 1 / n, q[0] == cp.sum(s)]
    else:
        rules += [cp.sum(cp.rel_entr(np.full(n, 1 / n), q[1:])) <= RADIUS]
        rules += [p[1:] + s == q[1:], cp.sum(s) + q[0] == p[0]]
    return cp.Problem(cp.Maximize(p[1:] @ losses + p[0] * losses.max()), rules)


def training_row(n: int, size: int) -> str:
    features, labels = sample(n, size)
    fit = fit_hr(features, labels, eps=REACH / np.sqrt(size), r=RADIUS)
    own = seconds(lambda: fit_hr(features, labels, eps=REACH / np.sqrt(size), r=RADIUS), ROUNDS)
    problem = joint_form(features, labels, REACH / np.sqrt(size))
    ratio = seconds(lambda: problem.solve(solver=cp.CLARABEL), 3) / own
    apart = abs(problem.value / fit.value - 1)
    return f"          {n:<4} {size:<4} {own * 1e3:<7.1f} {fit.steps:<6} {ratio:<12.1f} {apart:.0e}"


def large_row(n: int, size: int) -> str:
    features, labels = sample(n, size)
    own = seconds(lambda: fit_hr(features, labels, eps=REACH / np.sqrt(size), r=RADIUS))
    fit = fit_hr(features, labels, eps=REACH / np.sqrt(size), r=RADIUS)
    return (
        f"          {n:<4} {size:<4} {own * 1e3:<7.0f} {fit.steps:<6} {'-':<12} gap {fit.gap:.0e}"
    )


def sample(n: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n + size)
    features = rng.normal(size=(n, size)) / np.sqrt(size)
    return features, features @ rng.normal(size=size) + 0.5 * rng.normal(size=n)


def joint_form(features: np.ndarray, labels: np.ndarray, eps: float) -> cp.Problem:
    n, size = features.shape
    theta, v, t = cp.Variable(size), cp.Variable(n), cp.Variable()
    eta, lam, below = cp.Variable(), cp.Variable(), cp.Variable(n)
    rules = [v >= labels - features @ theta, v >= features @ theta - labels, t >= cp.norm(theta)]
    rules += [below + cp.square(v + eps * t) / 2 <= eta]
    entropy = cp.sum(cp.rel_entr(lam * np.ones(n), below)) / n
    return cp.Problem(cp.Minimize(eta + lam * (RADIUS - 1) + entropy), rules)


if __name__ == "__main__":
    main()
