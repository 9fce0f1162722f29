r"""Input channel of a quadratic penalty: minimised mode by mode, averaged over the spectrum.

.. math:: I = -\frac12\Big[\hat q\,\tfrac1n\mathrm{tr}\,\Sigma H^{-1} + \hat m^2c^\top H^{-1}c\Big],
          \qquad H = \zeta R + \hat V\Sigma + \hat PA.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.spectral_law import SpectralAverage
from asymp.reductions.checking import proved
from asymp.reductions.literature import MARCHENKO_PASTUR
from asymp.reductions.statements import (
    HAMILTONIAN,
    GaussianModel,
    InputChannel,
    Letters,
    OutputChannel,
)
from asymp.reductions.step import Display, Licence, Step


def minimise_modes(output: OutputChannel) -> tuple[InputChannel, Step]:
    """Minimise the quadratic form of each eigenmode and average over the law."""
    model = output.channels.model
    hamiltonian = _hamiltonian(model)
    statement = InputChannel(output, hamiltonian, input_value(model, hamiltonian))
    return statement, _step(statement)


def _hamiltonian(model: GaussianModel) -> sp.Expr:
    zeta = model.robust.symbol("penalty")
    total = zeta * model.penalty + Letters.V_hat * model.covariance
    if model.robust.is_adversarial:
        total += Letters.P_hat * model.gradient
    return total


def input_value(model: GaussianModel, hamiltonian: sp.Expr) -> sp.Expr:
    r""":math:`I` for a given :math:`H(t)`, homogeneous of degree -1 in it."""
    rho = model.robust.symbol("target")
    noise = SpectralAverage(model.covariance / hamiltonian, model.law)
    signal = SpectralAverage(model.alignment / hamiltonian, model.teacher_law)
    x = Letters
    return -(x.q_hat * model.trace_weight * noise + x.m_hat**2 * rho * signal) / 2


def _step(statement: InputChannel) -> Step:
    model = statement.output.channels.model
    mode, pull = sp.symbols("theta_t f_t", real=True)
    energy = HAMILTONIAN * mode**2 / 2 - pull * mode
    at_minimum = energy.subs(mode, pull / HAMILTONIAN)
    return Step(
        name="mode-wise-minimisation",
        title="The input channel, mode by mode",
        before=(
            Display(
                "I",
                r"\min_\theta\sum_t\big[\tfrac12H(t)\theta_t^2-f_t\theta_t\big],"
                r"\qquad f=\sqrt{\hat q/n}\,\Sigma^{1/2}g+\hat mc",
            ),
        ),
        after=(Display("H(t)", statement.hamiltonian), Display("I", statement.value)),
        why=(
            r"In the eigenbasis the minimum over each $\theta_t$ is $-f_t^2/(2H(t))$. The cross "
            r"term of $f_t^2$ averages to zero, the squares concentrate: $\frac1n\mathrm{tr}$ on "
            rf"${sp.latex(model.trace_weight)}\int d{model.law.symbol_latex}$, the teacher on its "
            "spectral measure."
        ),
        licence=Licence("law of large numbers over the limiting spectrum", MARCHENKO_PASTUR.at()),
        check=lambda: proved(
            at_minimum
            + pull**2 / (2 * HAMILTONIAN)
            + energy.diff(mode).subs(mode, pull / HAMILTONIAN),
            "stationary point of each mode and its value",
        ),
    )
