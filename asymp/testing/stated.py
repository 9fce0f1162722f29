"""Claims of every stated theorem: that its equations have an answer, one, and a sensible one.

Where the theorem comes with a problem, it is compared with what the engine makes of it and with
the finite problem; where it comes with a simulator, with that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np

from asymp.errors import NotConverged, NotDerivable
from asymp.lowering.multiprecision import MpSystem, mp_system
from asymp.reductions.step import CheckResult, Outcome
from asymp.stated.unknowns import CARRIER
from asymp.testing.agreement import agreement
from asymp.testing.interpreted import fixed_point
from asymp.testing.laws import seed_of
from asymp.testing.numbers import told
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise

Claim = tuple[str, str, str, Callable[[], CheckResult]]
DIGITS = 40
ACCURATE = 1e-8  # residual in 40 digits; the solver's own is 1e-13, the rest is cancellation
SAME = 1e-6  # relative distance of two roots that are one, however ill-conditioned
STARTS = (1e-2, 1e2)  # the start is multiplied by these
LEVEL = 1e-3  # probability of rejecting a true theorem by its simulations


def stated_claims(theorem: Any, solve: Pointwise, points: int, simulated: int) -> Iterator[Claim]:
    """Kind, name, statement and check of each claim.

    Parameters
    ----------
    theorem : Theorem
    solve : Pointwise
    points, simulated : int
        At how many points the equations are solved, and how many are simulated.
    """

    def at(name: str) -> list[dict[str, float]]:
        return list(Sampler(solve).points(points, seed_of(name)))

    text = f"the solver finds a fixed point of the stated map, to {ACCURATE:.0e} in {DIGITS} digits"
    yield "solver", "fixed-point", text, lambda: check_residual(solve, at("fixed-point"))
    text = "the fixed point does not depend on where the iteration starts"
    yield "solver", "one-solution", text, lambda: check_starts(solve, at("one-solution"))
    text = "unknowns and observables lie in their domains"
    yield "solver", "domains", text, lambda: check_domains(solve, at("domains"))
    if theorem.problem is not None:
        text = "the stated theorem agrees with the one that the engine derives from the problem"
        yield "audit", "derived-from-problem", text, lambda: check_problem(theorem, solve, points)
    if theorem.simulation is not None:
        text = "the stated theorem agrees with the finite problem"
        yield (
            "simulation",
            "finite-problem",
            text,
            lambda: check_simulation(theorem, solve, simulated),
        )


def check_residual(solve: Pointwise, points: list[dict[str, float]]) -> CheckResult:
    """Evaluate the map in high precision at what the solver returns."""
    theorem = solve.theorem
    symbols = [p.symbol for p in theorem.parameters.values()]
    system = mp_system(theorem.branches, symbols, tuple(theorem.constants))
    worst, unsolved = 0.0, ""
    for point in points:
        try:
            residual = _residual(system, solve, point)
        except NotConverged as failure:
            unsolved = str(failure)
            continue
        worst = max(worst, residual)
        if not residual < ACCURATE:
            return CheckResult(
                Outcome.FALSE, f"residual in {DIGITS} digits, at most {ACCURATE:.0e} claimed",
                f"residual {residual:.1e} at {told(point)}: the formulas lose these digits",
            )  # fmt: skip
    how = f"{len(points)} points, largest residual {worst:.1e}"
    if unsolved:
        return CheckResult(Outcome.UNKNOWN, f"{how}; without an answer: {unsolved}")
    return CheckResult(Outcome.VERIFIED, how)


def _residual(system: MpSystem, solve: Pointwise, point: dict[str, float]) -> float:
    found = solve(**point)
    with mpmath.workdps(DIGITS):
        branch, vector = system.select({**point, **solve.constants})
        if branch < 0 or not system.lowered.sizes[branch]:
            return 0.0
        state = [mpmath.mpf(x) for x in state_of(solve, found)]
        image, _ = system.step(branch, vector, state)
        return max(float(abs(f / x - 1)) for f, x in zip(image, state, strict=True))


def state_of(solve: Pointwise, numbers: dict[str, float]) -> list[float]:
    """The positive state behind a theorem's answer; a signed unknown is carried by its exp."""
    names = [s.name for s in solve.theorem.system.state]
    return [
        numbers[n] if n in numbers else math.exp(numbers[n.removeprefix(CARRIER)]) for n in names
    ]


