r"""Exact recovery without penalty: the noise vanishes, of all labels or of all but the outliers.

Near recovery :math:`\mathcal E=p^2`. A loss with a kink at zero has :math:`V=up`: its curvature is
that of the clean residuals and its slope is bounded, so that the map returns

.. math:: u' = \frac1{\alpha h(u)},\qquad \mathcal E' = \frac{\alpha u^2q(u)}{(\alpha uh(u))^2}
          \,\mathcal E,\qquad p\hat V\to h(u),\quad \hat q\to q(u),

and recovery takes :math:`\alpha uh(u)=1` with a gain :math:`\alpha u^2q(u)<1`. For the absolute
loss and a share of outliers this is the l1 phase transition of the dual problem. A loss that is
smooth at zero keeps V finite and recovers the teacher if there is no noise at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.calculus.spectral_law import PointMass
from asymp.problem.losses import RESIDUAL
from asymp.problem.noise import ContaminatedNoise, GaussianNoise
from asymp.problem.penalty import NoPenalty
from asymp.reductions.evaluate import Values, evaluate, evaluate_in_order, random_values
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.letters import E
from asymp.reductions.general.vanishing import (
    ALPHA_C,
    SMALL,
    TINY,
    image,
    judged,
    limit_of,
    tidy,
)
from asymp.reductions.observable import Observable
from asymp.reductions.statements import Letters
from asymp.reductions.step import CheckResult, Display, Licence, Step
from asymp.reductions.system import Branch, Definition
from asymp.symbols import NONNEGATIVE, letter

RATIO = sp.Symbol("u", positive=True)
WORST, REACHED = letter("u_c", NONNEGATIVE), letter("u_star", NONNEGATIVE)
ZERO, ONE = sp.Integer(0), sp.Integer(1)


@dataclass(frozen=True)
class Quiet:
    """The map as the noise of the clean labels vanishes.

    Parameters
    ----------
    found : Assembled
    items : tuple of Observable
    """

    found: Assembled
    items: tuple[Observable, ...]

    @property
    def alpha(self) -> sp.Expr:
        """Samples per parameter."""
        return 1 / self.found.output.model.trace_weight

    @property
    def noise(self) -> GaussianNoise | ContaminatedNoise:
        """The label noise."""
        law: GaussianNoise | ContaminatedNoise = self.found.output.model.robust.problem.noise
        return law

    @property
    def tau(self) -> sp.Symbol:
        """Deviation of the clean labels' noise."""
        symbol: sp.Symbol = self.noise.parameters[0].symbol
        return symbol

    @property
    def outliers(self) -> list[sp.Symbol]:
        """Their share, if there are any: a loss that is smooth at zero does not forget them."""
        return [p.symbol for p in self.noise.parameters[2:]]

    @property
    def has_kink(self) -> bool:
        """Whether the loss has a kink at zero."""
        return any(s.rests and s.point.is_zero for s in self.found.output.sections)

    def near(self, value: sp.Expr, power: int = 0) -> sp.Expr:
        """Limit of ``value / p**power`` at error p^2 without clean noise."""
        at = {self.tau: ZERO, E: SMALL**2}
        at |= {Letters.V: RATIO * SMALL} if self.has_kink else dict.fromkeys(self.outliers, ZERO)
        return limit_of(value.subs(at), power)

    @property
    def curvature(self) -> sp.Expr:
        """h: the conjugate of q times the root of the error; itself for a smooth loss."""
        power = -1 if self.has_kink else 0
        return tidy(self.near(self.found.output.conjugates[Letters.V_hat], power))

    @property
    def spread(self) -> sp.Expr:
        """The conjugate of V."""
        return tidy(self.near(self.found.output.conjugates[Letters.q_hat]))

    @property
    def boundary(self) -> sp.Expr:
        """Least sample ratio of recovery; one without outliers: as many labels as parameters."""
        return ALPHA_C if self.outliers else ONE

    @property
    def guards(self) -> tuple[Definition, ...]:
        r"""The ratio u at which the gain is one, and the sample ratio that belongs to it.

        Without outliers u is infinite.
        """
        if not self.outliers:
            return ()
        reach = tidy(RATIO * self.curvature)
        excess = sp.expand(tidy(RATIO * self.spread) - tidy(reach / RATIO))
        return (
            Definition(WORST, Root(excess, RATIO, ONE, ZERO, sp.oo), "ratio of gain one"),
            Definition(ALPHA_C, 1 / reach.subs(RATIO, WORST), "least ratio of recovery"),
        )

    @property
    def reached(self) -> Definition:
        """The ratio u that the map keeps."""
        equation = tidy(RATIO * self.curvature) - 1 / self.alpha
        root = Root(equation, RATIO, ONE, ZERO, sp.oo)
        return Definition(REACHED, root, "V in units of the root of the error")

    def values(self) -> dict[str, sp.Expr]:
        """Every number in the phase."""
        named: dict[str, sp.Expr] = {"E": ZERO}
        if self.has_kink:
            spread = self.spread.subs(RATIO, REACHED)
            named |= {"V": ZERO, "q_hat": spread, "V_hat": sp.oo}
        else:
            scale = self.smooth_scale()
            named |= {"V": scale, "q_hat": ZERO, "V_hat": 1 / (self.alpha * scale)}
        return named | {o.name: self._of(o.expression) for o in self.items}

    def smooth_scale(self) -> sp.Expr:
        r"""V where :math:`\alpha V\hat V=1`."""
        return sp.solve(sp.Eq(self.alpha * Letters.V * self.curvature, 1), Letters.V)[0]

    def _of(self, value: sp.Expr) -> sp.Expr:
        """An observable: conjugates and what is defined of them by their leading orders."""
        power = -1 if self.has_kink else 0
        for definition in reversed(self.found.input.definitions):
            value = value.subs(definition.symbol, definition.expression)
        error = ZERO if self.has_kink else SMALL**2
        at = {
            Letters.V_hat: sp.Symbol("h", positive=True) * SMALL**power,
            Letters.q_hat: sp.Symbol("q", positive=True) * (error or ONE),
        }
        return self.near(value.subs(at))


