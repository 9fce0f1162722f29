r"""An expansion in LaTeX."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath
import sympy as sp

if TYPE_CHECKING:
    from asymp.analysis.series import Series


def series_latex(series: Series) -> str:
    """The sum of the terms that are not zero, and the order of the remainder."""
    rows = zip(series.coefficients, series.symbolic, series.errors, series.exponents, strict=True)
    total = " "
    for coefficient, closed, error, exponent in rows:
        if abs(coefficient) <= error:
            continue
        size = sp.latex(abs(closed)) if closed is not None else decimal(abs(coefficient))
        power = power_latex(series, exponent)
        if power and size == "1":
            size = ""
        sign = "-" if coefficient < 0 else ("+" if total.strip() else "")
        gap = r"\," if power and size else ""
        total += f"{sign} {size}{gap}{power} " if sign else f"{size}{gap}{power} "
    order = series.omitted[1]
    remainder = rf"O\left({power_latex(series, order) or '1'}\right)"
    return rf"${series.observable.latex} ={total if total.strip() else ' 0 '}+ {remainder}$"


def decimal(value: object) -> str:
    """Eight digits, in scientific notation where it is very large or small."""
    text = str(mpmath.nstr(value, 8))
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa}\cdot10^{{{int(exponent)}}}" if exponent else mantissa


def power_latex(series: Series, exponent: Fraction) -> str:
    """A power of the distance; empty for the power zero."""
    if exponent == 0:
        return ""
    letter, point = series.parameter.latex, series.point
    if point.value is None:
        base, exponent = letter, -exponent
    elif point.expression == 0:
        base = letter
    else:
        sides = (letter, sp.latex(point.expression))
        base = r"\left(" + "-".join(sides if point.side > 0 else sides[::-1]) + r"\right)"
    if exponent == 1:
        return base
    return f"{base}^{{{exponent}}}" if exponent.denominator == 1 else f"{base}^{{{exponent!s}}}"
