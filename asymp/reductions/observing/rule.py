r"""What every observation answers: the averages it needs, and what it reads from them.

An average is that of a quadratic form at the minimiser, :math:`\hat\theta^\top B\hat\theta`, or of
the resolvent, :math:`\frac1n\mathrm{tr}\,BH^{-1}`; both follow from the input channel by a source
term and the envelope theorem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import sympy as sp

from asymp.reductions.observable import Observable
from asymp.reductions.statements import GaussianModel
from asymp.reductions.step import Step
from asymp.reductions.system import Definition
from asymp.symbols import NONNEGATIVE, letter

MEAN_GRADIENT, GRADIENT_TRACE = (letter(n, NONNEGATIVE) for n in ("P_mean", "V_grad"))
EXTRA = {MEAN_GRADIENT: "P_mean", GRADIENT_TRACE: "V_grad"}


@dataclass(frozen=True)
class Needs:
    """Matrices B(t) of the commuting family, by the name of their average.

    Parameters
    ----------
    forms : mapping of str to sympy.Expr
        For quadratic forms at the minimiser.
    traces : mapping of str to sympy.Expr
        For traces against the resolvent.
    """

    forms: Mapping[str, sp.Expr] = field(default_factory=dict)
    traces: Mapping[str, sp.Expr] = field(default_factory=dict)


def needs_of(model: GaussianModel) -> Needs:
    """Everything that the observations of a problem need.

    Raises
    ------
    NotDerivable
        If an observation does not fit the problem; the message names the hypothesis.
    """
    found = [needs(o, model) for o in model.robust.problem.observe]
    return Needs(
        {name: matrix for n in found for name, matrix in n.forms.items()},
        {name: matrix for n in found for name, matrix in n.traces.items()},
    )


@dataclass(frozen=True)
class Reading:
    """What an observation adds to a theorem.

    Parameters
    ----------
    observables : tuple of Observable
    step : Step
    definitions : tuple of Definition
        Letters of its own in the observables' expressions.
    """

    observables: tuple[Observable, ...]
    step: Step
    definitions: tuple[Definition, ...] = ()


def observed(model: GaussianModel) -> tuple[Reading, ...]:
    """What the observations of a problem add, in their order."""
    return tuple(reading(o, model) for o in model.robust.problem.observe)


@singledispatch
def needs(observation: Any, model: GaussianModel) -> Needs:
    """What one observation needs, checked against the problem."""
    raise NotImplementedError(type(observation).__name__)


@singledispatch
def reading(observation: Any, model: GaussianModel) -> Reading:
    """What one observation adds: observables of the order parameters, and the step to them."""
    raise NotImplementedError(type(observation).__name__)


def label_variance(model: GaussianModel) -> sp.Expr:
    r""":math:`\mathbb Ey^2=\rho+\tau^2`."""
    return model.robust.symbol("target") + model.robust.symbol("noise") ** 2


def attacked(risk: sp.Expr, seminorm: sp.Expr, radius: sp.Expr) -> sp.Expr:
    r""":math:`\mathbb E(|r|+\varepsilon s)^2` of a centred Gaussian residual.

    Examples
    --------
    >>> risk, seminorm = sp.symbols("risk seminorm")
    >>> attacked(risk, seminorm, sp.Integer(0))
    risk
    """
    cross = 2 * sp.sqrt(2 / sp.pi) * radius * sp.sqrt(risk) * sp.sqrt(seminorm)
    return risk + cross + radius**2 * seminorm
