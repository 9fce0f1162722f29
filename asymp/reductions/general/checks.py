"""Checks of the general steps: each compares with something that the step did not use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from asymp.calculus.floats import float_function, float_panel
from asymp.problem.features import RandomFeatures
from asymp.problem.labels import GaussianMixture, LogitLabels
from asymp.problem.losses import RESIDUAL
from asymp.problem.noise import StudentNoise
from asymp.reductions import evaluate as multiprecision
from asymp.reductions.checking import all_of
from asymp.reductions.general.ambiguity import WALL, WEIGHT_SCALE
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.letters import M_POSITIVE, Q_PERP, E
from asymp.reductions.statements import BUDGET, FIELD, Letters
from asymp.reductions.step import CheckResult, Outcome
from asymp.reductions.system import Branch, Definition

Values = dict[sp.Symbol, float]
STEP = 1 / 256  # fourth-order differences then err by about 1e-9
TOLERANCE = 1e-6  # the differences' own error, at scales of order one


def normal(z: float) -> float:
    """Density of the standard Gaussian."""
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def evaluate(expression: sp.Expr, values: Mapping[sp.Symbol, float]) -> float:
    """Value of an expression in double precision."""
    symbols = sorted(expression.free_symbols, key=str)
    return float(float_function(symbols, expression)(*(values[s] for s in symbols)))


def evaluate_in_order(definitions: Iterable[Definition], values: Values) -> Values:
    """Values of the definitions added to those already known."""
    return multiprecision.evaluate_in_order(definitions, values, evaluate)


def is_linear(found: Assembled) -> bool:
    """Whether the model is linear in what is perturbed."""
    return not isinstance(found.output.model.robust.problem.features, RandomFeatures)


def verdict(gap: float, tolerance: float, how: str, where: str = "") -> CheckResult:
    """Verified within the tolerance, else false."""
    text = f"{how}, deviation {gap:.1e}"
    good = gap <= tolerance
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, text, "" if good else where)


def sample(found: Assembled, seed: int) -> Values:
    """Admissible values of parameters, state and conjugates."""
    rng = np.random.default_rng(seed)
    problem = found.output.model.robust.problem
    values: Values = {}
    for parameter in problem.parameters.values():
        high = min(1.4, float(parameter.domain.end))
        low = max(0.3, float(parameter.domain.start))
        values[parameter.symbol] = float(rng.uniform(low, 0.9 * high + 0.1 * low))
    if isinstance(problem.noise, StudentNoise):  # F itself must be finite
        values[problem.noise.parameters[1].symbol] += 2.5
    for symbol, constant in found.output.model.constants.items():
        values[symbol] = float(constant)
    letters = {*found.state, *found.output.conjugates, Letters.q_hat, Letters.V_hat, Letters.m_hat}
    letters |= {WEIGHT_SCALE} if found.output.ambiguity else set()
    for symbol in sorted(letters, key=str):
        values[symbol] = float(rng.uniform(0.4, 1.3))
    return with_budget(found, values)


def with_budget(found: Assembled, values: Values) -> Values:
    """Add what is composed of the state: the budget, and q."""
    composed = [d for d in found.definitions if d.symbol in (BUDGET, Letters.q)]
    return evaluate_in_order(composed, values)


def budget(found: Assembled) -> CheckResult:
    """Brute-force maximum over arguments within the budget."""
    output, problem = found.output, found.output.model.robust.problem
    others = [p.symbol for p in problem.loss.parameters]
    plain = problem.loss.expression
    if output.is_margin and problem.loss.variable == RESIDUAL:
        plain = plain.subs(RESIDUAL, 1 - output.argument)
    f = sp.lambdify([output.argument, *others], plain, "numpy")
    within = output.loss if output.ambiguity is None else output.ambiguity.loss
    robust = float_function([output.argument, BUDGET, *others], within)
    rng, worst = np.random.default_rng(0), 0.0
    for _ in range(40):
        a, e = rng.normal(0, 2), rng.uniform(0, 2)
        rest = rng.uniform(0.3, 0.9, len(others))
        moved = np.linspace(a - e, a + e, 2001)
        best = float(np.max(f(moved, *rest) * np.ones_like(moved)))
        worst = max(worst, abs(best - float(robust(a, e, *rest))) / max(1.0, abs(best)))
    return verdict(worst, 1e-12, "brute-force maximum over 2001 arguments, 40 points")


def convexity(found: Assembled) -> CheckResult:
    """Chords of the loss, and of the penalty where it is separable, lie above it."""
    results = [_chords(found.output.loss, found.output.argument, "the loss")]
    penalty = getattr(found.input, "penalty", None)
    if penalty is not None and penalty != 0:
        results.append(_chords(penalty, sp.Symbol("w", real=True), "the penalty"))
    return all_of(*results)


def _chords(function: sp.Expr, variable: sp.Symbol, name: str) -> CheckResult:
    others = sorted(function.free_symbols - {variable}, key=str)
    f = float_function([variable, *others], function)
    rng, worst = np.random.default_rng(1), 0.0
    for _ in range(60):
        rest = rng.uniform(0.3, 0.9, len(others))
        a, b = rng.normal(0, 3, 2)
        middle, mean = f((a + b) / 2, *rest), (f(a, *rest) + f(b, *rest)) / 2
        if math.isfinite(mean):  # beyond a wall every chord is infinite
            worst = max(worst, float((middle - mean) / max(1, abs(mean))))
    return verdict(worst, 1e-12, f"chords of {name} at 60 random pairs")


def field_law(found: Assembled) -> CheckResult:
    """Total mass one; for labels of a teacher also the joint law against a double integral."""
    values = sample(found, 2)
    fields = found.output.fields
    mass = sp.Add(*(f.outer(f.weight) for f in fields))
    gap = abs(float(evaluate(sp.sympify(mass), values)) - 1)
    results = [verdict(gap, 1e-9, "total weight of the components")]
    problem = found.output.model.robust.problem
    if found.output.is_margin and not isinstance(problem.labels, GaussianMixture):
        results.append(_teacher_labels(found, values))
    return all_of(*results)


def _teacher_labels(found: Assembled, values: Values) -> CheckResult:
    r"""E[y u] over the joint Gaussian law of (h, u) against the tilted law's mean."""
    problem, field = found.output.model.robust.problem, found.output.fields[0]
    rho, m, q = (values[s] for s in (found.input.rho, M_POSITIVE, Letters.q))
    symbols = sorted(field.tilt.free_symbols - {FIELD}, key=str)
    tilt = float_function([FIELD, *symbols], field.tilt)
    rest = [values[s] for s in symbols]
    sd = math.sqrt(q)
    tilted = float_panel(
        lambda w: w * tilt(w, *rest) * normal(w / sd) / sd, -math.inf, math.inf, 0, sd, 0
    )
    # y depends on u only through h, and E[u | h] = m h / rho.
    top = math.sqrt(rho)
    latent = [values[p.symbol] for p in problem.labels.parameters] or [0.0]

    def chance(h: float) -> float:
        """Mean label given the teacher's field."""
        if isinstance(problem.labels, LogitLabels):
            return math.tanh(h / 2)
        return math.erf(h / latent[0] / math.sqrt(2)) if latent[0] else math.copysign(1, h)

    direct = float_panel(
        lambda h: m * h / rho * chance(h) * normal(h / top) / top,
        -math.inf, math.inf, 0, top, 0,
    )  # fmt: skip
    gap = abs(float(tilted / direct - 1))
    return verdict(gap, 1e-9, "mean margin against the integral over the teacher's field")


