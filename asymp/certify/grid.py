"""Certifying every point of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from asymp.certify.candidates import Candidate, candidate_of
from asymp.certify.columns import columns_of, ends_of
from asymp.certify.describe import describe
from asymp.certify.numbers import constants_at, read_ball, require_reading
from asymp.certify.point import PointCertificate, certify_point
from asymp.certify.system import Certifiable, certifiable
from asymp.certify.verdict import Certificate
from asymp.errors import InvalidParameter
from asymp.solver.describe import constants_line
from asymp.solver.grid import solve_grid
from asymp.solver.points import solve_points
from asymp.solver.progress import progress_bar

RELATIVE = 1e-10  # bar of design.md, times the larger of 1 and the condition number
ABSOLUTE = 1e-14  # where the true value is zero
LARGEST = 1e6  # condition number beyond which the bar is not lowered further
FEW = 2000  # points that are done within a second


def certify_grid(
    theorem: Any,
    dataset: xr.Dataset | None = None,
    arguments: Mapping[str, Any] | None = None,
    *,
    reading: str = "float",
    progress: bool | None = None,
) -> xr.Dataset:
    r"""Prove root and values at every point of a solved grid.

    Parameters
    ----------
    theorem : Theorem
    dataset : xarray.Dataset, optional
        A result of ``solve``; its numbers are compared with the enclosures.
    arguments : mapping of str to number or array, optional
        Parameters, as for ``solve``, instead of a dataset.
    reading : {"float", "decimal"}
        Which number a parameter stands for: the float's exact binary value, or the shortest
        decimal that prints as it.
    progress : bool, optional

    Returns
    -------
    xarray.Dataset
        For each order parameter and observable ``X`` the ends ``X_lower <= X <= X_upper``;
        ``certificate`` (:class:`Certificate`), ``error`` (bound of the largest relative distance
        between the numbers given and the true ones), ``radius`` (the root is the only one within
        that distance in log variables), ``bits`` and ``branch``.

    Raises
    ------
    InvalidParameter
        For bad names or values, or a dataset of another theorem.
    """
    require_reading(reading)
    ready = certifiable(theorem)
    if dataset is None:
        dataset = solve_grid(theorem, arguments or {}, throw=False, progress=progress)
    elif arguments:
        raise InvalidParameter("give a dataset or parameters, not both")
    dataset = result_of(ready, dataset)
    names = [n for n in ready.balls.names if n in dataset and n in ready.quantities]
    template, data = dataset["status"], dataset[[*ready.parameters, *names]].compute()
    rows = table_of(data, list(ready.parameters), template)
    given = table_of(data, names, template)
    found = certified_rows(ready, rows, given, names, reading, progress)
    result = xr.Dataset(
        {n: (template.dims, column.reshape(template.shape)) for n, column in found.items()},
        coords={n: data[n].variable for n in ready.parameters},
    )
    describe(result, ready, reading)
    return result


def table_of(data: xr.Dataset, names: Sequence[str], template: xr.DataArray) -> np.ndarray:
    """Variables by columns, points by rows in the order of the template.

    Raises
    ------
    InvalidParameter
        If a variable varies along a dimension that the template has not.
    """
    for name in names:
        extra = set(data[name].dims) - set(template.dims)
        if extra:
            raise InvalidParameter(f"{name} varies along {extra.pop()}, status does not")
    arrays = (data[n].broadcast_like(template).transpose(*template.dims) for n in names)
    return np.column_stack([array.values.ravel() for array in arrays])


def result_of(theorem: Certifiable, dataset: xr.Dataset) -> xr.Dataset:
    """What certification reads of a result: parameters, values and status.

    Raises
    ------
    InvalidParameter
        If it is no result of this theorem.
    """
    if not isinstance(dataset, xr.Dataset):
        kind = type(dataset).__name__
        raise InvalidParameter(
            f"give the Dataset that {theorem.id}.solve(...) returned, not {kind}"
        )
    require_variables(theorem, dataset)
    solved = {"equations": theorem.kernel.equations, "constants": constants_line(theorem.constants)}
    require_same(theorem.id, solved, dataset.attrs)
    kept = [n for n in (*theorem.parameters, *theorem.quantities, "status") if n in dataset]
    return dataset[kept].assign_attrs({**solved, **dataset.attrs})


def require_variables(theorem: Certifiable, dataset: xr.Dataset) -> None:
    """Refuse a dataset without what every result of this theorem has."""
    missing = [n for n in (*theorem.parameters, "status") if n not in dataset.variables]
    if missing or not any(name in dataset for name in theorem.quantities):
        lacks = ", ".join(missing) or "order parameters and observables"
        raise InvalidParameter(
            f"the dataset lacks {lacks}: give what {theorem.id}.solve(...) returned"
        )


def require_same(name: str, solved: Mapping[str, str], attributes: Mapping[str, Any]) -> None:
    """Refuse a dataset that names other equations or constants than the theorem's."""
    for what, ours in solved.items():
        theirs = attributes.get(what, ours)
        if theirs != ours:
            raise InvalidParameter(
                f"the dataset was solved with other {what} than those of {name} "
                f"({theirs} against {ours}): solve it again"
            )


