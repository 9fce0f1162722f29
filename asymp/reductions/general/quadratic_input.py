r"""Input channel of a quadratic penalty with a signal of its own strength :math:`\hat m`.

With :math:`H=\zeta R+\hat V\Sigma+\sum_k\hat P_kA_k`:

.. math:: V = \tfrac1n\mathrm{tr}\,\Sigma H^{-1},\quad m = \hat m\,c^\top H^{-1}c,\quad
          \theta^\top B\theta = \hat q\,\tfrac1n\mathrm{tr}\,\Sigma BH^{-2}
          + \hat m^2c^\top BH^{-2}c.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from asymp.calculus.spectral_law import PointMass, SpectralAverage
from asymp.problem.penalty import NoPenalty
from asymp.reductions.general.output import GeneralOutput
from asymp.reductions.spectral_closing import (
    close_spectral,
    spectral_definitions,
    spectral_frame,
)
from asymp.reductions.statements import HAMILTONIAN, GaussianModel, Letters
from asymp.reductions.system import Definition


class QuadraticInput:
    r"""Averages of the input channel, pretty and closed.

    Parameters
    ----------
    output : GeneralOutput
    signal : sympy.Expr
        :math:`\hat m`; for regression it equals :math:`\hat V`.
    """

    def __init__(self, output: GeneralOutput, signal: sp.Expr) -> None:
        self.output, self.signal = output, signal
        self.model: GaussianModel = output.model
        self.rho = strength_of_teacher(self.model)
        self.hamiltonian = self._hamiltonian()
        self.frame = spectral_frame(self.model, self.hamiltonian)

    def _hamiltonian(self) -> sp.Expr:
        problem = self.model.robust.problem
        total = Letters.V_hat * self.model.covariance
        if not isinstance(problem.penalty, NoPenalty):
            total += problem.penalty.parameters[0].symbol * self.model.penalty
        for s in self.output.seminorms:
            if s.matrix is not None:
                total += s.conjugate * s.matrix
        return sp.expand(total)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Letters of the resolvent."""
        return spectral_definitions(self.frame, self.hamiltonian)

    def close(self, expression: sp.Expr) -> sp.Expr:
        """Averages in a form that can be evaluated."""
        return close_spectral(expression, self.frame)

    @property
    def averages(self) -> Mapping[str, sp.Expr]:
        """Order parameters as spectral averages over powers of H."""
        model, x = self.model, Letters
        noise = model.trace_weight * x.q_hat
        share = model.alignment / HAMILTONIAN
        m = self.signal * self.rho * SpectralAverage(share, model.teacher_law)
        found = {
            "V": model.trace_weight * SpectralAverage(model.covariance / HAMILTONIAN, model.law),
            "m": m,
            "q": self._form(model.covariance),
            "norm": self._form(sp.Integer(1)),
        }
        fluctuation = noise * SpectralAverage(model.covariance**2 / HAMILTONIAN**2, model.law)
        found["q_perp"] = fluctuation + self._spread()
        found["E"] = fluctuation + self._excess()
        if model.gradient is not None:
            found["gradient"] = self._form(model.gradient)
        for s in self.output.seminorms:
            if s.matrix is not None:
                found[str(s.letter)] = self._form(s.matrix)
        return found

    def _form(self, matrix: sp.Expr) -> sp.Expr:
        r"""The quadratic form of a matrix of the commuting family at the minimiser."""
        model = self.model
        noise = SpectralAverage(model.covariance * matrix / HAMILTONIAN**2, model.law)
        signal = SpectralAverage(model.alignment * matrix / HAMILTONIAN**2, model.teacher_law)
        return Letters.q_hat * model.trace_weight * noise + self.signal**2 * self.rho * signal

    def _spread(self) -> sp.Expr:
        r"""Signal part of :math:`q-m^2/\rho`: the spread of the response over the spectrum."""
        model = self.model
        if isinstance(model.law, PointMass):
            return sp.Integer(0)
        size = self.signal**2 * self.rho
        mean = SpectralAverage(model.alignment / HAMILTONIAN, model.teacher_law)
        square = SpectralAverage(
            model.alignment * model.covariance / HAMILTONIAN**2, model.teacher_law
        )
        return size * (square - mean**2)

    def _excess(self) -> sp.Expr:
        r"""Signal part of :math:`\rho-2m+q` at :math:`\hat m=\hat V`, as positive terms."""
        model, v = self.model, Letters.V_hat
        left = sp.expand(self.hamiltonian - v * model.alignment)
        unseen = sp.expand(model.covariance - model.alignment)
        numerator = left**2 + v**2 * model.alignment * unseen
        mass = getattr(model.teacher_law, "mass", sp.Integer(1))
        inside = SpectralAverage(numerator / HAMILTONIAN**2, model.teacher_law)
        return self.rho * (inside + (1 - mass))

    def coordinate(self, name: str) -> sp.Expr:
        """Closed form of one average."""
        return self.close(self.averages[name])

    @property
    def value(self) -> sp.Expr:
        """I, for the document and its check."""
        model, x = self.model, Letters
        noise = SpectralAverage(model.covariance / HAMILTONIAN, model.law)
        signal = SpectralAverage(model.alignment / HAMILTONIAN, model.teacher_law)
        total = x.q_hat * model.trace_weight * noise + x.m_hat**2 * self.rho * signal
        return -total / 2


def strength_of_teacher(model: GaussianModel) -> sp.Symbol:
    r""":math:`\rho`: variance of the teacher field, or squared norm of the class centre."""
    problem = model.robust.problem
    part = problem.labels if problem.is_mixture else problem.target
    return part.parameters[0].symbol
