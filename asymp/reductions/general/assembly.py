"""From the two channels to a map: state, definitions, updates and start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from asymp.problem.losses import MarginLoss
from asymp.problem.noise import MIXING
from asymp.problem.penalty import WEIGHT, SeparablePenalty
from asymp.problem.statement import ProblemStatement
from asymp.reductions.general.letters import EXP_B, M_POSITIVE, N_1, Q_PERP, E
from asymp.reductions.general.output import GeneralOutput
from asymp.reductions.general.quadratic_input import QuadraticInput
from asymp.reductions.general.readers import conjugate_form, reader_averages
from asymp.reductions.general.separable_input import SeparableInput
from asymp.reductions.statements import Letters
from asymp.reductions.system import Definition, FixedPoint

_LETTERS = {"V": Letters.V, "E": E, "m": M_POSITIVE, "q": Letters.q, "q_perp": Q_PERP}


@dataclass(frozen=True)
class Assembled:
    """Both channels and the map between them.

    Parameters
    ----------
    output : GeneralOutput
    input : QuadraticInput or SeparableInput
    """

    output: GeneralOutput
    input: QuadraticInput | SeparableInput

    @property
    def _problem(self) -> ProblemStatement:
        return self.output.model.robust.problem

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the state's coordinates, without seminorms and intercept."""
        problem = self._problem
        if not problem.is_binary:
            return ("V", "E")
        return ("V", "m", "q") if problem.is_mixture else ("V", "m", "q_perp")

    @cached_property
    def state(self) -> tuple[sp.Symbol, ...]:
        """The unknowns; all positive."""
        norms = [s.letter for s in self.output.seminorms if s.letter is not None]
        b = [EXP_B] if self.output.has_intercept else []
        walls = self.output.ambiguity_letters
        return (*(_LETTERS[n] for n in self.names), *norms, *b, *walls)

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """Everything between the state and its image, in order."""
        found = list(self.output.definitions)
        if Q_PERP in self.state:
            rho = self.input.rho
            total = Q_PERP + M_POSITIVE**2 / rho
            found.append(Definition(Letters.q, total, "variance of the estimator's field"))
        for letter, value in self.output.conjugates.items():
            found.append(Definition(letter, value, "conjugate", conjugate_form(self, letter)))
        return (*found, *self.input.definitions)

    @cached_property
    def system(self) -> FixedPoint:
        """The map."""
        own = self.output.ambiguity_updates
        if EXP_B in self.state:
            own = {**own, EXP_B: self.output.intercept_update}
        updates = [own[x] if x in own else self.input.coordinate(str(x)) for x in self.state]
        return FixedPoint(self.state, self.definitions, tuple(updates), self._start())

    def _start(self) -> tuple[sp.Expr, ...]:
        """Orders of magnitude: half the teacher found, everything else of order one.

        Margins start below 1, where the square loss still pulls them up.
        """
        rho = self.input.rho
        bounded = self.output.is_margin and not isinstance(self._problem.loss, MarginLoss)
        m = rho / (2 + 2 * rho) if bounded or self._problem.is_mixture else rho / 2
        guesses: Mapping[sp.Symbol, sp.Expr] = {
            Letters.V: self._start_of_scale(), E: rho, M_POSITIVE: m, Letters.q: rho,
            Q_PERP: rho / 2, Letters.P: rho / 2, N_1: sp.sqrt(rho) / 2,
            **self.output.ambiguity_starts(rho),
        }  # fmt: skip
        return tuple(guesses.get(x, sp.Integer(1)) for x in self.state)

    def _start_of_scale(self) -> sp.Expr:
        r"""V; under a separable penalty where its threshold is of the order of the noise.

        With w of that order, :math:`V\approx1/(r_0'(w)/w+(\alpha-1)_+)`: from a V too small the
        first steps of the map would raise the error by :math:`1/\alpha` each.
        """
        problem, x = self._problem, sp.Symbol("x", positive=True)
        if not isinstance(problem.penalty, SeparablePenalty) or not problem.loss.is_square:
            return sp.Integer(1)
        weight = self.output.model.trace_weight
        variance = self.output.fields[0].variance.subs({E: self.input.rho, MIXING: 1})
        slope = problem.penalty.expression.subs(WEIGHT, x).diff(x) / x
        if slope.has(sp.Piecewise, sp.Heaviside):
            return sp.Integer(1)
        size = sp.sqrt(variance * weight)
        return 1 / (slope.subs(x, size) + sp.Max(1 / weight - 1, 0))

    @property
    def displays(self) -> Mapping[str, sp.Expr | str]:
        """Order parameters as averages, for readers."""
        return reader_averages(self)

    @property
    def potential(self) -> sp.Expr:
        r""":math:`\Phi` with both channels in their averaged form.

        In a regression :math:`\hat m=\hat V`, and m and q enter through the excess risk alone.
        """
        x, total = Letters, self.output.value + Letters.V * Letters.q_hat / 2
        if self.output.is_margin:
            total += self.input.value + M_POSITIVE * x.m_hat - x.q * x.V_hat / 2
        else:
            total += self.input.value.subs(x.m_hat, x.V_hat) - x.V_hat * (E - self.input.rho) / 2
        for s in self.output.seminorms:
            if s.letter is not None:
                total -= s.letter * s.conjugate / (2 if s.matrix is not None else 1)
        return total


def assemble(output: GeneralOutput) -> Assembled:
    """Choose the input channel that the penalty and the adversaries need."""
    problem = output.model.robust.problem
    signal = Letters.m_hat if output.is_margin else Letters.V_hat
    separable = isinstance(problem.penalty, SeparablePenalty)
    separable = separable or any(s.letter == N_1 for s in output.seminorms)
    channel = SeparableInput if separable else QuadraticInput
    return Assembled(output, channel(output, signal))
