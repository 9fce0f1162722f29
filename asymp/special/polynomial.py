"""Polynomials in an order that lets independent operations overlap (Estrin's scheme)."""

from __future__ import annotations

from asymp.special.compile import inlined


@inlined
def quad(z: float, z2: float, c0: float, c1: float, c2: float, c3: float) -> float:
    r"""Cubic :math:`c_0+c_1z+c_2z^2+c_3z^3`, given the square of z.

    Examples
    --------
    >>> quad(2.0, 4.0, 1.0, 1.0, 1.0, 1.0)
    15.0
    """
    return (c0 + z * c1) + z2 * (c2 + z * c3)
