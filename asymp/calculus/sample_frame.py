r"""Resolvent averages over sample-covariance laws, as quotients of sums of positive terms.

In the letters of :mod:`asymp.calculus.sample_law`, let :math:`v_C,p_C,r_C` be the averages of
:math:`v, v(1-v), v^2` over C, and :math:`v_S,p_S,r_S,w_S` those of
:math:`v, v(1-v), v^2, (1-v)^2` over the shares S. Differentiating the equation of :math:`\eta` in x
gives :math:`1-x\eta'/\eta=\eta/(\eta+p_C)` and with it

.. math:: J_{02} = \frac{\eta^2}{\psi(\eta+p_C)},\quad
          xJ_{12} = \frac{\eta p_C}{\psi(\eta+p_C)},\quad
          J_{22} = \frac{\eta r_C+p_Cv_C}{\psi(\eta+p_C)},\qquad
          K_{02} = w_S+\frac{p_Cp_S}{\eta+p_C},\quad xK_{12} = \frac{\eta p_S}{\eta+p_C},\quad
          K_{22} = r_S+\frac{p_Cp_S}{\eta+p_C},

with J over :math:`\mu`, K over :math:`\nu` and indices as in :mod:`asymp.calculus.resolvent`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.frames import AffineFrame, Named
from asymp.calculus.named_root import NamedRoot
from asymp.calculus.sample_law import AlignedLaw, SampleLaw
from asymp.calculus.spectral_law import EIGENVALUE, SpectralLaw
from asymp.errors import NotDerivable
from asymp.symbols import POSITIVE, Letter, letter

TINY = sp.Float("1e-70")  # keeps x and its fourth power off zero
NAMES = "x eta v_C p_C r_C v_S p_S J_02 J_12 J_22 K_02 K_12 K_22"
LETTERS: dict[str, Letter] = {name: letter(name, POSITIVE) for name in NAMES.split()}


@dataclass(frozen=True)
class SampleFrame(AffineFrame):
    """Names of the quantities in which averages over the two laws are written.

    Parameters
    ----------
    h0, h1 : sympy.Expr
        Coefficients of the resolvent.
    ratio : sympy.Expr
    population, shares : DiscreteLaw
        Spectrum of C, and of the teacher in it.
    floor : sympy.Expr
        Added to x; :data:`TINY` where the constant part may vanish (linear features).
    """

    h0: sp.Expr
    h1: sp.Expr
    ratio: sp.Expr
    population: DiscreteLaw
    shares: DiscreteLaw
    floor: sp.Expr = sp.S.Zero

    @property
    def definitions(self) -> tuple[Named, ...]:
        """Symbol, expression and meaning of each named quantity, in order."""
        x, eta, v, p, r, v_s, p_s, j02, j12, j22, k02, k12, k22 = LETTERS.values()
        value = eta * EIGENVALUE / (x + eta * EIGENVALUE)
        rest = x / (x + eta * EIGENVALUE)
        over, among = self.population.sum, self.shares.sum
        balance = eta + over(value) - self.ratio
        # the balance is concave, so that Newton's method from the left stays on the left
        root = NamedRoot(balance, eta, self.ratio * x / (1 + x), 0, self.ratio)
        below = self.ratio * (eta + p)
        return (
            (x, self.h0 / self.h1 + self.floor, "argument of the Stieltjes transform"),
            (eta, root, r"$\eta+\int\frac{\eta c}{x+\eta c}dC=\psi$"),
            (v, over(value), r"$\int v\,dC$"),
            (p, over(value * rest), r"$\int v(1-v)\,dC$"),
            (r, over(value**2), r"$\int v^2dC$"),
            (v_s, among(value), r"$\int v\,dS$"),
            (p_s, among(value * rest), r"$\int v(1-v)\,dS$"),
            (j02, eta**2 / below, r"$\int\frac{x^2}{(t+x)^2}d\mu$"),
            (j12, eta * p / (x * below), r"$\int\frac{t}{(t+x)^2}d\mu$"),
            (j22, (eta * r + p * v) / below, r"$\int\frac{t^2}{(t+x)^2}d\mu$"),
            (k02, among(rest**2) + p * p_s / (eta + p), r"$\int\frac{x^2}{(t+x)^2}d\nu$"),
            (k12, eta * p_s / (x * (eta + p)), r"$\int\frac{t}{(t+x)^2}d\nu$"),
            (k22, among(value**2) + p * p_s / (eta + p), r"$\int\frac{t^2}{(t+x)^2}d\nu$"),
        )

    def average_over(self, law: SpectralLaw, j: int, k: int) -> sp.Expr:
        r""":math:`R_{jk}` over :math:`\mu` or :math:`\nu`."""
        s, (h0, h1) = LETTERS, self.letters
        if isinstance(law, AlignedLaw):
            among_rest = self.shares.sum(s["x"] / (s["x"] + s["eta"] * EIGENVALUE))
            first = {(0, 1): among_rest / h0, (1, 1): s["v_S"] / h1}
            squared = s["K_02"], s["K_12"], s["K_22"]
        elif isinstance(law, SampleLaw):
            first = {(0, 1): s["eta"] / (self.ratio * h0), (1, 1): s["v_C"] / (self.ratio * h1)}
            squared = s["J_02"], s["J_12"], s["J_22"]
        else:
            raise NotDerivable(f"no closed form for an average over the {law.name}")
        scales = (h0**2, h1**2, h1**2)
        second = {(i, 2): squared[i] / scales[i] for i in range(3)}
        forms = first | second
        if (j, k) not in forms:
            raise NotDerivable(f"no closed form for the average of t^{j}/(h1 t + h0)^{k}")
        return forms[j, k]


def prove_sample_forms() -> bool:
    r"""Derive each squared average by implicit differentiation and compare exactly.

    Population and shares are two atoms with symbols throughout; the equation of :math:`\eta`
    eliminates :math:`\psi`.

    Examples
    --------
    >>> prove_sample_forms()
    True
    """
    c1, c2, w, s, h1 = sp.symbols("c1 c2 w s h1", positive=True)
    population, shares = (DiscreteLaw((c1, c2), (u, 1 - u), mass=1) for u in (w, s))
    x, eta = LETTERS["x"], LETTERS["eta"]
    value = eta * EIGENVALUE / (x + eta * EIGENVALUE)
    ratio = sp.Symbol("psi", positive=True)
    frame = SampleFrame(x * h1, h1, ratio, population, shares)
    explicit: dict[sp.Expr, sp.Expr] = {}
    for symbol, expression, _ in frame.definitions[2:]:
        explicit[symbol] = expression.subs(explicit)
    balance = eta + population.sum(value)
    slope = -balance.diff(x) / balance.diff(eta)
    gaps = []
    for law in (SampleLaw(ratio, population), AlignedLaw(ratio, population, shares)):
        first = [frame.average_over(law, j, 1).subs(explicit) for j in (0, 1)]
        second = [frame.average_over(law, j, 2).subs(explicit) for j in (0, 1, 2)]
        total = (e.diff(x) + e.diff(eta) * slope for e in first)  # R_j1' = -h1 R_j2
        gaps += [d + h1 * r for d, r in zip(total, second[:2], strict=True)]
        gaps.append(first[1] / h1 - x * second[1] - second[2])
        gaps.append(first[0] * x * h1 + first[1] * h1 - 1)
    return all(sp.cancel(sp.together(gap.subs(ratio, balance))) == 0 for gap in gaps)
