r"""Theorems 7 and 9 of Bubeck, Li and Nagaraj: tensors that fit have large operator norms."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
from scipy import linalg

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.data import as_data, require_powers
from asymp.finite.robustness_law.enclosure import Enclosure, Statement, exactly
from asymp.finite.robustness_law.tensor import SymmetricTensor, gram

# Ridge, relative to the trace, under which a quadratic form of an inverse is bounded from below.
RIDGE = 1e-12
# Eigenvalues of a matrix below this share of the largest do not count for its rank.
RANK = 1e-10


def least_square(kernel: Array, labels: Array) -> Array:
    r"""A lower bound on :math:`y^\top K^{-1}y` that is near it, singular K included.

    For any positive ridge :math:`y^\top(K+\lambda I)^{-1}y` is smaller, so that a tiny one keeps
    the bound and the factorisation. Columns of labels make the matrix of this form.
    """
    ridge = RIDGE * float(np.trace(kernel))
    factor = linalg.cho_factor(kernel + ridge * np.eye(len(kernel)), lower=True)
    return np.asarray(labels.T @ linalg.cho_solve(factor, labels))


def tensor_law(
    tensor: SymmetricTensor, points: Array, labels: Array, *, misfit: float = 1e-6
) -> tuple[Statement, ...]:
    r"""Theorems 7 and 9 for a tensor of order p with :math:`\langle T,x_i^{\otimes p}\rangle=y_i`.

    Theorem 7 (read): :math:`\|T\|_{op}\ge c_p\sqrt{n/d^{p-1}}` with probability at least
    :math:`1-Ce^{-c_pd}`. In numbers, for every data set:

    - ``duality`` (the paper's proof, read): with :math:`\Omega=\sum_iy_ix_i^{\otimes p}`,
      :math:`\sum_iy_i^2=\langle T,\Omega\rangle\le\|\Omega\|_{op}\|T\|_*` and
      :math:`\|T\|_*\le d^{p-1}\|T\|_{op}`; a matrix of rank r has
      :math:`\|T\|_*\le r\|T\|_{op}`, which is theorem 9. The right side is enclosed as
      :math:`\|\Omega\|_{op}` is: flattenings from above, power iterations from below;
    - ``least norm`` (derived): :math:`\|T\|_F\ge\sqrt{y^\top K^{-1}y}` with
      :math:`K_{ij}=(x_i\cdot x_j)^p`, and :math:`\|T\|_F\le d^{(p-1)/2}\|T\|_{op}`, or
      :math:`\sqrt r\,\|T\|_{op}` for a matrix of rank r. Where K is near the identity it is
      theorem 7 with the constant one, and the second form of theorem 9,
      :math:`\sqrt{n/r}`.

    Parameters
    ----------
    tensor : SymmetricTensor
        The tensor, of any order.
    points : array_like, shape (n, d)
        Points.
    labels : array_like, shape (n,)
        Labels, any numbers.
    misfit : float
        Greatest deviation that counts as a fit.

    Returns
    -------
    tuple of Statement
        ``duality`` and ``least norm``; the left side of both is :math:`\|T\|_{op}`.

    Raises
    ------
    InvalidParameter
        If the dimensions do not fit, all labels or points are zero, or powers of points leave
        double precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law import SymmetricTensor, generic_data, tensor_law
    >>> points, labels = generic_data(60, 20)
    >>> tensor = SymmetricTensor.fit(points, labels, 2)
    >>> [statement.verdict for statement in tensor_law(tensor, points, labels)]
    ['holds', 'holds']
    """
    x, y = as_data(points, labels)
    if x.shape[1] != tensor.dimension:
        raise InvalidParameter(
            f"points have d = {x.shape[1]} coordinates, the tensor {tensor.dimension}"
        )
    if not (y.any() and (x[y != 0] != 0).any()):
        raise InvalidParameter(
            "labels times points are all 0, which the zero tensor fits; give a sample with a label "
            "other than 0 at a point other than 0"
        )
    p = tensor.order
    require_powers("points", x, p)
    require_powers("labels", y)
    off = float(np.max(np.abs(tensor.at(x) - y)))
    hypotheses = {"fits": off <= misfit}
    left = tensor.operator_norm()
    with np.errstate(over="ignore"):
        wide = rank(tensor) if p == 2 else float(np.float_power(x.shape[1], p - 1))
    omega = SymmetricTensor.labelled(x, y, p).operator_norm()
    # The tensor fits its own outputs, which differ from the labels by at most off.
    total = max(float(y @ y) - off * float(np.abs(y).sum()), 0.0)
    least = sqrt(float(least_square(gram(x, p), tensor.at(x))) / wide)
    source = "Bubeck, Li and Nagaraj 2021, theorem " + ("9" if p == 2 else "7")
    return (
        Statement(
            "duality", left,
            Enclosure(_quotient(total / wide, omega.upper), _quotient(total / wide, omega.lower)),
            hypotheses, source="proof of " + source, status="read",
        ),
        Statement("least norm", left, exactly(least), hypotheses, source=source + ", otherwise"),
    )  # fmt: skip


def _quotient(total: float, norm: float) -> float:
    """What the norm is to be multiplied with to reach the total; nothing reaches nothing."""
    if total == 0:
        return 0.0
    return total / norm if norm > 0 else inf


def rank(tensor: SymmetricTensor) -> int:
    """Rank of a tensor of order two, a matrix."""
    values = np.abs(linalg.eigvalsh(tensor.matrix()))
    return max(int(np.sum(values > RANK * values.max())), 1)
