r"""Atoms in place of a density, enough of them for resolvent averages to settle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import InvalidProblem
from asymp.problem.designs.arrays import Array

SETTLED = 1e-13  # a few roundings of averages of order one
MOST = 1024
SHIFTS = np.geomspace(1e-3, 1e3, 25)  # of the resolvent, in units of the mean eigenvalue


@dataclass(frozen=True)
class Nodes:
    """Atoms and weights with an estimate of the error they make in resolvent averages."""

    values: Array
    weights: Array
    error: float


def density_nodes(density: Any, low: float, high: float) -> Nodes:
    """Nodes for a density on an interval."""
    low, high = float(low), float(high)
    if not 0 <= low < high < np.inf:
        raise InvalidProblem(f"the support [{low:g}, {high:g}] is not an interval in [0, inf)")
    f = _function("density", density)

    def rule(count: int) -> tuple[Array, Array]:
        angle, w = _legendre(count, 0.0, np.pi)
        # 1 - cos written by the half angle keeps all digits at the lower edge
        values = low + (high - low) * np.sin(angle / 2) ** 2
        return values, w * np.sin(angle) * (high - low) / 2 * f(values)

    nodes = _settled(rule)
    mass = float(nodes.weights.sum())
    if nodes.weights.min() < 0 or abs(mass - 1) > 1e-6:
        raise InvalidProblem(
            f"density {density} has mass {mass:.8g} on [{low:g}, {high:g}] and smallest value "
            f"{float((f(nodes.values)).min()):.3g}: expected mass 1 and no negative value"
        )
    return Nodes(nodes.values, nodes.weights / mass, nodes.error)


def power_law_nodes(exponent: float, cutoff: float) -> Nodes:
    r"""Nodes for :math:`U^{-a}`, U uniform on [c, 1], by Gauss-Legendre in :math:`\log U`."""
    if not 0 < exponent < np.inf:
        raise InvalidProblem(f"exponent = {exponent:g} of the power law is not in (0, inf)")
    if not 0 < cutoff < 1:
        raise InvalidProblem(f"cutoff = {cutoff:g} of the power law is not in (0, 1)")

    def rule(count: int) -> tuple[Array, Array]:
        log, w = _legendre(count, np.log(cutoff), 0.0)
        weights = w * np.exp(log) / (1 - cutoff)
        return np.exp(-exponent * log), weights / weights.sum()

    return _settled(rule)


def shares_of(nodes: Nodes, teacher: Any) -> Array:
    """The teacher's shares from their density against the law, up to a factor."""
    f = _function("teacher", EIGENVALUE if teacher is None else teacher)
    energy = nodes.weights * f(nodes.values)
    if energy.min() < 0 or not 0 < energy.sum() < np.inf:
        raise InvalidProblem(f"teacher {teacher} is negative somewhere, or has no finite total")
    return np.asarray(energy / energy.sum())


def _function(name: str, given: Any) -> Callable[[Array], Array]:
    expression = sp.sympify(given)
    strange = sorted(map(str, expression.free_symbols - {EIGENVALUE}))
    if strange:
        raise InvalidProblem(
            f"{name} {expression} has symbols {strange}: it must be a function of "
            "asymp.EIGENVALUE alone, with numbers for everything else"
        )
    f = sp.lambdify(EIGENVALUE, expression, "numpy")
    return lambda t: np.asarray(f(t), dtype=float) * np.ones_like(t)


def _legendre(count: int, low: float, high: float) -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(count)
    half = (high - low) / 2
    return low + half * (x + 1), w * half


def _settled(rule: Callable[[int], tuple[Array, Array]]) -> Nodes:
    """Double the number of nodes until resolvent averages change no more."""
    count = 16
    before = rule(count)
    while True:
        count *= 2
        after = rule(count)
        error = _difference(before, after)
        if error <= SETTLED:
            return Nodes(*before, error)
        if count >= MOST:
            return Nodes(*after, error)
        before = after


def _difference(one: tuple[Array, Array], other: tuple[Array, Array]) -> float:
    mean = float(other[0] @ other[1])
    gaps = []
    for power in (1, 2):
        first, second = (((t / (t + mean * SHIFTS[:, None])) ** power) @ w for t, w in (one, other))
        gaps.append(np.abs(first - second).max())
    return float(max(gaps))
