r"""One neuron: the linear function of least norm."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import IDENTITY, Array
from asymp.finite.robustness_law.construction import Construction
from asymp.finite.robustness_law.data import as_data
from asymp.finite.robustness_law.enclosure import exactly
from asymp.finite.robustness_law.network import TwoLayer


def linear_fit(points: Array, labels: Array) -> Construction:
    r"""The linear interpolant of least norm, :math:`w=X^\top(XX^\top)^{-1}y`; one neuron.

    Its Lipschitz constant is exactly :math:`\|w\|=\sqrt{y^\top(XX^\top)^{-1}y}`, on the ball, on
    the sphere and everywhere; for generic data and :math:`n\le cd` at most :math:`\sqrt{2n}` with
    probability at least :math:`1-e^{C-cd}`, so that it is optimal for :math:`k=1` up to a constant.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Linearly independent points, so that n is at most d.
    labels : array_like, shape (n,)
        Labels, any numbers.

    Returns
    -------
    Construction
        The network and its Lipschitz constant.

    Raises
    ------
    InvalidParameter
        If the points are linearly dependent.

    Notes
    -----
    Bubeck, Li and Nagaraj (COLT 2021), section 3.1 (read).

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, linear_fit
    >>> points, labels = generic_data(20, 100)
    >>> linear_fit(points, labels).ball.upper < (2 * 20) ** 0.5
    True
    """
    x, y = as_data(points, labels)
    rank = int(np.linalg.matrix_rank(x))
    if rank < len(x):
        raise InvalidParameter(
            f"n = {len(x)} points span {rank} dimensions: a linear function fits every label only "
            "on independent points; take cap_fit or polynomial_fit"
        )
    w = x.T @ linalg.solve(x @ x.T, y, assume_a="pos")
    network = TwoLayer(np.ones(1), w[None, :], activation=IDENTITY)
    constant = exactly(float(np.linalg.norm(w)))
    return Construction(
        network, constant, constant, network.misfit(x, y),
        "Bubeck, Li and Nagaraj 2021, section 3.1", "read",
    )  # fmt: skip
