"""Whether boxes of one size cover a box: a point that they miss, or a proof that there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asymp.finite.memorisation.network import Array

# Slabs thinner than this share of the radius count as covered.
_THIN = 1e-9


@dataclass(frozen=True)
class BoxCover:
    """Answer of :func:`cover_box`.

    Parameters
    ----------
    missed : numpy.ndarray or None
        A point of the box outside all boxes.
    proved : bool
        Whether the boxes cover it, up to slabs of a billionth of the radius. Without this and
        without a point, the search was given up.
    """

    missed: Array | None
    proved: bool


def cover_box(
    low: Array, high: Array, centres: Array, radius: float, pieces: int = 2000
) -> BoxCover:
    r"""Search the box :math:`[low,high]` for a point outside all :math:`\mathbb B_\infty(c,r)`.

    The box that overlaps most is cut out, at most two slabs a coordinate remain, and so on with
    each: exact, with a number of pieces that may grow exponentially with the dimension.

    Parameters
    ----------
    low, high : array of shape (D,)
        Coordinates may be fixed.
    centres : array of shape (n, D)
    radius : float
    pieces : int
        After so many the search is given up.

    Examples
    --------
    >>> low, high = np.zeros(2), np.ones(2)
    >>> cover_box(low, high, np.array([[0.5, 0.5]]), 0.5)
    BoxCover(missed=None, proved=True)
    >>> cover_box(low, high, np.array([[0.25, 0.5]]), 0.5).missed.tolist()
    [0.875, 0.5]
    """
    thin = _THIN * radius
    stack = [(low, high, centres)]
    for _ in range(pieces):
        if not stack:
            return BoxCover(None, True)
        low, high, near = stack.pop()
        width = high - low
        begin, end = np.maximum(near - radius, low), np.minimum(near + radius, high)
        meets = (end - begin >= np.where(width > thin, thin, 0.0)).all(axis=1)
        if not meets.any():
            return BoxCover((low + high) / 2, False)
        near, begin, end = near[meets], begin[meets], end[meets]
        share = np.where(width > thin, (end - begin) / np.maximum(width, thin), 1.0).prod(axis=1)
        best = int(share.argmax())
        stack += [(*slab, near) for slab in _outside(low, high, begin[best], end[best], thin)]
    return BoxCover(None, not stack)


def _outside(
    low: Array, high: Array, begin: Array, end: Array, thin: float
) -> list[tuple[Array, Array]]:
    """Slabs of a box outside of a smaller one; the last is the widest."""
    rest_low, rest_high, slabs = low.copy(), high.copy(), []
    thickness = np.maximum(begin - low, high - end)
    for k in np.argsort(-thickness):
        if begin[k] - low[k] > thin:
            above = rest_high.copy()
            above[k] = begin[k]
            slabs.append((rest_low.copy(), above))
            rest_low[k] = begin[k]
        if high[k] - end[k] > thin:
            below = rest_low.copy()
            below[k] = end[k]
            slabs.append((below, rest_high.copy()))
            rest_high[k] = end[k]
    return slabs[::-1]