def proximal(found: Assembled) -> CheckResult:
    """The proximal point beats a search around it."""
    output = found.output
    others = sorted(output.loss.free_symbols - {output.argument}, key=str)
    loss = float_function([output.argument, *others], output.loss)
    rng, worst = np.random.default_rng(3), 0.0
    for _ in range(25):
        values = {s: float(rng.uniform(0.3, 0.9)) for s in others}
        w, scale = float(rng.normal(0, 2)), float(rng.uniform(0.2, 2))
        values |= {FIELD: w, Letters.V: scale}
        rest = [values[s] for s in others]

        def energy(u: Any, w: Any = w, scale: Any = scale, rest: list[Any] = rest) -> Any:
            return loss(u, *rest) + (u - w) ** 2 / (2 * scale)

        point = _point(found, values)
        steps = [float(10) ** (-k / 3) for k in range(24)]
        best = min(energy(point + sign * h) for h in steps for sign in (1, -1))
        worst = max(worst, float(energy(point) - best))
    return verdict(worst, 1e-13, "proximal point against a search on every scale, 25 points")


def _point(found: Assembled, values: Values) -> float:
    """Proximal point of the section that holds the field."""
    for section in found.output.sections:
        high = section.high
        if high is sp.oo or values[FIELD] <= evaluate(high, values):
            return evaluate(section.point, values)
    raise AssertionError("the sections cover the line")


