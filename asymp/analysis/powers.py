r"""Coefficients of an expansion in (fractional) powers, from samples at many digits.

With :math:`O(u) = u^p\sum_k c_k u^{k/q}` the leading exponent p is the logarithmic slope at tiny u,
and the :math:`c_k` are those of the polynomial in :math:`s = u^{1/q}` through samples at
:math:`s = h, 2h, \dots, Nh`. All is done twice, at h and h/2: the error quoted is four times
the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

from asymp.errors import NotConverged, NotDerivable

ROOTS = (1, 2, 3, 4)  # denominators of exponents that are tried
DEPTHS = (6, 9, 12)  # samples at distances of about 10**-depth; deeper if it is not enough
EXTRA = 9  # samples beyond the coefficients wanted
DIGITS = 30  # digits aimed at
GOOD = 1e-10  # relative error at which an expansion is believed
SAFETY = 4  # both spacings may by chance be off in the same direction
TINY = 14  # the slope is taken at 10**-TINY

Sample = Callable[[Any], Any]


@dataclass(frozen=True)
class Powers:
    """An expansion in powers of the distance u.

    Parameters
    ----------
    exponents : tuple of Fraction
    coefficients : tuple of mpf
    errors : tuple of float
        Estimated absolute error of each coefficient.
    """

    exponents: tuple[Fraction, ...]
    coefficients: tuple[Any, ...]
    errors: tuple[float, ...]

    @property
    def worst(self) -> float:
        """Largest error in units of the coefficient, or of the largest one where that is zero."""
        scale = max(map(abs, self.coefficients), default=0)
        if not scale:
            return 0.0
        floors = (max(abs(c), scale * mpmath.mpf(10) ** -5) for c in self.coefficients)
        pairs = zip(self.errors, floors, strict=True)
        return float(max(error / floor for error, floor in pairs))


def digits_needed(order: int) -> int:
    """Working precision: coefficients lose the depth times their order."""
    return DIGITS + DEPTHS[-1] * (order + 1) + 2 * TINY


def expand(sample: Sample, scale: Any, order: int) -> Powers:
    """Expand a function of the distance; one power more than asked, as the remainder.

    Parameters
    ----------
    sample : callable
        The function at a distance u > 0, in the current mpmath precision.
    scale : mpf
        A distance over which it changes.
    order : int
        Powers up to this one beyond the leading.

    Raises
    ------
    NotDerivable
        If it is not an expansion in powers with denominators up to 4: a logarithm, say.

    Examples
    --------
    >>> with mpmath.workdps(120):
    ...     found = expand(lambda u: u * mpmath.sqrt(1 + mpmath.sqrt(u)), mpmath.mpf(1), 1)
    >>> [str(e) for e in found.exponents], [round(float(c), 12) for c in found.coefficients]
    (['1', '3/2', '2', '5/2'], [1.0, 0.5, -0.125, 0.0625])
    """
    leading = leading_exponent(sample, scale)
    if leading is None:
        exponents = tuple(Fraction(k) for k in range(order + 2))
        zero = tuple(mpmath.mpf(0) for _ in exponents)
        return Powers(exponents, zero, tuple(0.0 for _ in exponents))
    best: Powers | None = None
    for depth in DEPTHS:
        for q in ROOTS:
            found = fitted(sample, scale, leading, q, order, depth)
            if best is None or found.worst < best.worst:
                best = found
            if found.worst < GOOD:
                return found
    assert best is not None
    raise NotDerivable(
        "no expansion in powers with denominators up to 4: coefficients change by a factor of "
        f"{best.worst:.0e} between samples twice as near (a logarithm, or another branch?)"
    )


def leading_exponent(sample: Sample, scale: Any) -> Fraction | None:
    """Exponent of the leading power; None for a function that is zero.

    The point is approached decade by decade, so that each fixed point is near the last one.
    """
    values = [sample(scale * mpmath.mpf(10) ** -k) for k in range(2, TINY + 1)]
    if not any(values):
        return None
    *_, before, last = values
    if not (mpmath.isfinite(before) and mpmath.isfinite(last) and before and last):
        raise NotConverged("the observable is not finite near the point of expansion")
    slope = mpmath.log10(abs(before / last))
    near = Fraction(float(slope)).limit_denominator(12)
    if abs(slope - mpmath.mpf(near.numerator) / near.denominator) > 1e-3:
        raise NotDerivable(
            f"it changes like the power {float(slope):.6f} of the distance there, which is no "
            "simple fraction: no expansion in powers"
        )
    return near


def fitted(sample: Sample, scale: Any, leading: Fraction, q: int, order: int, depth: int) -> Powers:
    """Expansion in powers of the q-th root; its error from two spacings."""
    wanted = order * q + 2
    power = mpmath.mpf(leading.numerator) / leading.denominator

    def scaled(s: Any) -> Any:
        u = scale * s**q
        return sample(u) * u**-power

    spacing = mpmath.mpf(10) ** (-mpmath.mpf(depth) / q)
    coarse = interpolated(scaled, spacing, wanted)
    fine = interpolated(scaled, spacing / 2, wanted)
    root = mpmath.mpf(scale) ** (mpmath.mpf(1) / q)
    units = [root**-k for k in range(wanted)]
    return Powers(
        tuple(leading + Fraction(k, q) for k in range(wanted)),
        tuple(c * unit for c, unit in zip(fine, units, strict=True)),
        tuple(float(SAFETY * abs(a - b) * u) for a, b, u in zip(coarse, fine, units, strict=True)),
    )


def interpolated(function: Sample, spacing: Any, wanted: int) -> list[Any]:
    """First coefficients of the polynomial through samples at spacing, 2 spacing, ...

    Newton's divided differences, then Horner's scheme from the last node inwards.
    """
    count = wanted + EXTRA
    nodes = [mpmath.mpf(k) for k in range(1, count + 1)]
    table = [function(spacing * node) for node in reversed(nodes)][::-1]
    for level in range(1, count):
        for i in range(count - 1, level - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (nodes[i] - nodes[i - level])
    coefficients = [table[-1]]
    for node, entry in zip(reversed(nodes[:-1]), reversed(table[:-1]), strict=True):
        shifted = [mpmath.mpf(0), *coefficients]
        coefficients = [
            a - node * b for a, b in zip(shifted, [*coefficients, mpmath.mpf(0)], strict=True)
        ]
        coefficients[0] += entry
    return [c / spacing**k for k, c in enumerate(coefficients[:wanted])]
