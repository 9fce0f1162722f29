r"""A dynamical law: parameters, state, updates, and the steps that derived them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from asymp.dynamics.model import PatchNetwork
from asymp.dynamics.steps import Recursion
from asymp.reductions.step import CheckResult, Hypothesis, Step
from asymp.symbols import Names, Parameter, by_name

if TYPE_CHECKING:
    import xarray as xr

    from asymp.dynamics.run import Compiled

STATE = {
    "u": r"true-feature weight $\langle w_r,w^*\rangle$ of neuron r",
    "v": r"memorised noise $y_i\langle w_r,X_i[j]\rangle$ of neuron r, sample i, patch j",
    "g": r"noise weight $\langle w_r,X_i[j]\rangle$",
}


@dataclass(frozen=True)
class DynamicalLaw:
    """A recursion for a few families of scalars that a training run reduces to.

    Made by :func:`~asymp.dynamics.patch_dynamics`.

    Parameters
    ----------
    network : PatchNetwork
        What was trained.
    parameters_given : tuple of Parameter
        Numbers to choose for a run; sizes are taken from it.
    updates : mapping of str to sympy.Expr
        State -> its value after one step, at the free indices ``r, i, j``, in the state and the
        margins.
    definitions : mapping of sympy.Indexed to sympy.Expr
        The margins in the state.
    observables : mapping of str to (sympy.Expr, indices)
        What a run reports.
    named : Recursion
        The recursion before activation and loss are said, for printing.
    steps : tuple of Step
    """

    network: PatchNetwork
    parameters_given: tuple[Parameter, ...]
    updates: Mapping[str, Any]
    definitions: Mapping[Any, Any]
    observables: Mapping[str, Any]
    named: Recursion = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def parameters(self) -> Names:
        """Numbers that a run is given, by name."""
        return by_name(self.parameters_given)

    @property
    def state(self) -> dict[str, str]:
        """Families of scalars that are updated, and what they mean."""
        return {name: STATE[name] for name in self.updates}

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What is assumed, not met: the law is conditional on it."""
        return tuple(h for step in self.steps for h in step.licence.conditional_on)

    @property
    def explicit(self) -> dict[str, Any]:
        """The updates with the margins written out in the state."""
        return {name: self._written_out(update) for name, update in self.updates.items()}

    def check(self) -> dict[str, CheckResult]:
        """Run the check of every step.

        Examples
        --------
        >>> from asymp.dynamics import patch_dynamics
        >>> patch_dynamics().check()["activation-and-loss"].outcome.value
        'proved symbolically'
        """
        return {step.name: step.check() for step in self.steps}

    def run(self, steps: int, **options: Any) -> xr.Dataset:
        r"""Iterate the law: trajectories, margins, losses, phases.

        Parameters
        ----------
        steps : int
            Number of gradient steps ``T``.
        **options
            Parameters of the law (``alpha``, ``delta``, ``lam``, ``eta``), and those of
            :func:`asymp.dynamics.run.run`: sizes or ``initial`` state, ``energy``, ``every``.

        Returns
        -------
        xarray.Dataset
            Over ``step``, ``neuron``, ``sample`` and ``patch``.

        Raises
        ------
        InvalidParameter
            If a parameter is missing, unknown or outside its domain, or shapes do not fit.
        NotConverged
            If the weights leave the floating-point range: the step is too large.

        Examples
        --------
        >>> from asymp.dynamics import patch_dynamics
        >>> run = patch_dynamics().run(
        ...     3000, alpha=4.0, delta=3.9, lam=0.5, eta=0.05, width=20, samples=10, rng=0)
        >>> bool(run.memorised[-1].min() > 1), bool(run.robust_signal[-1] < 0.01)
        (True, True)
        """
        from asymp.dynamics.run import run

        return run(self, steps, **options)

    def latex(self, *, fragment: bool = False) -> str:
        r"""LaTeX of the law, its hypotheses and its derivation.

        Parameters
        ----------
        fragment : bool
            Without preamble, for ``\input``; needs amsmath.
        """
        from asymp.dynamics.document import document

        return document(self, fragment=fragment)

    @cached_property
    def compiled(self) -> Compiled:
        """Margins, updates and observables as functions of arrays; made when first needed."""
        from asymp.dynamics.run import Compiled

        return Compiled.of(self)

    def _repr_latex_(self) -> str:
        from asymp.dynamics.document import statement

        return f"$\\displaystyle {statement(self)}$"

    def _written_out(self, expression: Any) -> Any:
        for letter, meaning in self.definitions.items():
            sample = letter.indices[0]
            expression = expression.replace(
                lambda e, b=letter.base: getattr(e, "base", None) == b and hasattr(e, "indices"),
                lambda e, d=meaning, s=sample: d.subs(s, e.indices[0]),
            )
        return expression
