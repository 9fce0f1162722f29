r"""Limiting spectral laws and averages over them.

.. math:: \int f(t)\,d\mu(t), \qquad
          R_{jk}(h_0,h_1) = \int \frac{t^j}{(h_1t+h_0)^k}\,d\mu(t).
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from asymp.errors import NotDerivable

EIGENVALUE = sp.Symbol("t", nonnegative=True)


class SpectralLaw(sp.Basic):
    """Base class of the laws; a subclass knows its moments and how documents name it."""

    name: str
    symbol_latex: str

    def moment(self, order: int) -> sp.Expr:
        """Plain moment of that order."""
        raise NotImplementedError

    def inverse_moment(self, order: int) -> sp.Expr:
        """Moment of the inverse, of that order."""
        raise NotImplementedError


class PointMass(SpectralLaw):
    """Unit mass at 1: the law of an identity matrix."""

    name = "point mass at 1"
    symbol_latex = r"\delta_1"

    def moment(self, order: int) -> sp.Expr:
        """Every moment is 1."""
        return sp.Integer(1)

    def inverse_moment(self, order: int) -> sp.Expr:
        """Every inverse moment is 1."""
        return sp.Integer(1)


class MarchenkoPastur(SpectralLaw):
    r"""Law of :math:`WW^\top`, :math:`W\in\mathbb R^{N\times d}`, unit rows, :math:`N/d\to\psi`.

    With ``dual=True`` the law of :math:`W^\top W`: the same up to the mass at zero,
    :math:`\tilde\mu = \psi\mu + (1-\psi)\delta_0`.

    Examples
    --------
    >>> psi = sp.Symbol("psi", positive=True)
    >>> MarchenkoPastur(psi).moment(2), MarchenkoPastur(psi, True).moment(1)
    (psi + 1, psi)
    """

    name = "Marchenko-Pastur law"

    def __new__(cls, ratio: sp.Expr, dual: bool | sp.Basic = False) -> MarchenkoPastur:
        """Law of that ratio."""
        return super().__new__(cls, sp.sympify(ratio), sp.sympify(bool(dual)))

    @property
    def ratio(self) -> sp.Expr:
        """Rows over columns."""
        return self.args[0]

    @property
    def is_dual(self) -> bool:
        r"""Whether this is the law of :math:`W^\\top W`."""
        return bool(self.args[1])

    @property
    def symbol_latex(self) -> str:  # type: ignore[override]
        """Letter in documents."""
        return r"\tilde\mu" if self.is_dual else r"\mu"

    @property
    def dual(self) -> MarchenkoPastur:
        """The other one of the pair."""
        return MarchenkoPastur(self.ratio, not self.is_dual)

    def moment(self, order: int) -> sp.Expr:
        """Narayana polynomial of the ratio."""
        if order == 0:
            return sp.Integer(1)
        narayana = [
            sp.binomial(order, k) * sp.binomial(order, k - 1) / order for k in range(1, order + 1)
        ]
        plain = sum((n * self.ratio**k for k, n in enumerate(narayana)), sp.Integer(0))
        return sp.expand(self.ratio * plain) if self.is_dual else plain

    def inverse_moment(self, order: int) -> sp.Expr:
        r"""First and second inverse moment of the dual law; infinite unless :math:`\psi>1`.

        Raises
        ------
        NotDerivable
            For the law of :math:`WW^\top` itself, which has an atom at zero, and higher orders.
        """
        if not self.is_dual or order > 2:
            raise NotDerivable(f"no inverse moment of order {order} of the {self.name}")
        excess = self.ratio - 1
        finite = (sp.Integer(1), 1 / excess, self.ratio / excess**3)[order]
        return sp.Piecewise((finite, self.ratio > 1), (sp.oo, True)) if order else finite

    def density(self, ratio: Any) -> tuple[Any, Any, Any]:
        """Numerical density on its support and the two ends, for checks only."""
        import mpmath

        low, high = (1 - mpmath.sqrt(ratio)) ** 2, (1 + mpmath.sqrt(ratio)) ** 2
        scale = 1 if self.is_dual else ratio

        def density(t: Any) -> Any:
            return mpmath.sqrt(abs((high - t) * (t - low))) / (2 * mpmath.pi * t * scale)

        return density, low, high


class SpectralAverage(sp.Expr):
    r"""Average :math:`\int f(t)\,d\mu(t)` of an expression of :data:`EIGENVALUE` over a law.

    Examples
    --------
    >>> h = sp.Symbol("h", positive=True)
    >>> law = MarchenkoPastur(sp.Symbol("psi", positive=True))
    >>> SpectralAverage(1 / (EIGENVALUE + h), law).diff(h)
    -SpectralAverage((h + t)**(-2), MarchenkoPastur(psi, False))
    """

    is_commutative = True
    is_real = True

    def __new__(cls, integrand: Any, law: SpectralLaw) -> SpectralAverage:
        """Average of ``integrand``; what does not depend on the eigenvalue is pulled out."""
        integrand = sp.sympify(integrand)
        if not integrand.has(EIGENVALUE):
            return integrand * law.moment(0)
        outside, inside = integrand.as_independent(EIGENVALUE, as_Add=False)
        node = sp.Expr.__new__(cls, inside, law)
        return outside * node if outside != 1 else node

    @property
    def integrand(self) -> sp.Expr:
        """The averaged function of :data:`EIGENVALUE`."""
        return self.args[0]

    @property
    def law(self) -> SpectralLaw:
        """The law averaged over."""
        return self.args[1]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the bound eigenvalue."""
        return super().free_symbols - {EIGENVALUE}

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        inner = SpectralAverage(self.integrand.diff(symbol), self.law)
        if symbol in self.law.free_symbols:
            raise NotImplementedError("derivative of an average in a parameter of its law")
        return inner

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = rf"\int {printer._print(self.integrand)}\,d{self.law.symbol_latex}(t)"
        return rf"\left({text}\right)^{{{exp}}}" if exp else text


def coefficients(polynomial: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Constant and linear coefficient of an affine function of the eigenvalue."""
    found = sp.Poly(polynomial, EIGENVALUE)
    return found.coeff_monomial(1), found.coeff_monomial(EIGENVALUE)
