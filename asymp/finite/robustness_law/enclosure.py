"""Numbers known between two ends, and statements that compare them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["read", "second-hand", "recalled", "derived"]
# What two routes of double precision to one number may differ by.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Enclosure:
    """A number between ``lower`` and ``upper``, and how each upper end was found.

    Ends are proved in exact arithmetic and evaluated in double precision: rounding is not enclosed.

    Attributes
    ----------
    lower, upper : float
        Ends; the lower one is attained, as far as it is a supremum.
    methods : mapping of str to float
        Every upper bound tried, by name; ``upper`` is the least.

    Examples
    --------
    >>> from asymp.finite.robustness_law.enclosure import Enclosure
    >>> found = Enclosure(1.0, 2.0, {"product": 3.0, "relaxation": 2.0})
    >>> found.how, found.exact
    ('relaxation', False)
    """

    lower: float
    upper: float
    methods: Mapping[str, float] = field(default_factory=dict)

    @property
    def how(self) -> str:
        """Name of the method that gave the upper end."""
        return min(self.methods, key=lambda name: self.methods[name]) if self.methods else "exact"

    @property
    def exact(self) -> bool:
        """Whether both ends are one number up to rounding."""
        return self.upper - self.lower <= ROUNDING * abs(self.upper)


def exactly(value: float) -> Enclosure:
    """A number that is known."""
    return Enclosure(float(value), float(value))


@dataclass(frozen=True)
class Statement:
    """An inequality ``left >= right`` of a theorem, evaluated for one fit.

    Attributes
    ----------
    name : str
        What is compared.
    left, right : Enclosure
        Both sides.
    hypotheses : mapping of str to bool
        Hypotheses that can be checked on the fit and its data, and whether they hold.
    probability : float
        Probability over the data with which it is claimed: one if it needs no luck; zero if it is
        claimed with an unspecified positive one.
    source : str
        Where it stands.
    status : {"read", "second-hand", "recalled", "derived"}
        How sure its wording is.

    Examples
    --------
    >>> from asymp.finite.robustness_law.enclosure import Enclosure, Statement, exactly
    >>> Statement("two is enough", Enclosure(1.5, 3.0), exactly(2.0)).verdict
    'open'
    """

    name: str
    left: Enclosure
    right: Enclosure
    hypotheses: Mapping[str, bool] = field(default_factory=dict)
    probability: float = 1.0
    source: str = ""
    status: Status = "derived"

    @property
    def applies(self) -> bool:
        """Whether every hypothesis holds."""
        return all(self.hypotheses.values())

    @property
    def verdict(self) -> Literal["holds", "fails", "open"]:
        """``holds`` or ``fails`` where the enclosures decide, ``open`` where they do not."""
        margin = ROUNDING * abs(self.right.upper)
        if self.left.lower >= self.right.upper - margin:
            return "holds"
        return "fails" if self.left.upper < self.right.lower - margin else "open"
