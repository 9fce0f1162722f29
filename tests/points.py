"""Random and corner points of the headline system, and activation coefficients by quadrature."""

import math

import numpy as np

NAMES = ("psi1", "psi2", "eps", "eps_test", "zeta", "tau", "rho")


def relu():
    """Shifted ReLU: mu1, mu2, kappa2 as printed in theory.md."""
    return [0.5, math.sqrt(0.25 - 0.5 / math.pi), 0.25]


def tanh():
    """Hyperbolic tangent, by Gauss-Hermite quadrature."""
    return smooth(np.tanh, lambda u: 1 / np.cosh(u) ** 2)


def erf():
    """Error function of u / sqrt 2: arcsine laws of Williams."""
    mu1 = math.sqrt(1 / math.pi)  # E[g erf(g/sqrt2)] = E[erf'(g/sqrt2)/sqrt2]
    second = 2 / math.pi * math.asin(0.5)
    slope = 2 / math.pi / math.sqrt(3)
    return [mu1, math.sqrt(second - mu1**2), slope - mu1**2]


def smooth(function, slope):
    """Coefficients of an odd smooth activation."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(150)
    weights = weights / weights.sum()
    mu1 = weights @ (nodes * function(nodes))
    return [
        mu1,
        math.sqrt(weights @ function(nodes) ** 2 - mu1**2),
        weights @ slope(nodes) ** 2 - mu1**2,
    ]


ACTIVATIONS = {"relu": relu(), "tanh": tanh(), "erf": erf()}


def eps_max(psi1, psi2, tau, constants):
    """Null threshold of theory.md, section 3, item 1, at rho = 1."""
    mu1, mu2, kappa2 = constants
    x = kappa2 / mu1**2
    full = 2 / (x + 1 + psi1 + np.sqrt((x + 1 - psi1) ** 2 + 4 * psi1 * x))
    sigma = full + mu2**2 * (1 - full) / kappa2
    return np.sqrt(np.pi / 2 * (psi1 / psi2 * sigma + psi1 / (1 + tau**2) * full))


def wide(size, constants, seed):
    """Rows of random points, and their eps / eps_max."""
    rng = np.random.default_rng(seed)
    psi1, psi2 = 10 ** rng.uniform(-2, 2, (2, size))
    tau = rng.uniform(0, 2, size)
    zeta = np.where(rng.random(size) < 0.5, 0.0, 10 ** rng.uniform(-6, 1, size))
    top = eps_max(psi1, psi2, tau, constants)
    eps = np.exp(rng.uniform(np.log(1e-4), np.log(1.5 * top)))
    return np.column_stack([psi1, psi2, eps, eps, zeta, tau, np.ones(size)]), eps / top


def corners(size, constants, seed):
    """Rows of points at extreme and equal ratios, eps and zeta to 0, and the null threshold."""
    rng = np.random.default_rng(seed)
    psi2 = rng.choice([1e-3, 0.1, 1.0, 3.0, 1e3], size)
    near = rng.choice([1.0, 1 + 1e-9, 1 - 1e-6, 1.01], size)
    far = rng.choice([1e-3, 0.1, 1.0, 3.0, 1e3], size)
    psi1 = np.where(rng.random(size) < 0.3, psi2 * near, far)
    tau = rng.choice([0.0, 0.3, 2.0], size)
    zeta = rng.choice([0.0, 0.0, 1e-12, 1e-6, 1.0, 100.0], size)
    part = rng.choice([0.0, 1e-8, 1e-4, 0.5, 0.99, 1 - 1e-6, 1 - 1e-9, 1 + 1e-9], size)
    eps = part * eps_max(psi1, psi2, tau, constants)
    test = np.where(rng.random(size) < 0.5, eps, 0.3)
    return np.column_stack([psi1, psi2, eps, test, zeta, tau, np.ones(size)])


def torture(size, constants, seed, decades):
    """Rows over many decades: next to the interpolation and the null threshold, eps to 1e-12."""
    rng = np.random.default_rng(seed)
    psi1, psi2 = 10 ** rng.uniform(-decades, decades, (2, size))
    off = rng.choice([-1, 1], size) * 10 ** rng.uniform(-15, -1, size)
    psi1 = np.where(rng.random(size) < 0.1, psi2 * (1 + off), psi1)
    tau = np.where(rng.random(size) < 0.3, 0.0, 10 ** rng.uniform(-6, 3, size))
    zeta = np.where(rng.random(size) < 0.4, 0.0, 10 ** rng.uniform(-15, 6, size))
    small, kind = 10 ** rng.uniform(-12, 0, size), rng.random(size)
    part = np.select([kind < 0.1, kind < 0.8], [0.0, small], 1 - small)
    eps = part * eps_max(psi1, psi2, tau, constants)
    return np.column_stack([psi1, psi2, eps, eps, zeta, tau, np.ones(size)])
