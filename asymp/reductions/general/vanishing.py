"""What the rules for a vanishing strength and for vanishing noise share."""

from __future__ import annotations

import mpmath
import sympy as sp

from asymp.calculus.truncated_moment import TruncatedMoment
from asymp.reductions.evaluate import Values, evaluate, evaluate_in_order
from asymp.reductions.step import CheckResult, Outcome
from asymp.reductions.system import FixedPoint
from asymp.symbols import POSITIVE, letter

SMALL = sp.Symbol("p", positive=True)
ALPHA_C = letter("alpha_c", POSITIVE)
TINY = 1e-20  # how small what vanishes is where limits are checked


def limit_of(value: sp.Expr, power: int = 0) -> sp.Expr:
    """Limit of ``value / p**power`` as p vanishes, the ends of truncated moments first.

    Exact to leading order: an end that tends to zero or infinity leaves a moment that is constant.
    """
    scaled = sp.powdenest(value, force=True)
    nodes = scaled.atoms(TruncatedMoment)
    ends = {n: n.func(n.args[0], sp.limit(n.args[1], SMALL, 0, "+")) for n in nodes}
    explicit = sp.expand(scaled.xreplace(ends) / SMALL**power)
    return sp.limit(explicit, SMALL, 0, "+")


def tidy(value: sp.Expr) -> sp.Expr:
    """Coefficients of the truncated moments collected and cancelled."""
    nodes = sorted(value.atoms(TruncatedMoment), key=str)
    if not nodes:
        return sp.factor(value)
    collected = sp.collect(sp.expand(value), nodes, evaluate=False)
    return sp.Add(*(node * sp.factor(sp.simplify(c)) for node, c in collected.items()))


def image(system: FixedPoint, values: Values) -> list[mpmath.mpf]:
    """The map in the current mpmath precision."""
    known = evaluate_in_order(system.definitions, values)
    return [evaluate(f, known) for f in system.update]


def judged(worst: mpmath.mpf, how: str, tolerance: float = 1e-15) -> CheckResult:
    """Verified where the deviation is of the order of what is tiny."""
    return CheckResult(Outcome.VERIFIED if worst < tolerance else Outcome.FALSE, how)
