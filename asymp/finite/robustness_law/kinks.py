r"""Across the kink of a ReLU neuron the gradient jumps, and one of its sides is steep."""

from __future__ import annotations

import numpy as np

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import RELU, Array
from asymp.finite.robustness_law.network import TwoLayer
from asymp.symbols.arguments import choice

# Hyperplanes whose unit normals and offsets differ by less than this are one.
SAME = 1e-9


def kink_bound(network: TwoLayer, domain: str = "sphere") -> float:
    r"""A lower bound on the Lipschitz constant of a ReLU network from its weights alone.

    Where x lies on the hyperplane of neuron :math:`\ell` and on no other, the gradient jumps by
    :math:`a_\ell w_\ell`, and both sides are at most Lip:

    .. math::

        \mathrm{Lip}_{space}\ge\tfrac12|a_\ell|\|w_\ell\|,\qquad
        \mathrm{Lip}_{sphere}\ge\tfrac12|\alpha_\ell|\sqrt{1-t_\ell^2},

    with :math:`\alpha=a\|w\|`, :math:`t=-b/\|w\|`, the second for :math:`|t|<1` on the unit
    sphere. Neurons on one hyperplane count together.

    Parameters
    ----------
    network : TwoLayer
        A ReLU network.
    domain : {"space", "sphere"}
        The whole space, or the unit sphere, in at least three dimensions.

    Returns
    -------
    float
        The bound; zero if no hyperplane meets the domain.

    Raises
    ------
    InvalidParameter
        If the activation is not the ReLU, the domain is unknown, or the sphere is a circle, where
        a hyperplane may meet it only in points that others meet too.

    Notes
    -----
    Rigidity from a repository that follows up Bubeck, Li and Nagaraj (statement second-hand, proof
    derived).

    Examples
    --------
    >>> from asymp.finite.robustness_law import TwoLayer, kink_bound
    >>> round(kink_bound(TwoLayer([3.0], [[0.0, 0.0, 2.0]], [-1.2])), 12)
    2.4
    """
    if network.activation is not RELU:
        raise InvalidParameter(f"activation {network.activation.name}: must be the ReLU")
    choice("domain", domain, ("space", "sphere"))
    if domain == "sphere" and network.dimension < 3:
        raise InvalidParameter(f"d = {network.dimension}: the sphere must have d at least 3")
    keep = np.any(network.W != 0, axis=1)
    lengths = np.linalg.norm(network.W[keep], axis=1)
    normals = np.column_stack([network.W[keep], network.b[keep]]) / lengths[:, None]
    jumps = np.abs(_together(normals) @ (network.a[keep] * lengths))
    if domain == "sphere":
        jumps = jumps * np.sqrt(np.maximum(1 - normals[:, -1] ** 2, 0.0))
    return float(np.max(jumps, initial=0.0)) / 2


def _together(normals: Array) -> Array:
    """Ones where two neurons share a hyperplane; either orientation makes the same jump."""
    same = np.zeros((len(normals), len(normals)))
    for i, normal in enumerate(normals):
        distance = [np.max(np.abs(normals - sign * normal), axis=1) for sign in (1, -1)]
        same[i] = np.minimum(*distance) < SAME
    return same
