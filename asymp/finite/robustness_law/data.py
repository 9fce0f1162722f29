"""Generic data: random points with independent random signs as labels."""

from __future__ import annotations

from math import log10

import numpy as np

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array
from asymp.symbols.arguments import choice, generator, labelled_points, signs, whole

LAWS = ("sphere", "gaussian")
# Constructions that need unit points accept this much of rounding.
UNIT = 1e-9
# Decimal exponents up to which squares, summed over a data set, stay in double precision.
DIGITS = 140


def generic_data(
    n: int, d: int, *, law: str = "sphere", rng: int | np.random.Generator = 0
) -> tuple[Array, Array]:
    r"""Generic data of Bubeck, Li and Nagaraj (section 1; read).

    Points are independent and uniform on the sphere :math:`\mathbb S^{d-1}`, or
    :math:`N(0,I_d/d)`; labels are independent random signs.

    Parameters
    ----------
    n, d : int
        Numbers of points and of coordinates, n at least 1, d at least 2.
    law : {"sphere", "gaussian"}
        Law of the points.
    rng : int or numpy.random.Generator
        Seed or generator.

    Returns
    -------
    points : ndarray, shape (n, d)
        Rows :math:`x_i`.
    labels : ndarray, shape (n,)
        Signs :math:`y_i`.

    Raises
    ------
    InvalidParameter
        If a size or the law is not admissible.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data
    >>> points, labels = generic_data(3, 5)
    >>> bool(abs((points**2).sum(axis=1) - 1).max() < 1e-12), bool((abs(labels) == 1).all())
    (True, True)
    """
    n, d = whole("n", n, 1, "give a number of points"), whole("d", d, 2, "give a dimension")
    choice("law", law, LAWS)
    source = generator(rng)
    points = source.standard_normal((n, d))
    labels = source.choice([-1.0, 1.0], size=n)
    if law == "gaussian":
        return points / np.sqrt(d), labels
    return points / np.linalg.norm(points, axis=1, keepdims=True), labels


def as_data(points: Array, labels: Array) -> tuple[Array, Array]:
    """Points and labels as arrays whose shapes fit."""
    return labelled_points("points", points, labels)


def as_signs(points: Array, labels: Array) -> tuple[Array, Array]:
    """Points and labels, which must be signs."""
    x, y = as_data(points, labels)
    return x, signs("labels", y, len(x))


def as_unit(points: Array, labels: Array) -> tuple[Array, Array]:
    """Points of the sphere and labels."""
    x, y = as_data(points, labels)
    off = np.abs(np.linalg.norm(x, axis=1) - 1)
    if np.max(off) > UNIT:
        at = int(np.argmax(off))
        raise InvalidParameter(
            f"point {at} has norm {1 + off[at]:.6g} or {1 - off[at]:.6g}: points must lie on the "
            "unit sphere; divide each row by its norm"
        )
    return x, y


def require_powers(name: str, value: Array | float, power: int = 1) -> None:
    """Refuse numbers, unless all are zero, whose powers have no squares in double precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law.data import require_powers
    >>> require_powers("points", [[1e-60]], 3)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: points of size up to 1e-60: the squares of powers of order 3 \
are beyond double precision; rescale them
    """
    top = float(np.max(np.abs(value)))
    if top != 0 and not abs(log10(top)) * power <= DIGITS:
        what = "squares" if power == 1 else f"squares of powers of order {power}"
        raise InvalidParameter(
            f"{name} of size up to {top:.3g}: the {what} are beyond double precision; rescale them"
        )
