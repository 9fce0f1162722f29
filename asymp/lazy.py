"""Public names of a room that are loaded on first use, so that a light one costs nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def on_first_use(
    room: str, homes: Mapping[str, Sequence[str]], modules: Sequence[str] = ()
) -> Callable[[str], Any]:
    """Function ``__getattr__`` of a room; its ``__dir__`` is made to list the names as well.

    Parameters
    ----------
    room : str
        Full name of the room.
    homes : mapping of str to sequence of str
        Module of the room -> names that it defines.
    modules : sequence of str
        Modules of the room that are public themselves.

    Examples
    --------
    >>> on_first_use("asymp", {"errors": ("AsympError",)})("AsympError").__name__
    'AsympError'
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    held = vars(sys.modules[room])

    def load(name: str) -> Any:
        if name in modules:
            return import_module(f"{room}.{name}")
        if name not in home_of:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(f"{room}.{home_of[name]}"), name)
        # The next use finds it at once.
        held[name] = found
        return found

    def names() -> list[str]:
        return sorted(held.get("__all__", {*held, *home_of, *modules}))

    # Names that are not loaded yet complete on tab.
    held.setdefault("__dir__", names)
    return load
