"""A step of a derivation: before, after, the result that licenses it, and a check that can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import sympy as sp


class Outcome(Enum):
    """What a check found; the sentence says what the word means."""

    PROVED = "proved symbolically"
    VERIFIED = "verified numerically"
    UNKNOWN = "could not be decided"
    FALSE = "false: a counterexample was found"

    def __bool__(self) -> bool:
        """Refuse truth value: unknown is neither."""
        raise TypeError("an Outcome has four values; compare it with `is Outcome.PROVED` etc.")


@dataclass(frozen=True)
class CheckResult:
    """Outcome of one check and how it was reached.

    Parameters
    ----------
    outcome : Outcome
    how : str
        The method in words, with numbers: points, digits, largest deviation.
    counterexample : str
        The admissible point at which the claim fails, or empty.
    """

    outcome: Outcome
    how: str
    counterexample: str = ""


@dataclass(frozen=True)
class Source:
    """A publication, and how well its statement is known here.

    Parameters
    ----------
    key : str
        BibTeX key.
    citation : str
        Authors, title, venue, year.
    where : str
        Theorem or equation number.
    trust : {"read", "second-hand", "recalled"}
        Whether the statement was read in the original.
    """

    key: str
    citation: str
    where: str = ""
    trust: str = "recalled"


@dataclass(frozen=True)
class Hypothesis:
    """A hypothesis of a licence: met, with the reason, or assumed (a conditional result)."""

    text: str
    met: bool
    reason: str = ""


@dataclass(frozen=True)
class Licence:
    """The result that allows a step, with its hypotheses for this problem."""

    name: str
    source: Source | None = None
    hypotheses: tuple[Hypothesis, ...] = ()

    @property
    def conditional_on(self) -> tuple[Hypothesis, ...]:
        """The hypotheses that are assumed rather than met."""
        return tuple(h for h in self.hypotheses if not h.met)


@dataclass(frozen=True)
class Display:
    """One displayed formula of a step.

    Parameters
    ----------
    left : sympy.Basic or str
        Left-hand side; a string is LaTeX (for objects that SymPy has no name for).
    right : sympy.Basic or str
        Right-hand side.
    relation : str
        LaTeX of the sign between them.
    """

    left: sp.Basic | str
    right: sp.Basic | str
    relation: str = "="


@dataclass(frozen=True)
class Step:
    """One application of a reduction rule.

    Parameters
    ----------
    name : str
        Stable id, also the LaTeX label, e.g. ``"gaussian-equivalence"``.
    title : str
        Heading in words.
    before, after : tuple of Display
        The statement's changed formulas on either side of the rule.
    why : str
        The argument, in LaTeX prose (a sentence or several).
    licence : Licence
        The result that the step rests on.
    check : callable
        Returns a :class:`CheckResult`; run by ``thm.check()`` and by the document.
    """

    name: str
    title: str
    before: tuple[Display, ...]
    after: tuple[Display, ...]
    why: str
    licence: Licence
    check: Callable[[], CheckResult] = field(repr=False, compare=False)
