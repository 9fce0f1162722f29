"""From what a user states to the fields of a theorem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import sympy as sp

from asymp.claims import Law, Limit
from asymp.reductions.system import Branch, FixedPoint, needed
from asymp.stated.equations import read_definitions, read_equations
from asymp.stated.phases import read_phases
from asymp.stated.quantities import read_observables, read_parameters
from asymp.stated.simulation import read_simulation
from asymp.stated.unknowns import read_state
from asymp.stated.vocabulary import Vocabulary
from asymp.symbols import by_name


def state_equations(
    *,
    id: str,
    title: str,
    parameters: Any,
    state: Any,
    equations: Any,
    observables: Any,
    definitions: Any = (),
    phases: Iterable[Any] = (),
    problem: Any = None,
    problem_parameters: Mapping[str, Any] | None = None,
    simulator: Any = None,
    simulate_at: Iterable[Mapping[str, float]] = (),
    **claims: Any,
) -> dict[str, Any]:
    """Fields of a stated theorem; the arguments are those of ``asymp.Theorem.from_equations``.

    Raises
    ------
    InvalidProblem
        For anything that is undeclared, missing, named twice or not to be evaluated.

    Examples
    --------
    >>> V, a = sp.symbols("V a", positive=True)
    >>> found = state_equations(
    ...     id="root", title="Square root", parameters={"a": sp.Interval.open(0, sp.oo)},
    ...     state=["V"], equations=[sp.Eq(V, a / V)], observables={"root": V})
    >>> found["status"], found["system"].equations
    ('stated', (Eq(V, a/V),))
    """
    vocabulary = Vocabulary(id)
    quantities = read_parameters(parameters, vocabulary)
    outer = deepcopy(vocabulary)
    unknowns = read_state(state, vocabulary)
    named = read_definitions(definitions, vocabulary)
    update = read_equations(equations, unknowns, vocabulary)
    seen = read_observables(observables, vocabulary)
    used = needed((*unknowns.definitions, *named), update)
    system = FixedPoint(unknowns.symbols, used, update, unknowns.start)
    values = {n: vocabulary.symbols[n] for n in unknowns.unknowns}
    values |= {o.name: o.expression for o in seen}
    whole = needed((*unknowns.definitions, *named), [*update, *values.values()])
    extra = tuple(d for d in whole if d not in used)
    generic = Branch("generic", sp.true, (), system, values, extra)
    return {
        "id": id,
        "title": title,
        "problem": problem,
        "status": "stated",
        "parameters": by_name(quantities),
        "order_parameters": by_name(unknowns.order_parameters),
        "observables": by_name(seen),
        "constants": {},
        "potential": None,
        "system": system,
        "derivation": (),
        "branches": (*read_phases(phases, values, outer), generic),
        "averages": {},
        "simulation": read_simulation(
            simulator, problem, problem_parameters or {}, simulate_at, vocabulary
        ),
        **_claims(vocabulary, **claims),
    }


def _claims(
    vocabulary: Vocabulary,
    *,
    limits: Iterable[Limit] = (),
    laws: Iterable[Law] = (),
    audits: Iterable[Any] = (),
    sources: Iterable[Any] = (),
    conventions: Mapping[str, str] | None = None,
    translations: Iterable[Any] = (),
) -> dict[str, Any]:
    """The claims, each of its kind."""
    found = {"limits": tuple(limits), "laws": tuple(laws), "audits": tuple(audits),
             "sources": tuple(sources), "translations": tuple(translations)}  # fmt: skip
    for word, kind in (("limits", Limit), ("laws", Law)):
        wrong = [c for c in found[word] if not isinstance(c, kind)]
        if wrong:
            raise vocabulary.fail(f"{word} holds {wrong[0]!r}, not an asymp.{kind.__name__}")
    return {**found, "conventions": dict(conventions or {})}
