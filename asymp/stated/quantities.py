"""Parameters and observables of a stated theorem, from full objects or from brief forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from asymp.reductions.observable import Observable
from asymp.stated.vocabulary import Vocabulary
from asymp.symbols import Parameter

FIELDS = ("domain", "meaning", "scaling", "default")


def read_parameters(given: Any, vocabulary: Vocabulary) -> list[Parameter]:
    """Read the parameters and declare them.

    Parameters
    ----------
    given : iterable of Parameter, or mapping of str to Parameter, domain or fields of one
    vocabulary : Vocabulary

    Raises
    ------
    InvalidProblem
        For something else, or a default outside its domain.
    """
    items = given.items() if isinstance(given, Mapping) else [(_name(p), p) for p in given]
    found: list[Parameter] = []
    for name, value in items:
        parameter = _parameter(name, value, vocabulary)
        vocabulary.declare(parameter.name, "a parameter", parameter.symbol)
        _require_default(parameter, found, vocabulary)
        found.append(parameter)
    return found


def _name(given: Any) -> Any:
    return getattr(given, "name", given)


def _parameter(name: str, given: Any, vocabulary: Vocabulary) -> Parameter:
    if isinstance(given, Parameter):
        return given
    fields = {"domain": given} if isinstance(given, sp.Interval) else given
    if not isinstance(fields, Mapping):
        raise vocabulary.fail(
            f"parameter {name!r} is given as {given!r}: give an asymp.Parameter, its domain "
            "as a sympy.Interval, or a mapping with domain, meaning, scaling, default"
        )
    strange = sorted(set(fields) - set(FIELDS))
    if strange:
        raise vocabulary.fail(
            f"parameter {name!r} has no field {strange[0]!r}; there are: {', '.join(FIELDS)}"
        )
    if not isinstance(fields.get("domain"), sp.Interval):
        raise vocabulary.fail(
            f"parameter {name!r} has no domain: give a sympy.Interval, "
            "for instance sympy.Interval.open(0, sympy.oo)"
        )
    return Parameter(**{"name": name, "meaning": f"parameter {name}", **fields})


def _require_default(
    parameter: Parameter, earlier: list[Parameter], vocabulary: Vocabulary
) -> None:
    default = parameter.default
    if isinstance(default, str):
        if default not in {p.name for p in earlier}:
            raise vocabulary.fail(
                f"parameter {parameter.name!r} takes its default from {default!r}, "
                "which is no earlier parameter"
            )
    elif default is not None and not bool(parameter.admits(default)):
        raise vocabulary.fail(
            f"default {default} of parameter {parameter.name!r} is outside its domain"
        )


def read_observables(given: Any, vocabulary: Vocabulary) -> list[Observable]:
    """Read the observables; they are expressions in all that is declared.

    Parameters
    ----------
    given : mapping of str to expression, (expression, meaning) or fields of Observable
    vocabulary : Vocabulary

    Raises
    ------
    InvalidProblem
        If there is none, or a name is taken. A definition may be an observable of its own name.
    """
    if not isinstance(given, Mapping) or not given:
        raise vocabulary.fail(
            "observables is empty: name at least one, for instance {'standard_risk': expression}"
        )
    return [_observable(name, value, vocabulary) for name, value in given.items()]


def _observable(name: str, given: Any, vocabulary: Vocabulary) -> Observable:
    fields = _observable_fields(name, given, vocabulary)
    value = vocabulary.read(fields["expression"], f"observable {name!r}")
    own = value == vocabulary.symbols.get(name) and vocabulary.kinds[name] == "a definition"
    if not own:
        vocabulary.require_name(name, "an observable")
    return Observable(
        name,
        fields.get("domain", sp.Reals),
        fields.get("meaning", name.replace("_", " ")),
        expression=value,
        definition=fields.get("definition", ""),
    )


def _observable_fields(name: str, given: Any, vocabulary: Vocabulary) -> Mapping[str, Any]:
    allowed = ("expression", "meaning", "domain", "definition")
    if isinstance(given, Mapping):
        strange = sorted(set(given) - set(allowed))
        if strange or "expression" not in given:
            raise vocabulary.fail(
                f"observable {name!r}: its fields are {', '.join(allowed)}, "
                f"the first is needed; given are {', '.join(map(str, given))}"
            )
        return given
    parts: Iterable[Any] = given if isinstance(given, tuple) else (given,)
    return dict(zip(allowed, parts, strict=False))
