r"""Recognising numbers of the form :math:`\pm\sqrt r\,\pi^{j/2}`, r rational, by their digits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

POWERS = (0, 1, -1, 2, -2, 3, -3, 4, -4)
# A rational of d digits above and below together is hit by chance with probability 10**(d - digits)
# or so; this share leaves ten digits of evidence when twenty are known.
SHARE = 0.5
FEWEST = 12  # known digits below which nothing is claimed


def identify(value: Any, error: float) -> sp.Expr | None:
    """Closed form of a number known up to an error, or None.

    Examples
    --------
    >>> with mpmath.workdps(40):
    ...     identify(-3 * mpmath.sqrt(2 / mpmath.pi) / 7, 1e-30)
    -3*sqrt(2)/(7*sqrt(pi))
    >>> identify(mpmath.mpf("0.1234567891234567"), 1e-16) is None
    True
    """
    if abs(value) <= error:
        return sp.Integer(0)
    digits = min(-float(mpmath.log10(error / abs(value))) if error else 60.0, 60.0)
    if digits < FEWEST:
        return None
    with mpmath.workdps(90):
        for j in POWERS:
            square = rational(value**2 * mpmath.pi**-j, digits - 1)
            if square is not None:
                size = sp.sqrt(sp.Rational(square.numerator, square.denominator))
                return sp.sign(sp.Float(float(value))) * size * sp.pi ** sp.Rational(j, 2)
    return None


def rational(value: Any, digits: float) -> Fraction | None:
    """Fraction of small height that agrees to so many digits, or None."""
    sign, mantissa, exponent, _ = value._mpf_
    whole = Fraction(int(mantissa)) * Fraction(2) ** int(exponent) * (-1 if sign else 1)
    found = whole.limit_denominator(int(10 ** min(SHARE * digits, 15.0)))
    height = len(str(abs(found.numerator))) + len(str(found.denominator))
    close = abs(whole - found) <= abs(whole) * Fraction(10) ** -int(digits)
    return found if found and close and height <= SHARE * digits else None
