r"""Output channel of any convex loss: averages of the envelope over the field's law.

.. math:: F = \mathbb E[T\,M],\quad \hat q = \mathbb E[T\,M'^2],\quad \hat V = \mathbb E[T\,M''],
          \quad \hat m = -\mathbb E[T_m\,M'],\quad
          \hat P_k = 2\,\partial_{P_k}e\;\mathbb E[T\,\partial_eM].

Truncated Gaussian moments where the section is polynomial and the field Gaussian, otherwise
panels between the break points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.excess_moment import excess_average
from asymp.calculus.panel import Panel
from asymp.calculus.primitives import without_overflow
from asymp.calculus.proximal import Section, proximal_sections
from asymp.calculus.truncated_moment import interval_moment
from asymp.problem.losses import RESIDUAL
from asymp.reductions.general.ambiguity import DEPTH, MEAN_PULL, WALL, Ambiguity, ambiguity_of
from asymp.reductions.general.budget import Seminorm, budgeted_loss, seminorms
from asymp.reductions.general.fields import Field, fields_of
from asymp.reductions.general.letters import EXP_B
from asymp.reductions.statements import BUDGET, FIELD, GaussianModel, Letters
from asymp.reductions.system import Definition

STANDARD = sp.Symbol("z", real=True)
Pick = Callable[[Section], sp.Expr]


@dataclass(frozen=True)
class GeneralOutput:
    """The output channel as expressions of the order parameters.

    Parameters
    ----------
    model : GaussianModel
    loss : sympy.Expr
        Within the budget, in ``argument`` (residual or margin) and :data:`BUDGET`.
    argument : sympy.Symbol
    sections : tuple of Section
    fields : tuple of Field
    seminorms : tuple of Seminorm
    definitions : tuple of Definition
        The budget and q where it is composed.
    ambiguity : Ambiguity, optional
        The set of laws whose worst is trained against; ``loss`` is then its separable dual.
    """

    model: GaussianModel
    loss: sp.Expr
    argument: sp.Symbol
    sections: tuple[Section, ...]
    fields: tuple[Field, ...]
    seminorms: tuple[Seminorm, ...]
    definitions: tuple[Definition, ...]
    ambiguity: Ambiguity | None = None

    @property
    def is_margin(self) -> bool:
        """Whether the loss is one of the margin."""
        return self.argument != RESIDUAL

    def average(self, pick: Pick, tilt: str = "tilt") -> sp.Expr:
        """Average over the field's law of what is picked from each section."""
        return sp.Add(*(self._share(f, pick, getattr(f, tilt)) for f in self.fields))

    def _share(self, field: Field, pick: Pick, tilt: sp.Expr) -> sp.Expr:
        """What one component adds to an average: twice one half's where all is even."""
        sections, factor = self.sections, 1
        if self.ambiguity is not None:
            sections, factor = self.ambiguity.right(sections), 2
        return field.outer(factor * field.weight * average(sections, pick, field, tilt, self.mark))

    @property
    def has_intercept(self) -> bool:
        """Whether an intercept acts: for symmetric label laws it is zero."""
        trained = self.model.robust.problem.intercept
        return trained and any(f.mean_b != 0 for f in self.fields)

    @property
    def mark(self) -> sp.Expr:
        """Field near which smooth losses bend."""
        return BUDGET if self.is_margin and self.seminorms else sp.Integer(0)

    @property
    def value(self) -> sp.Expr:
        """F."""
        return self.average(lambda s: s.envelope(FIELD, Letters.V))

    @property
    def conjugates(self) -> Mapping[sp.Symbol, sp.Expr]:
        """Conjugates by letter, in order of computation."""
        x = Letters
        found = {
            x.q_hat: self.average(lambda s: s.slope**2),
            x.V_hat: self.average(lambda s: s.curvature),
        }
        if self.is_margin:
            found[x.m_hat] = self._signal()
        pick = by_budget if self.ambiguity is None else self.ambiguity.by_budget
        for seminorm in self.seminorms:
            if seminorm.conjugate is not None:
                found[seminorm.conjugate] = seminorm.slope * self.average(pick)
        return found

    def _signal(self) -> sp.Expr:
        tilted = self.average(lambda s: -s.slope, "tilt_m")
        shifted = self._shifted("mean_m")
        return tilted - shifted

    def _shifted(self, derivative: str) -> sp.Expr:
        """Average of the slope weighted by a derivative of each component's mean."""
        slopes = ((f, getattr(f, derivative)) for f in self.fields)
        return sp.Add(
            *(by * self._share(f, lambda s: s.slope, f.tilt) for f, by in slopes if by != 0)
        )

    @property
    def ambiguity_letters(self) -> tuple[sp.Symbol, ...]:
        """Unknowns that the ambiguity set adds."""
        return () if self.ambiguity is None else (WALL, DEPTH)

    @property
    def ambiguity_updates(self) -> Mapping[sp.Symbol, sp.Expr]:
        """Updates of the wall and of the depth of the least weight, by letter."""
        if self.ambiguity is None:
            return {}
        pull, gap = (self.average(f) for f in (self.ambiguity.pull, self.ambiguity.divergence))
        return {
            WALL: WALL * sp.sqrt(pull / MEAN_PULL),
            DEPTH: DEPTH * sp.sqrt(self.ambiguity.radius / gap),
        }

    def ambiguity_starts(self, rho: sp.Expr) -> Mapping[sp.Symbol, sp.Expr]:
        """Orders of magnitude of the same two: a wall far out for small balls."""
        if self.ambiguity is None:
            return {}
        radius = self.ambiguity.radius
        wall = sp.sqrt(rho) * (1 + radius ** -sp.Rational(1, 4))
        return {WALL: wall, DEPTH: sp.sqrt(radius) + 2 * radius}

    @property
    def intercept_update(self) -> sp.Expr:
        """Newton's step for the intercept, at most 1, in its exponential (F is convex in b)."""
        slope = self._shifted("mean_b")
        return EXP_B * sp.exp(-slope / (Letters.V_hat + sp.Abs(slope)))


