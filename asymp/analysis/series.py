r"""Expansions of an observable in one parameter: at a point, at a phase boundary, at infinity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from asymp.analysis.approaching import Point, approach_of
from asymp.analysis.identify import identify
from asymp.analysis.names import observable_of, parameter_of
from asymp.analysis.powers import digits_needed, expand
from asymp.analysis.series_latex import series_latex
from asymp.errors import InvalidParameter
from asymp.solver.describe import Solvable
from asymp.symbols import Quantity


@dataclass(frozen=True, eq=False)
class Series:
    r"""Expansion :math:`O = \sum_k c_k\,u^{e_k} + \dots` in the distance u to a point.

    Parameters
    ----------
    observable, parameter : Quantity
    point : Point
        Where u = 0 and from which side: :math:`u=|a-a_0|`, or :math:`u=1/a` at infinity.
    exponents : tuple of Fraction
    coefficients : tuple of mpmath.mpf
    errors : tuple of float
        Estimated absolute error of each coefficient: its change between samples at one distance
        and at half of it.
    omitted : (coefficient, Fraction)
        The first power left out.
    held : mapping of str to sympy.Expr
        The other parameters.
    """

    observable: Quantity
    parameter: Quantity
    point: Point
    exponents: tuple[Fraction, ...]
    coefficients: tuple[Any, ...]
    errors: tuple[float, ...]
    omitted: tuple[Any, Fraction]
    held: Mapping[str, sp.Expr]

    @cached_property
    def symbolic(self) -> tuple[sp.Expr | None, ...]:
        r"""Coefficients of the form :math:`\pm\sqrt r\,\pi^{j/2}` recognised by their digits.

        None where none of small height fits. It is a guess from some thirty digits, not a proof.
        """
        return tuple(map(identify, self.coefficients, self.errors))

    def distance(self, values: Any) -> Any:
        """The distance u of parameter values."""
        if self.point.value is None:
            return 1 / values
        return self.point.side * (values - float(self.point.value))

    def __call__(self, values: Any) -> Any:
        """Sum of the terms at values of the parameter: numbers, arrays or DataArrays."""
        u = self.distance(values if hasattr(values, "dtype") else np.asarray(values, dtype=float))
        terms = (
            float(c) * u ** float(e) for c, e in zip(self.coefficients, self.exponents, strict=True)
        )
        return sum(terms)

    def error(self, values: Any) -> Any:
        """Size of the first power left out: what the sum is wrong by, near the point."""
        u = self.distance(values if hasattr(values, "dtype") else np.asarray(values, dtype=float))
        coefficient, exponent = self.omitted
        return abs(float(coefficient)) * abs(u) ** float(exponent)

    def latex(self) -> str:
        """The expansion, with recognised coefficients in closed form and others as decimals."""
        return series_latex(self)

    def _repr_latex_(self) -> str:
        return self.latex()

    def __repr__(self) -> str:
        terms = ", ".join(
            f"{mpmath.nstr(c, 8)} u^{e}"
            for c, e in zip(self.coefficients, self.exponents, strict=True)
        )
        return f"<Series of {self.observable.name}, u = {self.point.text(self.parameter)}: {terms}>"


def series(
    theorem: Solvable,
    observable: str,
    parameter: str,
    at: Any,
    order: int = 2,
    *,
    side: str | None = None,
    **parameters: Any,
) -> Series:
    r"""Expand an observable in one parameter, the others held.

    The fixed point is solved to some eighty digits at distances around 1e-6 of the point, so that
    coefficients come out with twenty digits or more; ``errors`` says how many. Exponents are
    found: integers at a regular point, fractions with denominators up to 4 elsewhere.

    Parameters
    ----------
    theorem : Theorem
    observable : str
        Name of an observable or an order parameter.
    parameter : str
        Name of the parameter to expand in.
    at : number, str or sympy.Expr
        The point; ``"oo"`` for the expansion in the inverse of the parameter; the name of a phase
        boundary, such as ``"eps_max"``. At the end of the domain (``eps`` at 0) the expansion is
        that from inside, which may differ from the value at the end itself.
    order : int
        Powers up to this one beyond the leading.
    side : {"+", "-"}, optional
        From above or below; needed where the theorem's branches differ on the two sides.
    **parameters
        The others, as numbers, fractions or expressions; a float means its shortest decimal
        (0.1 is one tenth). A parameter whose default follows the expanded one must be given if
        the observable depends on it: a value, or the name of the expanded one.

    Returns
    -------
    Series

    Raises
    ------
    InvalidParameter
        For bad names or values, or a missing side.
    NotDerivable
        If there is no expansion in such powers.
    NotConverged
        If there is no fixed point near the point.

    Examples
    --------
    The risk of least squares is :math:`\tau^2(1+1/\alpha+\dots)`:

    >>> import asymp
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> found = series(theorem, "standard_risk", "alpha", "oo", 2, tau="1/2")
    >>> found.symbolic
    (1/4, 1/4, 1/4)
    """
    quantity, variable = observable_of(theorem, observable), parameter_of(theorem, parameter)
    if isinstance(order, bool) or not isinstance(order, int) or not 0 <= order <= 8:
        raise InvalidParameter(f"order = {order!r}: give an integer from 0 to 8")
    with mpmath.workdps(digits_needed(order)):
        approach, point, held = approach_of(theorem, observable, parameter, at, side, parameters)
        scale = abs(point.value) if point.value else mpmath.mpf(1)
        found = expand(approach.value, scale, order)
    last = (found.coefficients[-1], found.exponents[-1])
    return Series(
        quantity, variable, point, found.exponents[:-1], found.coefficients[:-1],
        found.errors[:-1], last, held,
    )  # fmt: skip
