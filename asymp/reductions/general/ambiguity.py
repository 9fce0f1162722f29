r"""The worst law within a Kullback-Leibler ball around the sample: two more scalars.

.. math:: \max_{P:\,D(\hat P_n\|P)\le r}\mathbb E_P\ell
          =\min_{\eta>\max\ell_i,\ \lambda>0}\ \eta+\lambda(r-1)+\lambda\log\lambda
          -\frac\lambda n\sum_i\log(\eta-\ell_i),

by duality, since P may put mass on the largest loss alone. For fixed :math:`(\eta,\lambda)` the
right-hand side is a separable convex loss with a wall at :math:`\ell_i=\eta`, and the lemma takes
it as any other; :math:`\eta=\ell(r_{\max};e)` is
written through the residual of the wall. Stationarity
in the two,

.. math:: \mathbb E\frac{\lambda}{\eta-\ell}=1,\qquad
          \log\lambda=\mathbb E\log(\eta-\ell)-r,

is solved by two updates. The weight :math:`w_{\min}=\lambda/(\eta-\ell(0))` that the worst law
leaves a sample without residual is the least of all, so that it is below 1: it becomes
:math:`1/\mathbb E\frac{\eta-\ell(0)}{\eta-\ell}`, and :math:`r_{\max}'=r_{\max}(G/r)^{1/4}` with
the Jensen gap :math:`G=\log\mathbb E\frac1{\eta-\ell}+\mathbb E\log(\eta-\ell)`, which falls
like :math:`r_{\max}^{-4}` for losses that grow like squares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from asymp.calculus.proximal import Section
from asymp.errors import NotDerivable
from asymp.problem.losses import RESIDUAL
from asymp.problem.noise import LaplaceNoise, StudentNoise
from asymp.problem.penalty import NoPenalty, Ridge
from asymp.problem.statement import ProblemStatement
from asymp.reductions.literature import BENNOUNA
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Definition
from asymp.symbols import POSITIVE, letter

WALL, WEIGHT_SCALE = letter("r_max", POSITIVE), letter("lambda_kl", POSITIVE)
LEAST_WEIGHT = letter("w_min", POSITIVE)
_LAMBDA = sp.latex(WEIGHT_SCALE)


@dataclass(frozen=True)
class Ambiguity:
    """The loss of a problem under its ambiguity set.

    Parameters
    ----------
    loss : sympy.Expr
        Within the adversaries' budget, before the worst law is taken.
    radius : sympy.Symbol
    """

    loss: sp.Expr
    radius: sp.Symbol

    @property
    def top(self) -> sp.Expr:
        r""":math:`\eta`, the loss at the wall."""
        return self.loss.subs(RESIDUAL, WALL).replace(sp.Abs, lambda x: x)

    @property
    def room(self) -> sp.Expr:
        r""":math:`\eta-\ell`, factored so that nothing cancels near the wall."""
        return sp.factor(self.top - self.loss)

    @property
    def room_at_zero(self) -> sp.Expr:
        """Room of a sample without residual, the largest there is."""
        return sp.factor(self.top - self.loss.subs(RESIDUAL, 0))

    @property
    def scale(self) -> Definition:
        r""":math:`\lambda` from the least weight, which lies between 0 and 1."""
        return Definition(
            WEIGHT_SCALE, LEAST_WEIGHT * self.room_at_zero, "scale of the worst law's weights"
        )

    @property
    def trained(self) -> sp.Expr:
        """The separable loss, infinite beyond the wall."""
        constant = self.top + WEIGHT_SCALE * (self.radius - 1 + sp.log(WEIGHT_SCALE))
        inside = constant - WEIGHT_SCALE * sp.log(self.room)
        return sp.Piecewise((inside, sp.Abs(RESIDUAL) < WALL), (sp.oo, True))

    @property
    def reader_loss(self) -> str:
        """LaTeX of the separable loss, for readers."""
        radius, top, loss = map(sp.latex, (self.radius, self.top, self.loss))
        return (
            rf"\eta+{_LAMBDA}\big({radius}-1+\log {_LAMBDA}\big)-{_LAMBDA}\log g(r),\qquad "
            rf"\eta={top},\qquad g(r)=\eta-{loss}"
        )

    def plain(self, section: Section) -> sp.Expr:
        """The loss before the worst law is taken, at the proximal point."""
        return self._at(self.loss, section)

    def log_room(self, section: Section) -> sp.Expr:
        r""":math:`\log(\eta-\ell)` at the proximal point."""
        return sp.log(self._at(self.room, section))

    def density(self, section: Section) -> sp.Expr:
        r""":math:`1/(\eta-\ell)` at the proximal point: the worst law's weight over lambda."""
        return 1 / self._at(self.room, section)

    @staticmethod
    def bent(section: Section) -> Section:
        """With the field at which the wall begins to hold, within lambda of a corner there."""
        return section if section.rests else replace(section, bends=(_side(section) * WALL,))

    @staticmethod
    def _at(expression: sp.Expr, section: Section) -> sp.Expr:
        """On the section's side of zero."""
        point = section.point
        if point.is_zero:
            return expression.subs(RESIDUAL, 0)
        return expression.subs(sp.Abs(RESIDUAL), _side(section) * point).subs(RESIDUAL, point)


