r"""Functions on complex rectangles: what the body of an integrand calls off the real line.

Every rectangle stands for a set of points that meets the real line, on which the integrand is
given, and every value encloses the analytic continuation from there. A choice that depends on the
variable is therefore decided by real parts, which the continuation keeps; where the real parts
cannot decide, or a branch cut or a pole is met, :class:`NotAnalytic` is raised or a NaN returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import acb, arb

from asymp.balls.functions import Truth, lifted, upper_tail

Ball = Any

WIDE = arb("0.01")  # radius from which sharper and dearer enclosures pay
NEAR, TERMS = arb("0.5"), 24  # where the series of weight_gap is tried, and its terms


class NotAnalytic(ArithmeticError):
    """The rectangle may hold a kink, a jump or a branch point."""


def real_square(x: Ball) -> Ball:
    """Square of a real ball, which is not negative."""
    if x.contains(0):
        return arb(0).union(x.abs_upper() ** 2)
    return x * x if x.rad() < WIDE else monotone(lambda end: end * end, x)


def square(x: Ball) -> Ball:
    """Square of a rectangle, each part by itself."""
    if not isinstance(x, acb):
        return real_square(x)
    return acb(real_square(x.real) - real_square(x.imag), 2 * x.real * x.imag)


def power(x: Ball, n: int) -> Ball:
    """Whole power n >= 1 of a rectangle."""
    result = None
    for bit in bin(n)[2:]:
        result = x if result is None else square(result)
        if bit == "1" and result is not x:
            result = result * x
    return result


def exp(x: Ball) -> Ball:
    """Exponential; on a wide real part from its ends."""
    if x.real.rad() < WIDE:
        return x.exp()
    return monotone(arb.exp, x.real) * acb(0, x.imag).exp()


def monotone(function: Callable[[Ball], Ball], x: Ball) -> Ball:
    """Enclosure of an increasing or decreasing function from the ends of a real ball."""
    return function(x.lower()).union(function(x.upper()))


def sigmoid(x: Ball) -> Ball:
    r"""Logistic function; on wide rectangles with :math:`|\mathrm{Im}|\le\pi/2` from the corners.

    There :math:`\mathrm{Re}\,\sigma(x+iy)=\frac{e^x+\cos y}{2(\cosh x+\cos y)}` increases with x
    and is monotone in :math:`\cos y`, and
    :math:`\mathrm{Im}\,\sigma=\frac{\sin y}{2(\cosh x+\cos y)}` increases with :math:`|y|` and
    decreases with :math:`|x|`.
    """
    height = x.imag.abs_upper()
    if max(x.real.rad(), height) < WIDE or not height < arb.pi() / 2:
        return _sigmoid_directly(x)
    lowest = min(
        (_real_part(x.real.lower(), y).lower() for y in (arb(0), height)), key=lambda b: b.mid()
    )
    highest = max(
        (_real_part(x.real.upper(), y).upper() for y in (arb(0), height)), key=lambda b: b.mid()
    )
    near = x.real.abs_lower()
    tallest = height.sin() / (2 * (near.cosh() + height.cos()))
    return acb(lowest.union(highest), arb(0, tallest.abs_upper()))


def _real_part(x: Ball, y: Ball) -> Ball:
    """Real part of the logistic function at a point, by exponentials that stay small."""
    small, cosine = (-abs(x)).exp(), y.cos()
    top = small * (small + cosine) if x < 0 else 1 + small * cosine
    return top / (1 + 2 * small * cosine + small * small)


def _sigmoid_directly(x: Ball) -> Ball:
    if x.real > 0:
        return 1 / (1 + (-x).exp())
    e = x.exp()
    return e / (1 + e)


def tanh(x: Ball) -> Ball:
    """Hyperbolic tangent by the logistic function, whose enclosure of rectangles is sharp."""
    return 2 * sigmoid(2 * x) - 1


def softplus(x: Ball) -> Ball:
    """Primitive function of the logistic function, by the mean value on wide rectangles."""
    height = x.imag.abs_upper()
    if max(x.real.rad(), height) < WIDE or not height < arb.pi() / 2:
        return (1 + x.exp()).log(analytic=True)
    middle = arb(x.real.mid())
    value = (-abs(middle)).exp().log1p() + middle.max(arb(0))
    return value + sigmoid(x) * acb(arb(0, x.real.rad()), arb(0, height))


def weight_gap(pull: Ball, depth: Ball) -> Ball:
    r"""What a weight adds to a divergence; near one by the series of :math:`e^y-1-y`."""
    y = (1 + pull).log(analytic=True) - depth
    far = exp(y) - 1 - y
    size = abs(y).upper()
    if not size < NEAR:
        return far
    series, term = acb(0), square(y)
    for k in range(2, TERMS):
        term = term / k
        series, term = series + term, term * y
    rest = (size**TERMS).abs_upper()  # the quotients k! and 1/(1 - size) are left out and below 1
    near = series + acb(arb(0, rest), arb(0, rest))
    return near if near.real.rad() < far.real.rad() else far


def central2(a: Ball) -> Ball:
    """Truncated second moment."""
    density = exp(-square(a) / 2) / (2 * arb.pi()).sqrt()
    return (a / arb(2).sqrt()).erf() / 2 - a * density


def excess1(a: Ball) -> Ball:
    """Mean excess of a normal variable."""
    density = exp(-square(a) / 2) / (2 * arb.pi()).sqrt()
    return density - a * upper_tail(a)


def excess2(a: Ball) -> Ball:
    """Mean squared excess."""
    density = exp(-square(a) / 2) / (2 * arb.pi()).sqrt()
    return (1 + square(a)) * upper_tail(a) - a * density


def less(a: Ball, b: Ball) -> Truth:
    """Whether a < b on the real points."""
    x, y = a.real, b.real
    if x < y or x >= y:
        return bool(x < y)
    raise NotAnalytic


def at_most(a: Ball, b: Ball) -> Truth:
    """Whether a <= b on the real points."""
    x, y = a.real, b.real
    if x <= y or x > y:
        return bool(x <= y)
    raise NotAnalytic


def equal(a: Ball, b: Ball) -> Truth:
    """Whether a = b on the real points: an analytic condition holds nowhere or is refused."""
    if a.real.overlaps(b.real):
        raise NotAnalytic
    return False


def maximum(a: Ball, b: Ball) -> Ball:
    """The larger one on the real points."""
    return b if less(a, b) else a


def minimum(a: Ball, b: Ball) -> Ball:
    """The smaller one on the real points."""
    return a if less(a, b) else b


def sign(x: Ball) -> Ball:
    """Sign on the real points, where it is constant."""
    return arb(-1) if less(x, arb(0)) else arb(1)


def heaviside(x: Ball) -> Ball:
    """Step function where it is constant."""
    return (1 + sign(x)) / 2


def absolute(x: Ball) -> Ball:
    """Absolute value where its argument keeps its sign."""
    return x * sign(x)


def refuse(*_: Ball) -> Ball:
    """No continuation is known."""
    raise NotAnalytic


def complex_functions() -> Mapping[str, Any]:
    """Every name that printed programs may call, on rectangles; real arguments stay real."""
    known: dict[str, Any] = {
        name: lambda x, name=name: getattr(x, name)()
        for name in ("sin", "cos", "tan", "sinh", "cosh", "erf", "erfc", "gamma")
    }
    known |= {
        "log": lambda x: x.log(analytic=True),
        "sqrt": lambda x: x.sqrt(analytic=True),
    }
    own = (
        exp, sigmoid, tanh, softplus, weight_gap, upper_tail, central2, excess1, excess2, less,
        at_most, equal, maximum, minimum, sign, heaviside, absolute,
    )  # fmt: skip
    known |= {function.__name__: function for function in own}
    # A choice is made as on real balls: what is undecided here does not depend on the variable.
    return lifted(acb, known, refuse) | {"power": power}
