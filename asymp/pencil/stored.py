"""Derivations on disk: JSON under the hash of what they were derived from.

An entry is written atomically and carries the hash of its content; one that is damaged, or that
another version wrote, is derived anew and written over. Nothing read is executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp

from asymp.atomic import write_text
from asymp.lowering.cache import own_folder
from asymp.pencil.dyson import DysonSystem
from asymp.pencil.model import AT, QuadraticModel
from asymp.pencil.sources import SourcedSystem
from asymp.pencil.trees import expression_of, tree_of

Derived = tuple[DysonSystem, SourcedSystem]
PARTS = ("equations", "multipliers", "start", "explicit")


def recalled(model: QuadraticModel, derive: Callable[[], Derived]) -> Derived:
    """Return the derivation of a model, from the cache folder if it is there and sound."""
    name = f"asymp_pencil_{key_of(model)}.json"
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return unpacked(checked((own_folder() / name).read_text(encoding="utf-8")), model)
    found = derive()
    with suppress(OSError):
        write_text(own_folder() / name, sealed(packed(found)))
    return found


def key_of(model: QuadraticModel) -> str:
    """Hash of the expression and of the code that derives."""
    text = repr((sorted(model.outputs.items()), model.inputs, model.value, model.meanings))
    return _digest(_code() + text)


@cache
def _code() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return _digest("".join(path.read_text(encoding="utf-8") for path in sources))


def packed(found: Derived) -> dict[str, Any]:
    """Write a derivation as JSON values."""
    dyson, system = found
    return {
        "dyson": [
            [s.name, list(entry), tree_of(dyson.equations[s]), tree_of(dyson.start[s])]
            for s, entry in dyson.unknowns.items()
        ],
        **{part: _pairs(getattr(system, part)) for part in PARTS},
        "values": [[name, tree_of(value)] for name, value in system.values.items()],
    }


def unpacked(content: Mapping[str, Any], model: QuadraticModel) -> Derived:
    """Derivation from JSON values; symbols are those of the model, and the unknowns."""
    names = [row[0] for row in content["dyson"]] + [pair[0] for pair in content["multipliers"]]
    letters = letters_of(model)
    if letters.keys() & set(names):
        raise ValueError("a parameter has the name of an unknown")
    letters |= {name: sp.Symbol(name, real=True) for name in names}
    dyson = [
        (letters[name], tuple(entry), expression_of(right, letters), expression_of(start, letters))
        for name, entry, right, start in content["dyson"]
    ]
    parts = {
        part: {letters[name]: expression_of(tree, letters) for name, tree in content[part]}
        for part in PARTS
    }
    values = {name: expression_of(tree, letters) for name, tree in content["values"]}
    return (
        DysonSystem(
            {symbol: entry for symbol, entry, _, _ in dyson},
            {symbol: right for symbol, _, right, _ in dyson},
            {symbol: start for symbol, _, _, start in dyson},
        ),
        SourcedSystem(**parts, values=values),
    )


def letters_of(model: QuadraticModel) -> dict[str, sp.Symbol]:
    """Parameters, constants and sources by name."""
    found: set[sp.Symbol] = {*AT, *model.constants}
    for expression in (model.value, *model.meanings.values(), *model.letters):
        found |= expression.free_symbols
    letters = {s.name: s for s in found}
    if len(letters) < len(found):
        raise ValueError("two symbols have one name")
    return letters


def sealed(content: Mapping[str, Any]) -> str:
    """JSON text with the hash of its content."""
    text = json.dumps(content, sort_keys=True)
    return json.dumps({"sum": _digest(text), "content": content}, sort_keys=True)


def checked(text: str) -> dict[str, Any]:
    """Content of a sealed text.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    entry = json.loads(text)
    content: dict[str, Any] = entry["content"]
    if entry["sum"] != _digest(json.dumps(content, sort_keys=True)):
        raise ValueError("the entry does not have the hash that it states")
    return content


def _pairs(mapping: Mapping[sp.Symbol, sp.Expr]) -> list[list[Any]]:
    return [[symbol.name, tree_of(value)] for symbol, value in mapping.items()]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
