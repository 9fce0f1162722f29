r"""Evaluating a limit: the path is followed to small h, and the order of approach is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from asymp.claims import Limit, Numbers, Solve, Variant
from asymp.errors import InvalidParameter, NotConverged
from asymp.reductions.step import CheckResult, Outcome
from asymp.testing.laws import seed_of
from asymp.testing.numbers import evaluate, told
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise

STEPS, SHRINK = 7, 4.0  # h runs over a factor of four thousand
NEAR = 0.2  # an observed order may fall short of the claimed one by this

Target = Callable[[Numbers], Numbers]


@dataclass(frozen=True)
class Approach:
    """Distances of one observable to its limit along the path.

    Parameters
    ----------
    observable : str
    limit : float
    values, errors, floors : tuple of float
        At each h; relative errors, and the size below which they are rounding.
    """

    observable: str
    limit: float
    values: tuple[float, ...]
    errors: tuple[float, ...]
    floors: tuple[float, ...]

    @property
    def order(self) -> float:
        """Order of approach at the smallest h; infinite when the distance is only rounding.

        The larger of two spans is compared, because a distance may pass through zero.
        """
        if self.errors[-1] <= self.floors[-1]:
            return math.inf
        *_, earlier, before, last = self.errors
        return max(_order(before, last, 1), _order(earlier, last, 2))


def _order(before: float, last: float, steps: int) -> float:
    if not (0 < before < math.inf and last < math.inf):
        return -math.inf
    return math.log(before / last) / math.log(SHRINK) / steps


def points_of(limit: Limit, solve: Pointwise, count: int) -> list[dict[str, float]]:
    """Points at which a limit is followed; the same for the same name."""
    return list(Sampler(solve, limit.where, {}, limit.ranges).points(count, seed_of(limit.name)))


def approaches(
    limit: Limit, solve: Solve, numbers: Numbers, parameters: Iterable[str], target: Target
) -> list[Approach]:
    """Follow the path from one point; one record for each observable."""
    names = list(parameters)

    def at(h: float) -> dict[str, float]:
        path = {n: evaluate(e, {**numbers, "h": h}) for n, e in limit.path.items()}
        return {n: path.get(n, numbers[n]) for n in names}

    goal = target({**numbers, **at(0.0)} if _continuous(limit) else dict(numbers))
    answers = [solve(**at(limit.start / SHRINK**k)) for k in range(STEPS)]
    return [_approach(name, float(value), answers) for name, value in goal.items()]


def _continuous(limit: Limit) -> bool:
    return isinstance(limit.gives, tuple)


def _approach(name: str, limit: float, answers: list[Numbers]) -> Approach:
    if name not in answers[0]:
        raise InvalidParameter(f"the theorem has no observable {name!r}")
    values = tuple(a[name] for a in answers)
    if math.isinf(limit):
        errors = tuple(0.0 if v == limit else abs(1 / v) for v in values)
    else:
        errors = tuple(abs(v - limit) / max(abs(limit), 1.0) for v in values)
    floors = tuple(a["rounding"] for a in answers)
    return Approach(name, limit, values, tuple(map(_or_infinite, errors)), floors)


def _or_infinite(error: float) -> float:
    return math.inf if math.isnan(error) else error


def target_of(limit: Limit, solve: Pointwise) -> Target:
    """Function from the numbers at a point to the limits of the observables."""
    gives = limit.gives
    if isinstance(gives, Variant):
        return _variant_target(gives, solve)
    if isinstance(gives, tuple):
        return lambda numbers: _pick(solve(**{n: numbers[n] for n in solve.parameters}), gives)
    if isinstance(gives, Mapping):
        return lambda numbers: {n: evaluate(e, numbers) for n, e in gives.items()}
    return lambda numbers: gives(**numbers)


def _pick(numbers: Numbers, names: Iterable[str]) -> dict[str, float]:
    return {n: numbers[n] for n in names}


def _variant_target(variant: Variant, solve: Pointwise) -> Target:
    problem = solve.theorem.problem
    if variant.parts and problem is None:
        raise InvalidParameter(
            "a Variant with parts needs the theorem's problem, which is not given"
        )
    other = replace(problem, **variant.parts).derive() if variant.parts else solve.theorem

    def target(numbers: Numbers) -> Numbers:
        constants = {n: evaluate(e, numbers) for n, e in variant.constants.items()}
        answer = Pointwise(other, constants)
        shared = {n: numbers[n] for n in answer.parameters if n in numbers}
        at = {n: evaluate(e, numbers) for n, e in variant.at.items()}
        return _pick(answer(**{**shared, **at}), variant.observables)

    return target


def check_limit(
    limit: Limit, solve: Pointwise, points: Iterable[Mapping[str, float]],
    target: Target | None = None,
) -> CheckResult:  # fmt: skip
    """Follow a limit from points: VERIFIED, FALSE with the point, UNKNOWN without an answer.

    Parameters
    ----------
    limit : Limit
    solve : Pointwise
    points : iterable of mappings
    target : callable, optional
        Limits of the observables from the numbers at a point; made from ``limit`` by default.
    """
    goal = target or target_of(limit, solve)
    count, slowest, largest, unsolved = 0, math.inf, 0.0, ""
    for point in points:
        try:
            numbers = solve.boundaries(point)
            found = approaches(limit, solve, numbers, solve.parameters, goal)
        except NotConverged as failure:
            unsolved = str(failure)
            continue
        count += 1
        for a in found:
            slowest, largest = min(slowest, a.order), max(largest, a.errors[-1])
            if a.order < limit.order - NEAR:
                return _false(limit, a, point)
    speed = f"order at least {slowest:.2f}" if math.isfinite(slowest) else "within rounding"
    smallest = limit.start / SHRINK ** (STEPS - 1)
    how = f"{count} points down to h = {smallest:.0e}: {speed}, largest distance {largest:.1e}"
    if unsolved or not count:
        return CheckResult(Outcome.UNKNOWN, f"{how}; without an answer: {unsolved or 'all'}")
    return CheckResult(Outcome.VERIFIED, how)


def _false(limit: Limit, a: Approach, point: Mapping[str, Any]) -> CheckResult:
    how = f"order {a.order:.2f} observed, {limit.order:g} claimed"
    text = (
        f"{a.observable} = {a.values[-1]:.10g} at the smallest h against {a.limit:.10g}, "
        f"from {told(point)}"
    )
    return CheckResult(Outcome.FALSE, how, text)
