r"""The derived object: data only. Solving, printing and testing it is done elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from asymp.claims import Law, Limit
from asymp.problem.penalty import NoPenalty, SeparablePenalty
from asymp.problem.statement import ProblemStatement
from asymp.reductions.constants import Constant
from asymp.reductions.observables import ORDER_MEANINGS
from asymp.reductions.outcome import Derivation
from asymp.reductions.pipeline import derive
from asymp.reductions.step import Source, Step
from asymp.reductions.system import Branch, FixedPoint
from asymp.symbols import Names, OrderParameter, by_name


@dataclass(frozen=True)
class TheoremData:
    r"""A theorem in the proportional limit.

    Parameters
    ----------
    id, title : str
        Stable id (a catalogue file's name with hyphens) and heading.
    problem : ProblemStatement or None
        The estimation problem; None for a stated theorem whose problem is not given.
    status : {"stated", "derived"}
        Whether the equations were given or derived.
    parameters, order_parameters, observables : Names
        Quantities by name.
    constants : mapping of sympy.Symbol to Constant
        Coefficients of the activation; ``float(value)`` is the number.
    potential : sympy.Expr or None
        :math:`\Phi` in order parameters and conjugates, spectral averages unevaluated; None for
        a stated theorem.
    system : FixedPoint
        The generic fixed point.
    derivation : tuple of Step
    branches : tuple of Branch
        Regions of parameters with their equations, tried in order.
    limits, laws, audits : tuple
        Claims that ``check`` runs.
    sources : tuple of Source
    conventions : mapping of str to str
        Where factors and normalisations sit, by subject.
    translations : tuple of Convention
        Letters of other papers (:mod:`asymp.conventions`).
    ranges : mapping of str to (low, high)
        Where random points are drawn, if not over the whole domain.
    simulation : Simulation, optional
        How a stated theorem's finite problem is run (:mod:`asymp.stated`).
    output : OutputChannel or GeneralOutput, optional
        The derived output channel, of which :func:`asymp.analysis.loss_law` reads the law of the
        losses; None for a stated theorem.
    """

    id: str
    title: str
    problem: Any
    status: str
    parameters: Names
    order_parameters: Names
    observables: Names
    constants: Mapping[sp.Symbol, Constant]
    potential: sp.Expr | None
    system: FixedPoint
    derivation: tuple[Step, ...]
    branches: tuple[Branch, ...]
    averages: Mapping[str, sp.Expr]
    limits: tuple[Limit, ...] = ()
    laws: tuple[Law, ...] = ()
    audits: tuple[Any, ...] = ()
    sources: tuple[Source, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    translations: tuple[Any, ...] = ()
    simulation: Any = None
    output: Any = None

    @property
    def equations(self) -> tuple[sp.Eq, ...]:
        """Fixed point: ``state = map of state``, in named intermediates."""
        return self.system.equations


@dataclass(frozen=True)
class Phase:
    """A region with its own behaviour, for readers: condition, boundary, consequence.

    Parameters
    ----------
    name : str
    condition : sympy.Basic
        In parameters and the boundary's symbols.
    boundary : tuple of sympy.Eq
        Definitions of the quantities that the condition uses.
    consequence : str
    values : mapping of str to sympy.Expr
        What the observables are there.
    """

    name: str
    condition: sp.Basic
    boundary: tuple[sp.Eq, ...]
    consequence: str
    values: Mapping[str, sp.Expr]

    def _repr_latex_(self) -> str:
        return f"${sp.latex(self.condition)}$"


def phases_of(branches: tuple[Branch, ...]) -> tuple[Phase, ...]:
    """The special branches, as phases."""
    return tuple(
        Phase(
            b.name,
            b.condition,
            tuple(sp.Eq(g.symbol, g.expression, evaluate=False) for g in b.guards),
            b.meaning,
            b.values,
        )
        for b in branches
        if b.condition is not sp.true
    )


def state_theorem(problem: ProblemStatement, *, id: str, title: str) -> dict[str, Any]:
    """Derive the proportional limit of a problem: the fields of :class:`TheoremData`."""
    found = derive(problem)
    return {
        "id": id,
        "title": title,
        "problem": problem,
        "status": "derived",
        "parameters": problem.parameters,
        "order_parameters": by_name(_order_parameters(found)),
        "observables": by_name(found.observables),
        "constants": found.model.constants,
        "potential": found.potential,
        "system": found.system,
        "derivation": found.steps,
        "branches": found.branches,
        "averages": found.averages,
        "output": found.output,
        "conventions": standard_conventions(problem),
    }


def standard_conventions(problem: ProblemStatement) -> dict[str, str]:
    """Where factors and normalisations sit, in the letters of the problem."""
    found = {
        "ratios": ", ".join(rf"${p.latex}={p.scaling}$" for p in problem.features.parameters),
        "loss": rf"$\frac1n\sum_i\ell_i+{_penalty_latex(problem)}$",
    }
    if problem.noise is not None:
        name = problem.noise.parameters[0]
        found["noise"] = rf"${name.latex}$ is the {name.meaning}"
    if problem.target is not None:
        strength = problem.target.parameters[0].latex
        found["teacher"] = rf"${strength}$ is the variance of the teacher field"
    return found


def _penalty_latex(problem: ProblemStatement) -> str:
    penalty = problem.penalty
    if isinstance(penalty, SeparablePenalty):
        return rf"\frac1p\sum_j r_0(\sqrt p\,\theta_j),\ r_0(w)={sp.latex(penalty.expression)}"
    if isinstance(penalty, NoPenalty):
        return "0"
    return rf"\frac{{{penalty.parameters[0].latex}}}2\,\theta^\top R\,\theta"


def _order_parameters(found: Derivation) -> list[OrderParameter]:
    names = [name for name in found.branches[-1].values if name in ORDER_MEANINGS]
    return [
        OrderParameter(name, ORDER_MEANINGS[name][1], ORDER_MEANINGS[name][0]) for name in names
    ]
