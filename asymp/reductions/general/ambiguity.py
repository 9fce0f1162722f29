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

is solved by two updates, in variables that stay of one scale for balls of any size. With the
losses beside that of a sample without residual,

.. math:: p=\frac{\ell-\ell(0)}{\eta-\ell}\ge0,\qquad
          \lambda=e^{-b}\,(\eta-\ell(0)),

the weights of the worst law are :math:`w=\lambda/(\eta-\ell)=(1+p)e^{-b}`, the least of them is
:math:`w_{\min}=e^{-b}`. The first equation is :math:`\mathbb E\,p=v` with :math:`v=e^b-1`, and the
mean loss of the worst law is :math:`\ell(0)+\lambda v`. The second is that its divergence
:math:`G=-\mathbb E\log w` is r. Since :math:`\mathbb E\,w=1` it is the average of
:math:`w-1-\log w`, which is never negative: for small balls, where all weights are close to one,
nothing cancels. The updates are :math:`r_{\max}'=r_{\max}(\mathbb E\,p/v)^{1/2}` and
:math:`b'=b\,(r/G)^{1/2}`. For small balls :math:`p\sim\ell/\eta` and :math:`G\sim b^2`. For large
ones :math:`\lambda` falls like :math:`e^{-r/(1-f)}`, f being the share of the sample at the wall,
so that b grows like r while the wall tends to that of training against the largest loss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from asymp.calculus.primitives import weight_gap
from asymp.calculus.proximal import Section
from asymp.errors import NotDerivable
from asymp.problem.adversary import LabelPerturbation
from asymp.problem.losses import RESIDUAL
from asymp.problem.noise import LaplaceNoise, StudentNoise
from asymp.problem.penalty import NoPenalty, Ridge
from asymp.problem.statement import ProblemStatement
from asymp.reductions.literature import BENNOUNA
from asymp.reductions.statements import BUDGET
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step
from asymp.reductions.system import Definition
from asymp.symbols import POSITIVE, letter

WALL, WEIGHT_SCALE = letter("r_max", POSITIVE), letter("lambda_kl", POSITIVE)
LEAST_WEIGHT, DEPTH = letter("w_min", POSITIVE), letter("b_kl", POSITIVE)
MEAN_PULL = letter("v_kl", POSITIVE)
_LAMBDA, _DEPTH = sp.latex(WEIGHT_SCALE), sp.latex(DEPTH)


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
    def weights(self) -> tuple[Definition, ...]:
        """The least weight, which lies between 0 and 1, the scale of all, and the mean pull."""
        scale = LEAST_WEIGHT * self.room_at_zero
        return (
            Definition(LEAST_WEIGHT, sp.exp(-DEPTH), "least weight of the worst law"),
            Definition(WEIGHT_SCALE, scale, "scale of the worst law's weights"),
            Definition(
                MEAN_PULL,
                DEPTH + weight_gap(0, -DEPTH),
                "mean pull, without cancellation",
                r"e^{" + sp.latex(DEPTH) + "}-1",
            ),
        )

    @property
    def value(self) -> sp.Expr:
        r"""Mean loss :math:`\ell(0)+\lambda v` of the worst law."""
        return self.loss.subs(RESIDUAL, 0) + WEIGHT_SCALE * MEAN_PULL

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
        return section.at(self._beside(self.loss, section))

    def pull(self, section: Section) -> sp.Expr:
        r""":math:`p=(\ell-\ell(0))/(\eta-\ell)` at the proximal point."""
        excess = self._beside(self.loss, section) - self.loss.subs(RESIDUAL, 0)
        return section.at(excess / self._beside(self.room, section))

    def divergence(self, section: Section) -> sp.Expr:
        r""":math:`w-1-\log w` for the weight :math:`w=(1+p)e^{-b}`."""
        return weight_gap(self.pull(section), DEPTH)

    def by_budget(self, section: Section) -> sp.Expr:
        r"""Derivative of the envelope in the budget where :math:`\eta` stays what it is.

        The minimum over it is taken: what it moves by does not count. At a kink, which may move
        with the budget, the whole envelope is differentiated.
        """
        loss = self._beside(self.loss, section)
        scale = WEIGHT_SCALE / self._beside(self.room, section)
        if not section.rests:
            return section.at(scale * loss.diff(BUDGET))
        moved = section.point.diff(BUDGET)
        return section.at(scale) * section.at(loss).diff(BUDGET) - section.slope * moved

    @staticmethod
    def right(sections: tuple[Section, ...]) -> tuple[Section, ...]:
        """The sections on the positive half of the line: loss and field are even."""
        kept = [s for s in sections if not s.high.is_nonpositive]
        return tuple(s if s.low.is_nonnegative else replace(s, low=sp.S.Zero) for s in kept)

    @staticmethod
    def _beside(expression: sp.Expr, section: Section) -> sp.Expr:
        """The expression on the section's side of zero."""
        return expression.subs(sp.Abs(RESIDUAL), _side(section) * RESIDUAL)


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
        "an attack adds the same to every residual, whatever the estimator": any(
            isinstance(a, LabelPerturbation) or getattr(a, "layer", "") == "output"
            for a in problem.adversaries
        ),
        "there are several attacks": len(problem.adversaries) > 1,
    }
    for reason, holds in reasons.items():
        if holds:
            raise NotDerivable(
                f"ambiguity={problem.ambiguity!r} is derived for regressions with an even loss, a "
                "ridge, Gaussian or contaminated noise, and at most one attack, on inputs or on "
                f"hidden weights: here {reason}"
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
            Display(_DEPTH, r"\log(1+\mathbb E\,p),\qquad p=\frac{\ell-\ell(0;e)}g,\qquad "
                    + rf"{_LAMBDA}=e^{{-{_DEPTH}}}g(0)"),
            Display(radius, r"\mathbb E\,[w-1-\log w],\qquad w=(1+p)e^{-" + _DEPTH + "}"),
        ),
        why="The worst law reweights the sample by $\\lambda/(\\eta-\\ell_i)$. Its dual is a "
        "minimum over two scalars of a sum over samples, jointly convex with the parameter; both "
        "minima become scalars of the same saddle. Beyond the wall at $r_{\\max}$ the loss is "
        "infinite; its envelope is finite and grows quadratically, which is what the lemma uses. "
        "At the zero estimator residuals are unbounded and the worst mean is infinite: there is no "
        "phase in which the estimator is exactly zero.",
        licence=Licence(
            "Lagrange duality",
            BENNOUNA.at("loss of Section 3", "second-hand"),
            (
                Hypothesis(
                    r"the minimum over $\eta$ and $\lambda$ and the limit change places, and the "
                    "lemma takes a loss that is infinite beyond a wall",
                    False,
                    "the objective is jointly convex in them and the parameter; confirmed by "
                    "simulation",
                ),
            ),
        ),
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
