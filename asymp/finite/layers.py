r"""Layers :math:`z\mapsto Wz+b` of feed-forward networks, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asymp.errors import InvalidParameter


def require_chain(weights: Sequence[Any], biases: Sequence[Any]) -> None:
    """Refuse layers that do not fit together.

    Parameters
    ----------
    weights : sequence of matrices, dense or sparse
        Of shapes (units, units of the layer before).
    biases : sequence of ndarray
        One number a unit.

    Raises
    ------
    InvalidParameter

    Examples
    --------
    >>> import numpy as np
    >>> require_chain([np.ones((2, 3)), np.ones((2, 4))], [np.zeros(2), np.zeros(2)])
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: weights[1] takes 4 inputs, but layer 1 has 2 units
    """
    if not weights:
        raise InvalidParameter("weights are empty; give at least one matrix")
    units, lengths = [int(w.shape[0]) for w in weights], [int(b.size) for b in biases]
    for k in range(1, len(weights)):
        if weights[k].shape[1] != units[k - 1]:
            raise InvalidParameter(
                f"weights[{k}] takes {weights[k].shape[1]} inputs, but layer {k} has "
                f"{units[k - 1]} units"
            )
    if lengths != units:
        raise InvalidParameter(f"biases have lengths {lengths}; the layers have {units} units")
