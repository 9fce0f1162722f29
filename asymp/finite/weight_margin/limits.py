r"""Bound over truth for a wide two-layer network, in the proportional limit.

The network is :math:`f=A\varphi(Wx)` with rows of W of norm 1 (or :math:`W_{ka}\sim N(0,1/d)`),
:math:`x\sim N(0,I_d)`, and rows of A whose difference c is independent of W and has symmetric
entries; d and the number N of units grow in proportion. Then the pre-activations of the units
that matter are standard Gaussians G, independent of c.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.weight_margin.radii import NORMS, Norm
from asymp.problem.activation import VARIABLE, Activation
from asymp.symbols.arguments import POSITIVE, choice, number

_LEAST = 1e-6
"""Reach below which a numerical mean has too few digits to divide by."""
_GRID = np.linspace(-20, 20, 4001)


def last_layer_size(activation: Any, norm: Norm = "elementwise") -> sp.Expr:
    r"""Limit of :math:`\frac1N\|\varphi(Wx)\|_1`, or of :math:`\|\varphi(Wx)\|_2/\sqrt N`.

    .. math:: \mathbb E|\varphi(G)|,\qquad\big(\mathbb E\varphi(G)^2\big)^{1/2} .

    The worst drop under a perturbation of the last layer is this times :math:`2\epsilon N`, or
    :math:`\sqrt2\,\epsilon\sqrt N`, and the bound equals it: their ratio is 1 at every size.

    Parameters
    ----------
    activation : str, sympy.Expr, callable or Activation
        As :class:`asymp.Activation` takes it; ``"plain-relu"`` is :math:`\max(u,0)`.
    norm : {"elementwise", "frobenius"}

    Returns
    -------
    sympy.Expr
        In closed form where one is found, else a number to 15 digits.

    Raises
    ------
    InvalidProblem, InvalidParameter
        If it is not an activation, or the norm is unknown.

    Notes
    -----
    Status: derived (law of large numbers).

    Examples
    --------
    >>> last_layer_size("plain-relu"), last_layer_size("plain-relu", "frobenius")
    (sqrt(2)/(2*sqrt(pi)), sqrt(2)/2)
    """
    given = Activation.of(activation)
    if choice("norm", norm, NORMS) == "frobenius":
        return sp.sqrt(_value(given.coefficients.second_moment))
    return _value(Activation.of(sp.Abs(given.expression)).coefficients.mu0)


def input_size(norm: Norm = "elementwise") -> sp.Expr:
    r"""Limit of :math:`\frac1d\|x\|_1` or of :math:`\|x\|_2/\sqrt d` for Gaussian inputs.

    Parameters
    ----------
    norm : {"elementwise", "frobenius"}

    Returns
    -------
    sympy.Expr
        :math:`\mathbb E|G|=\sqrt{2/\pi}`, or 1.

    Raises
    ------
    InvalidParameter
        If the norm is unknown.

    Examples
    --------
    >>> input_size(), input_size("frobenius")
    (sqrt(2)/sqrt(pi), 1)
    """
    if choice("norm", norm, NORMS) == "frobenius":
        return sp.Integer(1)
    return last_layer_size(VARIABLE)


def first_layer_ratio(activation: Any, reach: Any = None, norm: Norm = "elementwise") -> sp.Expr:
    r"""Limit of bound over worst case for a perturbation of the first layer.

    Elementwise, with the reach :math:`r=\epsilon\|x\|_1` held fixed as d and N grow,

    .. math:: \frac{\epsilon\|x\|_1\|c\|_1}{\text{worst drop}}\to
              \frac{2r}{\mathbb E\varphi(G+r)-\mathbb E\varphi(G-r)}
              \ \xrightarrow[r\to0]{}\ \frac1{\mathbb E\varphi'(G)}=\frac1{\mu_1},

    since each unit moves by r against the sign of :math:`c_k`. For the ReLU
    :math:`\varphi(u)=\frac12(u+|u|)`, whose even part drops out of the difference, it is exactly
    2 at **every** reach. In the Frobenius norm, with :math:`\epsilon\|x\|_2` held fixed, units
    move by :math:`O(N^{-1/2})` and the ratio is :math:`(\mathbb E\varphi'(G)^2)^{-1/2}`.

    Parameters
    ----------
    activation : str, sympy.Expr, callable or Activation
        As :class:`asymp.Activation` takes it; ``"plain-relu"`` is :math:`\max(u,0)`.
    reach : number, optional
        :math:`r>0` (elementwise only); the limit :math:`r\to0` when not given.
    norm : {"elementwise", "frobenius"}

    Returns
    -------
    sympy.Expr
        In closed form where one is found, else a number to 15 digits.

    Raises
    ------
    InvalidParameter
        If the activation decreases somewhere, so that its worst case is another one; if the
        reach is not a positive number, is beyond round-off (far out on a saturated activation,
        or tiny), or is given for the Frobenius norm, whose ratio has none; or if the norm is
        unknown.

    Notes
    -----
    Status: derived.

    Examples
    --------
    >>> first_layer_ratio("plain-relu"), first_layer_ratio("plain-relu", norm="frobenius")
    (2, sqrt(2))
    >>> first_layer_ratio("plain-relu", sp.Rational(3, 2))
    2
    """
    given = _monotone(Activation.of(activation))
    if choice("norm", norm, NORMS) == "frobenius":
        if reach is not None:
            raise InvalidParameter(
                f"reach={reach}: the ratio in the frobenius norm has none; leave it out"
            )
        return 1 / sp.sqrt(_value(given.coefficients.derivative_moment))
    if reach is None:
        return 1 / _value(given.coefficients.mu1)
    number("reach", reach, POSITIVE, "give a number above 0; for several, one call for each")
    r = sp.nsimplify(reach, rational=True)
    return sp.simplify(r / _odd_mean(given, r))


def _monotone(activation: Activation) -> Activation:
    values = sp.lambdify(VARIABLE, activation.expression, ["scipy", "numpy"])(_GRID)
    if (np.diff(values) < -1e-12).any():  # rounding of values up to 20
        raise InvalidParameter(
            f"activation {activation.name!r} decreases somewhere: the worst case of the first "
            "layer is known for monotone ones"
        )
    return activation


def _odd_mean(activation: Activation, r: sp.Expr) -> sp.Expr:
    r"""Half of :math:`\mathbb E\varphi(G+r)-\mathbb E\varphi(G-r)`, by the odd part at one end.

    The even part, which drops out, may be as large as the reach or larger.
    """
    given = activation.expression
    odd = sp.expand((given - given.subs(VARIABLE, -VARIABLE)) / 2)
    try:
        found = Activation.of(odd.subs(VARIABLE, VARIABLE + r)).coefficients.mu0
    except InvalidProblem:  # constant to round-off where the shifted Gaussian lives
        found = None
    inexact = found is None or (found.exact is None and r < _LEAST)
    if inexact or not _value(found).is_positive:
        raise InvalidParameter(
            f"reach = {float(r):g}: activation {activation.name!r} does not move there by more "
            "than round-off; give a reach nearer to 1, or leave it out for the limit of small ones"
        )
    return _value(found)


def _value(coefficient: Any) -> sp.Expr:
    """Closed form, or the nearest number."""
    return coefficient.exact if coefficient.exact is not None else sp.Float(coefficient.value, 15)
