"""Words for laws: identities, inequalities, shapes, slopes, scalings, powers.

Slacks are relative to the quantities' size and divided by the condition number of the point, so
that one tolerance serves at every point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from asymp.claims import SMALL, Law, Numbers, Solve, expression
from asymp.symbols import latex_name
from asymp.testing.numbers import evaluate

LONG_NAME = 8  # letters; longer names are words rather than letters


def latex_of(value: Any) -> str:
    r"""LaTeX of an expression in names.

    Examples
    --------
    >>> latex_of("eps*standard_risk")
    '\\varepsilon \\mathrm{standard\\,risk}'
    """
    read = expression(value)
    names = {s: _latex_of_name(s.name) for s in read.free_symbols}
    return str(sp.latex(read, symbol_names=names))


def _latex_of_name(name: str) -> str:
    if len(name) > LONG_NAME:
        return r"\mathrm{" + name.replace("_", r"\,") + "}"
    return latex_name(name)


def identity(name: str, left: Any, right: Any, statement: str = "", **options: Any) -> Law:
    r"""Law: two expressions in names are equal.

    Parameters
    ----------
    name : str
    left, right : expression in names
    statement : str
        The law in words; written from the expressions by default.
    **options
        Further fields of :class:`asymp.Law`.

    Examples
    --------
    >>> identity("split", "SR", "rho + tau**2 - 2*m + q").statement
    '$\\mathrm{SR} = - 2 m + q + \\rho + \\tau^{2}$'
    """

    def slack(solve: Solve, point: Numbers) -> float:
        at = solve(**point)
        return -abs(_gap(evaluate(left, at), evaluate(right, at), at))

    text = statement or f"${latex_of(left)} = {latex_of(right)}$"
    return Law(name, slack, text, **options)


def inequality(name: str, small: Any, large: Any, statement: str = "", **options: Any) -> Law:
    """Law: one expression in names is at most another; arguments as for :func:`identity`."""

    def slack(solve: Solve, point: Numbers) -> float:
        at = solve(**point)
        return _gap(evaluate(large, at), evaluate(small, at), at)

    text = statement or rf"${latex_of(small)} \le {latex_of(large)}$"
    return Law(name, slack, text, **options)


def monotone(
    name: str, quantity: Any, parameter: str, *, increasing: bool = True, factor: float = 1.3,
    statement: str = "", **options: Any,
) -> Law:  # fmt: skip
    """Law: an expression in names never falls (or never rises) as a parameter grows.

    Parameters
    ----------
    name : str
    quantity : expression in names
    parameter : str
    increasing : bool
    factor : float
        The parameter is compared with itself times this.
    statement : str
    **options
        Further fields of :class:`asymp.Law`.
    """
    sign = 1.0 if increasing else -1.0

    def slack(solve: Solve, point: Numbers) -> float:
        here = solve(**point)
        there = solve(**{**point, parameter: _grown(point[parameter], factor)})
        at = max(here, there, key=lambda n: n["condition"])
        return sign * _gap(evaluate(quantity, there), evaluate(quantity, here), at)

    way = "nondecreasing" if increasing else "nonincreasing"
    text = statement or f"${latex_of(quantity)}$ is {way} in ${latex_name(parameter)}$"
    return Law(name, slack, text, **options)


def convex(
    name: str, quantity: Any, parameter: str, *, concave: bool = False, statement: str = "",
    **options: Any,
) -> Law:  # fmt: skip
    """Law: an expression in names is convex (or concave) in a parameter; see :func:`monotone`."""
    sign = -1.0 if concave else 1.0

    def slack(solve: Solve, point: Numbers) -> float:
        x = point[parameter]
        low, high = 0.7 * x, 1.3 * x + (0.2 if x == 0 else 0.0)
        points = [solve(**{**point, parameter: y}) for y in (low, (low + high) / 2, high)]
        a, b, c = (evaluate(quantity, n) for n in points)
        at = max(points, key=lambda n: n["condition"])
        return sign * _gap((a + c) / 2, b, at)

    shape = "concave" if concave else "convex"
    text = statement or f"${latex_of(quantity)}$ is {shape} in ${latex_name(parameter)}$"
    return Law(name, slack, text, **options)


def slope(
    name: str, quantity: Any, parameter: str, equals: Any, statement: str = "", **options: Any
) -> Law:
    """Law: the derivative of an expression along a parameter is another expression in names.

    The derivative is taken by differences of fourth order over steps of a thousandth; it needs a
    positive parameter.
    """
    step = 1e-3

    def slack(solve: Solve, point: Numbers) -> float:
        x, at = point[parameter], solve(**point)
        values = {
            k: evaluate(quantity, solve(**{**point, parameter: x * (1 + k * step)}))
            for k in (-2, -1, 1, 2)
        }
        found = 8 * (values[1] - values[-1]) - (values[2] - values[-2])
        size = abs(evaluate(quantity, at))
        return -abs(_gap(found / (12 * step), x * evaluate(equals, at), at, size))

    letter = latex_name(parameter)
    text = statement or rf"$\partial_{{{letter}}}\big({latex_of(quantity)}\big)={latex_of(equals)}$"
    why = "fourth-order differences over steps of 1e-3: rounding 1e-13/1e-3, truncation 1e-12"
    given = {"tolerance": 1e-7, "why_tolerance": why, **options}
    return Law(name, slack, text, **given)


def scaling(
    name: str, parameters: Mapping[str, float], quantities: Mapping[str, float],
    statement: str = "", **options: Any,
) -> Law:  # fmt: skip
    """Law: with each parameter multiplied by c to its power, so is each quantity.

    Parameters
    ----------
    name : str
    parameters, quantities : mapping of str to float
        Powers of c, for instance ``{"rho": 1, "tau": 0.5}`` and ``{"standard_risk": 1}``.
    statement : str
    **options
        Further fields of :class:`asymp.Law`.
    """
    factor = 1.7

    def slack(solve: Solve, point: Numbers) -> float:
        here = solve(**point)
        moved = {n: point[n] * factor**power for n, power in parameters.items()}
        there = solve(**{**point, **moved})
        return min(
            -abs(_gap(there[n], here[n] * factor**power, here)) for n, power in quantities.items()
        )

    text = statement or (
        f"Replacing ${_powers(parameters)}$ replaces ${_powers(quantities)}$, for every $c>0$"
    )
    return Law(name, slack, text, **options)


def _powers(powers: Mapping[str, float]) -> str:
    c = sp.Symbol("c")
    return r",\ ".join(
        rf"{_latex_of_name(n)}\to {sp.latex(c ** sp.nsimplify(p))}\,{_latex_of_name(n)}"
        if p
        else rf"{_latex_of_name(n)}\to {_latex_of_name(n)}"
        for n, p in powers.items()
    )


def power(
    name: str, quantity: Any, path: Mapping[str, Any], exponent: float, statement: str = "",
    small: float = 1e-3, **options: Any,
) -> Law:  # fmt: skip
    r"""Law: along a path in :math:`h \to 0^+` a quantity is of order ``h**exponent``.

    Parameters
    ----------
    name : str
    quantity : expression in names
    path : mapping of str to expression
        As for :class:`asymp.Limit`.
    exponent : float
    statement : str
    small : float
        Largest ``h``; the exponent is extrapolated from three values halved each time.
    **options
        Further fields of :class:`asymp.Law`.
    """
    read = {n: expression(e) for n, e in path.items()}

    def slack(solve: Solve, point: Numbers) -> float:
        at = solve(**point)
        logs = []
        for h in (small, small / 2, small / 4):
            there = {n: evaluate(e, {**at, "h": h}) for n, e in read.items()}
            value = evaluate(quantity, solve(**{**point, **there}))
            logs.append(math.log2(value) if value > 0 else -math.inf)
        coarse, fine = logs[0] - logs[1], logs[1] - logs[2]
        return -abs(2 * fine - coarse - exponent)

    along = r",\ ".join(f"{latex_name(n)}={latex_of(e)}" for n, e in read.items())
    text = statement or (
        f"${latex_of(quantity)}$ is of order ${sp.latex(SMALL ** sp.nsimplify(exponent))}$ along "
        f"${along}$"
    )
    why = "the exponent is extrapolated; what remains is O(h)"
    return Law(name, slack, text, **{"tolerance": 0.02, "why_tolerance": why, **options})


def _grown(x: float, factor: float) -> float:
    return x * factor if x > 0 else 0.1


def _gap(large: float, small: float, at: Numbers, size: float = 0.0) -> float:
    """Relative excess over the condition number; equal infinities have none."""
    if large == small:
        return 0.0
    scale = max(abs(large), abs(small), size, 1e-9)
    if math.isinf(scale):
        return math.copysign(1.0, large - small)
    return (large - small) / scale / max(1.0, at["condition"])
