"""Results that are numbers: what overflows on the way is refused, not returned."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from asymp.errors import InvalidParameter

Given = ParamSpec("Given")
Found = TypeVar("Found", bound=float | NDArray[np.floating[Any]])


def finite_result(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """Refuse arguments for which the function's numbers are not finite."""

    @wraps(function)
    def checked(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        with np.errstate(over="ignore", invalid="ignore"):
            found = function(*args, **kwargs)
        if not np.all(np.isfinite(found)):
            raise InvalidParameter(
                f"{function.__name__} passes the largest number, 1.8e308: give smaller radii, "
                "weights or inputs"
            )
        return found

    return checked