def slope(function: Callable[[Any], Any], x: Any) -> Any:
    """Fourth-order central difference."""
    h = STEP * x
    outer, inner = function(x + 2 * h) - function(x - 2 * h), function(x + h) - function(x - h)
    return (8 * inner - outer) / (12 * h)


def conjugates(found: Assembled) -> CheckResult:
    r"""Conjugates against differences of F itself, m and q varied each on its own."""
    output, values = found.output, sample(found, 4)
    value = output.value
    symbols = sorted(value.free_symbols, key=str)
    function = float_function(symbols, value)

    def at(changes: Mapping[sp.Symbol, Any]) -> Any:
        now = with_budget(found, {**values, **changes})
        return function(*(now[s] for s in symbols))

    worst, where = 0.0, ""
    for letter, expression in output.conjugates.items():
        claim = evaluate(expression, values)
        truth = _difference(found, letter, values, at)
        gap = float(abs(claim - truth) / max(1, abs(truth)))
        if gap > worst:
            worst, where = gap, f"{letter}: {claim:.12g} against {truth:.12g}"
    return verdict(worst, TOLERANCE, "conjugates against differences of F", where)


def _difference(found: Assembled, letter: sp.Symbol, values: Values, at: Callable[..., Any]) -> Any:
    """The derivative of F that a conjugate is."""
    x, rho = Letters, found.input.rho
    if letter == x.q_hat:
        return -2 * slope(lambda v: at({x.V: v}), values[x.V])
    if letter == x.V_hat:
        coordinate = next(s for s in (E, Q_PERP, x.q) if s in found.state)
        return 2 * slope(lambda v: at({coordinate: v}), values[coordinate])
    if letter == x.m_hat:
        m, q = values[M_POSITIVE], values[x.q]
        if Q_PERP not in found.state:
            return -slope(lambda v: at({M_POSITIVE: v}), m)
        rho = values[rho]
        return -slope(lambda v: at({M_POSITIVE: v, Q_PERP: q - v**2 / rho}), m)
    seminorm = next(s for s in found.output.seminorms if s.conjugate == letter)
    factor = 2 if seminorm.matrix is not None else 1

    def at_seminorm(v: Any) -> Any:
        return at({seminorm.letter: v, **_wall(found, {**values, seminorm.letter: v}, values)})

    return factor * slope(at_seminorm, values[seminorm.letter])


def _wall(found: Assembled, changed: Values, values: Values) -> Values:
    """The wall that leaves the worst loss what it was, to first order in the budget."""
    ambiguity = found.output.ambiguity
    if ambiguity is None:
        return {}
    top = ambiguity.top
    rate = evaluate(-top.diff(BUDGET) / top.diff(WALL), values)
    moved = with_budget(found, changed)[BUDGET] - values[BUDGET]
    return {WALL: values[WALL] + rate * moved}


