"""One point in plain numbers: neither xarray nor SymPy is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from asymp.solver.describe import DIAGNOSTICS, Solvable
from asymp.solver.kernels import kernel_of
from asymp.solver.points import solve_points
from asymp.solver.single import read_point
from asymp.solver.stored import StoredTheorem


def solve_point(
    theorem: Solvable | StoredTheorem, arguments: Mapping[str, float]
) -> dict[str, float]:
    """Solve a theorem at one point; a point without an answer is told by its ``status``.

    Parameters
    ----------
    theorem : Solvable or StoredTheorem
    arguments : mapping of str to float
        Parameters by name; defaults as on grids.

    Returns
    -------
    dict of str to float
        Parameters, order parameters and observables, ``residual``, ``condition``,
        ``evaluations``, ``status`` and ``branch``: what :func:`asymp.solver.grid.solve_grid`
        gives at that point.

    Raises
    ------
    InvalidParameter
        For an unknown or missing name, what is no real number, or one outside its domain.

    Examples
    --------
    >>> import asymp
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> found = solve_point(theorem, {"alpha": 2.0, "tau": 1.0, "zeta": 0.0})
    >>> round(found["standard_risk"], 12), found["status"]
    (2.0, 0.0)
    """
    given = read_point(theorem.parameters, arguments)
    kernel = kernel_of(theorem)
    row = np.array([[given[name] for name in kernel.parameters]])
    found = solve_points(kernel, row, [float(value) for value in theorem.constants.values()])
    values = dict(zip(kernel.values, found.values[0].tolist(), strict=True))
    return given | values | {name: float(getattr(found, name)[0]) for name in DIAGNOSTICS}
