"""What a derivation hands on: the fields that a theorem is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from asymp.problem.statement import ProblemStatement
from asymp.reductions.observable import Observable
from asymp.reductions.statements import GaussianModel, OutputChannel
from asymp.reductions.step import Step
from asymp.reductions.system import Branch, FixedPoint

if TYPE_CHECKING:
    from asymp.reductions.general.output import GeneralOutput


@dataclass(frozen=True)
class Derivation:
    """What the rules make of a problem.

    Parameters
    ----------
    problem : ProblemStatement
    model : GaussianModel
        The Gaussian equivalent with the activation's constants.
    potential : sympy.Expr
    system : FixedPoint
        The generic map.
    averages : mapping of str to sympy.Expr or str
        Order parameters as averages, in the form for readers (LaTeX where it is a string).
    steps : tuple of Step
    branches : tuple of Branch
        Every region of parameters with its equations and the values of all names.
    observables : tuple of Observable
    output : OutputChannel or GeneralOutput
        What one sample sees: the field's law, the proximal operator and the loss there.
    """

    problem: ProblemStatement
    model: GaussianModel
    potential: sp.Expr
    system: FixedPoint
    averages: Mapping[str, sp.Expr | str]
    steps: tuple[Step, ...]
    branches: tuple[Branch, ...]
    observables: tuple[Observable, ...]
    output: OutputChannel | GeneralOutput
