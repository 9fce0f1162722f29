"""Public names of a room that are loaded on first use, so that a light one costs nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def on_first_use(room: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Function ``__getattr__`` of a room.

    Parameters
    ----------
    room : str
        Full name of the room.
    homes : mapping of str to sequence of str
        Module of the room -> names that it defines.

    Examples
    --------
    >>> on_first_use("asymp", {"errors": ("AsympError",)})("AsympError").__name__
    'AsympError'
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def load(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(f"{room}.{home_of[name]}"), name)
        # The next use finds it at once.
        setattr(sys.modules[room], name, found)
        return found

    return load
