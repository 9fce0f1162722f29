r"""Where training against the worst law interpolates, though losses are positive.

At an interpolator all losses are equal, :math:`\ell_i=\tfrac12e^2` with
:math:`e=\varepsilon\|\theta\|_A`, and every law in the ball is a worst one. The interpolator that
minimises :math:`\tfrac12e^2+\tfrac\zeta2\|\theta\|_R^2` is therefore optimal as soon as **one** law
p in the ball carries its multipliers, :math:`p\,e\ge|\omega|/V` with :math:`\omega\sim
N(0,\mathrm{SR})`. The law of least divergence is :math:`p=\max(c,k|z|)`, and

.. math:: k=\frac{\sqrt{\mathrm{SR}}}{Ve},\qquad \mathbb E\max(c,k|z|)=1,\qquad
          r_{\mathrm{int}}=-\mathbb E\log\max(c,k|z|).

It exists if :math:`k\,\mathbb E|z|<1`. From :math:`r_{\mathrm{int}}` on the radius makes no
difference. Without ridge and adversary the losses of an interpolator vanish, whatever the radius.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.calculus.truncated_moment import gaussian_density
from asymp.problem.noise import GaussianNoise
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.reductions.general.ambiguity import DEPTH, LEAST_WEIGHT, WALL, WEIGHT_SCALE
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.budget import Seminorm
from asymp.reductions.general.letters import E
from asymp.reductions.general.quadratic_input import QuadraticInput
from asymp.reductions.interpolation import CAPACITY, KAPPA, capacity_of
from asymp.reductions.observable import Observable
from asymp.reductions.statements import BUDGET, Letters
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition, FixedPoint
from asymp.symbols import NONNEGATIVE, POSITIVE, letter

LOCAL, FLOOR, FIELD = sp.Symbol("v", positive=True), sp.Symbol("b", positive=True), sp.Symbol("z")
SCALE, RISK, FORM = (letter(f"{n}_I", POSITIVE) for n in ("V", "SR", "P"))
PULL, LEAST, REACH = (letter(n, NONNEGATIVE) for n in ("k_I", "c_I", "s_I"))
TINY = sp.Float(1e-15)  # least divergences below this are rounding
ZERO = sp.Integer(0)
_LAW = tuple(map(str, (WALL, DEPTH, LEAST_WEIGHT, WEIGHT_SCALE)))


@dataclass(frozen=True)
class Interpolator:
    """The interpolating phases of one problem.

    Parameters
    ----------
    found : Assembled
    items : tuple of Observable
    """

    found: Assembled
    items: tuple[Observable, ...]

    @property
    def channel(self) -> QuadraticInput:
        """The input channel."""
        assert isinstance(self.found.input, QuadraticInput)
        return self.found.input

    @property
    def ridge(self) -> sp.Symbol:
        """Strength of the ridge."""
        symbol: sp.Symbol = self._problem.penalty.parameters[0].symbol
        return symbol

    @property
    def attack(self) -> Seminorm | None:
        """The adversary, if there is one."""
        return self.found.output.seminorms[0] if self.found.output.seminorms else None

    @property
    def radius(self) -> sp.Symbol:
        """The radius of the ball."""
        assert self.found.output.ambiguity is not None
        return self.found.output.ambiguity.radius

    @property
    def _problem(self) -> ProblemStatement:
        return self.found.output.model.robust.problem

    @property
    def _noise(self) -> sp.Expr:
        """Variance of the noise."""
        return self.found.output.fields[0].variance - E

    def branches(self, generic: Branch) -> tuple[Branch, ...]:
        """Vanishing strengths first, then the phase under an adversary."""
        room = capacity_of(self.found.output.model)
        off = [sp.Eq(self.ridge, 0)]
        if self.attack is not None:
            off.append(sp.Eq(self.attack.radius, 0))
        least = Branch(
            "interpolation", sp.And(*off, CAPACITY > 1), (room,), self._least_norm(),
            self._values(generic, {"V": sp.oo, "V_hat": ZERO, "q_hat": ZERO}, ZERO),
            meaning="the estimator is the interpolator of least norm: its losses vanish",
        )  # fmt: skip
        edge = Branch(
            "threshold", sp.And(*off, sp.Eq(CAPACITY, 1)), (room,), None,
            self._divergent(generic), status="infinite",
            meaning="the smallest eigenvalue that is inverted tends to zero: the risk diverges",
        )  # fmt: skip
        if self.attack is None:
            return least, edge
        held = sp.And(
            CAPACITY > 1, self.attack.radius > 0, 1 / self.radius <= REACH,
        )  # fmt: skip
        phase = Branch(
            "robust-interpolation", held, (room, *self.guards), self._robust(),
            self._values(generic, {}, BUDGET**2),
            meaning="the estimator interpolates: all losses are equal, and a law in the ball "
            "carries the multipliers",
        )  # fmt: skip
        return least, edge, phase

    def _least_norm(self) -> FixedPoint:
        x, noise = Letters, self._noise
        scale = self.channel.coordinate("V")
        own: dict[sp.Symbol, sp.Expr] = {self.ridge: sp.Integer(1)}
        if self.attack is not None and self.attack.conjugate is not None:
            own[self.attack.conjugate] = ZERO
        first = (
            Definition(x.V_hat, 1 / KAPPA, "conjugate, scaled"),
            Definition(x.q_hat, (E + noise) / KAPPA**2, "conjugate, scaled"),
            *(_with(d, own) for d in self.channel.definitions),
        )
        if self.attack is not None:
            form = self.channel.coordinate(str(self.attack.letter)).xreplace(own)
            first = (*first, Definition(self.attack.letter, form))
        updates = tuple(f.xreplace(own) for f in (scale, self.channel.coordinate("E")))
        return FixedPoint((KAPPA, E), first, updates, (sp.Integer(1), self.channel.rho))

    def _robust(self) -> FixedPoint:
        assert self.attack is not None
        x, attack = Letters, self.attack
        assert attack.conjugate is not None
        assert attack.letter is not None
        hats = (
            *(d for d in self.found.output.definitions if d.symbol == BUDGET),
            Definition(x.q_hat, (E + self._noise) / x.V**2, "conjugate"),
            Definition(x.V_hat, 1 / x.V, "conjugate"),
            Definition(attack.conjugate, attack.radius**2, "conjugate"),
        )
        state = (x.V, E, attack.letter)
        updates = tuple(self.channel.coordinate(str(s)) for s in state)
        start = (sp.Integer(1), self.channel.rho, self.channel.rho / 2)
        return FixedPoint(state, (*hats, *self.channel.definitions), updates, start)

    @property
    def guards(self) -> tuple[Definition, ...]:
        """From the proximal scale of the interpolator to the radius."""
        attack, x = self.attack, Letters
        assert attack is not None
        assert attack.conjugate is not None
        at = {attack.conjugate: attack.radius**2, x.V_hat: 1 / SCALE}
        excess = sp.expand(self.channel.coordinate("E"))
        noise = self._closed(excess.coeff(x.q_hat, 1), at) / SCALE**2
        bias = self._closed(excess.coeff(x.q_hat, 0), at)
        form = self._closed(self.channel.coordinate(str(attack.letter)), at)
        there = r"\text{ at the interpolator}"
        return (
            Definition(SCALE, self._scale(at), "proximal scale of the interpolator", "V" + there),
            Definition(RISK, (bias + self._noise) / (1 - noise), "its risk",
                       r"\mathrm{SR}" + there),
            Definition(FORM, form.subs(x.q_hat, RISK / SCALE**2), "its squared seminorm",
                       sp.latex(attack.letter) + there),
            Definition(PULL, sp.sqrt(RISK / FORM) / (SCALE * attack.radius), "pull on a sample"),
            Definition(LEAST, _least_weight(), "least weight of the law",
                       r"c\text{ with }\mathbb E\max(c,k_{\mathrm I}|z|)=1"),
            Definition(REACH, _reach(), "inverse of the radius from which the estimator "
                       "interpolates, zero where it never does",
                       r"-1\big/\mathbb E\log\max(c_{\mathrm I},k_{\mathrm I}|z|),\quad"
                       r"0\text{ where there is no such }c"),
        )  # fmt: skip

    def _closed(self, value: sp.Expr, at: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        """A form of the input channel without the letters of the resolvent."""
        for definition in reversed(self.channel.definitions):
            value = value.subs(definition.symbol, definition.expression)
        return value.xreplace(dict(at))

    def _scale(self, strength: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        r"""V where :math:`\tfrac1n\mathrm{tr}\,\Sigma H^{-1}=V` at :math:`\hat V=1/V`."""
        at = {**strength, Letters.V_hat: 1 / LOCAL}
        value = self._closed(self.channel.coordinate("V"), at)
        return Root(1 - value / LOCAL, LOCAL, sp.Integer(1), ZERO, sp.oo)

    def _values(
        self, generic: Branch, hats: dict[str, sp.Expr], loss: sp.Expr
    ) -> dict[str, sp.Expr]:
        """Names of the generic branch; all training losses are ``loss``."""
        found = {
            **generic.values, **hats, **dict.fromkeys(_LAW, ZERO),
            "train_risk": loss, "train_robust_risk": loss, "train_holistic_risk": loss,
            "quadrature_error": ZERO,
        }  # fmt: skip
        if hats and self.attack is not None:
            found[str(self.attack.conjugate)] = ZERO
        return {name: found[name] for name in generic.values}

    def _divergent(self, generic: Branch) -> dict[str, sp.Expr]:
        zero = {"q_hat", "V_hat", "P_hat", "P_w_hat", *_LAW}
        zero |= {"train_risk", "train_robust_risk", "train_holistic_risk", "quadrature_error"}
        return {name: ZERO if name in zero else sp.oo for name in generic.values}

    def step(self, branches: tuple[Branch, ...]) -> Step:
        """What the document shows."""
        radius = sp.latex(self.radius)
        return Step(
            name="robust-interpolation",
            title="Interpolation under the worst law",
            before=(Display(r"\ell_i", r"\tfrac12e^2\text{ for all }i"),),
            after=(
                Display(r"p\,e", r"|\omega|/V,\qquad \omega\sim N(0,\mathrm{SR})", r"\ge"),
                Display("p", r"\max(c_{\mathrm I},k_{\mathrm I}|z|),\qquad "
                        r"k_{\mathrm I}=\sqrt{\mathrm{SR}}/(Ve)"),
                Display(radius, r"r_{\mathrm{int}}=-\mathbb E\log\max(c_{\mathrm I},"
                        r"k_{\mathrm I}|z|)", r"\ge"),
            ),
            why="Where all losses agree, every law in the ball is a worst one, and the "
            "subdifferential of the objective holds all of them. An interpolator is the minimiser "
            "if one of these laws carries its multipliers; that of least divergence raises the "
            "small weights to one level.",
            licence=Licence(
                "subdifferential of a maximum, and the lemma at the interpolator",
                hypotheses=(
                    Hypothesis(
                        r"the multipliers have the law of $|\omega|/V$ in the limit",
                        False,
                        "they are the residuals' proximal images of the lemma; confirmed by "
                        "simulation",
                    ),
                ),
            ),
            check=_check,
        )  # fmt: skip


def interpolation_under_worst_law(
    found: Assembled, generic: Branch, items: tuple[Observable, ...]
) -> tuple[tuple[Branch, ...], tuple[Step, ...]]:
    """Branches and step: square loss, ridge, Gaussian noise and at most one quadratic form."""
    output = found.output
    if output.ambiguity is None:
        return (), ()
    problem = output.model.robust.problem
    plain = problem.loss.is_square and isinstance(problem.penalty, Ridge)
    forms = all(s.matrix is not None for s in output.seminorms) and len(output.seminorms) <= 1
    if not (plain and forms and isinstance(problem.noise, GaussianNoise)):
        return (), ()
    rule = Interpolator(found, items)
    branches = rule.branches(generic)
    return branches, ((rule.step(branches),) if rule.attack is not None else ())


def _with(definition: Definition, own: Mapping[sp.Symbol, sp.Expr]) -> Definition:
    value = definition.expression.xreplace(own)
    return Definition(definition.symbol, value, definition.meaning)


def _least_weight() -> sp.Expr:
    r"""The root c of :math:`\mathbb E\max(c,k|z|)=1`."""
    cut = FLOOR / PULL
    inside = FLOOR * sp.erf(cut / sp.sqrt(2))
    beyond = 2 * PULL * gaussian_density(cut)
    return Root(inside + beyond - 1, FLOOR, sp.Rational(1, 2), ZERO, sp.Integer(1))


def _reach() -> sp.Expr:
    r""":math:`-1/\mathbb E\log\max(c,k|z|)`; finite, so that it can be compared."""
    cut = LEAST / PULL
    inside = sp.log(LEAST) * sp.erf(cut / sp.sqrt(2))
    beyond = Panel(2 * sp.log(PULL * FIELD) * gaussian_density(FIELD), FIELD, cut, sp.oo, 0, 1)
    carried = sp.And(CAPACITY > 1, PULL * sp.sqrt(2 / sp.pi) < 1)
    return sp.Piecewise((1 / sp.Max(TINY, -(inside + beyond)), carried), (ZERO, True))


def _check() -> CheckResult:
    """The law of least divergence against a search, on quantiles of the multipliers."""
    from scipy import optimize, special

    quantiles = special.ndtri(0.5 + (np.arange(12) + 0.5) / 24)
    worst = 0.0
    for pull in (0.3, 0.6, 0.9):
        least = pull * quantiles
        n = least.size
        found = optimize.minimize(
            lambda p: -float(np.mean(np.log(p))), np.maximum(least, 1.0),
            jac=lambda p, n=n: -1 / (n * p), bounds=[(x, None) for x in least], method="SLSQP",
            constraints={"type": "eq", "fun": lambda p: p.mean() - 1},
            options={"ftol": 1e-14, "maxiter": 500},
        )  # fmt: skip
        level = optimize.brentq(lambda c, x=least: np.maximum(c, x).mean() - 1, 0.0, 1.0)
        worst = max(worst, abs(found.fun + np.mean(np.log(np.maximum(level, least)))))
    good = worst < 1e-6  # accuracy of the constrained search
    how = f"law of least divergence against a constrained search, 3 samples, deviation {worst:.1e}"
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
