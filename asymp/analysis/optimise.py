r"""Best value of a parameter: optimal ridge, optimal radius, optimal ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from asymp.analysis.names import observable_of, parameter_of, split_followers
from asymp.analysis.objective import Objective
from asymp.analysis.refine import refine_one, refine_two, scan
from asymp.analysis.scan import Bounds, Range, ranges_of
from asymp.errors import InvalidParameter
from asymp.solver.arguments import labelled_arguments
from asymp.solver.describe import Solvable, flags
from asymp.solver.status import Status

PLACES = ("interior", "lower", "upper", "none")


def optimise(
    theorem: Solvable,
    observable: str,
    over: str | Sequence[str],
    *,
    maximise: bool = False,
    bounds: Bounds = None,
    **parameters: Any,
) -> xr.Dataset:
    r"""Minimise an observable over one or two parameters, at every point of a grid of the others.

    A scan on a logarithmic grid (241 nodes for one parameter, 49 x 49 for two; zero itself where
    it is in the domain) finds the best node; there the root of the gradient, computed by implicit
    differentiation, is found to rounding. An optimum narrower than the scan can be missed.

    Parameters
    ----------
    theorem : Theorem
    observable : str
        Name of an observable or an order parameter.
    over : str or two str
        Parameters to choose.
    maximise : bool
        Whether the largest value is wanted; points where the observable is infinite do not count.
    bounds : (low, high) or mapping of str to (low, high), optional
        Default: the domain, cut to [1e-6, 1e6] where it is open or unbounded.
    **parameters
        The others, broadcast as by ``theorem.solve``. A parameter whose default follows a chosen
        one (``eps_test``) must be given if the observable depends on it: a value, or the name of
        the chosen one, which lets it follow.

    Returns
    -------
    xarray.Dataset
        For each chosen parameter its best value, ``<name>_gradient`` (what is left of the
        derivative) and ``<name>_place`` (``interior``, ``lower``, ``upper``: at a bound;
        ``none``: no answer); the observable there, and ``status``. The attribute
        ``stationarity`` is the condition in LaTeX.

    Raises
    ------
    InvalidParameter
        For bad names, bounds or values.

    Examples
    --------
    The optimal ridge is :math:`\tau^2/(\rho\alpha)` (Dobriban and Wager 2018):

    >>> import asymp
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> best = optimise(theorem, "standard_risk", "zeta", alpha=[0.5, 2.0], tau=1.0)
    >>> best.zeta.values.round(10).tolist()
    [2.0, 0.5]
    """
    chosen = (over,) if isinstance(over, str) else tuple(over)
    check_choice(theorem, observable, chosen, parameters)
    held, follows = split_followers(theorem, observable, chosen, parameters)
    ranges = ranges_of(theorem.parameters, chosen, bounds)
    objective = Objective(theorem, observable, chosen, follows, -1.0 if maximise else 1.0)
    given = labelled_arguments({n: theorem.parameters[n] for n in objective.held}, held)
    names = [*chosen, *(f"{n}_gradient" for n in chosen), observable, "status"]
    places = [f"{n}_place" for n in chosen]

    def evaluate(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
        columns = [np.broadcast_to(a, shape).ravel() for a in arrays]
        return tuple(c.reshape(shape) for c in solve_rows(objective, ranges, columns))

    found = xr.apply_ufunc(
        evaluate,
        *(given[n] for n in objective.held),
        output_core_dims=[[]] * (len(names) + len(places)),
        join="exact",
        dask="parallelized",
        output_dtypes=[float] * (len(names) - 1) + [np.int8] * (1 + len(places)),
    )
    dims = dict.fromkeys(d for array in given.values() for d in array.dims)
    dataset = xr.Dataset(dict(zip([*names, *places], found, strict=True))).transpose(*dims)
    dataset = dataset.assign_coords({n: a for n, a in given.items() if n not in dataset.coords})
    return described(dataset, theorem, observable, objective)


def check_choice(
    theorem: Solvable, observable: str, chosen: Sequence[str], parameters: dict[str, Any]
) -> None:
    """Refuse names that the theorem does not have, and values for what is to be chosen."""
    observable_of(theorem, observable)
    for name in (*chosen, *parameters):
        parameter_of(theorem, name)
    if len(set(chosen)) != len(chosen) or not 1 <= len(chosen) <= 2:
        raise InvalidParameter(f"over = {tuple(chosen)}: choose one parameter, or two different")
    for name in chosen:
        if name in parameters:
            raise InvalidParameter(f"{name} is optimised over: give bounds for it, not a value")


def solve_rows(
    objective: Objective, ranges: list[Range], columns: list[np.ndarray]
) -> list[np.ndarray]:
    """Optima for rows of held parameters, as columns in the order of the dataset."""
    fixed = np.column_stack(columns) if columns else np.empty((1, 0))
    nodes = scan(objective, ranges, fixed)
    refine = refine_one if len(ranges) == 1 else refine_two
    best = refine(objective, nodes, fixed)
    lost = ~np.isfinite(nodes.value)
    gradient = objective.sign * objective.gradient(fixed, best)
    value = objective.sign * objective.value(fixed, best)
    status = objective.status(fixed, best)
    places = [place_of(best[:, i], r) for i, r in enumerate(ranges)]
    for array in (*best.T, *gradient.T, value):
        array[lost] = np.nan
    for place in places:
        place[lost] = PLACES.index("none")
    return [*best.T, *gradient.T, value, status, *places]


def place_of(best: np.ndarray, limits: Range) -> np.ndarray:
    """Whether each optimum is at a bound."""
    place = np.zeros(len(best), dtype=np.int8)
    place[best <= limits.low] = PLACES.index("lower")
    place[best >= limits.high] = PLACES.index("upper")
    return place


def described(
    dataset: xr.Dataset, theorem: Solvable, observable: str, objective: Objective
) -> xr.Dataset:
    """Attach meanings and the stationarity condition."""
    word = "minimises" if objective.sign > 0 else "maximises"
    for name in objective.over:
        parameter = theorem.parameters[name]
        dataset[name].attrs = {
            "long_name": f"${parameter.latex}$",
            "meaning": f"{parameter.meaning}, {word} {observable}",
        }
        dataset[f"{name}_gradient"].attrs["meaning"] = f"derivative of {observable} in {name} there"
        flags(dataset[f"{name}_place"], list(PLACES), first=0)
    flags(dataset["status"], [s.name for s in Status], first=0)
    dataset[observable].attrs["meaning"] = observable_of(theorem, observable).meaning
    dataset.attrs["stationarity"] = stationarity_latex(theorem, observable, objective.over)
    dataset.attrs["follow"] = ", ".join(f"{n} = {v}" for n, v in objective.follows.items())
    return dataset


def stationarity_latex(theorem: Solvable, observable: str, over: Sequence[str]) -> str:
    r"""Condition of an interior optimum, in LaTeX.

    Examples
    --------
    >>> import asymp
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> text = stationarity_latex(theorem, "standard_risk", ["zeta"])
    >>> text.startswith(r"$\partial_{\zeta}O"), text.endswith(r"O=\mathrm{standard\,risk}$")
    (True, True)
    """
    name = observable_of(theorem, observable).latex
    letters = [theorem.parameters[n].latex for n in over]
    each = [
        rf"\partial_{{{a}}}O+\partial_xO\,(I-\partial_xF)^{{-1}}\,\partial_{{{a}}}F=0"
        for a in letters
    ]
    conditions = r",\quad ".join([*each, "x=F(x)", f"O={name}"])
    return f"${conditions}$"
