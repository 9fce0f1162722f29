"""Phases of a stated theorem: regions of parameters with explicit values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import sympy as sp

from asymp.reductions.system import Branch, Definition
from asymp.stated.equations import read_definitions
from asymp.stated.vocabulary import Vocabulary

FIELDS = ("name", "condition", "values", "status", "boundary", "meaning")
STATUSES = ("converged", "null", "infinite", "no_minimiser")


def read_phases(
    given: Iterable[Any], names: Iterable[str], vocabulary: Vocabulary
) -> tuple[Branch, ...]:
    """Read the phases, in order of precedence.

    Parameters
    ----------
    given : iterable of mappings
        Each with ``name``, ``condition`` in parameters and boundary, ``values`` by name of every
        unknown and observable (needless for the status ``"no_minimiser"``), and if wanted
        ``status``, ``boundary`` (definitions of the quantities that the condition compares with)
        and ``meaning``.
    names : iterable of str
        Of the unknowns and observables.
    vocabulary : Vocabulary
        Of the parameters alone.

    Raises
    ------
    InvalidProblem
        For an unknown field or status, a condition that does not depend on the parameters, or a
        missing value.
    """
    needed = list(names)
    found: list[Branch] = []
    boundaries: dict[str, Definition] = {}
    for phase in given:
        branch = _phase(phase, needed, vocabulary)
        for guard in branch.guards:
            if boundaries.setdefault(guard.symbol.name, guard) != guard:
                raise vocabulary.fail(f"two phases define boundary {guard.symbol.name!r} otherwise")
        found.append(branch)
    return tuple(found)


def _phase(given: Any, names: list[str], vocabulary: Vocabulary) -> Branch:
    if not isinstance(given, Mapping) or not {"name", "condition"} <= set(given) <= set(FIELDS):
        raise vocabulary.fail(
            f"phase {given!r}: give a mapping with name and condition, and of "
            f"{', '.join(FIELDS[2:])} what applies"
        )
    where = f"phase {given['name']!r}"
    inner = _copy(vocabulary)
    guards = tuple(read_definitions(given.get("boundary", ()), inner))
    condition = inner.read(given["condition"], f"condition of {where}")
    if not isinstance(condition, sp.logic.boolalg.Boolean) or not condition.free_symbols:
        raise vocabulary.fail(f"condition of {where} is {condition}: give one in parameters")
    status = given.get("status", "converged")
    if status not in STATUSES:
        raise vocabulary.fail(f"status of {where} is {status!r}: choose {', '.join(STATUSES)}")
    values = _values(given.get("values", {}), where, names if status != "no_minimiser" else [],
                     inner)  # fmt: skip
    meaning = given.get("meaning", "the values are explicit")
    return Branch(given["name"], condition, guards, None, values, status=status, meaning=meaning)


def _copy(vocabulary: Vocabulary) -> Vocabulary:
    inner = copy(vocabulary)
    inner.symbols, inner.kinds = dict(vocabulary.symbols), dict(vocabulary.kinds)
    return inner


def _values(
    given: Mapping[str, Any], where: str, names: list[str], vocabulary: Vocabulary
) -> dict[str, sp.Expr]:
    missing = [n for n in names if n not in given]
    if missing:
        raise vocabulary.fail(f"{where} gives no value of {missing[0]!r}: give every unknown and "
                              "observable (sympy.oo where it is infinite)")  # fmt: skip
    strange = [n for n in given if n not in names]
    if strange:
        raise vocabulary.fail(f"{where} gives a value of {strange[0]!r}, which is neither an "
                              "unknown nor an observable")  # fmt: skip
    return {n: vocabulary.read(given[n], f"value of {n!r} in {where}") for n in names}
