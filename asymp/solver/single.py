"""Reading the arguments of a single point: one number for every parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.solver.defaults import complete, require_known
from asymp.symbols import Quantity, interval_text


def read_point(parameters: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, float]:
    """Every parameter as a float inside its domain; what is not given takes its default.

    Parameters
    ----------
    parameters : mapping of str to Parameter
    arguments : mapping of str to number
        Numbers of Python or NumPy, arrays without dimensions among them.

    Returns
    -------
    dict of str to float
        In the order of the arguments, then the defaults.

    Raises
    ------
    InvalidParameter
        For an unknown or missing name, an array, what is no real number, or a number outside its
        domain.

    Examples
    --------
    >>> from asymp.symbols import POSITIVE, Parameter
    >>> read_point({"tau": Parameter("tau", POSITIVE, "noise")}, {"tau": 2})
    {'tau': 2.0}
    """
    require_known(arguments, parameters)
    given = {
        name: read_number(parameters[name], value)
        for name, value in arguments.items()
        if value is not None
    }
    complete(given, parameters, lambda name, default: float(default))
    for name, value in given.items():
        parameters[name].require(value)
    return given


def read_number(parameter: Quantity, value: Any) -> float:
    """One argument as a float; an array or what is no real number is refused."""
    number = real_number(value)
    if number is not None:
        return number
    if as_array(value).ndim:
        raise InvalidParameter(f"{parameter.name} is an array here: give one number")
    raise InvalidParameter(
        f"{parameter.name} = {value!r} is not a real number: give one in "
        f"{interval_text(parameter.domain)} ({parameter.meaning})"
    )


def real_number(value: Any) -> float | None:
    """The value as a float; None unless it is one real number (a truth value or text is none).

    Examples
    --------
    >>> real_number(2), real_number("2"), real_number(2j), real_number(True), real_number([2])
    (2.0, None, None, None, None)
    """
    array = as_array(value)
    return float(array) if array.ndim == 0 and array.dtype.kind in "iuf" else None


def as_array(value: Any) -> np.ndarray:
    """NumPy array of anything; of rows that differ in length, one of no number."""
    try:
        return np.asarray(value)
    except (TypeError, ValueError):
        return np.asarray(None)