def _side(section: Section) -> int:
    """Sign of the residual on a section."""
    return -1 if section.high.is_nonpositive or section.low is -sp.oo else 1


def ambiguity_of(problem: ProblemStatement, loss: sp.Expr) -> Ambiguity | None:
    """The ambiguity set's rule for a problem with this loss within its budget.

    Raises
    ------
    NotDerivable
        If a part of the problem does not fit; the message names it.
    """
    if problem.ambiguity is None:
        return None
    reasons = {
        "the labels are binary": problem.is_binary,
        "the loss is not even": not problem.loss.is_even,
        "an intercept is trained": problem.intercept,
        "the noise is a mixture of a continuum": isinstance(
            problem.noise, LaplaceNoise | StudentNoise
        ),
        "the penalty is not a ridge": not isinstance(problem.penalty, Ridge | NoPenalty),
    }
    for reason, holds in reasons.items():
        if holds:
            raise NotDerivable(
                f"ambiguity={problem.ambiguity!r} is derived for regressions with an even loss, a "
                f"ridge, and Gaussian or contaminated noise: here {reason}"
            )
    return Ambiguity(loss, problem.ambiguity.parameters[0].symbol)


def ambiguity_step(found: Ambiguity) -> Step:
    """What the document shows."""
    radius = sp.latex(found.radius)
    return Step(
        name="ambiguity",
        title="The worst law in the ball",
        before=(
            Display(rf"\max_{{D(\hat P_n\|P)\le {radius}}}\mathbb E_P\,\ell", found.loss,
                    r",\qquad \ell="),
        ),
        after=(
            Display(r"\ell_\ast(r;e)", found.reader_loss),
            Display(r"\mathbb E\frac{" + _LAMBDA + r"}{g}", sp.Integer(1)),
            Display(_LAMBDA, rf"\exp\big(\mathbb E\log g-{radius}\big)"),
        ),
        why="The worst law reweights the sample by $\\lambda/(\\eta-\\ell_i)$. Its dual is a "
        "minimum over two scalars of a sum over samples, jointly convex with the parameter; both "
        "minima become scalars of the same saddle. Beyond the wall at $r_{\\max}$ the loss is "
        "infinite; its envelope is finite and grows quadratically, which is what the lemma uses. "
        "At the zero estimator residuals are unbounded and the worst mean is infinite: there is no "
        "phase in which the estimator is exactly zero.",
        licence=Licence("Lagrange duality", BENNOUNA.at("loss of Section 3", "second-hand")),
        check=lambda: _check(found),
    )  # fmt: skip


def _check(found: Ambiguity) -> CheckResult:
    """The primal over eight weights and one at the largest loss, by sequential quadratics."""
    rng, worst = np.random.default_rng(0), 0.0
    for _ in range(5):
        losses, radius = rng.exponential(size=8), float(rng.uniform(0.05, 1.0))
        worst = max(worst, abs(_primal(losses, radius) / _dual(losses, radius) - 1))
    good = worst < 1e-6  # accuracy of the constrained search
    how = f"dual against the primal maximum on 5 samples of 8 losses, deviation {worst:.1e}"
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how, "")


def _primal(losses: np.ndarray, radius: float) -> float:
    from scipy import optimize

    n = losses.size
    values = np.append(losses, losses.max())
    limits = (
        {"type": "eq", "fun": lambda p: p.sum() - 1},
        {"type": "ineq", "fun": lambda p: radius + np.log(n * p[:n]).mean()},
    )
    start = np.append(np.full(n, (1 - 1e-3) / n), 1e-3)
    bounds = [(1e-9, 1.0)] * n + [(0.0, 1.0)]
    found = optimize.minimize(
        lambda p: -values @ p, start, bounds=bounds, constraints=limits, method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    return -float(found.fun)


def _dual(losses: np.ndarray, radius: float) -> float:
    from scipy import optimize

    top = losses.max()

    def value(log_room: float) -> float:
        eta = top + np.exp(log_room)
        return float(eta - np.exp(np.log(eta - losses).mean() - radius))

    return float(optimize.minimize_scalar(value, bounds=(-40, 40), options={"xatol": 1e-12}).fun)
