r"""Input channel of a separable penalty on isotropic features: one scalar problem.

Coordinate by coordinate, with :math:`b` distributed as :math:`\sqrt p\,\beta_j`,

.. math:: w = \arg\min_w\ \tfrac12\hat Vw^2 + r_0(w) - fw,\qquad
          f = \hat mb + \sqrt{\hat q/\alpha}\,g .

Per Gaussian component of b (variance v) the field has variance :math:`s^2=\hat m^2v+\hat q/\alpha`;
Gaussian integration by parts gives :math:`m` and :math:`V` from :math:`\mathbb Ew'(f)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import sympy as sp

from asymp.calculus.primitives import without_overflow
from asymp.calculus.proximal import Section, proximal_sections
from asymp.calculus.spectral_law import PointMass
from asymp.errors import NotDerivable
from asymp.problem.penalty import WEIGHT, NoPenalty, Ridge
from asymp.problem.target import GaussianComponent
from asymp.reductions.general.fields import Field
from asymp.reductions.general.letters import M_POSITIVE
from asymp.reductions.general.output import GeneralOutput, Pick, average
from asymp.reductions.general.quadratic_input import strength_of_teacher
from asymp.reductions.statements import FIELD, GaussianModel, Letters
from asymp.reductions.system import Definition

ZERO = sp.Integer(0)


class SeparableInput:
    r"""Averages of the scalar problem.

    Parameters
    ----------
    output : GeneralOutput
    signal : sympy.Expr
        :math:`\hat m`; for regression it equals :math:`\hat V`.

    Raises
    ------
    NotDerivable
        If the features are not isotropic, where coordinates do not decouple.
    """

    def __init__(self, output: GeneralOutput, signal: sp.Expr) -> None:
        self.output, self.signal = output, signal
        self.model: GaussianModel = output.model
        problem = self.model.robust.problem
        if not isinstance(self.model.law, PointMass):
            raise NotDerivable(
                "a separable penalty or an l-infinity adversary needs isotropic features "
                "(Sigma = I): with correlated ones the coordinates of the parameter do not "
                "decouple; use IsotropicGaussian, or a quadratic penalty"
            )
        self.rho = strength_of_teacher(self.model)
        self.penalty = self._penalty()
        scale = 1 / Letters.V_hat
        self.sections = proximal_sections(without_overflow(self.penalty), WEIGHT, FIELD, scale)
        self.components = self._components()
        self.definitions: tuple[Definition, ...] = ()
        self.is_mixture = problem.is_mixture

    def _penalty(self) -> sp.Expr:
        """The scalar penalty, with what the adversaries add to it."""
        penalty = self.model.robust.problem.penalty
        if isinstance(penalty, NoPenalty):
            total = ZERO
        elif isinstance(penalty, Ridge):
            total = penalty.parameters[0].symbol * self.model.penalty * WEIGHT**2 / 2
        else:
            total = penalty.expression
        for s in self.output.seminorms:
            if s.conjugate is not None:
                form = sp.Abs(WEIGHT) if s.matrix is None else s.matrix * WEIGHT**2 / 2
                total += s.conjugate * form
        return total

    def _components(self) -> tuple[GaussianComponent, ...]:
        problem = self.model.robust.problem
        if problem.is_mixture:
            return (GaussianComponent(sp.Integer(1), ZERO, self.rho),)
        return problem.target.coordinates

    @property
    def noise(self) -> sp.Expr:
        r"""Variance :math:`\hat q/\alpha` of the field's noise."""
        return Letters.q_hat * self.model.trace_weight

    def close(self, expression: sp.Expr) -> sp.Expr:
        """Nothing is left to close."""
        return expression

    def coordinate(self, name: str) -> sp.Expr:
        """One average."""
        return self.averages[name]

    def mean(self, pick: Pick, component: GaussianComponent) -> sp.Expr:
        r"""Average over one component of a function of :math:`f/\hat V`."""
        variance = (self.signal**2 * component.variance + self.noise) / Letters.V_hat**2
        field = Field(sp.Integer(1), ZERO, variance)
        return average(self.sections, pick, field, sp.Integer(1), ZERO)

    def total(self, pick: Pick) -> sp.Expr:
        """Average over all components."""
        return sp.Add(*(c.weight * self.mean(pick, c) for c in self.components))

    @cached_property
    def averages(self) -> Mapping[str, sp.Expr]:
        """Order parameters as averages of the scalar problem."""
        v_hat = Letters.V_hat
        responses = {c: self.mean(lambda s: _response(s, v_hat), c) for c in self.components}
        m = self.signal * sp.Add(
            *(c.weight * c.variance * response for c, response in responses.items())
        )
        scale = self.model.trace_weight * sp.Add(
            *(c.weight * response for c, response in responses.items())
        )
        found = {
            "V": scale,
            "m": m,
            "q": self.total(lambda s: s.point**2),
            "norm": self.total(lambda s: s.point**2),
            "E": self._distance(sp.Integer(1)),
            "q_perp": self._distance(M_POSITIVE / self.rho),
            "N_1": self.total(lambda s: _size(s)),
            "selected": self.total(_selected),
        }
        for s in self.output.seminorms:
            if s.matrix is not None:
                found[str(s.letter)] = s.matrix * found["q"]
        return found

    def _distance(self, multiple: sp.Expr) -> sp.Expr:
        r""":math:`\mathbb E(w-\kappa b)^2` as positive terms, given the field."""
        total = ZERO
        for c in self.components:
            variance = self.signal**2 * c.variance + self.noise
            left = multiple**2 * c.variance * self.noise / variance
            slope = multiple * self.signal * c.variance * Letters.V_hat / variance

            def gap(s: Section, slope: sp.Expr = slope) -> sp.Expr:
                return _squared(s.point - slope * FIELD)

            total += c.weight * (left + self.mean(gap, c))
        return total

    @property
    def value(self) -> sp.Expr:
        r"""I: the envelope of the penalty less the square of the field."""
        v_hat = Letters.V_hat

        def energy(s: Section) -> sp.Expr:
            return s.envelope(FIELD, 1 / v_hat) - v_hat * FIELD**2 / 2

        return self.total(energy)


def _squared(gap: sp.Expr) -> sp.Expr:
    """Square of a polynomial in the field, each coefficient cancelled before it is squared."""
    if not gap.is_polynomial(FIELD):
        return gap**2
    terms = sp.Poly(gap, FIELD).terms()
    tidy = sp.Add(*(sp.factor(c) * FIELD**k for (k,), c in terms))
    return sp.expand(tidy**2, deep=False)


def _response(section: Section, scale: sp.Expr) -> sp.Expr:
    r"""Derivative :math:`w'(f)` of the coordinate in the field."""
    return (1 - section.curvature / scale) / scale if not section.rests else ZERO


def _size(section: Section) -> sp.Expr:
    """Absolute value of the coordinate; sections do not straddle zero where |w| is penalised."""
    if section.point.is_zero:
        return ZERO
    negative = section.high.is_zero or (section.high - 0).is_nonpositive
    if negative:
        return -section.point
    if section.low.is_zero or section.low.is_nonnegative:
        return section.point
    return sp.Abs(section.point)


def _selected(section: Section) -> sp.Expr:
    """One where the coordinate is not zero."""
    return ZERO if section.point.is_zero else sp.Integer(1)