def coordinates(found: Assembled) -> CheckResult:
    """V, q and m against differences of the input channel."""
    channel, values, x = found.input, sample(found, 5), Letters
    at_signal = {x.m_hat: values[x.V_hat]} if not found.output.is_margin else {}
    values |= at_signal
    closed = channel.close(channel.value)
    if hasattr(channel, "signal"):
        closed = closed.subs(channel.signal, x.m_hat) if channel.signal == x.m_hat else closed
    names = {"V": (x.q_hat, -2), "q": (x.V_hat, 2), "m": (x.m_hat, -1)}
    if not found.output.is_margin:
        names = {"V": (x.q_hat, -2)}
    worst, where = 0.0, ""
    for name, (conjugate, factor) in names.items():
        claim = _closed(found, channel.coordinate(name), values)

        def moved(v: Any, conjugate: sp.Symbol = conjugate) -> Any:
            return _closed(found, closed, {**values, conjugate: v})

        truth = factor * slope(moved, values[conjugate])
        gap = float(abs(claim - truth) / max(1, abs(truth)))
        if gap > worst:
            worst, where = gap, f"{name}: {claim:.12g} against {truth:.12g}"
    return verdict(worst, TOLERANCE, "order parameters against differences of I", where)


def _closed(found: Assembled, expression: sp.Expr, values: Values) -> Any:
    known = evaluate_in_order(found.input.definitions, values)
    return evaluate(expression, known)


def positive_forms(found: Assembled) -> CheckResult:
    r"""The positive forms equal :math:`\rho-2m+q` and :math:`q-m^2/\rho`."""
    channel, values = found.input, sample(found, 6)
    if not found.output.is_margin:
        values[Letters.m_hat] = values[Letters.V_hat]
    rho = values[channel.rho]
    m, q = (_closed(found, channel.coordinate(n), values) for n in ("m", "q"))
    if not found.output.is_margin:
        claim, truth = _closed(found, channel.coordinate("E"), values), rho - 2 * m + q
    elif Q_PERP in found.state:
        claim = _closed(found, channel.coordinate("q_perp"), {**values, M_POSITIVE: m})
        truth = q - m**2 / rho
    else:
        return CheckResult(Outcome.PROVED, "the state holds m and q themselves")
    gap = float(abs(claim - truth) / max(1, abs(truth)))
    return verdict(gap, 1e-9, "the form without cancellation against the plain one")


def existence(found: Assembled, branch: Branch) -> CheckResult:
    """The least violation is below that at nearby overlaps; for counting nothing is to check."""
    if len(branch.guards) == 1:
        return CheckResult(Outcome.PROVED, "a count of dimensions and samples")
    from asymp.reductions.general.existence import OVERLAP, field_misfit, teacher_separates

    if teacher_separates(found):
        return CheckResult(Outcome.PROVED, "the labels are signs of the teacher's own field")

    values = sample(found, 7)
    least = evaluate_in_order(branch.guards[1:], values)[branch.guards[-1].symbol]
    misfit = field_misfit(found)
    overlaps = np.linspace(0, 6, 13)
    near = [evaluate(misfit, {**values, OVERLAP: float(t)}) for t in overlaps]
    best = int(np.argmin(near))
    low, high = overlaps[max(best - 1, 0)], overlaps[min(best + 1, len(overlaps) - 1)]
    for _ in range(22):  # golden sections around the best
        thirds = [high - 0.618034 * (high - low), low + 0.618034 * (high - low)]
        left, right = (evaluate(misfit, {**values, OVERLAP: float(t)}) for t in thirds)
        low, high = (low, thirds[1]) if left < right else (thirds[0], high)
    gap = abs(least - min(left, right)) / max(1.0, least)
    return verdict(gap, 1e-9, "least violation against a search over the law of the field")
