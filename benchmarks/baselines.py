"""What the solver is measured against: a plain compiled iteration, and SciPy's root and quad.

Both are typed by hand from theory.md, section 2, for the shifted ReLU.
"""

from __future__ import annotations

from itertools import pairwise
from math import erfc, exp, pi, sqrt

import numba
import numpy as np
from scipy.integrate import quad
from scipy.optimize import root

MU1, MU2SQ, KAPPA2 = 0.5, 0.25 - 0.5 / pi, 0.25
MOST_STEPS = 20_000


def eps_max(psi1: np.ndarray, psi2: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Null threshold of theory.md, section 3, item 1."""
    x = KAPPA2 / MU1**2
    full = 2 / (x + 1 + psi1 + np.sqrt((x + 1 - psi1) ** 2 + 4 * psi1 * x))
    first = full + MU2SQ * (1 - full) / KAPPA2
    return np.sqrt(np.pi / 2 * (psi1 / psi2 * first + psi1 / (1 + tau**2) * full))


@numba.njit(error_model="numpy")
def plain_map(psi1, psi2, eps, zeta, tau, v, sr, p):
    """One step of the three-scalar map, plain formulas."""
    m1, root_p, root_sr = MU1 * MU1, sqrt(p), sqrt(sr)
    e = eps * root_p
    a = v * e / root_sr
    tail0 = 0.5 * erfc(a * 0.7071067811865476)
    tail1 = 0.3989422804014327 * exp(-0.5 * a * a)
    centre0 = 0.5 - tail0
    centre2 = centre0 - a * tail1
    outer = 2 * (sr * (tail0 + a * tail1) + 2 * e * root_sr * tail1 + e * e * tail0)
    q_hat = 2 * sr * centre2 / (v * v) + outer / ((1 + v) * (1 + v))
    v_hat = 2 * centre0 / v + 2 * tail0 / (1 + v)
    p_hat = eps / root_p * (2 * e * centre0 + 2 * (root_sr * tail1 + e * tail0) / (1 + v))
    h0 = zeta + v_hat * MU2SQ + p_hat * KAPPA2
    h1 = m1 * (v_hat + p_hat)
    x = h0 / h1
    disc = sqrt((x + 1 - psi1) ** 2 + 4 * psi1 * x)
    full = 2 / (x + 1 + psi1 + disc)
    empty = 1 - full
    dual = 1 - psi1 * full
    delta = empty + dual * full
    j02 = empty * empty / delta / (h0 * h0)
    j12 = full * empty * dual / delta / (h0 * h1)
    j22 = full * full * (dual + psi1 * empty) / delta / (h1 * h1)
    d02 = dual * dual / delta / (h0 * h0)
    d12, d22 = psi1 * j12, psi1 * j22
    w = psi1 / psi2
    new_v = w * (m1 * full / h1 + MU2SQ * empty / h0)
    bias = (m1 * p_hat) ** 2 * d22 + h0 * h0 * d02
    bias += (2 * m1 * p_hat * h0 + v_hat * v_hat * m1 * MU2SQ) * d12
    spread = m1 * m1 * j22 + 2 * m1 * MU2SQ * j12 + MU2SQ * MU2SQ * j02
    new_sr = tau * tau + bias + q_hat * w * spread
    cross = m1 * m1 * j22 + m1 * (MU2SQ + KAPPA2) * j12 + MU2SQ * KAPPA2 * j02
    new_p = q_hat * w * cross + v_hat * v_hat * (m1 * m1 * d22 + m1 * KAPPA2 * d12)
    return new_v, new_sr, new_p


@numba.njit(error_model="numpy")
def plain_iteration(points, tolerance, found, steps):
    """Iterate the map at every point; rows of ``points``: psi1, psi2, eps, zeta, tau."""
    for k in range(points.shape[0]):
        psi1, psi2, eps, zeta, tau = points[k]
        v, sr, p = 1.0, 1.0 + tau * tau, 0.5
        count, residual = 0, np.inf
        while residual > tolerance and count < MOST_STEPS:
            new_v, new_sr, new_p = plain_map(psi1, psi2, eps, zeta, tau, v, sr, p)
            residual = max(abs(new_v / v - 1), abs(new_sr / sr - 1), abs(new_p / p - 1))
            v, sr, p = new_v, new_sr, new_p
            count += 1
        found[k, 0], found[k, 1], found[k, 2], found[k, 3] = v, sr, p, residual
        steps[k] = count


def spectral_average(f, psi: float) -> float:
    """Average of ``f`` under the Marchenko-Pastur law of W W^T, by adaptive quadrature."""
    low, high = (1 - sqrt(psi)) ** 2, (1 + sqrt(psi)) ** 2
    middle, half = (low + high) / 2, (high - low) / 2

    def integrand(angle: float) -> float:
        t = middle + half * np.cos(angle)
        return f(t) * (half * np.sin(angle)) ** 2 / (2 * pi * psi * t)

    bulk = quad(integrand, 0, pi, epsabs=0, epsrel=1e-10, limit=200)[0]
    return bulk + max(0.0, 1 - 1 / psi) * f(0.0)


def gauss_average(f, knee: float) -> float:
    """Twice the integral of ``f`` times the normal density over z > 0, with a kink at ``knee``."""

    def integrand(z: float) -> float:
        return 2 * f(z) * exp(-z * z / 2) / sqrt(2 * pi)

    knee = min(knee, 12.0)
    ends = (0.0, knee, knee + 12.0)
    return sum(
        quad(integrand, a, b, epsabs=0, epsrel=1e-10, limit=200)[0]
        for a, b in pairwise(ends)
        if b > a
    )


def scipy_equations(log_state, psi1, psi2, eps, zeta, tau):
    """Residual of the fixed point with every integral by quadrature."""
    v, sr, p = np.exp(log_state)
    e, scale, m1 = eps * sqrt(p), sqrt(sr), MU1 * MU1
    knee = v * e / scale

    def slope(z: float) -> float:
        return scale * z / v if z < knee else (scale * z + e) / (1 + v)

    q_hat = gauss_average(lambda z: slope(z) ** 2, knee)
    v_hat = gauss_average(lambda z: slope(z) * z, knee) / scale
    p_hat = (
        eps / sqrt(p) * gauss_average(lambda z: e if z < knee else (scale * z + e) / (1 + v), knee)
    )

    def average(f):
        return spectral_average(lambda t: f(t) / (zeta + v_hat * s(t) + p_hat * b(t)) ** 2, psi1)

    def s(t: float) -> float:
        return m1 * t + MU2SQ

    def b(t: float) -> float:
        return m1 * t + KAPPA2

    w = psi1 / psi2
    new_v = w * average(lambda t: s(t) * (zeta + v_hat * s(t) + p_hat * b(t)))
    # rho - 2 m + theta' Sigma theta, with the signal's energy in the range of W counted once
    signal = psi1 * average(
        lambda t: m1 * t * v_hat * (v_hat * s(t) - 2 * (zeta + v_hat * s(t) + p_hat * b(t)))
    )
    new_sr = 1 + tau**2 + signal + q_hat * w * average(lambda t: s(t) ** 2)
    new_p = q_hat * w * average(lambda t: s(t) * b(t))
    new_p += v_hat**2 * psi1 * average(lambda t: m1 * t * b(t))
    return np.log([new_v / v, max(new_sr, 1e-300) / sr, new_p / p])


def scipy_root(point):
    """Solve one point the usual way: ``root`` on log variables from the usual start."""
    start = np.log([1.0, 1.0 + point[4] ** 2, 0.5])
    return root(scipy_equations, start, args=tuple(point), tol=1e-11)
