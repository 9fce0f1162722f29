"""What a law reads of a solved dataset: its grid, the status, and columns of valid points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from asymp.analysis.losses.compiled import Columns
from asymp.errors import InvalidParameter
from asymp.solver.grid import kernel_of, solve_grid
from asymp.solver.status import Status


@dataclass(frozen=True, eq=False)
class Solved:
    """A solved dataset as a list of points.

    Parameters
    ----------
    dataset : xarray.Dataset
    columns : Columns
        Of the points that have an answer, in the order of the flattened grid.
    """

    dataset: xr.Dataset
    columns: Columns

    @cached_property
    def valid(self) -> np.ndarray:
        """Which points of the grid have an answer."""
        return np.asarray(self.dataset["status"].values <= Status.null)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of the grid."""
        return tuple(map(str, self.dataset["status"].dims))

    def column(self, name: str, value: Any) -> np.ndarray:
        """A number for each valid point, (m, 1), from one number or an array over the grid.

        Raises
        ------
        InvalidParameter
            If it is no number, or has a dimension that the grid lacks.
        """
        array = value if isinstance(value, xr.DataArray) else xr.DataArray(np.asarray(value))
        if not set(array.dims) <= set(self.dims) or array.dtype.kind not in "iuf":
            raise InvalidParameter(
                f"{name} has the dimensions {tuple(map(str, array.dims))}, the solved points "
                f"{self.dims}: give one number, or an xarray.DataArray over some of the latter"
            )
        plain = array.reset_coords(drop=True).broadcast_like(self.dataset["status"])
        return np.asarray(plain.transpose(*self.dims).values[self.valid], dtype=float)[..., None]

    def labelled(
        self, dims: Sequence[str], coords: Mapping[str, Any], **variables: np.ndarray
    ) -> xr.Dataset:
        """Results (m, ...) of the valid points on the grid, NaN elsewhere, with the status."""
        shape = self.dataset["status"].shape
        found = xr.Dataset(coords={**self.dataset.coords, **coords})
        for name, values in variables.items():
            whole = np.full((*shape, *values.shape[1:]), np.nan)
            whole[self.valid] = values
            found[name] = ((*self.dims, *dims), whole)
        kept = {k: v for k, v in self.dataset.attrs.items() if k in ("theorem", "title", "source")}
        return found.assign(status=self.dataset["status"]).assign_attrs(kept)


def solved(theorem: Any, at: Any, names: Sequence[str]) -> Solved:
    """Read a solved dataset, or solve at parameters.

    Raises
    ------
    InvalidParameter
        If it is the result of another theorem, or lacks a name.
    """
    if not isinstance(at, xr.Dataset):
        if not isinstance(at, Mapping):
            raise InvalidParameter(
                f"{type(at).__name__} is neither a solved dataset nor a mapping of parameters: "
                "give what solve returned, or dict(eps=0.3, ...)"
            )
        at = solve_grid(theorem, at, throw=False, progress=False)
    else:
        _require_result_of(theorem, at)
        at = at.compute()  # a lazy one
    constants = {s.name: float(v) for s, v in theorem.constants.items()}
    missing = [n for n in ("status", *names) if n not in constants and n not in at.variables]
    if missing:
        raise InvalidParameter(
            f"the dataset lacks {', '.join(missing)}: give what solve returned, with all variables"
        )
    status = at["status"]
    valid = np.asarray(status.values <= Status.null)
    size = int(np.count_nonzero(valid))
    raw = {}
    for name in names:
        if name in constants:
            raw[name] = np.full(size, constants[name])
            continue
        plain = at[name].reset_coords(drop=True).broadcast_like(status).transpose(*status.dims)
        raw[name] = np.asarray(plain.values, dtype=float)[valid]
    return Solved(at, Columns.of(raw, size))


def _require_result_of(theorem: Any, dataset: xr.Dataset) -> None:
    """Refuse a result of other equations, as far as it says what they were."""
    of = dataset.attrs.get("theorem", theorem.id)
    if of != theorem.id:
        raise InvalidParameter(f"the dataset is a result of {of}, the law is that of {theorem.id}")
    equations = dataset.attrs.get("equations")
    if equations is not None and equations != kernel_of(theorem).equations:
        raise InvalidParameter(
            f"the dataset is a result of other equations than those of {theorem.title!r}: give "
            "what solve of the law's own theorem returned"
        )
