r"""How averages over a spectral law are written: one frame for each kind of law.

A frame fixes the letters of an affine resolvent :math:`H(t)=H_0+H_1t` and turns an average over
it into something that can be evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.spectral_law import EIGENVALUE, PointMass, SpectralAverage, SpectralLaw
from asymp.errors import NotDerivable

Named = tuple[sp.Symbol, sp.Expr, str]


class Frame:
    """Base class of frames."""

    @property
    def resolvent(self) -> sp.Expr:
        """The Hamiltonian as a function of :data:`EIGENVALUE`, in the frame's letters."""
        raise NotImplementedError

    @property
    def letters(self) -> tuple[sp.Expr, ...]:
        """Coefficients that a system must define: constant part, then linear part if any."""
        raise NotImplementedError

    @property
    def definitions(self) -> tuple[Named, ...]:
        """Symbol, expression and meaning of quantities that closed forms use, in order."""
        return ()

    def close(self, node: SpectralAverage) -> sp.Expr:
        """Closed or numeric form of one average.

        Raises
        ------
        NotDerivable
            If the frame is not that of the average's law.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class FlatFrame(Frame):
    """All directions are alike: the Hamiltonian is one number."""

    h0: sp.Expr

    @property
    def resolvent(self) -> sp.Expr:
        """The one number."""
        return self.h0

    @property
    def letters(self) -> tuple[sp.Expr, ...]:
        """The one number."""
        return (self.h0,)

    def close(self, node: SpectralAverage) -> sp.Expr:
        """The integrand at the one eigenvalue."""
        if not isinstance(node.law, PointMass):
            raise NotDerivable(f"no closed form for an average over the {node.law.name}")
        return node.integrand.subs(EIGENVALUE, 1)


class AffineFrame(Frame):
    r"""An affine Hamiltonian whose averages reduce to :math:`R_{jk}=\int t^j/(h_1t+h_0)^k`."""

    h0: sp.Expr
    h1: sp.Expr

    @property
    def resolvent(self) -> sp.Expr:
        """Affine in the eigenvalue."""
        return self.h1 * EIGENVALUE + self.h0

    @property
    def letters(self) -> tuple[sp.Expr, ...]:
        """Constant and linear part."""
        return self.h0, self.h1

    def average_over(self, law: SpectralLaw, j: int, k: int) -> sp.Expr:
        r""":math:`R_{jk}` over a law that the frame knows.

        Raises
        ------
        NotDerivable
            For another law, more than a squared resolvent, or a numerator of higher degree.
        """
        raise NotImplementedError

    def close(self, node: SpectralAverage) -> sp.Expr:
        """Closed form of the average of a polynomial over a power of the resolvent.

        Raises
        ------
        NotDerivable
            If the integrand is not of that form, or the law another.
        """
        numerator, denominator = sp.fraction(sp.together(node.integrand))
        k, constant = self._power(denominator)
        total = sp.Integer(0)
        for (j,), coefficient in sp.Poly(numerator, EIGENVALUE).terms():
            total += coefficient / constant * self.average_over(node.law, j, k)
        return self._tidy(total)

    def _power(self, denominator: sp.Expr) -> tuple[int, sp.Expr]:
        for k in range(5):
            rest = sp.cancel(denominator / self.resolvent**k)
            if not rest.has(EIGENVALUE):
                return k, rest
        raise NotDerivable(f"{denominator} is not a power of the resolvent {self.resolvent}")

    def _tidy(self, closed: sp.Expr) -> sp.Expr:
        """Collect by resolvent quantity, each with a factored coefficient."""
        letters = [symbol for symbol, _, _ in self.definitions if closed.has(symbol)]
        collected = sp.collect(sp.expand(closed), letters, evaluate=False)
        return sp.Add(*(sp.factor(coefficient) * part for part, coefficient in collected.items()))


@dataclass(frozen=True)
class DiscreteFrame(AffineFrame):
    """Atoms: averages are sums, written out for a few of them and tabulated for many."""

    h0: sp.Expr
    h1: sp.Expr

    def close(self, node: SpectralAverage) -> sp.Expr:
        """The sum over the atoms."""
        if not isinstance(node.law, DiscreteLaw):
            raise NotDerivable(f"no sum over atoms for an average over the {node.law.name}")
        return node.law.sum(node.integrand)
