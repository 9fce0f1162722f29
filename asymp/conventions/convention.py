r"""A paper's letters in ours: what it calls the ratios, the noise, the ridge, and its observables.

The way back is solved by SymPy, and the round trip is proved when a convention is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import sympy as sp

from asymp.claims import expression
from asymp.errors import InvalidProblem
from asymp.reductions.step import Source
from asymp.symbols import latex_name


def positive(given: Any) -> sp.Expr:
    """Expression in names, every symbol of which is positive: ranges close by continuity."""
    read = sp.sympify(expression(given))
    return read.xreplace({s: sp.Symbol(s.name, positive=True) for s in read.free_symbols})


@dataclass(frozen=True)
class Convention:
    r"""Letters of a paper in terms of ours.

    Parameters
    ----------
    name : str
        Short id, e.g. ``"mei-montanari"``.
    source : Source
        The paper.
    parameters : mapping of str to expression
        Each of its letters in our parameters: ``{"lam": "zeta/psi1"}``. A letter that is a word of
        Python (``lambda``) needs another name here, and its own in ``latex``.
    observables : mapping of str to expression
        Each of its observables in our observables, order parameters and parameters.
    fixed : mapping of str to number
        Our parameters of which the paper speaks at one value alone, e.g. ``{"eps": 0}``.
    back : mapping of str to expression, optional
        Our parameters in its letters, where SymPy is not to find them itself.
    meanings, latex : mapping of str to str
        What a letter means, and its LaTeX, by name.

    Raises
    ------
    InvalidProblem
        If the letters do not determine our parameters, or the round trip is not the identity.

    Examples
    --------
    >>> paper = Convention(
    ...     "paper", Source("k", "Paper"), {"gamma": "1/alpha", "lam": "zeta", "noise": "tau**2"})
    >>> paper.inverse["alpha"], paper.inverse["tau"]
    (1/gamma, sqrt(noise))
    """

    name: str
    source: Source
    parameters: Mapping[str, Any]
    observables: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)
    back: Mapping[str, Any] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    latex: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {*self.parameters, *self.observables}
        for word in ("meanings", "latex"):
            strange = [n for n in getattr(self, word) if n not in known]
            if strange:
                raise self._fail(f"{word} names {strange[0]!r}, which is none of its letters")
        twice = [n for n in self.ours if n in self.fixed]
        if twice:
            raise self._fail(f"{twice[0]!r} is fixed, and a letter depends on it")
        self._require_round_trip()

    def _fail(self, text: str) -> InvalidProblem:
        return InvalidProblem(f"convention {self.name!r}: {text}")

    @cached_property
    def forward(self) -> dict[str, sp.Expr]:
        """Their letters in our parameters."""
        return {name: positive(value) for name, value in self.parameters.items()}

    @cached_property
    def ours(self) -> tuple[str, ...]:
        """Our parameters that the letters depend on."""
        found = {s.name: None for e in self.forward.values() for s in sorted(
            e.free_symbols, key=lambda s: str(s.name))}  # fmt: skip
        return tuple(found)

    @cached_property
    def inverse(self) -> dict[str, sp.Expr]:
        """Our parameters in their letters, given or solved for."""
        given = {name: positive(value) for name, value in self.back.items()}
        return given or _solved(self)

    @cached_property
    def observed(self) -> dict[str, sp.Expr]:
        """Their observables in our names."""
        return {name: expression(value) for name, value in self.observables.items()}

    def letter_latex(self, name: str) -> str:
        """LaTeX of one of their letters or observables."""
        if name in self.latex:
            return self.latex[name]
        plain = latex_name(name)
        return plain if name in self.parameters else rf"\mathrm{{{name.replace('_', ' ')}}}"

    def _require_round_trip(self) -> None:
        """Prove that ours, theirs, ours is the identity, and the other way round."""
        missing = [n for n in self.ours if n not in self.inverse]
        if missing:
            raise self._fail(f"back gives no {missing[0]!r}, on which a letter depends")
        for there, again, whose in (
            (self.forward, self.inverse, "our"), (self.inverse, self.forward, "its"),
        ):  # fmt: skip
            values = {sp.Symbol(n, positive=True): e for n, e in there.items()}
            for name, value in again.items():
                left = value.subs(values, simultaneous=True)
                if sp.simplify(left - sp.Symbol(name, positive=True)) != 0:
                    raise self._fail(f"there and back, {whose} {name!r} becomes {left}")


def _solved(convention: Convention) -> dict[str, sp.Expr]:
    """Solve letter by letter where one unknown is left, then what remains together."""
    inner = {n: sp.Dummy(n, positive=True) for n in convention.ours}
    swap = {sp.Symbol(n, positive=True): d for n, d in inner.items()}
    equations = [
        sp.Symbol(name, positive=True) - value.xreplace(swap)
        for name, value in convention.forward.items()
    ]
    found: dict[sp.Symbol, sp.Expr] = {}
    unknown = set(inner.values())
    while True:
        ready = [e for e in equations if len(e.free_symbols & unknown) == 1]
        if not ready:
            break
        one = (ready[0].free_symbols & unknown).pop()
        found[one] = _only(convention, sp.solve(ready[0], one), one)
        unknown.remove(one)
        equations = [e.subs(one, found[one]) for e in equations if e is not ready[0]]
    if unknown:
        solutions = sp.solve(equations, sorted(unknown, key=str), dict=True)
        together = _only(convention, solutions, sorted(unknown, key=str)[0])
        found |= together
        left = sorted((d.name for d in unknown if d not in together), key=str)
        if left:
            raise InvalidProblem(
                f"convention {convention.name!r}: its letters do not determine {left[0]!r}"
            )
    return {n: sp.simplify(found[d]) for n, d in inner.items()}


def _only(convention: Convention, solutions: list[Any], unknown: sp.Symbol) -> Any:
    if len(solutions) != 1:
        raise InvalidProblem(
            f"convention {convention.name!r}: its letters give {len(solutions)} values of "
            f"{unknown.name!r}: give back={{{unknown.name!r}: expression in its letters}}"
        )
    return solutions[0]


def convention_of(given: Any) -> Convention:
    """Convention of an object or of a mapping of its fields, as catalogue files may write it.

    Raises
    ------
    InvalidProblem
        If it is neither.
    """
    if isinstance(given, Convention):
        return given
    known = [f.name for f in fields(Convention)]
    if not isinstance(given, Mapping) or not {"name", "source", "parameters"} <= set(given):
        raise InvalidProblem(
            f"translation {given!r}: give a Convention, or a mapping with "
            "name, source and parameters"
        )
    strange = [n for n in given if n not in known]
    if strange:
        raise InvalidProblem(
            f"translation {given['name']!r} has no field {strange[0]!r}; there are: "
            f"{', '.join(known)}"
        )
    return Convention(**given)
