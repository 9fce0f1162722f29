"""The second route on two workloads: derivation, grid, and errors against 40-digit truth.

    OMP_NUM_THREADS=1 python benchmarks/second_route.py [--every 1]

W-RF is random-features ridge with the shifted ReLU on a grid of phi = d/n, psi = d/N in
logspace(-2, 2, 10) and a ridge lam on the kernel divided by N in logspace(-6, 1, 10); W-R is
isotropic ridge with noise variance 1/2, alpha in logspace(-2, 2, 40), lam = alpha zeta in
logspace(-6, 2, 25). Truth: six equations that another project publishes for W-RF, typed here, and
the first route, both by Newton to 40 digits; the closed form for W-R. ``--every k`` checks every
k-th point. Baselines run in the same process: a plain numba sweep of the six equations (of the
two-scalar map for W-R), SciPy's root, the first route's compiled solver, and its derivation.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import mpmath
import numba
import numpy as np
import sympy as sp
from scipy.optimize import root

import asymp
from asymp.lowering import mp_system
from asymp.pencil.route import second_route
from asymp.solver.grid import kernel_of
from asymp.solver.points import solve_points

TAU = 0.5
BETA = 0.25 - 0.5 / np.pi
SWEEPS = 10_000
CHILD = """
import time
start = time.perf_counter()
import asymp
from asymp.pencil.route import second_route
ready = time.perf_counter()
route = second_route(asymp.Problem(features=asymp.{features}))
route.equations, route.values
print(ready - start, time.perf_counter() - ready)
"""


def best(job: Callable[[], Any], repeats: int = 7) -> float:
    """Shortest of several runs, in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times)


def derivation(features: str, problem: asymp.Problem) -> None:
    """Time the derivation in new processes, with an empty and with a filled cache."""
    reference = best(problem.derive, 1) / 1e3
    with tempfile.TemporaryDirectory() as folder:
        for label, target in (("from nothing", 10.0), ("from the cache", 1.0)):
            child = [sys.executable, "-c", CHILD.format(features=features)]
            done = subprocess.run(
                child,
                env=os.environ | {"ASYMP_CACHE_DIR": folder},
                capture_output=True,
                text=True,
                check=True,
            )
            imports, derived = map(float, done.stdout.split())
            ratio = derived / reference
            print(
                f"  derive {label:15} {derived:5.2f} s (target {target:g} s; import {imports:.2f}"
                f" s), ratio to the first route's derivation {ratio:.2f}"
            )


@numba.njit(error_model="numpy")
def six_sweeps(points, zeta, beta, found, used):
    """Plain sweeps of the six published equations until they move by less than 1e-13."""
    for k in range(points.shape[0]):
        phi, psi, lam = points[k]
        g = np.full(6, 0.5)
        count, moved = 0, np.inf
        while moved > 1e-13 and count < SWEEPS:
            old = g.copy()
            first = g[3] * g[5] * zeta + lam * phi
            second = beta * g[5] + g[4] * lam + lam
            g[0] = lam * phi / first
            g[1] = -old[3] * lam / first
            g[2] = old[0] * lam / second
            g[3] = lam / second
            g[4] = old[5] * phi * zeta / first
            g[5] = lam * phi / (beta * old[3] * psi - old[1] * phi * psi * zeta + lam * phi)
            moved = np.max(np.abs(g / old - 1))
            count += 1
        found[k] = g
        used[k] = count


@numba.njit(error_model="numpy")
def ridge_sweeps(points, tau, found, used):
    """Plain iteration of (V, SR) for isotropic ridge until they move by less than 1e-13."""
    for k in range(points.shape[0]):
        alpha, zeta = points[k]
        v, sr, count, moved = 1.0, 1.0 + tau * tau, 0, np.inf
        while moved > 1e-13 and count < SWEEPS:
            h = zeta + 1 / (1 + v)
            new_v = 1 / (alpha * h)
            new_sr = tau * tau + (zeta / h) ** 2 + sr / (alpha * (h * (1 + v)) ** 2)
            moved = max(abs(new_v / v - 1), abs(new_sr / sr - 1))
            v, sr, count = new_v, new_sr, count + 1
        found[k, 0], found[k, 1] = v, sr
        used[k] = count


def six_equations() -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """Gaps of the six equations for mpmath, their Jacobian, and the gaps for NumPy."""
    g = sp.symbols("g00 g03 g12 g22 g30 g44")
    g00, g03, _, g22, g30, g44 = g
    phi, psi, lam, zeta, beta = letters = sp.symbols("phi psi lam zeta beta")
    first, second = g22 * g44 * zeta + lam * phi, beta * g44 + g30 * lam + lam
    right = [
        lam * phi / first,
        -g22 * lam / first,
        g00 * lam / second,
        lam / second,
        g44 * phi * zeta / first,
        lam * phi / (beta * g22 * psi - g03 * phi * psi * zeta + lam * phi),
    ]
    gaps = sp.Matrix(right) - sp.Matrix(g)
    arguments = (g, letters)
    return (
        sp.lambdify(arguments, gaps, "mpmath"),
        sp.lambdify(arguments, gaps.jacobian(g), "mpmath"),
        sp.lambdify(arguments, list(gaps), "numpy"),
    )


