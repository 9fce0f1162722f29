r"""Unknowns of a stated fixed point: the order parameters, with where the iteration starts.

The solver works in logarithms, so that its state is positive. A real unknown b is carried by
:math:`e^b`: the state is ``exp_b``, the first definition is :math:`b=\log e^b`, and the equation
:math:`b=f(b)` becomes :math:`e^b=e^{f(b)}`, whose relative residual is the absolute one of b.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.reductions.system import Definition
from asymp.stated.vocabulary import Vocabulary
from asymp.symbols import POSITIVE, Letter, OrderParameter, interval_text, letter

CARRIER = "exp_"


@dataclass(frozen=True)
class Unknown:
    r"""An unknown of a fixed point.

    Parameters
    ----------
    start : number or expression, optional
        Where the iteration starts, in parameters; default 1 (0 for a real unknown).
    meaning : str
        One line in words.
    domain : sympy.Interval
        Where the solution lies: positive numbers by default; ``sympy.Reals`` for a signed unknown.
    """

    start: Any = None
    meaning: str = ""
    domain: sp.Interval = POSITIVE

    @property
    def is_signed(self) -> bool:
        """Whether the solution may be zero or negative."""
        return not bool(self.domain.start >= 0)


@dataclass(frozen=True)
class State:
    """The unknowns as the solver has them.

    Parameters
    ----------
    unknowns : mapping of str to Unknown
    symbols : tuple of sympy.Symbol
        The positive state: an unknown itself, or its exponential.
    definitions : tuple of Definition
        The signed unknowns in terms of the state.
    start : tuple of sympy.Expr
    """

    unknowns: Mapping[str, Unknown]
    symbols: tuple[sp.Symbol, ...]
    definitions: tuple[Definition, ...]
    start: tuple[sp.Expr, ...]

    @property
    def order_parameters(self) -> list[OrderParameter]:
        """The unknowns as quantities."""
        return [OrderParameter(n, u.domain, u.meaning or "order parameter")
                for n, u in self.unknowns.items()]  # fmt: skip


def read_state(given: Any, vocabulary: Vocabulary) -> State:
    """Read the unknowns; the vocabulary holds the parameters, and gets the unknowns.

    Parameters
    ----------
    given : mapping of str to start, Unknown or fields of one; or iterable of str
    vocabulary : Vocabulary

    Raises
    ------
    InvalidProblem
        For no unknown, a start that is not positive, or a start in undeclared symbols.
    """
    items = given.items() if isinstance(given, Mapping) else [(name, None) for name in given]
    unknowns = {_name(n): _unknown(_name(n), u, vocabulary) for n, u in items}
    if not unknowns:
        raise vocabulary.fail("state is empty: name at least one unknown")
    starts = [_start(name, unknown, vocabulary) for name, unknown in unknowns.items()]
    symbols, definitions = [], []
    for name, unknown in unknowns.items():
        if unknown.is_signed:
            carrier = letter(CARRIER + name, POSITIVE)
            vocabulary.require_name(carrier.name, "the exponential of a signed unknown")
            symbol = vocabulary.declare(name, "an unknown", Letter(name, real=True))
            definitions.append(Definition(symbol, sp.log(carrier)))
            symbols.append(carrier)
        else:
            symbols.append(vocabulary.declare(name, "an unknown", letter(name, POSITIVE)))
    return State(unknowns, tuple(symbols), tuple(definitions), tuple(starts))


def _name(given: Any) -> Any:
    return given.name if isinstance(given, sp.Symbol) else given


def _unknown(name: str, given: Any, vocabulary: Vocabulary) -> Unknown:
    if isinstance(given, Mapping):
        strange = sorted(set(given) - {"start", "meaning", "domain"})
        if strange:
            raise vocabulary.fail(
                f"unknown {name!r} has no field {strange[0]!r}; there are: start, meaning, domain"
            )
        given = Unknown(**given)
    unknown = given if isinstance(given, Unknown) else Unknown(start=given)
    if not isinstance(unknown.domain, sp.Interval):
        raise vocabulary.fail(f"domain of {name!r} is {unknown.domain!r}, not a sympy.Interval")
    return unknown


def _start(name: str, unknown: Unknown, vocabulary: Vocabulary) -> sp.Expr:
    """Start of the positive state."""
    given = unknown.start if unknown.start is not None else int(not unknown.is_signed)
    start = vocabulary.read(given, f"start of {name!r}")
    if unknown.is_signed:
        return sp.exp(start)
    if start.is_nonpositive:
        raise vocabulary.fail(
            f"start of {name!r} is {start}, but the unknown is in {interval_text(unknown.domain)}: "
            "give a positive start, or the domain sympy.Reals for a signed unknown"
        )
    return start


def shown(
    definitions: Iterable[Definition], equations: Iterable[tuple[sp.Symbol, sp.Expr]]
) -> tuple[list[Definition], list[tuple[sp.Symbol, sp.Expr]]]:
    """Definitions and equations as the user wrote them: signed unknowns by their own name.

    Examples
    --------
    >>> b, c = sp.Symbol("b", real=True), sp.Symbol("exp_b", positive=True)
    >>> shown([Definition(b, sp.log(c))], [(c, sp.exp(b / 2 + 1))])
    ([], [(b, b/2 + 1)])
    """
    kept, signed = [], {}
    for d in definitions:
        if _carries(d):
            signed[d.expression.args[0]] = d.symbol
        else:
            kept.append(d)
    return kept, [(signed.get(x, x), _exponent(f) if x in signed else f) for x, f in equations]


def _carries(definition: Definition) -> bool:
    """Whether a definition is that of a signed unknown."""
    value = definition.expression
    carrier = CARRIER + definition.symbol.name
    return isinstance(value, sp.log) and getattr(value.args[0], "name", "") == carrier


def _exponent(value: sp.Expr) -> sp.Expr:
    return value.args[0] if isinstance(value, sp.exp) else sp.log(value)