def general_output(model: GaussianModel) -> GeneralOutput:
    """The output channel of a problem.

    Raises
    ------
    NotDerivable
        If the loss is not convex or an adversary does not fit.
    """
    problem = model.robust.problem
    loss, argument = budgeted_loss(problem)
    ambiguity = ambiguity_of(problem, loss)
    loss = without_overflow(loss) if ambiguity is None else ambiguity.trained
    sections = proximal_sections(loss, argument, FIELD, Letters.V)
    norms = seminorms(model)
    definitions: tuple[Definition, ...] = ()
    if norms:
        total = sp.Add(*(s.radius * s.size for s in norms))
        definitions = (Definition(BUDGET, total, "budget of the adversaries"),)
    if ambiguity is not None:
        definitions = (*definitions, *ambiguity.weights)
    return GeneralOutput(
        model, loss, argument, sections, fields_of(problem), norms, definitions, ambiguity
    )


def by_budget(section: Section) -> sp.Expr:
    """Derivative of the envelope in the budget."""
    return section.envelope_slope(BUDGET, FIELD, Letters.V)


def average(
    sections: tuple[Section, ...], pick: Pick, field: Field, tilt: sp.Expr, mark: sp.Expr
) -> sp.Expr:
    """Average over one component, section by section."""
    if tilt == 0:
        return sp.Integer(0)
    return sp.Add(*(_section_average(s, pick(s), field, tilt, mark) for s in sections))


def _section_average(
    section: Section, value: sp.Expr, field: Field, tilt: sp.Expr, mark: sp.Expr
) -> sp.Expr:
    if value == 0:
        return sp.Integer(0)
    deviation = field.deviation
    if tilt == 1 and value.is_polynomial(FIELD):
        excess = excess_average(value, FIELD, section.low, section.high, field.mean, deviation)
        if excess is not None:
            return excess
    low, high = ((end - field.mean) / deviation for end in (section.low, section.high))
    if tilt == 1 and value.is_polynomial(FIELD) and _is_safe(section, field):
        in_units = sp.Poly(value.subs(FIELD, field.mean + deviation * STANDARD), STANDARD)
        return sp.Add(*(c * interval_moment(k, low, high) for (k,), c in in_units.terms()))
    bends = tilt != 1 or not value.is_polynomial(FIELD)
    cuts = (sp.Integer(0), *(mark + b for b in (0, *section.bends))) if bends else ()
    if section.rests:  # only the tilt bends, where the teacher's field changes sign
        cuts = (sp.Integer(0),) if tilt != 1 else ()
    cuts = tuple(dict.fromkeys(cuts))
    integrand = value * tilt * field.density
    if section.odds is not None:
        return _at_a_wall(integrand, section, field)
    return Panel(integrand, FIELD, section.low, section.high, field.mean, deviation, *cuts)


def _at_a_wall(integrand: sp.Expr, section: Section, field: Field) -> sp.Expr:
    """Panels before the field at which the wall begins to hold, and beyond, however far that is.

    Beyond it the slope is that of a spring, 1/V, and V may be as small as the mass there.
    """
    assert section.odds is not None
    wall, low, high = section.odds.wall, section.low, section.high
    if high.is_infinite:
        start = sp.Max(low, wall)
        before, beyond = (sp.Min(low, wall), wall), (start, high)
    else:
        start = sp.Min(high, wall)
        before, beyond = (wall, sp.Max(high, wall)), (low, start)
    deviation = field.deviation
    near = Panel(integrand, FIELD, *before, field.mean, deviation)
    return near + Panel(integrand, FIELD, *beyond, start, deviation)


def _is_safe(section: Section, field: Field) -> bool:
    """Whether the moments are no small difference: half-lines, symmetric or one-sided intervals."""
    low, high = section.low, section.high
    if low.is_infinite or high.is_infinite:
        return True
    if field.mean != 0:
        return False
    return bool(low.is_zero or high.is_zero or sp.expand(low + high) == 0)
