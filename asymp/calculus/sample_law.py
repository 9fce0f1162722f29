r"""Limiting law of :math:`T=Y Y^\top`, :math:`Y=Z C^{1/2}`, and of a vector in its dual.

:math:`Z\in\mathbb R^{N\times d}` has independent entries of variance 1/d, :math:`N/d\to\psi`, and
C has the spectrum of a discrete law. The resolvent is found from one scalar equation
(Marchenko-Pastur 1967; Silverstein 1995): with :math:`v_c=\frac{\eta c}{x+\eta c}`,

.. math:: \eta + \int v_c\,dC(c) = \psi,\qquad
          \int\frac{x}{t+x}d\mu = \frac\eta\psi,\qquad
          \int\frac{x}{t+x}d\nu = \int(1-v_c)\,dS(c),

where :math:`\nu` is the spectral measure of a fixed unit vector b in :math:`Y^\top Y` and S that
of b in C.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.spectral_law import SpectralLaw
from asymp.errors import NotDerivable


class SampleLaw(SpectralLaw):
    r"""Law :math:`\mu` of :math:`YY^\top` (N by N).

    Examples
    --------
    >>> psi = sp.Symbol("psi", positive=True)
    >>> SampleLaw(psi, DiscreteLaw((1,), (1,))).moment(1)
    1
    """

    name = "sample-covariance law"
    symbol_latex = r"\mu"

    def __new__(cls, ratio: sp.Expr, population: DiscreteLaw) -> SampleLaw:
        """Law of that ratio N/d and that population spectrum."""
        return super().__new__(cls, sp.sympify(ratio), population)

    @property
    def ratio(self) -> sp.Expr:
        """Rows over columns of Y."""
        return self.args[0]

    @property
    def population(self) -> DiscreteLaw:
        """Spectrum of C."""
        return self.args[1]

    def moment(self, order: int) -> sp.Expr:
        """Mass and mean; higher ones are not needed."""
        if order > 1:
            raise NotDerivable(f"no moment of order {order} of the {self.name}")
        return self.population.moment(order)

    def inverse_moment(self, order: int) -> sp.Expr:
        """There is none in closed form."""
        raise NotDerivable(f"no inverse moment of order {order} of the {self.name}")


class AlignedLaw(SampleLaw):
    r"""Law :math:`\nu` of a unit vector in :math:`Y^\top Y` (d by d), ``shares`` its law in C."""

    name = "spectral measure of the teacher in a sample covariance"
    symbol_latex = r"\nu"

    def __new__(cls, ratio: sp.Expr, population: DiscreteLaw, shares: DiscreteLaw) -> AlignedLaw:
        """Law of that ratio, population spectrum, and shares of the vector."""
        return sp.Basic.__new__(cls, sp.sympify(ratio), population, shares)

    @property
    def shares(self) -> DiscreteLaw:
        """Spectral measure of the vector in C."""
        return self.args[2]

    def moment(self, order: int) -> sp.Expr:
        r"""Mass, and mean :math:`\psi\int c\,dS`."""
        if order > 1:
            raise NotDerivable(f"no moment of order {order} of the {self.name}")
        return self.ratio**order * self.shares.moment(order)
