r"""Sensitivity of an observable to a parameter, by implicit differentiation of the fixed point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from asymp.analysis.gradient_latex import gradient_latex
from asymp.analysis.names import observable_of, parameter_of
from asymp.analysis.slopes import SlopeSolver
from asymp.solver.arguments import labelled_arguments
from asymp.solver.describe import DIAGNOSTICS, Solvable, describe
from asymp.solver.grid import applied
from asymp.symbols import Quantity


@dataclass(frozen=True, eq=False)
class Gradient:
    r"""Partial derivative of an observable in one parameter, all other parameters held.

    .. math:: \frac{\partial O}{\partial a} = \partial_aO
              + \partial_xO\,(I-\partial_xF)^{-1}\,\partial_aF

    with state x and map F of the branch that holds. The value of a parameter that defaults to
    this one (``eps_test`` to ``eps``) is held as well.

    Parameters
    ----------
    theorem : Solvable
    observable, parameter : str
        Names.
    """

    theorem: Solvable
    observable: str
    parameter: str

    @cached_property
    def _slopes(self) -> SlopeSolver:
        return SlopeSolver(self.theorem, self.observable, (self.parameter,))

    @property
    def quantity(self) -> Quantity:
        """The observable."""
        return observable_of(self.theorem, self.observable)

    def latex(self) -> str:
        """The formula, the derivatives that the parameter enters, and the explicit branches."""
        return gradient_latex(self.theorem, self.observable, self.parameter)

    def _repr_latex_(self) -> str:
        return self.latex()

    def solve(self, **parameters: Any) -> xr.Dataset:
        r"""Evaluate wherever the arguments say.

        Parameters
        ----------
        **parameters
            As for :meth:`asymp.Theorem.solve`, broadcast in the same way.

        Returns
        -------
        xarray.Dataset
            ``gradient``, the observable, and the diagnostics of the fixed point. ``gradient`` is
            NaN where the observable is not finite, and where the branch holds at this value of
            the parameter alone (such as ridge zero without adversary): there, take
            :func:`asymp.analysis.series` from the side. At the end of a domain it is one-sided.

        Raises
        ------
        InvalidParameter
            For unknown or missing names, or bad scalars.

        Examples
        --------
        Least squares has risk :math:`\tau^2\alpha/(\alpha-1)`:

        >>> import asymp
        >>> from asymp.analysis import gradient
        >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
        >>> slope = gradient(theorem, "standard_risk", "alpha").solve(alpha=[2.0, 3.0], tau=1.0)
        >>> slope.gradient.values.round(12).tolist()
        [-1.0, -0.25]
        """
        given = labelled_arguments(self.theorem.parameters, parameters)
        layout = replace(self._slopes.plain, values=(self.observable, "gradient"))
        dataset = applied(self._evaluate, layout, given)
        describe(dataset, self.theorem, layout)
        parameter = self.theorem.parameters[self.parameter]
        dataset["gradient"].attrs |= {
            "long_name": rf"$\partial\,{self.quantity.latex}/\partial {parameter.latex}$",
            "meaning": f"partial derivative of {self.observable} in {self.parameter}",
            "held": ", ".join(n for n in self.theorem.parameters if n != self.parameter),
        }
        return dataset

    def _evaluate(self, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        """Observable, gradient and diagnostics over the broadcast shape of the arrays."""
        shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
        points = np.stack([np.broadcast_to(a, shape) for a in arrays], axis=-1)
        found = self._slopes(points.reshape(-1, len(arrays)))
        columns = [found.value, found.gradient[:, 0]]
        columns += [getattr(found.points, name) for name in DIAGNOSTICS]
        return tuple(column.reshape(shape) for column in columns)

    def __repr__(self) -> str:
        return f"<Gradient of {self.observable} in {self.parameter}: {self.theorem.title}>"


def gradient(theorem: Solvable, observable: str, parameter: str) -> Gradient:
    r"""Derivative of an observable in a parameter, by implicit differentiation.

    Parameters
    ----------
    theorem : Theorem
    observable : str
        Name of an observable or an order parameter.
    parameter : str
        Name of the parameter; every other one is held, whatever its default.

    Returns
    -------
    Gradient
        With ``latex()`` and ``solve(**parameters)``.

    Raises
    ------
    InvalidParameter
        For a name that the theorem does not have.
    """
    observable_of(theorem, observable)
    parameter_of(theorem, parameter)
    return Gradient(theorem, observable, parameter)
