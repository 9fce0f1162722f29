"""What a store says it holds, so that another computation is not mixed into it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

Record = dict[str, Any]
"""Nested mapping of words and numbers, as JSON keeps them."""

DIGEST = re.compile(r"(^|, )(?=\d*[a-f])[0-9a-f]{16}$")  # Decimal digits alone may be a seed.
ROWS = 1 << 20  # how much of a lazy argument is in memory while it is hashed


def record_of(what: Mapping[str, Any], inputs: xr.Dataset) -> Record:
    """Record of a computation: what it is, and the values that it runs over."""
    values = {str(name): summary(array) for name, array in inputs.variables.items()}
    return {**what, "inputs": values}


def summary(array: xr.Variable) -> Any:
    """A scalar itself; an array as its dimensions, ends and a digest of its values.

    Examples
    --------
    >>> summary(xr.Variable("psi1", [0.5, 2.0]))
    'psi1: 2 from 0.5 to 2.0, 9a04971a95fa9dce'
    """
    if array.ndim == 0:
        value = array.values.item()
        return value if value == value else str(value)  # NaN would differ from itself.
    first, last = (array[(end,) * array.ndim].values.item() for end in (0, -1))
    lengths = " x ".join(map(str, array.shape))
    return f"{', '.join(map(str, array.dims))}: {lengths} from {first} to {last}, {digest(array)}"


def digest(array: xr.Variable) -> str:
    """First 16 hexadecimal digits of the BLAKE2 hash of the values, read part by part."""
    found = hashlib.blake2b(digest_size=8)
    rows = max(ROWS // max(int(np.prod(array.shape[1:])), 1), 1)
    for start in range(0, array.shape[0], rows):
        values = array[start : start + rows].values
        plain = values if values.dtype.kind in "iufb" else np.char.encode(values.astype(str))
        found.update(np.ascontiguousarray(plain).tobytes())
    return found.hexdigest()


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Sentences on what differs between two records.

    Examples
    --------
    >>> differences({"theorem": "ridge", "inputs": {"tau": 1}}, {"theorem": "ridge", "inputs": {}})
    ['tau is 1 there, absent here']
    >>> differences({"x": "x: 9 from 1 to 2, " + 16 * "a"}, {"x": "x: 9 from 1 to 2, " + 16 * "b"})
    ['x differs between the same ends (x: 9 from 1 to 2)']
    """
    return list(_differences("", there, here))


def _differences(name: str, there: Any, here: Any) -> Iterator[str]:
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in {**there, **here}:
            yield from _differences(key, there.get(key, _ABSENT), here.get(key, _ABSENT))
    elif there != here:
        yield _sentence(name, DIGEST.sub("", str(there)), DIGEST.sub("", str(here)))


def _sentence(name: str, there: str, here: str) -> str:
    # A reader can make nothing of digests.
    if there == here:
        return f"{name} differs between the same ends ({here})" if here else f"{name} differ"
    return f"{name} is {there} there, {here} here"


class _Absent:
    def __str__(self) -> str:
        return "absent"


_ABSENT = _Absent()