def check_starts(solve: Pointwise, points: list[dict[str, float]]) -> CheckResult:
    """Start again far below and far above; another fixed point leaves the claim undecided."""
    how = f"{len(points)} points, starts times {STARTS[0]:g} and {STARTS[1]:g}"
    for point in points:
        try:
            found = np.array(state_of(solve, solve(**point)))
        except NotConverged as failure:
            return CheckResult(Outcome.UNKNOWN, f"{how}; without an answer: {failure}")
        for other in _other_roots(solve, point):
            if np.max(np.abs(other / found - 1)) > SAME:
                first, second = (", ".join(f"{x:.6g}" for x in root) for root in (found, other))
                return CheckResult(
                    Outcome.UNKNOWN, "the equations alone do not say which solution is meant",
                    f"({first}) and ({second}) both solve them at {told(point)}",
                )  # fmt: skip
    return CheckResult(Outcome.VERIFIED, how)


def _other_roots(solve: Pointwise, point: dict[str, float]) -> Iterator[np.ndarray]:
    """Fixed points reached from other starts; starts from which none is reached do not count."""
    vector = [*(point[n] for n in solve.parameters), *solve.constants.values()]
    index, *guards = solve.plain.select(vector)
    size, start, update, _ = solve.plain.branches[int(index)]
    if not size:
        return
    known = [*vector, *guards]
    for factor in STARTS:
        root, residual = fixed_point(update, known, [factor * x for x in start(known)])
        if residual < 1e-9:  # differences leave Newton's method short of the compiled solver
            yield np.array(root)


def check_domains(solve: Pointwise, points: list[dict[str, float]]) -> CheckResult:
    """Compare every number with the domain that its quantity declares."""
    named = {**solve.theorem.order_parameters, **solve.theorem.observables}
    unsolved = ""
    for point in points:
        try:
            found = solve(**point)
        except NotConverged as failure:
            unsolved = str(failure)
            continue
        for name, quantity in named.items():
            value = found[name]
            if math.isfinite(value) and not bool(quantity.admits(value)):
                text = f"{name} = {value:.10g} is not in {quantity.domain} at {told(point)}"
                return CheckResult(Outcome.FALSE, f"{len(points)} points", text)
    if unsolved:
        return CheckResult(Outcome.UNKNOWN, f"without an answer: {unsolved}")
    return CheckResult(Outcome.VERIFIED, f"{len(points)} points")


def check_problem(theorem: Any, solve: Pointwise, count: int) -> CheckResult:
    """Derive the problem and compare."""
    try:
        derived = theorem.problem.derive(id="problem", title="the problem as derived")
    except NotDerivable as failure:
        return CheckResult(Outcome.UNKNOWN, f"the engine does not derive the problem: {failure}")
    mapping = theorem.simulation.parameters
    return agreement(solve, derived, parameters=mapping, points=count).result


def check_simulation(theorem: Any, solve: Pointwise, count: int) -> CheckResult:
    """Simulate at two sizes and judge the theory, allowing for finite-size bias."""
    from asymp.simulate import compare
    from asymp.simulate.stated import simulate_theorem

    how = theorem.simulation
    points = [dict(p) for p in how.at] or list(
        Sampler(solve).points(count, seed_of("finite-problem"))
    )
    made = 0
    for point in points:
        found = solve(**point)
        theory = {n: found[n] for n in theorem.observables}
        runs = [
            simulate_theorem(theorem, point, d=d, repeats=how.repeats, rng=0, progress=False)
            for d in how.sizes
        ]
        verdict = compare(theory, runs, level=LEVEL / len(points))
        made += len(verdict.comparisons)
        if not verdict.agrees:
            worst = max(verdict.disagreements, key=lambda c: abs(c.deviation))
            return CheckResult(
                Outcome.FALSE, f"d = {how.sizes}, {how.repeats} draws each, level {LEVEL:g}",
                f"{worst.observable}: simulated {worst.limit:.6g} +- {worst.limit_sem:.1g}, stated "
                f"{worst.theory:.6g}, {abs(worst.deviation):.1f} standard errors, {told(point)}",
            )  # fmt: skip
    text = f"{made} comparisons at {len(points)} points, d = {how.sizes}, level {LEVEL:g}"
    return CheckResult(Outcome.VERIFIED, text)
