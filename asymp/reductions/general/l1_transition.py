r"""The l1 phase transition: the least-squares Lasso as its strength vanishes.

Without noise a sparse teacher is found exactly from fewer samples than parameters. Near recovery
the strength and the error scale together, :math:`\lambda=O(p)`, :math:`\mathcal E=O(p^2)` with V
finite, and the map returns :math:`\mathcal E'=M(a)\,\mathcal E/\alpha`, where a is the threshold
in units of the field's noise. Recovery is possible as long as some threshold makes the gain less
than one,

.. math:: \alpha > \alpha_c = \min_{a>0} M(a),

and the one that the vanishing strength selects has :math:`M(a)=\alpha` beyond the minimum. Where
recovery fails and :math:`\alpha<1` the limit is the interpolator of least l1 norm, with
:math:`V=\kappa/\lambda`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import mpmath
import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.truncated_moment import TruncatedMoment
from asymp.problem.noise import GaussianNoise
from asymp.problem.penalty import WEIGHT, SeparablePenalty
from asymp.reductions.evaluate import Values, evaluate, evaluate_in_order, random_values
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.letters import E
from asymp.reductions.general.residual_recovery import residual_recovery
from asymp.reductions.general.vanishing import (
    ALPHA_C,
    SMALL,
    TINY,
    image,
    judged,
    limit_of,
    tidy,
)
from asymp.reductions.interpolation import KAPPA
from asymp.reductions.observable import Observable
from asymp.reductions.statements import Letters
from asymp.reductions.step import CheckResult, Display, Licence, Step
from asymp.reductions.system import Branch, Definition, FixedPoint
from asymp.symbols import NONNEGATIVE, letter

THRESHOLD = sp.Symbol("a", positive=True)
BEST, SELECTED = letter("a_c", NONNEGATIVE), letter("a_star", NONNEGATIVE)
ZERO, ONE = sp.Integer(0), sp.Integer(1)


@dataclass(frozen=True)
class Recovery:
    r"""The map near exact recovery.

    Parameters
    ----------
    found : Assembled
    items : tuple of Observable
    strength : sympy.Symbol
        :math:`\lambda`.
    others : tuple of sympy.Symbol
        Further strengths of the penalty; zero here.
    """

    found: Assembled
    items: tuple[Observable, ...]
    strength: sp.Symbol
    others: tuple[sp.Symbol, ...]

    @property
    def alpha(self) -> sp.Expr:
        """Samples per parameter."""
        return 1 / self.found.output.model.trace_weight

    @property
    def tau(self) -> sp.Symbol:
        """Deviation of the noise."""
        symbol: sp.Symbol = self.found.output.model.robust.problem.noise.parameters[0].symbol
        return symbol

    @property
    def conjugate(self) -> sp.Expr:
        r""":math:`\hat V` as a function of V."""
        return self.found.output.conjugates[Letters.V_hat]

    @cached_property
    def gain(self) -> sp.Expr:
        """M: by how much the map multiplies the error, times alpha."""
        image = self.leading(self.found.input.coordinate("E"), 2)
        return tidy(self.alpha * image)

    @cached_property
    def share(self) -> sp.Expr:
        r"""S: share of coordinates that are not zero, :math:`\alpha V\hat V`."""
        return tidy(self.alpha * Letters.V_hat * self.leading(self.found.input.coordinate("V")))

    def leading(self, value: sp.Expr, power: int = 0) -> sp.Expr:
        r"""Limit of ``value / p**power`` at error p^2 and the strength of threshold a."""
        v_hat = Letters.V_hat
        slope = sp.cancel(self.found.output.conjugates[Letters.q_hat].subs(self.tau, 0) / E)
        size = sp.sqrt(slope) * SMALL
        at = {
            Letters.q_hat: size**2,
            self.strength: THRESHOLD * size / sp.sqrt(self.alpha),
            E: SMALL**2,
            self.tau: ZERO,
            **dict.fromkeys(self.others, ZERO),
        }
        scale = sp.solve(sp.Eq(self.conjugate, v_hat), Letters.V)[0]
        return limit_of(value.subs(at).subs(Letters.V, scale), power)

    @property
    def guards(self) -> tuple[Definition, Definition]:
        r"""The threshold of least gain, and that gain: :math:`\alpha_c`."""
        slope = sp.expand(self.gain.diff(THRESHOLD))
        best = Root(slope, THRESHOLD, ONE, ZERO, sp.oo)
        return (
            Definition(BEST, best, "threshold of least gain", r"\arg\min_{a>0}M(a)"),
            Definition(ALPHA_C, self.gain.subs(THRESHOLD, BEST), "least ratio of recovery"),
        )

    @property
    def selected(self) -> Definition:
        r"""The threshold that the vanishing strength selects."""
        root = Root(self.gain - self.alpha, THRESHOLD, 1 + BEST, BEST, sp.oo)
        meaning = "threshold in units of the field's noise"
        return Definition(SELECTED, root, meaning, r"M^{-1}(\alpha),\ a>a_c")

    def near_recovery(self, strength: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Basic]:
        r"""Threshold and error to leading order, and where they are less than without learning.

        At the threshold of least gain
        :math:`\mathcal E=\alpha(\lambda(1+V)/a_c)^2+\tau^2V` with
        :math:`V=\alpha_c/(\alpha-\alpha_c)`.
        """
        best = self.guards[0].expression
        least = self.share.subs(THRESHOLD, best)
        scale = least / (self.alpha - least)
        error = self.alpha * (strength * (1 + scale) / best) ** 2 + self.tau**2 * scale
        threshold = best * sp.sqrt((error + self.tau**2) / self.alpha)
        return threshold, error, sp.And(self.alpha > least, error < self.found.input.rho)

    def start(self, otherwise: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        """Start of the generic map: near recovery where there is one.

        From far above it the map would first lose the threshold and then hardly move.
        """
        threshold, error, near = self.near_recovery(self.strength)
        near = sp.And(near, self.strength > 0, *(sp.Eq(s, 0) for s in self.others))
        scale = 1 / (self.strength / threshold + sp.Max(self.alpha - 1, 0))
        return _chosen((scale, error), otherwise, near)

    def recovered(self) -> dict[str, sp.Expr]:
        """Values where the teacher is found exactly."""
        share = self.share.subs(THRESHOLD, SELECTED)
        v_hat = 1 - share / self.alpha
        scale = sp.Piecewise((sp.oo, sp.Eq(ALPHA_C, self.alpha)), (1 / v_hat - 1, True))
        named = {"V": scale, "E": ZERO, "q_hat": ZERO, "V_hat": v_hat}
        seen = {o.name: self.leading(o.expression).subs(THRESHOLD, SELECTED) for o in self.items}
        return named | seen

    def interpolating(self) -> FixedPoint:
        r"""The map at :math:`V=\kappa/\lambda`: it is homogeneous, so that the unit is lambda."""
        names = {Letters.V: KAPPA, **{s: s for s in self.found.state[1:]}}
        definitions = tuple(
            Definition(h, self._large(value), "conjugate in units of the strength")
            for h, value in self.found.output.conjugates.items()
        )
        updates = [self.in_units(self.found.input.coordinate(str(s))) for s in self.found.state]
        problem = self.found.output.model.robust.problem
        total = problem.target.parameters[0].symbol + self.tau**2
        far = (sp.sqrt(total / self.alpha), problem.target.parameters[0].symbol)
        *here, near = self.near_recovery(ZERO)
        near = sp.And(near, self.tau > 0)
        start = _chosen(tuple(here), far, near)
        return FixedPoint(tuple(names.values()), definitions, tuple(updates), start)

    def _large(self, conjugate: sp.Expr) -> sp.Expr:
        """Leading order of a conjugate as V grows, V in units of one over the strength."""
        power = sp.degree(sp.denom(sp.together(conjugate)), Letters.V)
        return sp.limit(conjugate * Letters.V**power, Letters.V, sp.oo) / KAPPA**power

    def in_units(self, value: sp.Expr) -> sp.Expr:
        """A value of the scalar problem with the strength as unit; further strengths vanish."""
        return value.subs({self.strength: ONE, **dict.fromkeys(self.others, ZERO)})

    def interpolated(self) -> dict[str, sp.Expr]:
        """Values of the interpolator of least l1 norm."""
        named = {"V": sp.oo, "E": E, "q_hat": ZERO, "V_hat": ZERO}
        return named | {o.name: self._of_interpolator(o.expression) for o in self.items}

    def _of_interpolator(self, value: sp.Expr) -> sp.Expr:
        if value.has(Letters.V):
            return sp.limit(value, Letters.V, sp.oo)
        return self.in_units(value)

    def divergent(self) -> dict[str, sp.Expr]:
        """Values at alpha = 1 with noise: every coordinate is selected, the variance diverges."""
        values = self.interpolated()
        nodes = {o.name: values[o.name].atoms(TruncatedMoment) for o in self.items}
        zero_ends = {
            n: n.func(n.args[0], ZERO) for found in nodes.values() for n in found
        }  # the threshold is nothing beside the noise
        large = {Letters.q_hat: SMALL**-2, Letters.V_hat: ONE, E: SMALL**-2}
        for name, value in values.items():
            ended = value.xreplace(zero_ends).subs(large)
            values[name] = sp.limit(ended, SMALL, 0, "+") if ended.has(SMALL) else ended
        return values


def l1_recovery(found: Assembled, items: tuple[Observable, ...]) -> Recovery | None:
    """The l1 transition of a problem; None where it has none."""
    problem = found.output.model.robust.problem
    penalty, noise = problem.penalty, problem.noise
    if not (isinstance(penalty, SeparablePenalty) and isinstance(noise, GaussianNoise)):
        return None
    if not problem.loss.is_square or problem.adversaries or problem.intercept:
        return None
    strengths = [p.symbol for p in penalty.parameters]
    for lam in strengths:
        others = tuple(s for s in strengths if s != lam)
        alone = penalty.expression.subs(dict.fromkeys(others, 0))
        if alone == lam * sp.Abs(WEIGHT):
            return Recovery(found, items, lam, others)
    return None


@dataclass(frozen=True)
class Transition:
    """What the l1 transition adds to a derivation; nothing where a problem has none."""

    rule: Recovery | None
    branches: tuple[Branch, ...] = ()
    steps: tuple[Step, ...] = ()

    def started(self, generic: Branch) -> Branch:
        """The generic branch with a start that knows of the transition."""
        if self.rule is None or generic.system is None:
            return generic
        start = self.rule.start(generic.system.start)
        return replace(generic, system=replace(generic.system, start=start))


def l1_transition(found: Assembled, items: tuple[Observable, ...]) -> Transition:
    """Branches, steps and start of a vanishing l1 strength, or of an l1 loss without noise."""
    rule = l1_recovery(found, items)
    if rule is None:
        return Transition(None, *residual_recovery(found, items))
    branches = _branches(rule)
    steps = (_recovery_step(rule), _interpolation_step(rule, branches[-1]))
    return Transition(rule, branches, steps)


def _branches(rule: Recovery) -> tuple[Branch, ...]:
    """Recovery, divergence at alpha = 1, and the interpolator of least l1 norm."""
    off = [sp.Eq(s, 0) for s in (rule.strength, *rule.others)]
    quiet, enough = sp.Eq(rule.tau, 0), ALPHA_C / rule.alpha <= 1
    return (
        Branch(
            "recovery", sp.And(*off, quiet, enough), rule.guards, None, rule.recovered(),
            (rule.selected,),
            meaning="no noise and a vanishing strength: the teacher is found exactly",
        ),
        Branch(
            "threshold", sp.And(*off, sp.Eq(rule.alpha, 1)), (), None, rule.divergent(),
            status="infinite",
            meaning="as many samples as parameters: the risk diverges",
        ),
        Branch(
            "least-l1-norm", sp.And(*off, rule.alpha < 1), (), rule.interpolating(),
            rule.interpolated(),
            meaning="a vanishing strength: the interpolator of least l1 norm (basis pursuit)",
        ),
    )  # fmt: skip


def _recovery_step(rule: Recovery) -> Step:
    lam, a = sp.latex(rule.strength), THRESHOLD
    return Step(
        name="l1-transition",
        title="The l1 phase transition",
        before=(
            Display(
                rf"({lam},\mathcal E)", rf"O(p),\ O(p^2),\qquad p\to0,\quad {sp.latex(rule.tau)}=0"
            ),
            Display(a, rf"{lam}\sqrt{{\alpha/\hat q}}"),
        ),
        after=(
            Display(r"\mathcal E'", r"\frac{M(a)}\alpha\,\mathcal E"),
            Display("M(a)", rule.gain),
            Display(r"\alpha V\hat V", rule.share),
            Display(ALPHA_C, r"\min_{a>0}M(a)"),
        ),
        why="Coordinates of the teacher that are not zero are large beside the noise of the "
        "field and are shifted by the threshold; the others are what passes it. Both are of the "
        "order of the error, so that the map is a multiplication. If some threshold makes the "
        "factor less than one, the error vanishes with the strength, at the threshold where "
        r"$M(a)=\alpha$ beyond the minimum; if none does, the error stays.",
        licence=Licence("leading-order balance of the map as strength and error vanish"),
        check=lambda: _check_recovery(rule),
    )


def _interpolation_step(rule: Recovery, branch: Branch) -> Step:
    system, lam = branch.system, sp.latex(rule.strength)
    assert system is not None
    return Step(
        name="least-l1-norm",
        title="The interpolator of least l1 norm",
        before=(Display("V", rf"\kappa/{lam},\qquad {lam}\to0"),),
        after=tuple(
            Display(rf"{sp.latex(d.symbol)}/{unit}", d.expression)
            for d, unit in zip(system.definitions, (f"{lam}^2", lam), strict=True)
        ),
        why="Below one sample per parameter and outside the phase of recovery V diverges. The "
        "scalar problem is homogeneous: with the strength as unit of the conjugates, it drops "
        "out of the map.",
        licence=Licence("leading-order balance of the map as the strength vanishes"),
        check=lambda: _check_interpolation(rule, branch),
    )


def _check_recovery(rule: Recovery) -> CheckResult:
    """The full map at a tiny strength keeps the claimed V and error."""
    worst = mpmath.mpf(0)
    with mpmath.workdps(60):
        for seed in range(4):
            values = _random(rule, seed) | {rule.tau: mpmath.mpf(0)}
            values |= evaluate_in_order(rule.guards, values)
            values[rule.alpha] = values[ALPHA_C] * (1 + mpmath.mpf(seed + 1) / 4)
            values[SELECTED] = values[THRESHOLD] = evaluate(rule.selected.expression, values)
            share = evaluate(rule.share, values) / values[rule.alpha]
            scale = share / (1 - share)
            threshold = values[rule.strength] * (1 + scale)
            at = {Letters.V: scale, E: values[rule.alpha] * (threshold / values[SELECTED]) ** 2}
            worst = max(worst, *_deviations(rule, values | at))
    how = f"full map at strength {TINY:.0e}, 4 points in the phase, deviation {float(worst):.1e}"
    return judged(worst, how)


def _check_interpolation(rule: Recovery, branch: Branch) -> CheckResult:
    """The full map at a tiny strength and V = kappa/lambda against the rescaled one."""
    assert branch.system is not None
    worst = mpmath.mpf(0)
    with mpmath.workdps(60):
        for seed in range(4):
            values = _random(rule, seed)
            values |= {KAPPA: mpmath.mpf(seed + 1) / 3, E: mpmath.mpf(seed + 1) / 2}
            values[Letters.V] = values[KAPPA] / values[rule.strength]
            full, limit = image(rule.found.system, values), image(branch.system, values)
            full[0] *= values[rule.strength]
            worst = max(worst, *(abs(f / g - 1) for f, g in zip(full, limit, strict=True)))
    how = f"full map at strength {TINY:.0e} against its limit, 4 points, off {float(worst):.1e}"
    return judged(worst, how)


def _random(rule: Recovery, seed: int) -> Values:
    given = rule.found.output.model.robust.problem.parameters.values()
    values = random_values([p.symbol for p in given], seed, given)
    values[rule.strength] = mpmath.mpf(TINY)
    return values | dict.fromkeys(rule.others, mpmath.mpf(0))


def _deviations(rule: Recovery, values: Values) -> list[mpmath.mpf]:
    pairs = zip(image(rule.found.system, values), rule.found.state, strict=True)
    return [abs(new / values[s] - 1) for new, s in pairs]


def _chosen(
    here: tuple[sp.Expr, ...], otherwise: tuple[sp.Expr, ...], condition: sp.Basic
) -> tuple[sp.Expr, ...]:
    """The first values where the condition holds."""
    pairs = zip(here, otherwise, strict=True)
    return tuple(sp.Piecewise((new, condition), (old, True)) for new, old in pairs)
