"""Arguments that must be objects of one kind, refused in one line when they are not."""

from __future__ import annotations

from typing import Any, TypeVar

from asymp.errors import InvalidParameter
from asymp.symbols.arguments import shown

Kind = TypeVar("Kind")


def of_kind(name: str, value: Any, kind: type[Kind], advice: str) -> Kind:
    """Return the value if it is of that kind, else refuse it.

    Examples
    --------
    >>> of_kind("steps", "a", int, "give an integer")
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: steps = 'a' is no int; give an integer
    """
    if not isinstance(value, kind):
        raise InvalidParameter(f"{name} = {shown(value)} is no {kind.__name__}; {advice}")
    return value
