"""ReLU caps around points or groups of points."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.construction import Construction
from asymp.finite.robustness_law.data import as_unit
from asymp.finite.robustness_law.enclosure import exactly
from asymp.finite.robustness_law.lipschitz import lipschitz_bounds, on_sphere, on_two_points
from asymp.finite.robustness_law.network import TwoLayer
from asymp.symbols import Domain
from asymp.symbols.arguments import BETWEEN, number, signs, whole

_HALF_OPEN = Domain(0.0, 1.0, left_open=False, right_open=True)


def cap_fit(points: Array, labels: Array, threshold: float | None = 0.9) -> Construction:
    r"""One ReLU cap a point, :math:`f(x)=\frac1{1-t}\sum_iy_i\,\mathrm{ReLU}(x_i\cdot x-t)`.

    With :math:`t=0.9` it is the construction for :math:`k=n`, 10-Lipschitz on the sphere (section
    3.2 of Bubeck, Li and Nagaraj; read). It fits if :math:`x_i\cdot x_j\le t`, and no two caps
    meet if :math:`x_i\cdot x_j\le2t^2-1`. Then, for unit labels,

    .. math::

        \mathrm{Lip}_{ball}(f)=\frac1{1-t},\qquad
        \mathrm{Lip}_{sphere}(f)=\sqrt{\frac{1+t}{1-t}}

    exactly (derived): 10 and :math:`\sqrt{19}` at 0.9, and :math:`\sqrt7` on the sphere at 0.75.
    The two points that are the sphere for :math:`d=1` have one chord, whose slope is handed back.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points of the unit sphere.
    labels : array_like, shape (n,)
        Labels, any numbers.
    threshold : float, optional
        :math:`t\in[0,1)`. None takes the least one at which no two caps meet,
        :math:`\sqrt{(1+\max x_i\cdot x_j)/2}`.

    Returns
    -------
    Construction
        Exact constants if no two caps meet, certified bounds otherwise.

    Raises
    ------
    InvalidParameter
        If a point is off the sphere, the threshold outside its range, or two points so near that a
        cap reaches its neighbour.

    Examples
    --------
    >>> from asymp.finite.robustness_law import cap_fit, generic_data
    >>> built = cap_fit(*generic_data(200, 50))
    >>> round(built.ball.upper, 10), round(built.sphere.upper**2, 10), built.misfit < 1e-12
    (10.0, 19.0, True)
    """
    x, y = as_unit(points, labels)
    near = x @ x.T
    np.fill_diagonal(near, -1.0)
    nearest = float(near.max())
    t = sqrt(max(1 + nearest, 1.0) / 2) if threshold is None else threshold
    t = number("threshold", t, _HALF_OPEN, "give the caps' threshold; points must differ")
    if nearest > t:
        i, j = np.unravel_index(int(np.argmax(near)), near.shape)
        raise InvalidParameter(
            f"points {i} and {j}: inner product {nearest:.4g} is above threshold = {t:.4g}, the "
            "cap of one reaches the other; raise the threshold or pass None"
        )
    network = TwoLayer(y / (1 - t), x, np.full(len(y), -t))
    source = "Bubeck, Li and Nagaraj 2021, section 3.2"
    # Caps that touch do no harm, and with threshold None two of them do.
    if nearest <= 2 * t**2 - 1 + 1e-12:
        steep = float(np.max(np.abs(y))) / (1 - t)
        ball, sphere = exactly(steep), exactly(steep * sqrt(1 - t**2))
        if x.shape[1] == 1:
            sphere = on_two_points(network)
    else:
        ball = lipschitz_bounds(network, points=x)
        sphere = on_sphere(network, ball, x)
    return Construction(network, ball, sphere, network.misfit(x, y), source, "read")


def group_fit(points: Array, labels: Array, neurons: int, threshold: float = 0.5) -> Construction:
    r"""One ReLU neuron for a group of points with the same label; between caps and linear.

    A group G of m points gets the vector :math:`u_G` of least norm with :math:`u_G\cdot x_i=1` on
    the group, and

    .. math:: f(x)=\frac1{1-t}\sum_Gy_G\,\mathrm{ReLU}(u_G\cdot x-t).

    It fits if :math:`u_G\cdot x_j\le t` for the points of other groups. For generic data
    :math:`u_G\cdot x_j\approx N(0,m/d)`, so that groups of :math:`m\le c\,d/\log n` will do, or
    :math:`k\ge C\,n\log n/d` neurons. If s neurons are active at a point of the ball,
    :math:`st\le\|\sum_Gu_G\|\approx\sqrt{sm}`: at most about :math:`m/t^2` can be, and the
    gradient is at most of order :math:`\sqrt{m/t^2}\sqrt m`, that is :math:`n/k`. This is the
    range and, up to the logarithm, the rate :math:`C\,n\log d/k` of theorem 3 of Bubeck, Li and
    Nagaraj (statement read); the construction and its certificate are derived here.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points of the unit sphere.
    labels : array_like, shape (n,)
        Labels +1 or -1.
    neurons : int
        Width k, between 1 and n; both labels get their share.
    threshold : float
        :math:`t\in(0,1)`.

    Returns
    -------
    Construction
        With a certified upper bound, usually by counting active neurons.

    Raises
    ------
    InvalidParameter
        If a point is off the sphere, a label is no sign, the width is not admissible, or a
        neuron reaches a point of another group.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, group_fit
    >>> built = group_fit(*generic_data(100, 1000), neurons=50)
    >>> built.network.neurons, built.misfit < 1e-12, built.ball.how
    (50, True, 'counting')
    """
    x, y = as_unit(points, labels)
    signs("labels", y, len(x))
    threshold = number("threshold", threshold, BETWEEN, "give the caps' threshold")
    groups = _groups(y, neurons)
    rows = np.array([_vector(x[group]) for group in groups])
    network = TwoLayer(
        np.array([y[group[0]] for group in groups]) / (1 - threshold),
        rows,
        np.full(len(rows), -threshold),
    )
    _refuse_reaching(x, rows, groups, threshold, neurons)
    ball = lipschitz_bounds(network, points=x)
    return Construction(
        network,
        ball,
        on_sphere(network, ball, x),
        network.misfit(x, y),
        "after theorem 3 of Bubeck, Li and Nagaraj 2021",
        "derived",
    )


def _groups(labels: Array, neurons: int) -> list[NDArray[np.intp]]:
    """Indices of groups of one label each, of sizes as equal as can be."""
    sides = [np.flatnonzero(labels == sign) for sign in (1, -1)]
    sides = [side for side in sides if len(side)]
    whole("neurons", neurons, len(sides), "give one neuron a group")
    if neurons > len(labels):
        raise InvalidParameter(
            f"neurons = {neurons}: must be between {len(sides)} and n = {len(labels)}"
        )
    share = [neurons]
    if len(sides) == 2:
        first = round(neurons * len(sides[0]) / len(labels))
        first = min(max(first, 1, neurons - len(sides[1])), neurons - 1, len(sides[0]))
        share = [first, neurons - first]
    return [part for side, k in zip(sides, share, strict=True) for part in np.array_split(side, k)]


def _vector(group: Array) -> Array:
    """Least vector whose inner product with every point of the group is one."""
    if np.linalg.matrix_rank(group) < len(group):
        raise InvalidParameter(
            f"a group of {len(group)} points in d = {group.shape[1]} is linearly dependent: give "
            "more neurons"
        )
    return np.asarray(group.T @ linalg.solve(group @ group.T, np.ones(len(group)), assume_a="pos"))


def _refuse_reaching(
    x: Array, rows: Array, groups: list[NDArray[np.intp]], threshold: float, neurons: int
) -> None:
    reach = rows @ x.T
    for row, group in zip(reach, groups, strict=True):
        row[group] = -np.inf
    if reach.max() > threshold:
        ell, j = np.unravel_index(int(np.argmax(reach)), reach.shape)
        raise InvalidParameter(
            f"neuron {ell} has {reach.max():.3g} > threshold = {threshold} at point {j} of another "
            f"group: give more neurons than {neurons} or a higher threshold"
        )
