r"""Judge whether a zero of the stationarity equations is the saddle that the theorem prints.

Stationarity alone has false zeros (letters that run to 0), and a stationary point may be of the
wrong type. A candidate is accepted when its raw gradient vanishes, its letters are inside their
domains, its branch is the right one, its inner supremum is the global one, the second-order
conditions of max-min hold, and no random probe contradicts
:math:`R(x,\hat y)\le R(\hat x,\hat y)\le R(\hat x,y)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from asymp.testing.printed.numeric import DIGITS, holds, number

if TYPE_CHECKING:
    from asymp.testing.printed.saddle import PrintedSaddle

GRADIENT_BOUND = 1e-12

SLACK = 1e-9
"""Relative room for round-off where values computed in double precision are compared."""

FLOOR = 1e-8
"""A letter below this has run to the false zero at the origin."""

PROBE_WIDTHS = (0.01, -0.01, 0.1, -0.1, 0.5, -0.5, 2.0, -2.0)
"""Logarithmic sizes of the moves along a random direction, both ways."""


def complaint(
    saddle: PrintedSaddle, candidate: Mapping[str, Any], letters: Mapping[str, Any]
) -> str:
    """Why the candidate is not the saddle; empty if it is."""
    known = {**letters, **candidate}
    if min(candidate[s.name] for s in saddle.outer) < FLOOR:
        return "a letter ran to zero: a false zero of the stationarity"
    if not all(holds(condition, known) for condition in saddle.stationarity.conditions):
        return "the indicator's branch is not the one assumed"
    if not _inner_letters_admissible(saddle, candidate):
        return "an inner letter lies outside its domain"
    if not _sup_is_global(saddle, known):
        return "the inner stationary point is not the supremum"
    return _calculus_complaint(saddle, candidate, letters) or _probe(saddle, candidate, letters)


def _inner_letters_admissible(saddle: PrintedSaddle, candidate: Mapping[str, Any]) -> bool:
    sup, root = saddle.inner_sup, saddle.inner_root
    inside = sup is None or sup.low <= candidate[sup.variable.name] < sup.high
    return bool(inside and (root is None or candidate[root.variable.name] > 0))


def _sup_is_global(saddle: PrintedSaddle, known: Mapping[str, Any]) -> bool:
    if saddle.inner_sup is None:
        return True
    here = float(number(saddle.inner_sup.expression, known))
    best = saddle.inner_sup.supremum({k: float(v) for k, v in known.items()})
    return best <= here + SLACK * max(abs(here), abs(best))


def _calculus_complaint(
    saddle: PrintedSaddle, candidate: Mapping[str, Any], letters: Mapping[str, Any]
) -> str:
    with mpmath.workdps(DIGITS):
        gradient, hessian = _derivatives(saddle, candidate, letters)
        size = float(max(abs(g) for g in gradient))
        if size > GRADIENT_BOUND:
            return f"gradient {size:.1e}"
        if not _is_max_min(hessian, len(saddle.maximise)):
            return "second derivatives are not those of a max-min point"
    return ""


def _derivatives(
    saddle: PrintedSaddle, candidate: Mapping[str, Any], letters: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Gradient of the printed value and its Hessian, the inner letters eliminated."""
    system = saddle.stationarity
    point = [mpmath.mpf(candidate[u.name]) for u in system.unknowns]
    residual, jacobian = system.precise(point, system.ordered(letters))
    k, size = system.outer, len(point)
    hessian = jacobian[:k, :k]
    if size > k:
        inner = jacobian[k:size, k:size]
        hessian = hessian - jacobian[:k, k:size] * (inner**-1 * jacobian[k:size, :k])
    # Congruence with the letters' sizes keeps the signs and makes the entries comparable.
    scale = mpmath.diag(point[:k])
    return residual, scale * hessian * scale


def _is_max_min(hessian: Any, maximised: int) -> bool:
    r"""Second-order test: convex in y, and :math:`\min_yR` concave in x (Schur complement)."""
    x, n = maximised, hessian.rows
    xx, xy, yy = hessian[:x, :x], hessian[:x, x:n], hessian[x:n, x:n]
    schur = xx - xy * (yy**-1 * xy.T)
    low = min(mpmath.eigsy((yy + yy.T) / 2, eigvals_only=True))
    high = max(mpmath.eigsy((schur + schur.T) / 2, eigvals_only=True))
    return bool(low > 0 and high < 0)


def _probe(saddle: PrintedSaddle, candidate: Mapping[str, Any], letters: Mapping[str, Any]) -> str:
    rng = np.random.default_rng(0)
    here = {s.name: float(candidate[s.name]) for s in saddle.outer}
    known = {**{k: float(v) for k, v in letters.items()}, **here}
    value = saddle.value_at(known)
    for side, sign in ((saddle.maximise, 1.0), (saddle.minimise, -1.0)):
        direction = rng.normal(size=len(side))
        for width in PROBE_WIDTHS:
            factors = np.exp(width * direction)
            moved = {s.name: here[s.name] * f for s, f in zip(side, factors, strict=True)}
            gain = sign * (saddle.value_at({**known, **moved}) - value)
            if gain > SLACK * max(1.0, abs(value)):
                names = ", ".join(s.name for s in side)
                return f"moving {names} improves on the candidate by {gain:.1e}"
    return ""
