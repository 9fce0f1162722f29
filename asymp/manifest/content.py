"""A theorem as JSON values: numbers, text, lists and mappings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from asymp.lowering.compiled import Kernel, Source
from asymp.solver.describe import Described
from asymp.solver.stored import StoredQuantity, StoredTheorem
from asymp.symbols import Domain, Names, Quantity, by_name

QUANTITIES = ("parameters", "order_parameters", "observables")


def packed(theorem: Described, kernel: Kernel) -> dict[str, Any]:
    """What solving a theorem needs, as JSON values."""
    return {
        "id": theorem.id,
        "title": theorem.title,
        **{
            kind: [packed_quantity(q) for q in getattr(theorem, kind).values()]
            for kind in QUANTITIES
        },
        "constants": {str(symbol): float(value) for symbol, value in theorem.constants.items()},
        "conventions": dict(theorem.conventions),
        "kernel": packed_kernel(kernel),
    }


def packed_quantity(quantity: Quantity) -> dict[str, Any]:
    """One quantity; an infinite end of its domain is a word, since JSON has no such number."""
    domain, default = Domain.of(quantity.domain), quantity.default
    return {
        "name": quantity.name,
        "start": domain.start if math.isfinite(domain.start) else str(domain.start),
        "end": domain.end if math.isfinite(domain.end) else str(domain.end),
        "left_open": domain.left_open,
        "right_open": domain.right_open,
        "meaning": quantity.meaning,
        "scaling": quantity.scaling,
        "default": default if default is None or isinstance(default, str) else float(default),
        "latex": quantity.latex,
    }


def packed_kernel(kernel: Kernel) -> dict[str, Any]:
    """Text and layout of a kernel."""
    source = kernel.source
    return {
        "text": source.text,
        "equations": source.equations,
        "key": source.key,
        **{name: list(getattr(kernel, name)) for name in LAYOUT},
        "infinite": [list(row) for row in kernel.infinite],
    }


LAYOUT = ("parameters", "constants", "guards", "values", "branches", "statuses", "sizes")


def unpacked(content: Mapping[str, Any]) -> StoredTheorem:
    """Read what :func:`packed` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is something else.
    """
    return StoredTheorem(
        id=str(content["id"]),
        title=str(content["title"]),
        **{kind: unpacked_quantities(content[kind]) for kind in QUANTITIES},
        constants={str(name): float(value) for name, value in content["constants"].items()},
        conventions={str(key): str(text) for key, text in content["conventions"].items()},
        kernel=unpacked_kernel(content["kernel"]),
    )


def unpacked_quantities(entries: list[Mapping[str, Any]]) -> Names:
    """Quantities by name."""
    return by_name(unpacked_quantity(entry) for entry in entries)


def unpacked_quantity(entry: Mapping[str, Any]) -> StoredQuantity:
    """One quantity."""
    default = entry["default"]
    return StoredQuantity(
        name=str(entry["name"]),
        domain=Domain(
            start=float(entry["start"]),
            end=float(entry["end"]),
            left_open=bool(entry["left_open"]),
            right_open=bool(entry["right_open"]),
        ),
        meaning=str(entry["meaning"]),
        scaling=str(entry["scaling"]),
        default=default if default is None or isinstance(default, str) else float(default),
        written=str(entry["latex"]),
    )


def unpacked_kernel(entry: Mapping[str, Any]) -> Kernel:
    """Text and layout of a kernel."""
    return Kernel(
        source=Source(str(entry["text"]), str(entry["equations"]), str(entry["key"])),
        **{name: tuple(entry[name]) for name in LAYOUT},
        infinite=tuple(tuple(map(bool, row)) for row in entry["infinite"]),
    )