def certified_rows(
    theorem: Certifiable,
    rows: np.ndarray,
    given: np.ndarray,
    names: list[str],
    reading: str,
    progress: bool | None,
) -> dict[str, np.ndarray]:
    """Certify a list of points; columns by name."""
    inside = np.all(
        [p.admits(rows[:, i]) for i, p in enumerate(theorem.parameters.values())], axis=0
    )
    solved = solve_points(theorem.kernel, rows, theorem.floats, inside)
    certificates = []
    with progress_bar(len(rows), progress, "certifying", few=FEW) as advance:
        for i, row in enumerate(rows.tolist()):
            certificates.append(
                certified_row(theorem, row, candidate_of(solved, i), solved.condition[i], reading)
                if inside[i]
                else PointCertificate(Certificate.out_of_domain)
            )
            advance(1)
    chosen = [theorem.balls.names.index(name) for name in names]
    return tabulated(certificates, chosen, names, given, solved.condition)


def certified_row(
    theorem: Certifiable,
    row: list[float],
    candidate: Candidate,
    condition: float,
    reading: str,
) -> PointCertificate:
    """Certify one point inside the domain."""

    def inputs(bits: int) -> list[Any]:
        given = [read_ball(x, reading) for x in row]
        return [*given, *constants_at(theorem.constants, bits)]

    return certify_point(theorem.balls, inputs, candidate, condition)


def tabulated(
    certificates: list[PointCertificate],
    chosen: list[int],
    names: list[str],
    given: np.ndarray,
    condition: np.ndarray,
) -> dict[str, np.ndarray]:
    """Columns of the result."""
    rows = [[c.values[k] for k in chosen if c.values] for c in certificates]
    lower, upper = ends_of(rows, len(names))
    error, far = deviation(given, lower, upper, condition)
    inside = (lower <= given) & (given <= upper)
    wide, wrong = (far & inside).any(axis=1), (far & ~inside).any(axis=1)
    outcome = np.array([c.outcome for c in certificates], dtype=np.int8)
    certified = outcome == Certificate.certified
    outcome[wide & certified] = Certificate.not_enclosed
    outcome[wrong & certified] = Certificate.disagrees
    error[~np.isin(outcome, (Certificate.certified, Certificate.disagrees))] = np.nan
    return columns_of(names, lower, upper) | {
        "certificate": outcome,
        "error": error,
        "radius": np.array([c.radius for c in certificates]),
        "bits": np.array([c.bits for c in certificates], dtype=np.int16),
        "branch": np.array([c.branch for c in certificates], dtype=np.int8),
    }


def deviation(
    given: np.ndarray, lower: np.ndarray, upper: np.ndarray, condition: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Largest relative distance of a row's numbers to their enclosures; where it is too large.

    Numbers that agree exactly, infinities among them, have distance 0; a number where the
    enclosure is infinite, or none where it is finite, has distance infinity. Where the enclosure
    holds zero there is no relative distance: the absolute bar decides, and what passes is left out.
    """
    same = (given == lower) & (given == upper) | (np.isnan(given) & np.isnan(lower))
    with np.errstate(invalid="ignore"):
        distance = np.fmax(np.abs(given - lower), np.abs(upper - given))
    distance = np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))
    size = np.fmax(np.abs(lower), np.abs(upper))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(distance == 0, 0.0, distance / size)
    factor = np.clip(np.nan_to_num(condition, nan=1.0), 1.0, LARGEST)[:, None]
    large = np.nan_to_num(relative, nan=np.inf) > RELATIVE * factor
    zero = (lower <= 0) & (upper >= 0) & (distance <= ABSOLUTE)
    return np.where(zero, 0.0, relative).max(axis=1), large & ~zero
