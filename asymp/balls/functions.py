r"""Functions on real balls: what a program printed by :mod:`asymp.balls.printer` calls.

Each returns a ball that contains the function's value at every point of its arguments. Conditions
are three-valued: True or False where every point agrees, None where the balls cannot tell; a
choice that cannot be made gives the union of what may be chosen. For a continuous function that is
an enclosure, and the union of the pieces' derivatives encloses all its difference quotients. A
function that may jump has no such derivative: ``decided`` takes the place of a choice in it.

Arguments outside a function's domain give NaN, those of a ball that reaches out of it as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from flint import acb, arb, ctx

from asymp.balls.ends import from_zero, hull
from asymp.balls.excess import excess1, excess2

Ball = Any
Truth = bool | None

METHODS = (
    "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf",
    "erfc", "gamma", "lgamma",
)  # fmt: skip
_TINY = arb("1e-300")  # as asymp.special.marchenko_pastur: values at zero are limits from the right
SLIVER = arb(2) ** -28  # radii are rounded upwards to 30 bits
_SERIES_BELOW = arb("0.125")
_SERIES_TERMS = 100


def power(x: Ball, n: int) -> Ball:
    """Whole power n >= 1, also of balls that contain zero."""
    result = x
    for bit in bin(n)[3:]:
        result = result * result
        if bit == "1":
            result = result * x
    return result


def sqrt(x: Ball) -> Ball:
    """Square root, NaN where a part of the ball is negative."""
    return x.sqrt() if x > 0 else _nonnegative(x).sqrt()


def _nonnegative(x: Ball) -> Ball:
    """The ball, of which no more may be negative than the rounding of its radius; else NaN."""
    low, high = x.lower(), x.upper()
    return low.max(arb(0)).union(high).nonnegative_part() if low >= -high * SLIVER else arb.nan()


def less(a: Ball, b: Ball) -> Truth:
    """Whether a < b."""
    return True if a < b else (False if a >= b else None)


def at_most(a: Ball, b: Ball) -> Truth:
    """Whether a <= b."""
    return True if a <= b else (False if a > b else None)


def equal(a: Ball, b: Ball) -> Truth:
    """Whether a = b: only exact balls can be equal."""
    return True if a == b else (None if a.overlaps(b) else False)


def negation(a: Truth) -> Truth:
    """Three-valued not."""
    return None if a is None else not a


def conjunction(*parts: Callable[[], Truth]) -> Truth:
    """Three-valued and; later parts are computed only if no earlier one is False."""
    known: Truth = True
    for part in parts:
        value = part()
        if value is False:
            return False
        known = None if value is None else known
    return known


def disjunction(*parts: Callable[[], Truth]) -> Truth:
    """Three-valued or; later parts are computed only if no earlier one is True."""
    return negation(conjunction(*(lambda p=p: negation(p()) for p in parts)))


def choose(*pairs: tuple[Callable[[], Truth], Callable[[], Ball]]) -> Ball:
    """Value of the first pair whose condition holds, or the union of those that may be it."""
    possible = []
    for condition, value in pairs:
        holds = condition()
        if holds is not False:
            possible.append(value())
        if holds:
            return union(possible)
    return arb.nan()


def decided(*pairs: tuple[Callable[[], Truth], Callable[[], Ball]]) -> Ball:
    """Value of the first pair whose condition holds; NaN if the balls cannot tell which."""
    for condition, value in pairs:
        holds = condition()
        if holds is not False:
            return value() if holds else arb.nan()
    return arb.nan()


def union(balls: list[Ball]) -> Ball:
    """Ball around all, complex if one of them is."""
    alike = list(map(acb, balls)) if any(isinstance(b, acb) for b in balls) else balls
    result = alike[0]
    for ball in alike[1:]:
        result = result.union(ball)
    return result


def sign(x: Ball) -> Ball:
    """Sign, the whole of [-1, 1] where zero is inside."""
    if x.contains(0):
        return arb(0) if x == 0 else arb(0, 1) if x.is_finite() else arb.nan()
    return arb(1) if x > 0 else arb(-1)


def heaviside(x: Ball) -> Ball:
    """Step function with the value 1/2 at zero."""
    return (1 + sign(x)) / 2


def central2(a: Ball) -> Ball:
    r"""Truncated moment :math:`\int_0^a z^2\varphi(z)\,dz`, increasing in a."""
    if abs(a) < _SERIES_BELOW:
        return _central2_series(a)
    root = arb(2).sqrt()
    density = (-a * a / 2).exp() / (2 * arb.pi()).sqrt()
    return (a / root).erf() / 2 - a * density


def _central2_series(a: Ball) -> Ball:
    r"""Positive terms :math:`\varphi(a)\sum_k a^{2k+1}/(2k+1)!!`, each quotient below a²/5."""
    square = a * a
    term = square * a / 3
    total, odd, small = term, 3, arb(2) ** (-ctx.prec - 10)
    for _ in range(_SERIES_TERMS):
        odd += 2
        term = term * square / odd
        total = total + term
        if term.abs_upper() < total.abs_lower() * small:
            break
    rest = term.abs_upper()  # quotients are below 1/64 for |a| < 1/8: the rest is below the term
    return (total + arb(0, rest)) * (-square / 2).exp() / (2 * arb.pi()).sqrt()


def upper_tail(a: Ball) -> Ball:
    r"""Upper tail :math:`\int_a^\infty\varphi`, of complex arguments as well."""
    return (a / arb(2).sqrt()).erfc() / 2


def central_quantile(p: Ball) -> Ball:
    r"""Point :math:`\sqrt2\,\mathrm{erf}^{-1}(p)`."""
    return arb(2).sqrt() * p.erfinv() if p < 1 else arb.nan()


def sigmoid(x: Ball) -> Ball:
    """Logistic function, by the exponential that stays small."""
    if x > 0:
        return 1 / (1 + (-x).exp())
    e = x.exp()
    return e / (1 + e)


def softplus(x: Ball) -> Ball:
    """Primitive function of the logistic function."""
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


def weight_gap(pull: Ball, depth: Ball) -> Ball:
    r"""What a weight adds to a divergence: :math:`e^y-1-y` for :math:`y=\log(1+p)-b`.

    It falls to zero at y = 0 and rises from there.
    """
    y = pull.log1p() - depth
    if not y.is_finite():
        return arb.nan()
    ends = [_exp_gap(end) for end in (y.lower(), y.upper())]
    return from_zero(ends[0].max(ends[1])) if y.contains(0) else hull(*ends)


def _exp_gap(end: Ball) -> Ball:
    """Value at an exact number, with the bits to spare that the difference loses."""
    if end == 0:
        return arb(0)
    lost = max(0, -2 * math.frexp(float(end))[1])
    with ctx.workprec(ctx.prec + min(lost, 4 * ctx.prec) + 10):
        value = end.expm1() - end
    return value.nonnegative_part()


def _from_the_right(x: Ball) -> Ball:
    """The argument; an exact zero stands for the limit of small positive arguments."""
    return x if x > 0 else (_TINY.union(arb(0)) if x == 0 else _nonnegative(x))


def _discriminant(x: Ball, ratio: Ball, factor: Ball) -> Ball:
    """Root of (x + 1 - ratio)^2 + 4 factor x, a sum of nonnegative terms."""
    b = x + (1 - ratio)
    return _sum_root(b * b + 4 * factor * x)


def _sum_root(x: Ball) -> Ball:
    """Root of a sum of terms that are not negative, whatever their balls say."""
    return (x if x > 0 else x.nonnegative_part()).sqrt()


def mp_full(x: Ball, ratio: Ball) -> Ball:
    r"""Marchenko-Pastur average of :math:`t/(t+x)`."""
    x = _from_the_right(x)
    return 2 / (x + 1 + ratio + _discriminant(x, ratio, ratio))


def mp_empty(x: Ball, ratio: Ball) -> Ball:
    r"""Marchenko-Pastur average of :math:`x/(t+x)`; both forms are the same positive root."""
    x = _from_the_right(x)
    b, root = x + (1 - ratio), _discriminant(x, ratio, ratio)
    return 2 * x / (b + root) if b.mid() > 0 else (root - b) / (2 * ratio)


def mp_dual_empty(x: Ball, ratio: Ball) -> Ball:
    """The same for the dual law."""
    x = _from_the_right(x)
    b = x + (ratio - 1)
    root = _sum_root(b * b + 4 * x)
    return 2 * x / (b + root) if b.mid() > 0 else (root - b) / 2


def functions() -> Mapping[str, Any]:
    """Every name that printed programs may call on real balls."""
    # Averages of the logistic function are enclosed on rectangles, which build on this module.
    from asymp.balls.logistic import LogisticNormal

    own = (
        power, sqrt, less, at_most, equal, negation, conjunction, disjunction, choose,
        decided, sign, heaviside, central2, upper_tail, excess1, excess2, central_quantile,
        sigmoid, softplus, weight_gap, mp_full, mp_empty, mp_dual_empty,
    )  # fmt: skip
    named: dict[str, Any] = {name: _method(name) for name in METHODS}
    named |= {function.__name__: function for function in own}
    named["logistic_normal"] = LogisticNormal()
    return named | {"maximum": arb.max, "minimum": arb.min, "absolute": abs}


def lifted(
    kind: type, known: Mapping[str, Callable[..., Any]], refuse: Callable[..., Any]
) -> dict[str, Any]:
    """Every name that printed programs may call, on one more kind of argument.

    Parameters
    ----------
    kind : type
    known : mapping of str to callable
        What to call where an argument is of that kind; elsewhere the function of real balls is.
    refuse : callable
        Called for names without a rule.
    """
    return {name: _mixed(kind, f, known.get(name, refuse)) for name, f in functions().items()}


def _mixed(kind: type, real: Callable[..., Any], other: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any) -> Any:
        return other(*args) if any(isinstance(a, kind) for a in args) else real(*args)

    return function


def _method(name: str) -> Callable[[Ball], Ball]:
    return lambda x: getattr(x, name)()
