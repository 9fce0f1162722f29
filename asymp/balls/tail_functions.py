"""Functions on tails: what the body of an integrand calls far out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from flint import arb

from asymp.balls.ends import UNIT, hull
from asymp.balls.functions import Truth, functions, lifted
from asymp.balls.tail import CONSTANT, SQUARE, Tail, Unbounded, mixture, tail_of

Ball = Any
SIGNS = arb(0, 1)


def exp(v: Tail) -> Tail:
    """Exponential: a negative quadratic part becomes decay, else the exponent is bounded."""
    if v.decay == 0 and max(v.terms) == SQUARE:
        constant, decay = arb(0), arb(0)
        for p, c in v.terms.items():
            if p == SQUARE:
                decay -= c.upper()
            elif p > 0:  # y^p is at most R^(p - 2) y^2
                decay -= c.upper().max(arb(0)) * v.at_start(p - 2)
            else:
                constant += c.upper() if p == 0 else c.upper().max(arb(0)) * v.at_start(p)
        if decay > 0:
            return Tail({CONSTANT: UNIT * constant.upper().exp()}, decay.lower(), v.start)
    low, high = v.range()
    return v.between(low.exp() if low.is_finite() else arb(0), high.exp())


def monotone(function: Callable[[Ball], Ball], least: float, most: float) -> Callable[[Tail], Tail]:
    """Rule of a monotone function with its limits at both infinities."""

    def rule(v: Tail) -> Tail:
        low, high = v.range()
        first = function(low) if low.is_finite() else arb(least)
        last = function(high) if high.is_finite() else arb(most)
        return v.between(first, last)

    return rule


def sqrt(v: Tail) -> Tail:
    """Square root: of the leading power, or at most 1 + v."""
    leading, (least, most) = v.shape()
    if leading > 0 and v.decay == 0 and least > 0:
        return v.power(leading / 2, hull(least.sqrt().lower(), most.sqrt().upper()))
    low, high = v.range()
    if not low >= 0:
        raise Unbounded
    return v.between(low.sqrt(), high.sqrt()) if high.is_finite() else (v + 1) * UNIT


def log(v: Tail) -> Tail:
    """Logarithm: between that of the least value and v."""
    low, high = v.range()
    if not low > 0:
        raise Unbounded
    least = low.log().min(arb(0))
    return v.between(low.log(), high.log()) if high.is_finite() else v * UNIT + UNIT * least


def softplus(v: Tail) -> Tail:
    """Softplus: the positive part and at most log 2."""
    return v * UNIT + UNIT * arb(2).log()


def weight_gap(pull: Any, depth: Any) -> Any:
    r"""What a weight adds to a divergence: between zero and :math:`(1+p)e^{-b}+b`, if p >= 0."""
    like = tail_of(pull, depth)
    pull, depth = like.lifted(pull), like.lifted(depth)
    (least, _), (shallow, deep) = pull.range(), depth.range()
    if not (least >= 0 and deep.is_finite() and shallow.is_finite()):
        raise Unbounded
    return ((pull + 1) * (-shallow).exp() + deep.max(arb(0))) * UNIT


def power(v: Any, n: int) -> Any:
    """Whole power n >= 1; of a positive constant from its ends, which keeps the sign."""
    if isinstance(v, Tail) and v.constant:
        low, high = v.range()
        if low >= 0:
            return v.between(low**n, high**n)
    result = v
    for _ in range(n - 1):
        result = result * v
    return result


def less(a: Any, b: Any) -> Truth:
    """Whether a < b on the whole half-line, or nowhere."""
    low, high = (a - b).range()
    return True if high < 0 else (False if low >= 0 else None)


def equal(a: Any, b: Any) -> Truth:
    """Only known to fail."""
    return None if less(a, b) is None else False


def maximum(a: Any, b: Any) -> Any:
    """The larger one."""
    known = less(a, b)
    return mixture(a, b) if known is None else (b if known else a)


def minimum(a: Any, b: Any) -> Any:
    """The smaller one."""
    known = less(a, b)
    return mixture(a, b) if known is None else (a if known else b)


def sign(v: Tail) -> Any:
    """Sign where it is constant, else anything it may be."""
    low, high = v.range()
    return arb(1) if low > 0 else (arb(-1) if high < 0 else SIGNS)


def heaviside(v: Tail) -> Any:
    """Step function."""
    return (1 + sign(v)) / 2


def absolute(v: Tail) -> Tail:
    """Absolute value."""
    return v * sign(v)


def choose(*pairs: tuple[Callable[[], Truth], Callable[[], Any]]) -> Any:
    """Value of the first pair whose condition holds, or anything between those that may be it."""
    result = None
    for condition, value in pairs:
        holds = condition()
        if holds is not False:
            result = value() if result is None else mixture(result, value())
        if holds:
            return result
    raise Unbounded


def refuse(*_: Any) -> Any:
    """No rule."""
    raise Unbounded


def tail_functions() -> Mapping[str, Any]:
    """Every name that printed programs may call, on tails; real arguments stay real."""
    real = functions()
    bounded = {"sin": 1, "cos": 1, "central2": 0.5}
    known: dict[str, Any] = {
        name: lambda v, size=size: v.of(arb(0, size)) for name, size in bounded.items()
    }
    limits = {
        "sigmoid": (0, 1), "erf": (-1, 1), "erfc": (2, 0), "upper_tail": (1, 0), "tanh": (-1, 1),
        "excess1": (inf, 0), "excess2": (inf, 0),
    }  # fmt: skip
    known |= {name: monotone(real[name], *ends) for name, ends in limits.items()}
    own = (
        exp, sqrt, log, softplus, weight_gap, less, equal, maximum, minimum, sign, heaviside,
        absolute,
    )  # fmt: skip
    known |= {function.__name__: function for function in own} | {"at_most": less}
    return lifted(Tail, known, refuse) | {"power": power, "choose": choose}
