r"""Claims that a theorem makes about itself: limits and laws. Data; evaluated by asymp.testing.

Claims are written in names: parameters, order parameters, observables, constants of the
activation (``mu1``, ``mu2``, ``kappa2``) and the boundaries of phases (``eps_max``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sympy as sp

from asymp.errors import InvalidProblem
from asymp.reductions.step import Source

SMALL = sp.Symbol("h", positive=True)
Numbers = Mapping[str, float]
Solve = Callable[..., Numbers]
Predicate: TypeAlias = Callable[[Numbers], bool] | sp.Basic | str

_FUNCTIONS = {
    name: getattr(sp, name)
    for name in ("pi", "oo", "sqrt", "exp", "log", "erf", "Abs", "Min", "Max", "Piecewise")
}
_WORD = re.compile(r"[A-Za-z_]\w*")


def expression(text: Any) -> sp.Basic:
    """Read an expression in names; every word but a few functions is a symbol.

    Parameters
    ----------
    text : str, number or sympy.Basic
        ``h`` is :data:`SMALL`; ``oo`` is infinity.

    Raises
    ------
    InvalidProblem
        If the text is not an expression.

    Examples
    --------
    >>> expression("train_robust_risk + zeta*parameter_norm2").free_symbols == {
    ...     sp.Symbol("train_robust_risk"), sp.Symbol("zeta"), sp.Symbol("parameter_norm2")}
    True
    """
    if not isinstance(text, str):
        return sp.sympify(text)
    names = {w: sp.Symbol(w) for w in _WORD.findall(text) if w not in _FUNCTIONS}
    try:
        return sp.sympify(text, locals={**names, **_FUNCTIONS, "h": SMALL})
    except (sp.SympifyError, TypeError, AttributeError) as error:
        raise InvalidProblem(f"{text!r} is not an expression in names ({error})") from None


@dataclass(frozen=True)
class Variant:
    r"""The theorem of the same problem with some parts or constants replaced.

    Parameters
    ----------
    observables : tuple of str
        Which of its observables are meant.
    parts : mapping of str to object
        Parts of :class:`asymp.Problem`, e.g. ``{"adversary": None}``.
    at : mapping of str to expression
        Its parameters in terms of this theorem's names; those of the same name are handed on.
    constants : mapping of str to expression
        Constants of the activation that take another value, in terms of the names here.
    """

    observables: tuple[str, ...]
    parts: Mapping[str, Any] = field(default_factory=dict)
    at: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit:
    r"""A limiting case with a known value: observables along a path :math:`h \to 0^+`.

    Parameters
    ----------
    name : str
        Stable id, e.g. ``"least-squares"``.
    path : mapping of str to expression
        Parameters as functions of :data:`SMALL`, e.g. ``{"eps": "h", "zeta": "h**2"}``;
        the others are drawn at random. An expression may use names of other parameters and
        boundaries, which are evaluated at the drawn point.
    gives : mapping of str to expression, tuple of str, Variant, or callable
        Limits of observables by name: expressions in names; the theorem's own values at
        ``h = 0`` (names alone: the observables are continuous); those of a :class:`Variant`; or
        ``gives(**numbers) -> dict``, called with parameters, constants and boundaries.
    where : expression or callable, optional
        Where the limit holds: a condition in names, or a predicate of the numbers by name.
    order : float
        The distance to the limit is O(h**order).
    meaning : str
        One sentence, may contain LaTeX.
    source : Source, optional
        Where the limiting value is printed.
    ranges : mapping of str to (low, high)
        Where parameters are drawn, if not from the whole domain; ends are expressions in names.
    start : float
        Largest ``h`` that is looked at.
    """

    name: str
    path: Mapping[str, Any]
    gives: Mapping[str, Any] | tuple[str, ...] | Variant | Callable[..., Numbers]
    where: Predicate | None = None
    order: float = 1.0
    meaning: str = ""
    source: Source | None = None
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    start: float = 0.02

    def __post_init__(self) -> None:
        if not self.path:
            raise InvalidProblem(f"limit {self.name!r} has an empty path: name a parameter")
        read = {name: expression(value) for name, value in self.path.items()}
        object.__setattr__(self, "path", read)
        if isinstance(self.gives, Mapping):
            object.__setattr__(
                self, "gives", {name: expression(value) for name, value in self.gives.items()}
            )


@dataclass(frozen=True)
class Law:
    r"""A property that holds at every admissible point, such as monotonicity or an inequality.

    Most laws are made by :func:`asymp.identity`, :func:`asymp.inequality`,
    :func:`asymp.monotone`, :func:`asymp.convex`, :func:`asymp.slope`, :func:`asymp.scaling` or
    :func:`asymp.power`.

    Parameters
    ----------
    name : str
        Stable id, e.g. ``"risk-above-floor"``.
    slack : callable
        ``slack(solve, point) -> float``: non-negative where the law holds, up to ``tolerance``;
        ``solve(**parameters)`` returns parameters, constants, boundaries, order parameters and
        observables as floats, and the solver's ``residual`` and ``condition``.
    statement : str
        The law in LaTeX prose.
    tolerance : float
        Rounding allowance; the reason stands in ``why_tolerance``.
    where : expression or callable, optional
        Where the law is claimed: a condition in names, or a predicate of the numbers by name.
    fixed : mapping of str to float
        Parameters that the law fixes, e.g. ``{"zeta": 0.0}``.
    ranges : mapping of str to (low, high)
        Where parameters are drawn, if not from the whole domain; ends are expressions in names.
    """

    name: str
    slack: Callable[[Solve, Numbers], float]
    statement: str
    tolerance: float = 1e-10
    why_tolerance: str = "1e3 times the solver's relative residual"
    where: Predicate | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
