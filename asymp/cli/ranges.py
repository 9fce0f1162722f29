"""Reading ``name=values`` from the command line: numbers, comma lists and ranges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.solver.defaults import require_known

FORMS = "a number, a comma list, start:stop:count or start:stop:count:log"
MOST_POINTS = 50_000_000  # some 10 GB of results: more is a slip of the keyboard


def read_values(name: str, text: str) -> float | np.ndarray:
    """Values of one parameter: a float for a single number, else a one-dimensional array.

    Raises
    ------
    InvalidParameter
        For anything malformed, empty, not finite, or a count that is not positive.

    Examples
    --------
    >>> read_values("psi1", "0.1:10:3:log").round(6).tolist()
    [0.1, 1.0, 10.0]
    >>> read_values("eps", "0.05,0.1").tolist(), read_values("tau", "0.5")
    ([0.05, 0.1], 0.5)
    """
    if ":" in text:
        return _range(name, text)
    numbers = [_number(name, part, text) for part in text.split(",")]
    return numbers[0] if "," not in text else np.array(numbers)


def _range(name: str, text: str) -> np.ndarray:
    parts = text.split(":")
    logarithmic = len(parts) == 4 and parts[3] == "log"
    if len(parts) != 3 and not logarithmic:
        raise InvalidParameter(f"{name}={text} is malformed: give {FORMS}")
    start, stop = (_number(name, part, text) for part in parts[:2])
    count = _count(name, parts[2], text)
    if logarithmic and min(start, stop) <= 0:
        raise InvalidParameter(f"{name}={text}: a logarithmic range needs positive ends")
    return (np.geomspace if logarithmic else np.linspace)(start, stop, count)


def _number(name: str, part: str, text: str) -> float:
    try:
        number = float(part)
    except ValueError:
        raise InvalidParameter(f"{name}={text}: {part!r} is not a number; give {FORMS}") from None
    if not math.isfinite(number):
        raise InvalidParameter(f"{name}={text}: {part} is not a finite number")
    return number


def _count(name: str, part: str, text: str) -> int:
    if not part.isascii() or not part.isdigit() or int(part) == 0:
        raise InvalidParameter(f"{name}={text}: the count {part!r} is not a positive integer")
    return require_size({name: int(part)})


def require_size(counts: Mapping[str, int]) -> int:
    """Product of the counts, refused when no machine would hold the grid.

    Raises
    ------
    InvalidParameter
        Above :data:`MOST_POINTS`.
    """
    total = math.prod(counts.values())
    if total > MOST_POINTS:
        raise InvalidParameter(
            f"{' x '.join(counts)} has {total:.3g} points; the most is {MOST_POINTS:.0e}"
        )
    return total


def read_pairs(tokens: Iterable[str]) -> dict[str, str]:
    """``name=text`` tokens as a mapping.

    Raises
    ------
    InvalidParameter
        For a token without a name or a value, or a name given twice.
    """
    pairs: dict[str, str] = {}
    for token in tokens:
        name, equals, text = token.partition("=")
        if not (name and equals and text):
            raise InvalidParameter(f"{token!r} is not name=value")
        if name in pairs:
            raise InvalidParameter(f"{name} is given twice: {pairs[name]} and {text}")
        pairs[name] = text
    return pairs


def read_arguments(pairs: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of ``solve``: every value inside its parameter's domain.

    Unlike a grid in Python, where a point outside is labelled ``out_of_domain``, a typed value
    outside its domain is an error: it is a slip.

    Raises
    ------
    InvalidParameter
        For an unknown name, or a value that is malformed or outside the domain.
    """
    arguments: dict[str, Any] = {}
    for name, text in pairs.items():
        require_known([name], parameters)
        arguments[name] = read_values(name, text)
        parameters[name].require(arguments[name])
    require_size({name: np.size(value) for name, value in arguments.items()})
    return arguments
