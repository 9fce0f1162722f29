"""Names of arguments, and what stands for those that are not given."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from asymp.errors import InvalidParameter

T = TypeVar("T")


def require_known(names: Iterable[str], parameters: Mapping[str, Any]) -> None:
    """Refuse a name that the theorem does not have.

    Raises
    ------
    InvalidParameter
    """
    for name in names:
        if name not in parameters:
            raise InvalidParameter(unknown_name(name, parameters))


def unknown_name(name: str, parameters: Mapping[str, Any]) -> str:
    """Write the sentence for a name that the theorem does not have."""
    close = difflib.get_close_matches(name, parameters, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"unknown parameter {name!r}: {hint}the parameters are {', '.join(parameters)}"


def complete(
    given: dict[str, T], parameters: Mapping[str, Any], read: Callable[[str, float], T]
) -> None:
    """Add the defaults, in place; one that names another parameter takes its value.

    Parameters
    ----------
    given : dict
        Values by name.
    parameters : mapping of str to Parameter
    read : callable
        Turns the name and the number of a default into a value.

    Raises
    ------
    InvalidParameter
        For a parameter that is neither given nor has a default.
    """
    missing = {n: p for n, p in parameters.items() if n not in given}
    for name, parameter in missing.items():
        if parameter.default is None:
            needed = ", ".join(n for n, p in parameters.items() if p.default is None)
            raise InvalidParameter(f"{name} is missing ({parameter.meaning}); needed are: {needed}")
        if not isinstance(parameter.default, str):
            given[name] = read(name, parameter.default)
    for name, parameter in missing.items():
        if isinstance(parameter.default, str):
            given[name] = given[parameter.default]
