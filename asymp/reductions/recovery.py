r"""Exact recovery: a realisable teacher without noise, ridge or adversary is found exactly.

The map for the risk is then homogeneous, :math:`\mathrm{SR}' = c\,\mathrm{SR}` with c < 1, and its
fixed point is zero, which no iteration reaches in relative terms.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE, MarchenkoPastur
from asymp.reductions.elimination import Reduced
from asymp.reductions.interpolation import CAPACITY, at_covariance, capacity, no_training_budget
from asymp.reductions.statements import Letters
from asymp.reductions.system import Branch, Definition
from asymp.symbols import NONNEGATIVE, letter

FLOOR = letter("risk_floor", NONNEGATIVE)


def recovery(reduced: Reduced) -> Branch | None:
    """Branch of exact recovery; None where the features cannot represent the teacher."""
    model = reduced.source.output.channels.model
    robust = model.robust
    if robust.problem.loss.name != "square" or model.covariance.subs(EIGENVALUE, 0) * (
        model.covariance.has(EIGENVALUE)
    ):
        return None
    floor = robust.symbol("noise") ** 2 + robust.symbol("target") * _missed(reduced)
    full = capacity(reduced)
    return Branch(
        name="recovery",
        condition=sp.And(*no_training_budget(reduced), sp.Eq(FLOOR, 0), CAPACITY <= 1),
        guards=(full, Definition(FLOOR, floor, "risk of the best linear function of the features")),
        system=None,
        values=_values(reduced),
        definitions=at_covariance(reduced),
        meaning="the teacher is found exactly: no noise, no ridge, and enough samples",
    )


def _missed(reduced: Reduced) -> sp.Expr:
    """Share of the teacher that is orthogonal to every feature."""
    law = reduced.source.output.channels.model.law
    return sp.Max(0, 1 - law.ratio) if isinstance(law, MarchenkoPastur) else sp.Integer(0)


def _values(reduced: Reduced) -> dict[str, sp.Expr]:
    """The parameter is the least-squares representation of the teacher; nothing fluctuates."""
    zero, x = sp.Integer(0), Letters
    at = {x.q_hat: zero, x.V_hat: sp.Integer(1)}
    values = {n: reduced.closed(n).subs(at) for n in ("m", "q", "P", "norm") if n in
              reduced.averages}
    scale = sp.Piecewise((sp.oo, sp.Eq(CAPACITY, 1)), (CAPACITY / (1 - CAPACITY), True))
    return {**values, "V": scale, "SR": zero, "V_hat": 1 - CAPACITY, "q_hat": zero,
            "P_hat": zero, "training_loss": zero, "atom": sp.Integer(1)}
