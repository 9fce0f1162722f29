r"""Resolvent averages under the Marchenko-Pastur law, in closed form without cancellation.

With :math:`x = h_0/h_1` let

.. math:: D = \int\frac{t}{t+x}d\mu, \quad s = \int\frac{x}{t+x}d\mu = x\,g(x), \quad
          \tilde s = \int\frac{x}{t+x}d\tilde\mu = x\,\tilde g(x),

where :math:`g(x)=\int(t+x)^{-1}d\mu` is the Stieltjes transform at :math:`-x`. It solves
:math:`\psi x g^2 + (x+1-\psi) g - 1 = 0`, so that :math:`D + s = 1`, :math:`\psi D + \tilde s = 1`
and :math:`xD = s\tilde s`. Every average with a squared resolvent is then a quotient of sums of
positive terms over :math:`\Delta = s + \tilde s D = 1 - \psi D^2`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.calculus.frames import AffineFrame, Named
from asymp.calculus.primitives import mp_dual_empty, mp_empty, mp_full
from asymp.calculus.spectral_law import MarchenkoPastur, SpectralLaw
from asymp.errors import NotDerivable


@dataclass(frozen=True)
class ResolventFrame(AffineFrame):
    r"""Names of the quantities in which averages over :math:`(h_1t+h_0)^{-k}` are written.

    Parameters
    ----------
    ratio : sympy.Expr
        Ratio of the law.
    h0, h1 : sympy.Expr
        Coefficients of the resolvent, usually named symbols.
    x, full, empty, dual_empty, delta : sympy.Symbol
        :math:`x, D, s, \tilde s, \Delta` of the module's header.
    j02, j12, j22, dual_j02 : sympy.Symbol
        :math:`J_{02}=\int(\frac{x}{t+x})^2d\mu`, :math:`J_{12}=\int\frac{t}{(t+x)^2}d\mu`,
        :math:`J_{22}=\int(\frac{t}{t+x})^2d\mu` and the first for the dual law.
    """

    ratio: sp.Expr
    h0: sp.Expr
    h1: sp.Expr
    x: sp.Symbol
    full: sp.Symbol
    empty: sp.Symbol
    dual_empty: sp.Symbol
    delta: sp.Symbol
    j02: sp.Symbol
    j12: sp.Symbol
    j22: sp.Symbol
    dual_j02: sp.Symbol

    @property
    def definitions(self) -> tuple[Named, ...]:
        """Symbol, expression and meaning of each named quantity, in order."""
        s = self
        return (
            (s.x, s.h0 / s.h1, "argument of the Stieltjes transform"),
            (s.full, mp_full(s.x, s.ratio), r"$\int\frac{t}{t+x}d\mu=1-x\,g(x)$"),
            (s.empty, mp_empty(s.x, s.ratio), r"$\int\frac{x}{t+x}d\mu=x\,g(x)$"),
            (s.dual_empty, mp_dual_empty(s.x, s.ratio), r"$\int\frac{x}{t+x}d\tilde\mu$"),
            (s.delta, s.empty + s.dual_empty * s.full, r"$1-\psi D^2$"),
            (s.j02, s.empty**2 / s.delta, r"$\int\frac{x^2}{(t+x)^2}d\mu$"),
            (s.j12, s.full**2 / s.delta, r"$\int\frac{t}{(t+x)^2}d\mu$"),
            (
                s.j22,
                s.full**2 * (s.dual_empty + s.ratio * s.empty) / s.delta,
                r"$\int\frac{t^2}{(t+x)^2}d\mu$",
            ),
            (s.dual_j02, s.dual_empty**2 / s.delta, r"$\int\frac{x^2}{(t+x)^2}d\tilde\mu$"),
        )

    def average(self, j: int, k: int, dual: bool) -> sp.Expr:
        r""":math:`R_{jk}` over the law or its dual, as a quotient of positive terms.

        Raises
        ------
        NotDerivable
            For more than a squared resolvent or a numerator of higher degree.
        """
        forms = {
            (0, 1): self.empty / self.h0,
            (1, 1): self.full / self.h1,
            (0, 2): self.j02 / self.h0**2,
            (1, 2): self.j12 / self.h1**2,
            (2, 2): self.j22 / self.h1**2,
        }
        dual_forms = {(0, 1): self.dual_empty / self.h0, (0, 2): self.dual_j02 / self.h0**2}
        if (j, k) not in forms:
            raise NotDerivable(f"no closed form for the average of t^{j}/(h1 t + h0)^{k}")
        if not dual:
            return forms[j, k]
        return dual_forms.get((j, k), self.ratio * forms[j, k])

    def average_over(self, law: SpectralLaw, j: int, k: int) -> sp.Expr:
        r""":math:`R_{jk}` over the Marchenko-Pastur law or its dual."""
        if not isinstance(law, MarchenkoPastur):
            raise NotDerivable(f"no closed form for an average over the {law.name}")
        return self.average(j, k, law.is_dual)


def prove_closed_forms() -> bool:
    r"""Derive each closed form from the quadratic of the Stieltjes transform and compare exactly.

    Both sides are rational functions of :math:`(D,\psi)` once
    :math:`x = (1-D)(1-\psi D)/D`; squared resolvents come from differentiating in :math:`h_0`.

    Examples
    --------
    >>> prove_closed_forms()
    True
    """
    letters = sp.symbols("x D s sd Delta J02 J12 J22 Jd02", positive=True)
    ratio, h1 = sp.symbols("psi h1", positive=True)
    full = letters[1]
    x = (1 - full) * (1 - ratio * full) / full
    slope = 1 / x.diff(full)  # dD/dx, from the quadratic
    frame = ResolventFrame(ratio, x * h1, h1, *letters)
    explicit = {frame.x: x, frame.empty: 1 - full, frame.dual_empty: 1 - ratio * full}
    for symbol, value, _ in frame.definitions[4:]:
        explicit[symbol] = value.subs(explicit)

    def average(j: int, k: int, dual: bool) -> sp.Expr:
        return frame.average(j, k, dual).subs(explicit)

    gaps = []
    for dual in (False, True):
        first = {j: average(j, 1, dual) for j in (0, 1)}
        for j in (0, 1):  # R_{j2} = -dR_{j1}/dh0, and dh0 = h1 dx
            gaps.append(first[j].diff(full) * slope / h1 + average(j, 2, dual))
        # t^2 = t (h1 t + h0)/h1 - (h0/h1) t
        gaps.append(first[1] / h1 - x * average(1, 2, dual) - average(2, 2, dual))
        mass = first[0] * x * h1 + first[1] * h1
        gaps.append(mass - 1)
    return all(sp.cancel(sp.together(gap)) == 0 for gap in gaps)