def residual_recovery(
    found: Assembled, items: tuple[Observable, ...]
) -> tuple[tuple[Branch, ...], tuple[Step, ...]]:
    """Branch and step of recovery without penalty; nothing where the problem has none."""
    rule = _rule(found, items)
    if rule is None:
        return (), ()
    quiet: sp.Basic = sp.Eq(rule.tau, 0)
    guards: tuple[Definition, ...] = ()
    definitions: tuple[Definition, ...] = ()
    if rule.has_kink:
        guards, definitions = rule.guards, (rule.reached,)
        condition = sp.And(quiet, rule.boundary / rule.alpha <= 1)
    else:
        condition = sp.And(quiet, *(sp.Eq(s, 0) for s in rule.outliers))
    branch = Branch(
        "recovery", condition, guards, None, rule.values(), definitions,
        meaning="the clean labels have no noise: the teacher is found exactly",
    )  # fmt: skip
    return (branch,), (_step(rule, branch),)


def _rule(found: Assembled, items: tuple[Observable, ...]) -> Quiet | None:
    problem = found.output.model.robust.problem
    plain = isinstance(problem.penalty, NoPenalty) and isinstance(found.output.model.law, PointMass)
    if not plain or problem.adversaries or problem.intercept or found.output.is_margin:
        return None
    if not isinstance(problem.noise, GaussianNoise | ContaminatedNoise):
        return None
    averages = [*found.output.conjugates.values(), *(o.expression for o in items)]
    if not problem.loss.is_even or any(a.has(Panel, Root) for a in averages):
        return None
    rule = Quiet(found, items)
    bent = problem.loss.expression.diff(RESIDUAL, 2).subs(RESIDUAL, 0)
    return rule if rule.has_kink or bent.is_positive else None


def _step(rule: Quiet, branch: Branch) -> Step:
    tau, scale = sp.latex(rule.tau), "u\\,p" if rule.has_kink else "V"
    kink = (
        Display(r"p\,\hat V", rule.curvature, r"\to"),
        Display(r"\hat q", rule.spread, r"\to"),
        Display(r"\mathcal E'", r"\alpha u^2\hat q\,\mathcal E,\qquad \alpha u\,(p\hat V)=1"),
        Display(ALPHA_C, r"\alpha\ \text{at which}\ \alpha u^2\hat q=1")
        if rule.outliers
        else Display(ALPHA_C, ONE),
    )
    smooth = (Display(r"\hat V", rule.curvature, r"\to"), Display("V", branch.values["V"]))
    return Step(
        name="recovery",
        title="Exact recovery",
        before=(Display(r"(\mathcal E,V)", rf"(p^2,{scale}),\qquad p\to0,\quad {tau}=0"),),
        after=kink if rule.has_kink else smooth,
        why="Clean residuals are of the order of the error and outliers are far beyond the kink, "
        "where they pull with a bounded slope. The map multiplies the error by a gain that falls "
        "as samples are added; below one the error is zero."
        if rule.has_kink
        else "Without noise every residual is in the smooth part of the loss, and the map "
        "multiplies the error by a number below one.",
        licence=Licence("leading-order balance of the map as error and noise vanish"),
        check=lambda: _check(rule),
    )


def _check(rule: Quiet) -> CheckResult:
    """The full map at a tiny error keeps V and multiplies the error by the claimed gain."""
    worst = mpmath.mpf(0)
    with mpmath.workdps(60):
        for seed in range(4):
            values = _point(rule, seed)
            scale, error = image(rule.found.system, values)
            gain = 1 / values[rule.alpha]
            if rule.has_kink:
                spread = evaluate(rule.spread, values)
                gain = values[rule.alpha] * values[RATIO] ** 2 * spread
            gaps = (scale / values[Letters.V] - 1, error / (gain * values[E]) - 1)
            worst = max(worst, *map(abs, gaps))
    how = f"full map at error {TINY**2:.0e}, 4 points, deviation {float(worst):.1e}"
    return judged(worst, how)


def _point(rule: Quiet, seed: int) -> Values:
    """Random parameters without clean noise, at a tiny error and the claimed V."""
    given = rule.found.output.model.robust.problem.parameters.values()
    values = random_values([p.symbol for p in given], seed, given)
    small = mpmath.mpf(TINY)
    values |= {rule.alpha: values[rule.alpha] + 3, rule.tau: mpmath.mpf(0), E: small**2}
    if not rule.has_kink:
        values |= dict.fromkeys(rule.outliers, mpmath.mpf(0))
        return values | {Letters.V: evaluate(rule.smooth_scale(), values)}
    values[RATIO] = evaluate_in_order((rule.reached,), values)[REACHED]
    return values | {Letters.V: values[RATIO] * small}
