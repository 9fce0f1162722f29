r"""A printed min-max problem, solved by its own slow path.

The path never sees a derived theorem: it differentiates what is printed, searches from its own
starting points, polishes in many digits, and accepts a point only if it is verified to be the
saddle (:mod:`asymp.testing.printed.verify`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import sympy as sp

from asymp.errors import InvalidProblem, NotConverged
from asymp.testing.printed import search, verify
from asymp.testing.printed.boundary import boundary_value
from asymp.testing.printed.forms import Printed
from asymp.testing.printed.inner import InnerRoot, InnerSup
from asymp.testing.printed.numeric import compiled, letters_of, number
from asymp.testing.printed.stationarity import Stationarity, stationarity


@dataclass(frozen=True, eq=False)
class PrintedSaddle(Printed):
    r"""A printed theorem of the form :math:`\max_{x\ge0}\min_{y\ge0}R(x,y)`.

    Parameters
    ----------
    value : sympy.Expr
        :math:`R` as printed. Indicators are ``Piecewise`` whose first piece is the branch on
        which an interior saddle lies; that branch is verified at the answer.
    maximise, minimise : tuple of sympy.Symbol
        The outer letters, all nonnegative.
    outputs : mapping of str to sympy.Expr
        What the theorem says of each observable, in all the letters; the saddle's value is
        ``PrintedSaddle.VALUE``.
    inner_sup : InnerSup, optional
    inner_root : InnerRoot, optional
    boundary : mapping of str to sympy.Expr, optional
        A candidate saddle on the boundary, as outer letter -> expression of the parameters (0 is
        the limit from above). Where it is verified to be a saddle the interior one does not
        exist, and only the outputs that depend on the value alone are returned.
    easier : mapping of str to sympy.Expr, optional
        Parameter values (expressions of the parameters) at which the search is easy; the target
        is reached from there by continuation when random starts fail.
    scales : mapping of str to sympy.Expr, optional
        Size of an outer letter near the saddle, in parameters; random starts are drawn around it
        (default 1).

    Raises
    ------
    InvalidProblem
        If ``boundary``, ``easier`` or ``scales`` name a letter that the value does not have.

    Examples
    --------
    :math:`\max_x\min_y\,[-x^2/2+xy+y^2/2-ay]` is attained at :math:`x=y=a/2` with value
    :math:`-a^2/4`:

    >>> x, y, a = sp.symbols("x y a", positive=True)
    >>> saddle = PrintedSaddle(-x**2/2 + x*y + y**2/2 - a*y, (x,), (y,), {"mean": (x + y) / 2})
    >>> round(saddle.evaluate({"a": 3.0})["mean"], 12)
    1.5
    """

    VALUE: ClassVar[sp.Symbol] = sp.Symbol("saddle_value")

    value: sp.Expr
    maximise: tuple[sp.Symbol, ...]
    minimise: tuple[sp.Symbol, ...]
    outputs: Mapping[str, sp.Expr]
    inner_sup: InnerSup | None = None
    inner_root: InnerRoot | None = None
    boundary: Mapping[str, sp.Expr] = field(default_factory=dict)
    easier: Mapping[str, sp.Expr] = field(default_factory=dict)
    scales: Mapping[str, sp.Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outer = {s.name for s in self.outer}
        given = {"boundary": self.boundary, "scales": self.scales}
        for argument, mapping in given.items():
            for name in mapping:
                if name not in outer:
                    raise InvalidProblem(f"{argument}: {name!r} is not one of {sorted(outer)}")
        if self.boundary and set(self.boundary) != outer:
            raise InvalidProblem(f"boundary must give each of {sorted(outer)}")
        known = {p.name for p in self.parameters}
        for name in self.easier:
            if name not in known:
                raise InvalidProblem(f"easier: {name!r} is not one of {sorted(known)}")

    @property
    def outer(self) -> tuple[sp.Symbol, ...]:
        """Letters that are optimised over: the maximised ones, then the minimised."""
        return (*self.maximise, *self.minimise)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Letters that are neither optimised over nor inner, in the order of their names."""
        expressions, inner = [self.value], set(self.outer)
        if self.inner_sup is not None:
            expressions.append(self.inner_sup.expression)
            inner |= {self.inner_sup.symbol, self.inner_sup.variable}
        if self.inner_root is not None:
            expressions.append(self.inner_root.equation)
            inner.add(self.inner_root.variable)
        return tuple(s for s in letters_of(*expressions) if s not in inner)

    @cached_property
    def stationarity(self) -> Stationarity:
        """Equations of an interior saddle, derived from the printed value."""
        return stationarity(self)

    def evaluate(self, letters: Mapping[str, Any]) -> dict[str, float]:
        """Compute the outputs at the given parameter values.

        Parameters
        ----------
        letters : mapping of str to number
            Value of each printed parameter.

        Returns
        -------
        dict of str to float

        Raises
        ------
        NotConverged
            If no verified saddle was found.
        """
        if self.boundary:
            value = boundary_value(self, letters)
            if value is not None:
                return self._from_value(value)
        point = self.solve(letters)
        known = {**letters, **point}
        if self.inner_sup is not None:
            known[self.inner_sup.symbol.name] = number(self.inner_sup.expression, known)
        known[self.VALUE.name] = number(self.value, known)
        return {name: float(number(e, known)) for name, e in self.outputs.items()}

    def solve(self, letters: Mapping[str, Any]) -> dict[str, Any]:
        """Interior saddle: every optimised and inner letter, to 30 digits, verified.

        Raises
        ------
        NotConverged
            If no candidate of the search passes the verification.
        """
        complaints: list[str] = []
        for candidate in search.candidates(self, letters):
            complaint = verify.complaint(self, candidate, letters)
            if not complaint:
                return candidate
            complaints.append(complaint)
        where = ", ".join(f"{k}={float(v):.6g}" for k, v in sorted(letters.items()))
        seen = "; rejected: " + "; ".join(dict.fromkeys(complaints)) if complaints else ""
        raise NotConverged(f"no saddle of the printed value found at {where}{seen}")

    def value_at(self, known: Mapping[str, float]) -> float:
        """Compute the printed value in double precision, its inner supremum and root afresh.

        Parameters
        ----------
        known : mapping of str to float
            Value of every parameter and every outer letter.
        """
        letters = dict(known)
        if self.inner_root is not None:
            letters[self.inner_root.variable.name] = self.inner_root.root(letters)
        if self.inner_sup is not None:
            letters[self.inner_sup.symbol.name] = self.inner_sup.supremum(letters)
        names, function = compiled(self.value, "scipy")
        with np.errstate(all="ignore"):
            return float(function(*(letters[n] for n in names)))

    def _from_value(self, value: Any) -> dict[str, float]:
        alone = {n: e for n, e in self.outputs.items() if e.free_symbols == {self.VALUE}}
        return {n: float(number(e, {self.VALUE.name: value})) for n, e in alone.items()}
