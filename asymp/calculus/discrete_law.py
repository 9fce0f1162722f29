r"""Laws with finitely many atoms, :math:`\mu=\sum_kw_k\delta_{t_k}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.core.symbol import Str

from asymp.calculus.spectral_law import EIGENVALUE, SpectralLaw
from asymp.calculus.table import TableSum

FEW = 6  # up to so many atoms a sum is written out


class DiscreteLaw(SpectralLaw):
    r"""Law :math:`\mu=\sum_kw_k\delta_{t_k}` of atoms that are numbers or expressions.

    A teacher's law may have less mass than one: what it lacks is the share of the teacher that no
    linear function of the features explains.

    Parameters
    ----------
    values, weights : sequence of sympy expressions
        Atoms :math:`t_k\ge0` and their weights.
    letter : str
        LaTeX of the law in documents.
    mass : sympy.Expr, optional
        The total weight where it is known exactly, so that rounding of the weights does not
        count; default their sum.

    Examples
    --------
    >>> r = sp.Symbol("r", positive=True)
    >>> law = DiscreteLaw((1, r), (sp.S.Half, sp.S.Half))
    >>> law.moment(2), law.inverse_moment(1), law.mass_at_zero
    (r**2/2 + 1/2, 1/2 + 1/(2*r), 0)
    """

    name = "discrete law"
    _tabulated: bool

    def __new__(
        cls, values: Iterable[Any], weights: Iterable[Any], letter: Any = r"\mu", mass: Any = None
    ) -> DiscreteLaw:
        """Law of those atoms."""
        text = letter if isinstance(letter, Str) else Str(letter)
        atoms = sp.Tuple(*values), sp.Tuple(*weights)
        total = sp.Add(*atoms[1]) if mass is None else sp.sympify(mass)
        law = super().__new__(cls, *atoms, text, total)
        long = len(atoms[0]) > FEW
        law._tabulated = long and all(x.is_number for part in atoms for x in part)
        return law

    def _eval_subs(self, old: sp.Basic, new: sp.Basic) -> DiscreteLaw | None:
        """Numbers stay as they are: hundreds of them are not searched each time."""
        return self if self._tabulated else None

    def _xreplace(self, rule: Any) -> tuple[sp.Basic, bool]:
        return (self, False) if self._tabulated else super()._xreplace(rule)

    @property
    def values(self) -> sp.Tuple:
        """The atoms."""
        return self.args[0]

    @property
    def weights(self) -> sp.Tuple:
        """Their weights."""
        return self.args[1]

    @property
    def symbol_latex(self) -> str:  # type: ignore[override]
        """Letter in documents."""
        return str(self.args[2].name)

    @property
    def mass(self) -> sp.Expr:
        """Total weight."""
        return self.args[3]

    @property
    def atoms_latex(self) -> str:
        """The atoms if they are few, else their number and range."""
        if not self.is_tabulated:
            terms = (rf"{_bracketed(w)}\,\delta_{{{sp.latex(t)}}}" for t, w in self._atoms())
            return "+".join(terms)
        ends = (float(min(self.values)), float(max(self.values)))
        count, span = len(self.values), r"t_k\in[{:.4g},\,{:.4g}]".format(*ends)
        return rf"\sum_{{k=1}}^{{{count}}}w_k\,\delta_{{t_k}},\qquad {span}"

    @property
    def is_tabulated(self) -> bool:
        """Whether sums over the atoms are loops over a table, not written out."""
        return self._tabulated

    @property
    def mass_at_zero(self) -> sp.Expr:
        """Weight of the atom at zero."""
        return sp.Add(*(w for t, w in self._atoms() if t == 0))

    def _atoms(self) -> list[tuple[sp.Expr, sp.Expr]]:
        return list(zip(self.values, self.weights, strict=True))

    def moment(self, order: int) -> sp.Expr:
        """Plain moment of that order; order 0 is the mass."""
        if order == 0:
            return self.mass
        return sp.Add(*(w * t**order for t, w in self._atoms()))

    def inverse_moment(self, order: int) -> sp.Expr:
        """Moment of the inverse; infinite with an atom at zero."""
        if order == 0:
            return self.mass
        if any(t == 0 and w != 0 for t, w in self._atoms()):
            return sp.oo
        return sp.Add(*(w * t**-order for t, w in self._atoms() if t != 0))

    def sum(self, integrand: sp.Expr) -> sp.Expr:
        r""":math:`\sum_kw_kf(t_k)`; the atom at zero is taken by its limit, apart from the rest."""
        if not self.is_tabulated:
            return sp.Add(*(w * integrand.subs(EIGENVALUE, t) for t, w in self._atoms()))
        outside, inside = integrand.as_independent(EIGENVALUE, as_Add=False)
        if inside.is_polynomial(EIGENVALUE):
            terms = sp.Poly(inside, EIGENVALUE).terms()
            return outside * sp.Add(*(c * self.moment(k) for (k,), c in terms))
        zero = self.mass_at_zero * integrand.subs(EIGENVALUE, 0) if 0 in self.values else 0
        kept = [(t, w) for t, w in self._atoms() if t != 0]
        return outside * TableSum(inside, EIGENVALUE, *zip(*kept, strict=True)) + zero


def _bracketed(weight: sp.Expr) -> str:
    text = sp.latex(weight)
    return rf"\left({text}\right)" if isinstance(weight, sp.Add) else text
