"""Fixed points for audits that evaluate a theorem by hand, on another path than the solver's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from asymp.testing.printed.averages import Array


def positive_fixed_point(
    image: Callable[[Array], ArrayLike],
    start: ArrayLike,
    rounds: int = 60,
    tolerance: float = 1e-14,
) -> Array:
    r"""Root of :math:`x=F(x)` with positive components.

    Rounds :math:`x\leftarrow\sqrt{xF(x)}`, then MINPACK's hybrid method in :math:`\log x`.

    Parameters
    ----------
    image : callable
        :math:`F`, of an array of positive numbers.
    start : array_like
        First x.
    rounds : int
        Rounds before the root search.
    tolerance : float
        Relative error of the logarithms at which the search stops.

    Examples
    --------
    >>> x = positive_fixed_point(lambda x: [2 / x[1], (1 + x[0]) / 2], [1.0, 1.0])
    >>> x.round(12).tolist()
    [1.561552812809, 1.280776406404]
    """
    from scipy.optimize import root

    x = np.asarray(start, dtype=np.float64)
    for _ in range(rounds):
        x = np.sqrt(x * np.asarray(image(x)))

    def gap(logs: Array) -> Array:
        return np.asarray(np.log(np.asarray(image(np.exp(logs)))) - logs)

    return np.asarray(np.exp(root(gap, np.log(x), tol=tolerance).x))
