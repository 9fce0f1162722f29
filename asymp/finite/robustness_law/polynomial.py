r"""Polynomial networks: :math:`\sum_ic_i(x_i\cdot x)^p`, with a neuron a point or with fewer."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np
from scipy import linalg

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array, power
from asymp.finite.robustness_law.construction import Construction
from asymp.finite.robustness_law.data import as_unit
from asymp.finite.robustness_law.enclosure import Enclosure, Status, exactly
from asymp.finite.robustness_law.lipschitz import on_sphere
from asymp.finite.robustness_law.network import TwoLayer
from asymp.finite.robustness_law.tensor import SymmetricTensor
from asymp.symbols.arguments import whole

# Neurons of a polarised network beyond which it is not built.
WIDEST = 200_000


def polynomial_fit(
    points: Array, labels: Array, order: int = 2, *, exact: bool = True, fewest: bool = False
) -> Construction:
    r"""The polynomial network :math:`f(x)=\sum_ic_i(x_i\cdot x)^p=\langle T,x^{\otimes p}\rangle`.

    Theorem 4 of Bubeck, Li and Nagaraj (read) takes even p, :math:`c=y` and
    :math:`n\log n=\varepsilon^2d^p`: then :math:`|f(x_i)-y_i|\le C_p\varepsilon` and
    :math:`\mathrm{Lip}\le C_p\sqrt{n/k}` with :math:`k=C_pd^{p-1}` neurons. Solving
    :math:`\sum_j(x_i\cdot x_j)^pc_j=y_i` instead makes the fit exact (derived; the tensor of
    least Frobenius norm). On the unit ball the Lipschitz constant is exactly
    :math:`p\|T\|_{op}`; on the sphere, for :math:`p=2`, exactly
    :math:`\lambda_{\max}-\lambda_{\min}` (both derived). For :math:`p\ge3` the norm is enclosed.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points of the unit sphere.
    labels : array_like, shape (n,)
        Labels, any numbers.
    order : int
        :math:`p\ge2`.
    exact : bool
        Solve for the weights; otherwise take the labels, as the paper does.
    fewest : bool
        Rewrite the network with neurons that do not grow in number with n (`power_network`).

    Returns
    -------
    Construction
        The network with its enclosures.

    Raises
    ------
    InvalidParameter
        If a point is off the sphere or no polynomial of that order fits.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, polynomial_fit
    >>> built = polynomial_fit(*generic_data(100, 30), fewest=True)
    >>> built.network.neurons, built.ball.exact, built.misfit < 1e-10
    (30, True, True)
    """
    x, y = as_unit(points, labels)
    order = whole("order", order, 2, "give the order of the tensor")
    make = SymmetricTensor.fit if exact else SymmetricTensor.labelled
    tensor = make(x, y, order)
    network = power_network(tensor) if fewest else tensor.network
    norm = tensor.operator_norm()
    ball = Enclosure(
        order * norm.lower, order * norm.upper, {m: order * v for m, v in norm.methods.items()}
    )
    status: Status = "derived" if exact else "read"
    return Construction(
        network, ball, _chords(tensor, ball), network.misfit(x, y),
        "Bubeck, Li and Nagaraj 2021, theorem 4", status,
    )  # fmt: skip


def _chords(tensor: SymmetricTensor, ball: Enclosure) -> Enclosure:
    if tensor.order == 2:
        values = linalg.eigvalsh(tensor.matrix())
        return exactly(values[-1] - values[0])
    return on_sphere(tensor.network, ball, tensor.points)


def power_network(tensor: SymmetricTensor) -> TwoLayer:
    r"""A network with activation :math:`t^p` for the tensor whose width does not depend on n.

    For :math:`p=2` the eigenvectors serve, at most d neurons. Otherwise
    :math:`\langle T,x^{\otimes p}\rangle=\sum_\alpha x^\alpha(v_\alpha\cdot x)` over monomials of
    degree :math:`p-1`, and polarisation makes each product of p linear forms
    :math:`2^{p-1}` powers:

    .. math::

        u_1\cdots u_p=\frac1{2^{p-1}p!}\sum_{\epsilon\in\{\pm1\}^{p-1}}
        \Big(\prod_i\epsilon_i\Big)\big(u_1+\epsilon_1u_2+\dots+\epsilon_{p-1}u_p\big)^p.

    So :math:`k\le2^{p-1}\binom{d+p-2}{p-1}\le2^pd^{p-1}`, the rank bound of theorem 4 of Bubeck,
    Li and Nagaraj (statement read, this proof derived).

    Parameters
    ----------
    tensor : SymmetricTensor
        The tensor.

    Raises
    ------
    InvalidParameter
        If more than 200000 neurons would be needed.

    Examples
    --------
    >>> from asymp.finite.robustness_law import SymmetricTensor, generic_data, power_network
    >>> points, labels = generic_data(12, 4)
    >>> tensor = SymmetricTensor(labels, points, 4)
    >>> network = power_network(tensor)
    >>> network.neurons, bool(abs(network.predict(points) - tensor.at(points)).max() < 1e-12)
    (160, True)
    """
    if tensor.order == 2:
        values, vectors = linalg.eigh(tensor.matrix())
        return TwoLayer(values, vectors.T, activation=power(2))
    p, d = tensor.order, tensor.dimension
    monomials = list(combinations_with_replacement(range(d), p - 1))
    if len(monomials) * 2 ** (p - 1) > WIDEST:
        raise InvalidParameter(
            f"order {p} in d = {d}: {len(monomials) * 2 ** (p - 1)} neurons, more than {WIDEST}; "
            "keep one neuron a point"
        )
    signs = np.array(list(product((1.0, -1.0), repeat=p - 1)))
    a, W = [], []
    for monomial in monomials:
        v = (tensor.weights * np.prod(tensor.points[:, monomial], axis=1)) @ tensor.points
        length = np.linalg.norm(v) or 1.0
        # The unit vector keeps the linear forms of one size; its length goes to the output.
        axes = np.eye(d)[list(monomial)]
        W.append(v / length + signs @ axes)
        a.append(np.prod(signs, axis=1) * (length * _repetitions(monomial)))
    return TwoLayer(
        np.concatenate(a) / (2 ** (p - 1) * factorial(p)), np.concatenate(W), activation=power(p)
    )


def _repetitions(monomial: tuple[int, ...]) -> float:
    """How often the monomial occurs among ordered index tuples."""
    return factorial(len(monomial)) / prod(factorial(m) for m in Counter(monomial).values())
