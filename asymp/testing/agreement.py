"""Two theorems about one thing, compared at random points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from asymp.claims import Numbers, expression
from asymp.errors import InvalidParameter
from asymp.reductions.step import Source
from asymp.testing.audit import Audit, AuditReport
from asymp.testing.numbers import evaluate
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise
from asymp.testing.printed.theorem_form import TheoremForm

TOLERANCE = 1e-6
REASON = "each side is solved to 1e-13 times its condition number, and formulas as given may cancel"


def agreement(
    theorem: Any, other: Any, *, parameters: Mapping[str, Any] | None = None,
    observables: Sequence[str] | None = None, points: int = 20, rng: Any = 0,
    ranges: Mapping[str, tuple[Any, Any]] | None = None, tolerance: float = TOLERANCE,
) -> AuditReport:  # fmt: skip
    """Compare two theorems at random points that both admit.

    Parameters
    ----------
    theorem, other : Theorem
    parameters : mapping of str to expression
        Parameters of the other theorem in those of the first; equal names stand for themselves.
    observables : sequence of str, optional
        Default: all that both have.
    points : int
    rng : seed or numpy.random.Generator
    ranges : mapping of str to (low, high)
        Where points are drawn, if not from the whole domain.
    tolerance : float
        Largest admissible relative deviation.

    Returns
    -------
    AuditReport

    Raises
    ------
    InvalidParameter
        If a parameter of the other theorem is not given, or no observable is shared.

    Examples
    --------
    >>> import asymp
    >>> ridge = asymp.Problem(features=asymp.IsotropicGaussian())
    >>> wide = asymp.Problem(features=asymp.IsotropicGaussian("n_over_p"))
    >>> agreement(ridge.derive(), wide.derive(), parameters={"n_over_p": "alpha"}, points=3
    ...     ).outcome.name
    'VERIFIED'
    """
    solve = theorem if isinstance(theorem, Pointwise) else Pointwise(theorem)
    shared = tuple(observables or (o for o in other.observables if o in solve.theorem.observables))
    if not shared:
        raise InvalidParameter(
            f"{solve.theorem.id} and {other.id} share no observable; the first has "
            f"{', '.join(solve.theorem.observables)}, the second {', '.join(other.observables)}"
        )
    mapping = letters(other.parameters, solve.parameters, parameters or {})
    audit = Audit(
        f"agreement-with-{other.id}",
        source=Source(other.id, other.title, f"{other.id} ({other.status})"),
        form=TheoremForm(other),
        parameters=mapping,
        observables=shared,
        tolerance=tolerance,
        reason=REASON,
    )

    def both_speak(numbers: Numbers) -> bool:
        return all(
            bool(other.parameters[n].admits(evaluate(e, numbers))) for n, e in mapping.items()
        )

    drawn = Sampler(solve, where=both_speak, ranges=ranges or {}).points(points, rng)
    return audit.run(solve, list(drawn))


def letters(
    wanted: Mapping[str, Any], known: Sequence[str], given: Mapping[str, Any]
) -> dict[str, sp.Basic]:
    """Each parameter wanted as an expression in the names known.

    Raises
    ------
    InvalidParameter
        For a name that is not wanted, or a parameter without default that is nowhere given.
    """
    strange = [n for n in given if n not in wanted]
    if strange:
        raise InvalidParameter(
            f"unknown parameter {strange[0]!r}; the other theorem has {', '.join(wanted)}"
        )
    missing = [n for n, p in wanted.items()
               if n not in given and n not in known and p.default is None]  # fmt: skip
    if missing:
        raise InvalidParameter(
            f"the other theorem's parameter {missing[0]!r} is not among {', '.join(known)}: "
            f"give parameters={{{missing[0]!r}: expression}}"
        )
    return {n: expression(given.get(n, n)) for n in wanted if n in given or n in known}
