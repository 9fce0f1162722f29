"""Reading the arguments of ``solve``: names, defaults, domains, and who is paired with whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from asymp.errors import InvalidParameter
from asymp.solver.defaults import complete, require_known
from asymp.solver.defaults import unknown_name as unknown_name


def labelled_arguments(
    parameters: Mapping[str, Any], arguments: Mapping[str, Any]
) -> dict[str, xr.DataArray]:
    """Every parameter as a DataArray: scalars 0-d, plain arrays on a dimension of their own name.

    Parameters
    ----------
    parameters : mapping of str to Parameter
    arguments : mapping of str to number, array or DataArray
        DataArrays keep their dimensions, so those that share one are paired. Dimensions come in
        the order in which the arguments are given. What is masked counts as NaN, as in xarray.

    Raises
    ------
    InvalidParameter
        For an unknown or missing name, an argument that is not numeric or has more than one
        dimension without labels, an empty array, or a bad scalar.
    """
    require_known(arguments, parameters)
    given = {n: as_labelled(n, v, parameters) for n, v in arguments.items() if v is not None}
    complete(given, parameters, lambda name, default: as_labelled(name, default, parameters))
    # A default that names another parameter is its array itself.
    given = {name: array.rename(name) for name, array in given.items()}
    for name, array in given.items():
        require_dimensions(name, array, given)
        require_scalar(parameters[name], array)
    return given


def as_labelled(name: str, value: Any, parameters: Mapping[str, Any]) -> xr.DataArray:
    """Label one argument; coordinates that are parameters are its own business no more.

    Raises
    ------
    InvalidParameter
        For an empty array, one of two dimensions without labels, or what is not real.
    """
    array = value if isinstance(value, xr.DataArray) else plain(name, value)
    if array.size == 0:
        raise InvalidParameter(f"{name} is empty: give at least one value")
    if array.dtype.kind not in "iuf":
        raise InvalidParameter(f"{name} = {value!r} is not a real number or an array of them")
    stale = [c for c in array.coords if c in parameters and c not in array.dims]
    return array.drop_vars(stale).rename(name).astype(float, keep_attrs=False)


def require_dimensions(name: str, array: xr.DataArray, given: Mapping[str, xr.DataArray]) -> None:
    """Refuse a dimension that bears the name of a parameter with other values.

    Raises
    ------
    InvalidParameter
    """
    for dim in array.dims:
        if dim in given and given[str(dim)].dims != (dim,):
            raise InvalidParameter(
                f"{name} has a dimension named {dim}, which is a parameter that does not vary "
                "along it: rename the dimension"
            )


def plain(name: str, value: Any) -> xr.DataArray:
    """Scalar or one-dimensional array without labels; NaN where it is masked.

    Raises
    ------
    InvalidParameter
        For more than one dimension.
    """
    if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "iuf":
        value = np.ma.filled(value.astype(float), np.nan)
    try:
        numbers = np.asarray(value)
    except (TypeError, ValueError):
        numbers = np.asarray("ragged")
    if numbers.ndim > 1:
        raise InvalidParameter(
            f"{name} has {numbers.ndim} dimensions: label them with an xarray.DataArray"
        )
    if numbers.ndim == 1 and numbers.dtype.kind in "iuf":
        return xr.DataArray(numbers, dims=name, coords={name: numbers.astype(float)}, name=name)
    return xr.DataArray(numbers, name=name)


def require_scalar(parameter: Any, array: xr.DataArray) -> None:
    """Refuse a bad scalar, or an array in memory without one admissible entry.

    Raises
    ------
    InvalidParameter
    """
    if array.ndim == 0 and array.chunks is None:
        parameter.require(array.values)
    elif array.chunks is None and not parameter.admits(array.values).any():
        try:
            parameter.require(array.values)
        except InvalidParameter as error:
            raise InvalidParameter(f"no admissible point: {error}") from None
