"""The holistic programmes written down independently, for a conic solver and in long arithmetic."""

import mpmath as mp
import numpy as np
from hypothesis import strategies as st

SAMPLES = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=20).map(np.array)
SHARES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1 - 1e-6))
RADII = st.one_of(st.just(0.0), st.floats(-12, 2).map(lambda x: 10**x))
VARIANTS = st.sampled_from(["HD", "HR"])
ROOM = st.one_of(st.none(), st.just(0.0), st.floats(1e-3, 100))
"""How far the bound lies above the largest loss; None for no bound."""


def conic(losses, alpha, r, bound, variant, tolerance=1e-10):
    """The finite programme through cvxpy's exponential cones, by Clarabel."""
    import cvxpy as cp

    n = len(losses)
    p, q = cp.Variable(n + 1, nonneg=True), cp.Variable(n + 1, nonneg=True)
    s = cp.Variable(n, nonneg=True)
    rules = [cp.sum(p) == 1, cp.sum(q) == 1, cp.sum(s) <= alpha]
    if variant == "HD":
        rules += [cp.sum(cp.rel_entr(q, p)) <= r, q[1:] + s == 1 / n, q[0] == cp.sum(s)]
    else:
        rules += [cp.sum(cp.rel_entr(np.full(n, 1 / n), q[1:])) <= r]
        rules += [p[1:] + s == q[1:], cp.sum(s) + q[0] == p[0]]
    problem = cp.Problem(cp.Maximize(p[1:] @ losses + p[0] * bound), rules)
    options = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tolerance)
    problem.solve(solver=cp.CLARABEL, **options)
    return problem.value


def dual(worst, alpha, r, variant):
    """Dual objective at the dual variables of a worst case, in long arithmetic."""
    with mp.workdps(60):
        bound, eta, level = (mp.mpf(float(x)) for x in (worst.bound, worst.eta, worst.level))
        n = len(worst.losses)
        if variant == "HD":
            left, total = mp.mpf(1) - mp.mpf(alpha), mp.mpf(0)
            logs = mp.mpf(alpha) * log(eta - bound) if alpha else mp.mpf(0)
            for x in sorted(map(float, worst.losses), reverse=True):
                w = min(mp.mpf(1) / n, left - total)
                total += w
                logs += w * log(eta - x) if w > 0 else 0
            return float(eta - mp.exp(-r) * mp.exp(logs))
        logs = sum(log(eta - max(mp.mpf(float(x)), level)) for x in worst.losses) / n
        return float(eta + mp.mpf(alpha) * (bound - level) - mp.exp(-r) * mp.exp(logs))


def log(x):
    return mp.log(x) if x > 0 else mp.mpf("-1e9")


def divergence_ball(losses, r):
    """KL-DRO value by the root of its scalar equation in long arithmetic."""
    with mp.workdps(60):
        x = [mp.mpf(float(v)) for v in losses]
        n, top = len(x), max(x)
        mean = sum(x) / n
        variance = sum((v - mean) ** 2 for v in x) / n

        def slope(t):
            gaps = [top + mp.exp(t) - v for v in x]
            return sum(map(mp.log, gaps)) / n + mp.log(sum(1 / g for g in gaps) / n) - r

        centre = mp.log(mp.sqrt(variance / (2 * mp.mpf(r))))
        ends = (centre - 40, centre + 2)
        t = mp.findroot(slope, ends, solver="bisect", maxsteps=200, verify=False)
        gaps = [top + mp.exp(t) - v for v in x]
        return top + mp.exp(t) - mp.exp(sum(map(mp.log, gaps)) / n - r)


def conic_training(features, labels, eps, r, ridge, root):
    """Joint convex form of training through cvxpy: value and parameter."""
    import cvxpy as cp

    n, size = features.shape
    theta, v, t = cp.Variable(size), cp.Variable(n), cp.Variable()
    eta, lam, below = cp.Variable(), cp.Variable(), cp.Variable(n)
    rules = [v >= labels - features @ theta, v >= features @ theta - labels]
    rules += [t >= cp.norm(root @ theta), below + cp.square(v + eps * t) / 2 <= eta]
    joint = eta + lam * (r - 1) + cp.sum(cp.rel_entr(lam * np.ones(n), below)) / n
    problem = cp.Problem(cp.Minimize(joint + ridge / 2 * cp.sum_squares(theta)), rules)
    options = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-9)
    problem.solve(solver=cp.CLARABEL, **options)
    return problem.value, theta.value
