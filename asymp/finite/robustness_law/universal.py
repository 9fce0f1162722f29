r"""The universal law of robustness of Bubeck and Sellke, and the rates of all laws side by side."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

from asymp.errors import InvalidParameter
from asymp.symbols.arguments import BETWEEN, POSITIVE, number, whole


@dataclass(frozen=True)
class Rates:
    r"""What each law asks of a fit, without its constant.

    Attributes
    ----------
    conjecture : float
        :math:`\sqrt{n/k}` (Bubeck, Li and Nagaraj, conjecture 1; read).
    universal : float
        :math:`\sqrt{nd/p}` for p parameters (Bubeck and Sellke; second-hand, up to logarithms).
    projection : float
        :math:`\sqrt{d/k}` (theorem 6; read).
    tensor : float
        :math:`\sqrt{n/d^{q-1}}` for degree q (theorems 7 and 8; read).
    rank : float
        :math:`\sqrt{nd}/k` (theorem 9; read).
    """

    conjecture: float
    universal: float
    projection: float
    tensor: float
    rank: float


def rates(n: int, d: int, neurons: int, *, parameters: int | None = None, order: int = 2) -> Rates:
    r"""Rates of the laws for n points in d dimensions and k neurons.

    Points of norm one, labels of order one.

    Parameters
    ----------
    n, d, neurons : int
        Sizes.
    parameters : int, optional
        Number of parameters; k (d + 2) by default, all of a two-layer network.
    order : int
        Degree of the polynomial activation of the tensor law.

    Raises
    ------
    InvalidParameter
        If a size is no positive integer.

    Examples
    --------
    >>> from asymp.finite.robustness_law import rates
    >>> found = rates(10_000, 100, 400)
    >>> found.conjecture, round(found.universal, 3), found.projection, found.rank
    (5.0, 4.951, 0.5, 2.5)
    """
    for name, value in (("n", n), ("d", d), ("neurons", neurons), ("order", order)):
        whole(name, value, 1, "give a positive integer")
    p = neurons * (d + 2)
    if parameters is not None:
        p = whole("parameters", parameters, 1, "give their number, or leave it out")
    return Rates(
        sqrt(n / neurons), sqrt(n * d / p), sqrt(d / neurons), sqrt(n / d ** (order - 1)),
        sqrt(n * d) / neurons,
    )  # fmt: skip


def universal_law(
    n: int,
    d: int,
    parameters: int,
    *,
    excess: float,
    noise: float,
    diameter: float,
    sensitivity: float,
    isoperimetry: float = 1.0,
    failure: float = 0.05,
) -> float:
    r"""The universal law with explicit constants, as recalled: not checked against the paper.

    For inputs that satisfy c-isoperimetry, labels of conditional variance :math:`\sigma^2`, and a
    class with p parameters in a set of diameter W on which the function is J-Lipschitz in the
    parameters, with probability :math:`1-\delta` every member whose mean square error is below
    :math:`\sigma^2-\epsilon` has

    .. math::

        \mathrm{Lip}(f)\ge\frac{\epsilon}{2^9\sigma\sqrt c}
        \sqrt{\frac{nd}{p\log(60WJ/\epsilon)+\log(4/\delta)}}.

    Parameters
    ----------
    n, d, parameters : int
        Sizes n, d and p.
    excess, noise : float
        :math:`\epsilon\in(0,1)` and :math:`\sigma>0`.
    diameter, sensitivity : float
        W and J, with :math:`60WJ>\epsilon`.
    isoperimetry : float
        c; one for :math:`N(0,I_d/d)`.
    failure : float
        :math:`\delta\in(0,1)`.

    Returns
    -------
    float
        The bound.

    Raises
    ------
    InvalidParameter
        If a parameter is outside its range.

    Notes
    -----
    Bubeck and Sellke (2021), theorem 3: the rate :math:`\sqrt{nd/p}` is second-hand, the constants
    are recalled.

    Examples
    --------
    >>> from asymp.finite.robustness_law import universal_law
    >>> net = {"diameter": 10, "sensitivity": 10}
    >>> round(universal_law(10**9, 10**4, 10**5, excess=0.5, noise=0.7, **net), 2)
    4.55
    """
    for name, size in (("n", n), ("d", d), ("parameters", parameters)):
        whole(name, size, 1, "give a positive integer")
    for name, value in (
        ("noise", noise), ("diameter", diameter), ("sensitivity", sensitivity),
        ("isoperimetry", isoperimetry),
    ):  # fmt: skip
        number(name, value, POSITIVE, "give a positive number")
    for name, share in (("excess", excess), ("failure", failure)):
        number(name, share, BETWEEN, "give a number between")
    # Logarithms of the factors: their product may be beyond double precision.
    ball = log(60) + log(diameter) + log(sensitivity) - log(excess)
    if ball <= 0:
        raise InvalidParameter(
            f"diameter = {diameter}, sensitivity = {sensitivity}: 60 times their product must be "
            f"above excess = {excess}"
        )
    net = parameters * ball + log(4 / failure)
    return excess / (2**9 * noise * sqrt(isoperimetry)) * sqrt(n * d / net)
