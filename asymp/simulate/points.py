"""The parameter points of a simulation: defaults, domains, dimensions, finite sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from asymp.errors import InvalidParameter
from asymp.problem.features import RandomFeatures
from asymp.problem.statement import ProblemStatement
from asymp.simulate.draw import Sizes


@dataclass(frozen=True)
class Points:
    """Parameters of a simulation, each over the dimensions that it varies in."""

    given: dict[str, xr.DataArray]

    @cached_property
    def values(self) -> dict[str, xr.DataArray]:
        """Every parameter over all dimensions."""
        return dict(zip(self.given, xr.broadcast(*self.given.values()), strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the dimensions."""
        return next(iter(self.values.values())).shape

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(map(str, next(iter(self.values.values())).dims))

    @property
    def coordinates(self) -> dict[str, xr.DataArray]:
        """Every parameter as a coordinate: of its own dimension, or along those it varies in."""
        return {name: self.given[name] for name in self.values}

    def __iter__(self) -> Iterator[dict[str, float]]:
        """Parameters point by point, the last dimension running fastest."""
        flat = {name: value.values.ravel() for name, value in self.values.items()}
        for index in range(int(np.prod(self.shape))):
            yield {name: float(column[index]) for name, column in flat.items()}


def points_of(problem: ProblemStatement, given: Mapping[str, Any]) -> Points:
    """Fill in defaults, check domains and broadcast as ``solve`` does.

    Scalars have no dimension, each plain sequence is a dimension of its own name, DataArrays
    keep theirs.

    Raises
    ------
    InvalidParameter
        If a name is unknown, a value is missing, not a number or outside its domain.
    """
    known = problem.parameters
    strange = [name for name in given if name not in known]
    if strange:
        raise InvalidParameter(f"unknown parameter {strange[0]!r}; there are: {', '.join(known)}")
    arrays = {name: _array(name, value) for name, value in given.items()}
    for name, parameter in known.items():
        if name not in arrays and not isinstance(parameter.default, str):
            if parameter.default is None:
                raise InvalidParameter(f"{name} is missing ({parameter.meaning})")
            arrays[name] = xr.DataArray(float(parameter.default))
    for name, parameter in known.items():
        if name not in arrays:
            arrays[name] = arrays[str(parameter.default)]
        parameter.require(arrays[name])
    return Points(arrays)


def _array(name: str, value: Any) -> xr.DataArray:
    if isinstance(value, xr.DataArray):
        return value.astype(float)
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidParameter(f"{name} = {value!r} is not a number") from None
    if numbers.size == 0:
        raise InvalidParameter(f"{name} is an empty sequence; give at least one value")
    if numbers.ndim > 1:
        raise InvalidParameter(
            f"{name} has {numbers.ndim} dimensions; name them by giving an xarray.DataArray"
        )
    if numbers.ndim == 0:
        return xr.DataArray(float(numbers))
    return xr.DataArray(numbers, dims=[name], coords={name: numbers})


def sizes_at(problem: ProblemStatement, point: Mapping[str, float], d: int) -> Sizes:
    """Finite sizes at a point: the ratios times d, rounded, at least 1."""
    features = problem.features
    if isinstance(features, RandomFeatures):
        wide, many = features.ratios
        return Sizes(d, max(round(point[wide] * d), 1), max(round(point[many] * d), 1))
    ratio: str = features.ratio  # type: ignore[attr-defined]
    return Sizes(d, d, max(round(point[ratio] * d), 1))