def newton(gaps: Any, jacobian: Any, start: np.ndarray, letters: list[Any]) -> mpmath.matrix:
    """Solve to the working precision from a start in doubles."""
    x = mpmath.matrix([mpmath.mpf(float(v)) for v in start])
    for _ in range(30):
        step = mpmath.lu_solve(jacobian(list(x), letters), -gaps(list(x), letters))
        x += step
        if max(abs(d / v) for d, v in zip(step, x, strict=True)) < mpmath.mpf(10) ** -32:
            return x
    raise ArithmeticError("Newton's method does not settle")


def rf_points() -> tuple[np.ndarray, np.ndarray]:
    """Points of W-RF in the published letters and in ours."""
    axes = np.logspace(-2, 2, 10), np.logspace(-2, 2, 10), np.logspace(-6, 1, 10)
    phi, psi, lam = (a.ravel() for a in np.meshgrid(*axes, indexing="ij"))
    ours = [1 / psi, 1 / phi, lam * phi / psi, np.full_like(psi, TAU), np.ones_like(psi)]
    return np.column_stack([phi, psi, lam]), np.column_stack(ours)


def solved(solvable: Any, points: np.ndarray) -> tuple[Any, Any, float]:
    """Kernel, outcome and time of a grid through the engine's compiled solver."""
    kernel = kernel_of(solvable)
    constants = [float(c) for c in solvable.constants.values()]
    found = solve_points(kernel, points, constants)
    return kernel, found, best(lambda: solve_points(kernel, points, constants))


def report(label: str, found: Any, spent: float, baselines: dict[str, float]) -> None:
    """Print failures and times, with ratios to the baselines."""
    failed = int((found.status != 0).sum())
    print(
        f"  {label}: {failed} of {len(found.status)} points failing (target 0), warm grid "
        f"{spent:.2f} ms (target 20 ms), evaluations {found.evaluations.mean():.1f} on average, "
        f"{found.evaluations.max()} at most"
    )
    for name, other in baselines.items():
        print(f"    ratio to {name} ({other:.2f} ms): {spent / other:.3f}")


def errors(label: str, worst: dict[str, float], count: int) -> None:
    """Print the largest relative errors."""
    listed = ", ".join(f"{name} {value:.1e}" for name, value in worst.items())
    print(f"  largest relative error, {label} ({count} points, target 1e-12): {listed}")


def random_features(every: int) -> None:
    """Run workload W-RF."""
    print("W-RF, random-features ridge")
    problem = asymp.Problem(features=asymp.RandomFeatures("relu"))
    derivation('RandomFeatures("relu")', problem)
    route, theorem = second_route(problem), problem.derive()
    theirs, ours = rf_points()
    kernel, found, spent = solved(route, ours)
    _, _, first = solved(theorem, ours)
    swept, used = np.empty((len(theirs), 6)), np.empty(len(theirs), dtype=np.int64)
    six_sweeps(theirs[:1], 0.25, BETA, swept[:1], used[:1])
    plain = best(lambda: six_sweeps(theirs, 0.25, BETA, swept, used), 3)
    report(
        "solver",
        found,
        spent,
        {"plain sweeps of six equations": plain, "the first route's solver": first},
    )
    print(f"    plain sweeps: {(used == SWEEPS).sum()} points not settled in {SWEEPS}")
    gaps, jacobian, numeric = six_equations()
    scipy_baseline(numeric, theirs, swept, spent / len(theirs))
    rows = range(0, len(ours), every)
    traces_error(kernel, found, rows, theirs, swept, gaps, jacobian)
    observables_error(kernel, found, rows, ours, theorem)
    print(f"  proof: {timed_proof(route, theorem)}")


def scipy_baseline(
    numeric: Any, theirs: np.ndarray, swept: np.ndarray, spent: float, every: int = 19
) -> None:
    """Solve some points by SciPy's root from one half."""
    start, good, count = time.perf_counter(), 0, 0
    with np.errstate(all="ignore"):
        for k in range(0, len(theirs), every):
            letters = (*theirs[k], 0.25, BETA)
            answer = root(lambda g, p=letters: numeric(g, p), np.full(6, 0.5), tol=1e-13)
            good += bool(np.abs(answer.x[3] / swept[k, 3] - 1) < 1e-8)
            count += 1
    each = 1e3 * (time.perf_counter() - start) / count
    print(
        f"    ratio to SciPy's root ({each:.2f} ms a point, {count - good} of {count} wrong): "
        f"{spent / each:.1e}"
    )


