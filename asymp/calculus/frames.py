r"""How averages over a spectral law are written: one frame for each kind of law.

A frame fixes the letters of an affine resolvent :math:`H(t)=H_0+H_1t` and turns an average over
it into something that can be evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.spectral_law import EIGENVALUE, PointMass, SpectralAverage
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


@dataclass(frozen=True)
class DiscreteFrame(Frame):
    """Atoms: averages are sums, written out for a few of them and tabulated for many."""

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

    def close(self, node: SpectralAverage) -> sp.Expr:
        """The sum over the atoms."""
        if not isinstance(node.law, DiscreteLaw):
            raise NotDerivable(f"no sum over atoms for an average over the {node.law.name}")
        return node.law.sum(node.integrand)
