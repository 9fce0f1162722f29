"""The names of a stated theorem: what each one is, and reading expressions in them.

Symbols are matched by name: whatever assumptions the user's own symbols carry, the theorem's
carry those of the declared domains.
"""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from asymp.claims import expression
from asymp.errors import InvalidProblem

RESULTS = ("residual", "condition", "evaluations", "status", "branch", "repeat", "rounding")
"""Names that every solved dataset, simulation or claim uses itself."""

FUNCTIONS = ("pi", "oo", "nan", "inf", "sqrt", "exp", "log", "erf", "erfc", "abs", "max", "min")
LANGUAGE = (*FUNCTIONS, "Abs", "Max", "Min", "Piecewise", "out", "inp", "h")
"""Names that claims or compiled code read as something else; ``h`` is the small number of paths."""

UNEVALUATED = (sp.Integral, sp.Sum, sp.Product, sp.Derivative, sp.Limit, AppliedUndef)


@dataclass
class Vocabulary:
    """Declared names of a theorem, in order of declaration.

    Parameters
    ----------
    theorem : str
        Id of the theorem, for messages.
    symbols : dict of str to sympy.Symbol
    kinds : dict of str to str
        What each name is: "a parameter", "an unknown", "a definition", ...
    """

    theorem: str
    symbols: dict[str, sp.Symbol] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def fail(self, text: str) -> InvalidProblem:
        """Error that names the theorem."""
        return InvalidProblem(f"theorem {self.theorem!r}: {text}")

    def declare(self, name: Any, kind: str, symbol: sp.Symbol) -> sp.Symbol:
        """Add a name with its symbol.

        Raises
        ------
        InvalidProblem
            If the name is taken, reserved or no identifier.
        """
        self.require_name(name, kind)
        self.symbols[name], self.kinds[name] = symbol, kind
        return symbol

    def require_name(self, name: Any, kind: str) -> None:
        """Raise unless a name may be given to one more thing."""
        if not isinstance(name, str) or not name.isidentifier():
            raise self.fail(f"{kind} is named {name!r}: use letters, digits and underscores")
        if keyword.iskeyword(name):
            raise self.fail(
                f"{name!r} is a word of Python: rename {kind}, for instance to {name[:3]!r}"
            )
        if name in RESULTS or name in LANGUAGE:
            raise self.fail(f"the name {name!r} is reserved: rename {kind}")
        if name in self.kinds:
            raise self.fail(f"{name!r} names both {self.kinds[name]} and {kind}: rename one")

    def read(self, given: Any, where: str, later: Iterable[str] = ()) -> Any:
        """Expression or condition in the declared symbols.

        Parameters
        ----------
        given : expression, number or str
        where : str
            What it is part of, for messages.
        later : iterable of str
            Names that will be declared, so that the message can say "move it up".

        Raises
        ------
        InvalidProblem
            If it is no expression, or uses a name that is not declared.
        """
        read = self._sympified(given, where)
        wild = read.atoms(*UNEVALUATED)
        if wild:
            raise self.fail(f"{where} holds {_shortest(wild)}, which has no numeric rule: "
                            "give its closed form")  # fmt: skip
        used = {s.name for s in read.free_symbols}
        for name in sorted(used - set(self.symbols)):
            raise self.fail(f"{where} uses {name!r}, {self._advice(name, later)}")
        clash = sorted({f.func.__name__ for f in read.atoms(sp.Function)} & set(self.symbols))
        if clash:
            raise self.fail(f"{clash[0]!r} is {self.kinds[clash[0]]} and a function in {where}: "
                            "rename the former")  # fmt: skip
        return read.xreplace({s: self.symbols[s.name] for s in read.free_symbols})

    def _sympified(self, given: Any, where: str) -> Any:
        try:
            read = expression(given)
        except (InvalidProblem, sp.SympifyError, TypeError):
            raise self.fail(f"{where} is {given!r}, not an expression") from None
        if not isinstance(read, sp.Expr | sp.logic.boolalg.Boolean):
            raise self.fail(f"{where} is {given!r}, not an expression")
        return read

    def _advice(self, name: str, later: Iterable[str]) -> str:
        if name in later:
            return "which is defined further down: move its definition up"
        close = difflib.get_close_matches(name, self.symbols, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]!r}? " if close else ""
        return (
            f"which is not declared: {hint}declare it under parameters, state or definitions "
            f"(declared are: {', '.join(self.symbols)})"
        )


def _shortest(nodes: Iterable[sp.Basic]) -> str:
    return min(map(str, nodes), key=len)