def traces_error(
    kernel: Any,
    found: Any,
    rows: range,
    theirs: np.ndarray,
    swept: np.ndarray,
    gaps: Any,
    jacobian: Any,
) -> None:
    """Compare with the six equations at 40 digits."""
    column, worst = kernel.values.index("V_hat"), mpmath.mpf(0)
    with mpmath.workdps(40):
        beta = mpmath.mpf(BETA)
        for k in rows:
            letters = [*map(mpmath.mpf, theirs[k]), mpmath.mpf(1) / 4, beta]
            truth = newton(gaps, jacobian, swept[k], letters)[3]
            worst = max(worst, abs(mpmath.mpf(found.values[k, column]) / truth - 1))
    errors("six published equations", {"V_hat": float(worst)}, len(rows))


def observables_error(kernel: Any, found: Any, rows: range, ours: np.ndarray, theorem: Any) -> None:
    """Compare with the first route at 40 digits."""
    symbols = [p.symbol for p in theorem.parameters.values()]
    system = mp_system(theorem.branches, symbols, tuple(theorem.constants))
    constants = {str(s): mpmath.mpf(float(c)) for s, c in theorem.constants.items()}
    worst = dict.fromkeys(kernel.values, 0.0)
    for k in rows:
        with mpmath.workdps(40):
            point = dict(zip(kernel.parameters, map(mpmath.mpf, ours[k]), strict=True))
            values = dict(zip(kernel.values, found.values[k], strict=True))
            start = [values["V"], values["SR"]]
            truth = system.solve(point | constants, start)
            for name in worst:
                gap = float(abs(mpmath.mpf(values[name]) / truth[name] - 1))
                worst[name] = max(worst[name], gap)
    errors("first route", worst, len(rows))


def timed_proof(route: Any, theorem: Any) -> str:
    """Prove that the routes agree, and say how long it took."""
    start = time.perf_counter()
    found = route.prove(theorem)
    return f"{found.outcome.name} in {time.perf_counter() - start:.1f} s; {found.how}"


def ridge(every: int) -> None:
    """Run workload W-R."""
    print("W-R, isotropic ridge")
    problem = asymp.Problem(features=asymp.IsotropicGaussian())
    derivation("IsotropicGaussian()", problem)
    route, theorem = second_route(problem), problem.derive()
    axes = np.logspace(-2, 2, 40), np.logspace(-6, 2, 25)
    alpha, lam = (a.ravel() for a in np.meshgrid(*axes, indexing="ij"))
    tau = np.sqrt(0.5)
    points = np.column_stack([alpha, lam / alpha, np.full_like(lam, tau), np.ones_like(lam)])
    kernel, found, spent = solved(route, points)
    _, _, first = solved(theorem, points)
    swept, used = np.empty((len(lam), 2)), np.empty(len(lam), dtype=np.int64)
    ridge_sweeps(points[:1, :2], tau, swept[:1], used[:1])
    plain = best(lambda: ridge_sweeps(points[:, :2], tau, swept, used), 3)
    report(
        "solver",
        found,
        spent,
        {"plain sweeps of (V, SR)": plain, "the first route's solver": first},
    )
    print(f"    plain sweeps: {(used == SWEEPS).sum()} points not settled in {SWEEPS}")
    rows = range(0, len(points), every)
    worst = dict.fromkeys(("V", "m", "q", "standard_risk"), 0.0)
    for k in rows:
        truth = closed_ridge(points[k])
        for name in worst:
            ours = found.values[k, kernel.values.index(name)]
            worst[name] = max(worst[name], float(abs(mpmath.mpf(ours) / truth[name] - 1)))
    errors("closed form", worst, len(rows))
    print(f"  proof: {timed_proof(route, theorem)}")


def closed_ridge(point: np.ndarray) -> dict[str, Any]:
    """Ridge in closed form, to 40 digits."""
    with mpmath.workdps(60):  # the formulas cancel
        alpha, zeta, tau, _ = map(mpmath.mpf, point)
        lam, noise = zeta * alpha, tau**2
        b = lam + alpha - 1
        v = 2 / (b + mpmath.sqrt(b**2 + 4 * lam))
        m, s = 1 - lam * v, alpha * v**2 / (1 + v) ** 2
        q = (m**2 + s * (1 + noise - 2 * m)) / (1 - s)
        return {"V": v, "m": m, "q": q, "standard_risk": 1 + noise - 2 * m + q}


def main() -> None:
    """Run both workloads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="check every k-th point")
    every = parser.parse_args().every
    random_features(every)
    ridge(every)


if __name__ == "__main__":
    main()
