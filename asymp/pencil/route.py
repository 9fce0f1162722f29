r"""The second route: a problem's limit from a linear pencil, to hold against the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from asymp.pencil.dyson import DysonSystem, Entry, dyson_equations, trace_symbol
from asymp.pencil.linear import Pencil
from asymp.pencil.linearise import linearise
from asymp.pencil.minimal import minimal
from asymp.pencil.model import QuadraticModel, quadratic_model
from asymp.pencil.proof import compare
from asymp.pencil.reduce import eliminate_explicit
from asymp.pencil.solve import branch_of
from asymp.pencil.sources import SourcedSystem, differentiate
from asymp.pencil.stored import Derived, recalled
from asymp.pencil.words import aligned, route_latex, symbol_names
from asymp.problem.statement import ProblemStatement
from asymp.reductions.observables import ORDER_MEANINGS
from asymp.reductions.step import CheckResult
from asymp.reductions.system import Branch
from asymp.symbols import NONNEGATIVE, POSITIVE, Names, Quantity, by_name
from asymp.theorem_data import TheoremData, standard_conventions

if TYPE_CHECKING:
    import xarray as xr

OBSERVABLES = {
    "standard_risk": "mean squared error on clean inputs",
    "train_risk": "training error, twice the mean training loss",
    "parameter_norm2": "squared norm of the parameter",
    "gradient_norm2": "mean squared norm of the input gradient",
}


@dataclass(frozen=True)
class SecondRoute:
    r"""A problem's proportional limit by operator-valued Schwinger-Dyson equations.

    Parameters
    ----------
    problem : ProblemStatement
    model : QuadraticModel
        The problem as a rational expression in Gaussian matrices.
    dyson : DysonSystem
        The equations of the traces that are needed, sources included.
    system : SourcedSystem
        What is left after elimination, at vanishing sources, and the observables.

    Examples
    --------
    >>> import asymp
    >>> problem = asymp.Problem(features=asymp.IsotropicGaussian())
    >>> route = second_route(problem)
    >>> route.equations[0].rhs
    alpha*(zeta + g_n)/(alpha*zeta + alpha*g_n + 1)
    >>> route.prove(problem.derive()).outcome.name
    'PROVED'
    """

    problem: ProblemStatement
    model: QuadraticModel = field(repr=False)
    dyson: DysonSystem = field(repr=False)
    system: SourcedSystem = field(repr=False)

    @cached_property
    def expression_pencil(self) -> Pencil:
        """The pencil as the expression gives it."""
        return linearise(self.model.outputs)

    @cached_property
    def pencil(self) -> Pencil:
        """The smallest pencil with the same responses."""
        return minimal(self.expression_pencil)

    @property
    def unknowns(self) -> tuple[sp.Symbol, ...]:
        """Traces that are left after elimination, then multipliers."""
        return self.system.unknowns

    @property
    def equations(self) -> tuple[sp.Eq, ...]:
        """``unknown = right side``, closed; the multipliers enter linearly."""
        both = {**self.system.equations, **self.system.multipliers}
        return tuple(sp.Eq(s, right, evaluate=False) for s, right in both.items())

    @property
    def values(self) -> Mapping[str, sp.Expr]:
        """Order parameters and observables in the unknowns."""
        return self.system.values

    @property
    def observables(self) -> Names:
        """Observables by name."""
        return by_name(
            Quantity(name, NONNEGATIVE, meaning)
            for name, meaning in OBSERVABLES.items()
            if name in self.values
        )

    @property
    def order_parameters(self) -> Names:
        """Order parameters of the first route that this one has too."""
        return by_name(
            Quantity(name, ORDER_MEANINGS[name][1], ORDER_MEANINGS[name][0])
            for name in self.values
            if name in ORDER_MEANINGS
        )

    @property
    def parameters(self) -> Names:
        """Parameters by name; the ridge is positive and has no default."""
        strength = self.problem.penalty.parameters[0].name
        return by_name(
            replace(p, domain=POSITIVE, default=None) if p.name == strength else p
            for p in self.problem.parameters.values()
        )

    @property
    def constants(self) -> Mapping[sp.Symbol, Any]:
        """Coefficients of the activation that the answers use."""
        return self.model.constants

    @property
    def id(self) -> str:
        """Identifier in results."""
        return "second-route"

    @property
    def title(self) -> str:
        """Heading in results."""
        return "Second route: linear pencil"

    @property
    def conventions(self) -> Mapping[str, str]:
        """Where factors and normalisations sit."""
        return standard_conventions(self.problem)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The equations as the solver takes them."""
        positive = {
            self.problem.parameters[name].symbol: p.symbol for name, p in self.parameters.items()
        }
        return (branch_of(self.system.renamed(positive)),)

    def solve(self, *, throw: bool = True, **arguments: Any) -> xr.Dataset:
        """Solve wherever the arguments say, as :meth:`asymp.Theorem.solve` does.

        Parameters
        ----------
        throw : bool
            Whether a scalar call without a finite outcome raises.
        **arguments
            Parameters by name; the ridge must be positive.

        Examples
        --------
        >>> import asymp
        >>> route = second_route(asymp.Problem(features=asymp.IsotropicGaussian()))
        >>> ds = route.solve(alpha=2.0, zeta=0.5, tau=0.5)
        >>> float(ds.standard_risk.round(12))
        0.508883476483
        """
        from asymp.solver.grid import solve_grid

        return solve_grid(self, arguments, throw=throw)

    def prove(self, theorem: TheoremData) -> CheckResult:
        """Compare with the theorem of the first route by polynomial elimination.

        Returns
        -------
        CheckResult
            ``PROVED`` if every order parameter and observable of both is the same algebraic
            function, ``FALSE`` with a point if one is not.
        """
        return compare(self.system, self.model, theorem)

    def latex(self) -> str:
        """LaTeX of the pencil, its Schwinger-Dyson equations and the observables."""
        return route_latex(self)

    def _repr_latex_(self) -> str:
        both = {**self.system.equations, **self.system.multipliers}
        return aligned(both.items(), symbol_names(self))


def second_route(problem: ProblemStatement) -> SecondRoute:
    """Derive a problem's limit from a linear pencil in Gaussian matrices.

    Parameters
    ----------
    problem : asymp.Problem
        Square loss, ridge, linear teacher, Gaussian noise, no adversary; isotropic features or
        random features.

    Raises
    ------
    NotDerivable
        If the problem is not a rational expression in Gaussian matrices; the message names the
        hypothesis that fails.

    Examples
    --------
    >>> import asymp
    >>> route = second_route(asymp.Problem(features=asymp.RandomFeatures("relu")))
    >>> [slot.dimension.name for slot in route.pencil.columns]
    ['d', 'd', 'd', 'n', 'N']
    >>> second_route(asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input()))
    Traceback (most recent call last):
    asymp.errors.NotDerivable: second route: the training loss has an adversary, ...
    """
    model = quadratic_model(problem)
    dyson, system = recalled(model, lambda: derive(model))
    return SecondRoute(problem, model, dyson, system)


def derive(model: QuadraticModel) -> Derived:
    """Run the derivation: pencil, Schwinger-Dyson equations, elimination, sources."""
    pencil = minimal(linearise(model.outputs))
    asked: dict[str, Entry] = {
        output: (pencil.outputs[output], pencil.inputs[entrance])
        for output, entrance in model.inputs.items()
    }
    dyson = dyson_equations(pencil, asked.values())
    traces = {output: trace_symbol(pencil, entry) for output, entry in asked.items()}
    return dyson, differentiate(eliminate_explicit(dyson), traces, model)
