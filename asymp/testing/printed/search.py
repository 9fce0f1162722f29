"""Search for zeros of a printed saddle's stationarity: random starts, continuation, polish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from asymp.testing.printed.numeric import DIGITS, number

if TYPE_CHECKING:
    from asymp.testing.printed.saddle import PrintedSaddle

SEED = 1905
"""Fixed, so that the answer at a point is a function of the point."""

FIRST_STARTS, LATER_STARTS = 8, 24
SPREAD = (0.05, 4.0)
"""Random starts lie between these multiples of a letter's scale."""


def candidates(saddle: PrintedSaddle, letters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Polished zeros of the stationarity equations, the cheapest to find first."""
    rng = np.random.default_rng(SEED)
    for _ in range(FIRST_STARTS):
        yield from _polished(
            saddle, _descend(saddle, _start(saddle, letters, rng), letters), letters
        )
    if saddle.easier:
        yield from _polished(saddle, _walk(saddle, letters, rng), letters)
    for _ in range(LATER_STARTS):
        yield from _polished(
            saddle, _descend(saddle, _start(saddle, letters, rng), letters), letters
        )


def _start(
    saddle: PrintedSaddle, letters: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray:
    scales = [float(number(saddle.scales.get(s.name, 1), letters)) for s in saddle.outer]
    low, high = np.log(SPREAD)
    start = np.log(scales) + rng.uniform(low, high, len(scales))
    inner = rng.uniform(-2.0, 2.0, len(saddle.stationarity.unknowns) - len(scales))
    return np.concatenate([start, inner])


def _unpacked(saddle: PrintedSaddle, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Letters and their slopes in free coordinates: logarithms, a logit for the inner sup."""
    v = np.clip(v, -50.0, 50.0)
    letters = np.exp(v)
    slopes = letters.copy()
    if saddle.inner_sup is not None:
        k, low = saddle.stationarity.outer, saddle.inner_sup.low
        width = saddle.inner_sup.high - low
        share = 1.0 / (1.0 + np.exp(-v[k]))
        letters[k], slopes[k] = low + width * share, width * share * (1.0 - share)
    return letters, slopes


def _descend(
    saddle: PrintedSaddle, start: np.ndarray, letters: Mapping[str, Any]
) -> np.ndarray | None:
    """Levenberg-Marquardt in free coordinates; None if it does not reach a zero."""
    system = saddle.stationarity
    parameters = [float(p) for p in system.ordered(letters)]

    def residual(v: np.ndarray) -> np.ndarray:
        value = system.residual(_unpacked(saddle, v)[0], parameters)
        return np.where(np.isfinite(value), value, 1e6)

    def jacobian(v: np.ndarray) -> np.ndarray:
        point, slopes = _unpacked(saddle, v)
        value = system.jacobian(point, parameters) * slopes
        return np.where(np.isfinite(value), value, 0.0)

    with np.errstate(all="ignore"):
        from scipy.optimize import root  # loads on first use: most of a second

        found = root(residual, start, jac=jacobian, method="lm", options={"maxiter": 300})
    # A loose bound: the polish in many digits is what decides.
    return found.x if np.max(np.abs(found.fun)) < 1e-6 else None


def _walk(
    saddle: PrintedSaddle, letters: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray | None:
    """Continuation along a geometric path from the easier parameters, with halving of the step."""
    easy = {**letters, **{n: number(e, letters) for n, e in saddle.easier.items()}}
    here = _easy_zero(saddle, easy, rng)
    done, step = 0.0, 0.25
    while here is not None and done < 1.0:
        target = min(1.0, done + step)
        ahead = _descend(saddle, here, _between(easy, letters, target))
        if ahead is not None and np.max(np.abs(ahead - here)) < 1.0:
            here, done, step = ahead, target, 1.5 * step
        else:
            step /= 2
            if step < 1e-4:
                return None
    return here


def _easy_zero(
    saddle: PrintedSaddle, easy: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray | None:
    for _ in range(LATER_STARTS):
        found = _descend(saddle, _start(saddle, easy, rng), easy)
        if found is not None and np.min(_unpacked(saddle, found)[0]) > 1e-6:
            return found
    return None


def _between(easy: Mapping[str, Any], target: Mapping[str, Any], share: float) -> dict[str, Any]:
    return {
        name: end if easy[name] == end else easy[name] ** (1 - share) * end**share
        for name, end in target.items()
    }


def _polished(
    saddle: PrintedSaddle, zero: np.ndarray | None, letters: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Newton's method in many digits; yields nothing where it does not converge."""
    if zero is None:
        return
    system = saddle.stationarity
    with mpmath.workdps(DIGITS + 10):
        point = mpmath.matrix([mpmath.mpf(float(x)) for x in _unpacked(saddle, zero)[0]])
        parameters = [mpmath.mpf(p) for p in system.ordered(letters)]
        for _ in range(12):
            try:
                step = _newton_step(system, point, parameters)
            except ZeroDivisionError:
                return
            point = point - step
            size = max(
                abs(step[i] / point[i]) if point[i] else mpmath.inf for i in range(len(point))
            )
            if size < mpmath.mpf(10) ** (-DIGITS + 5):
                yield {u.name: point[i] for i, u in enumerate(system.unknowns)}
                return


def _newton_step(system: Any, point: Any, parameters: list[Any]) -> Any:
    residual, jacobian = system.precise(list(point), parameters)
    return mpmath.lu_solve(jacobian, residual)
