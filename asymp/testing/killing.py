"""Trying mutants: which claim notices the change, and which mutants survive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from asymp.claims import Law, Limit
from asymp.errors import AsympError, InvalidProblem
from asymp.reductions.step import Outcome
from asymp.testing import laws, limits
from asymp.testing.audit import Audit
from asymp.testing.mutation import Mutant
from asymp.testing.pointwise import Pointwise
from asymp.testing.printed.numeric import number
from asymp.testing.standard import standard_laws

PATIENCE = 20  # claims without an answer before a mutant is left as having none
ROUNDS = (1, 4)  # points of a law or limit: few first, more for those that survive


@dataclass(frozen=True)
class Trial:
    """One claim, ready for any number of mutants.

    Parameters
    ----------
    name : str
    run : callable
        Outcome for a solver of mutated branches.
    """

    name: str
    run: Callable[[Pointwise], Outcome]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Parameters
    ----------
    mutant : Mutant
    killer : str
        Name of the claim that noticed, or empty if the mutant survived.
    unsolved : bool
        Whether the claim noticed because the mutant had no answer, rather than a false one.
    """

    mutant: Mutant
    killer: str = ""
    unsolved: bool = False


def trials(theorem: Any, audit_points: int = 3) -> list[Trial]:
    """Trials of a theorem's claims at points at which they all hold of the theorem itself.

    Audits come first (they notice most), each printed value being computed once.

    Raises
    ------
    InvalidProblem
        If a claim fails for the theorem itself.
    """
    solve = Pointwise(theorem)
    found = [_audit_trial(a, audit_points) for a in theorem.audits]
    claims = filter(solve.concerns, (*standard_laws(theorem), *theorem.laws, *theorem.limits))
    made = list(claims)
    for count in ROUNDS:
        found += [_claim_trial(c, solve, count) for c in made]
    honest = Pointwise(theorem, branches=theorem.branches)
    for trial in found:
        outcome = trial.run(honest)
        if outcome is not Outcome.VERIFIED:
            raise InvalidProblem(f"{trial.name} of the theorem itself: {outcome.value}")
    return found


def _claim_trial(claim: Law | Limit, solve: Pointwise, count: int) -> Trial:
    if isinstance(claim, Law):
        points = laws.points_of(claim, solve, count)
        return Trial(claim.name, lambda s: laws.check_law(claim, s, points).outcome)
    where = limits.points_of(claim, solve, count)
    if isinstance(claim.gives, tuple):  # the theorem's own values: the mutant's
        return Trial(claim.name, lambda s: limits.check_limit(claim, s, where).outcome)
    goal = limits.target_of(claim, solve)
    # The known limit is that of the true theorem, whatever boundaries the mutant has.
    known = [goal(solve.boundaries(p)) for p in where]

    def outcome_at(mutated: Pointwise, i: int) -> Outcome:
        return limits.check_limit(claim, mutated, [where[i]], lambda _: known[i]).outcome

    return Trial(claim.name, lambda s: _worst(outcome_at(s, i) for i in range(len(where))))


def _audit_trial(audit: Audit, count: int) -> Trial:
    points = audit.draw(count, laws.seed_of(audit.name))
    known: dict[tuple[tuple[str, float], ...], dict[str, float]] = {}

    def run(mutated: Pointwise) -> Outcome:
        for point in points:
            key = tuple(sorted(point.items()))
            if key not in known:
                letters = {n: number(e, point) for n, e in audit.parameters.items()}
                known[key] = audit.form.evaluate(letters)
            try:
                answer = mutated(**point)
            except AsympError:
                return Outcome.UNKNOWN
            for name in audit.observables:
                size = max(abs(known[key][name]), 1e-6)
                # The plain engine stops four digits above the compiled one's residual.
                if not abs(answer[name] - known[key][name]) <= 1e-6 * size:
                    return Outcome.FALSE
        return Outcome.VERIFIED

    return Trial(audit.name, run)


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    order = (Outcome.FALSE, Outcome.UNKNOWN, Outcome.VERIFIED, Outcome.PROVED)
    return min(outcomes, key=order.index)


def try_mutants(
    theorem: Any, mutants: Iterable[Mutant], claims: list[Trial] | None = None
) -> Iterator[Verdict]:
    """Try each mutant until a claim notices.

    Parameters
    ----------
    theorem : Theorem
    mutants : iterable of Mutant
    claims : list of Trial, optional
        Made by :func:`trials` by default.
    """
    todo = trials(theorem) if claims is None else claims
    for mutant in mutants:
        yield _try(theorem, mutant, todo)


def _try(theorem: Any, mutant: Mutant, todo: list[Trial]) -> Verdict:
    """Stop at the first false claim; after one without an answer, look a little further."""
    solve = Pointwise(theorem, branches=mutant.branches)
    silent: list[str] = []
    for trial in todo:
        outcome = _outcome(trial, solve)
        if outcome is Outcome.FALSE:
            return Verdict(mutant, trial.name)
        if outcome is Outcome.UNKNOWN:
            silent.append(trial.name)
            if len(silent) > PATIENCE:
                break
    return Verdict(mutant, silent[0], unsolved=True) if silent else Verdict(mutant)


def _outcome(trial: Trial, solve: Pointwise) -> Outcome:
    try:
        return trial.run(solve)
    except (AsympError, ArithmeticError, ValueError):
        return Outcome.UNKNOWN
