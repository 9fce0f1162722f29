"""Checking a whole theorem: every step, limit, law and audit, and what was found."""

from __future__ import annotations

import html
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from asymp.errors import AsympError
from asymp.reductions.step import CheckResult, Outcome
from asymp.testing import laws, limits
from asymp.testing.pointwise import Pointwise
from asymp.testing.standard import standard_laws
from asymp.testing.stated import stated_claims


@dataclass(frozen=True)
class Effort:
    """How many points each claim is checked at."""

    laws: int
    limits: int
    audits: int
    simulations: int


SAMPLE = Effort(laws=8, limits=3, audits=2, simulations=2)
THOROUGH = Effort(laws=200, limits=30, audits=200, simulations=8)


@dataclass(frozen=True)
class Entry:
    """One claim and what became of it.

    Parameters
    ----------
    kind : {"step", "limit", "law", "audit", "solver", "simulation"}
        The last two are of stated theorems alone.
    name : str
        Stable id within its kind.
    statement : str
        The claim in LaTeX prose.
    outcome : Outcome
    how : str
        The method in words, with numbers.
    counterexample : str
        Where the claim fails, or empty.
    seconds : float
    """

    kind: str
    name: str
    statement: str
    outcome: Outcome
    how: str
    counterexample: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """What a check found.

    Parameters
    ----------
    theorem : str
        Id of the theorem.
    entries : tuple of Entry
    """

    theorem: str
    entries: tuple[Entry, ...]

    @property
    def ok(self) -> bool:
        """Whether no claim is false."""
        return all(e.outcome is not Outcome.FALSE for e in self.entries)

    @property
    def counts(self) -> dict[str, int]:
        """Number of claims with each outcome: proved, verified, unknown, false."""
        found = Counter(e.outcome for e in self.entries)
        return {outcome.name.lower(): found[outcome] for outcome in Outcome}

    @property
    def false(self) -> tuple[Entry, ...]:
        """The claims that fail."""
        return tuple(e for e in self.entries if e.outcome is Outcome.FALSE)

    def __getitem__(self, name: str) -> Entry:
        """Entry of that name."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise KeyError(name)

    @property
    def summary(self) -> str:
        """One line: how many claims have which outcome."""
        return f"{self.theorem}: " + ", ".join(f"{n} {word}" for word, n in self.counts.items())

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON."""
        rows = [{**vars(e), "outcome": e.outcome.name.lower()} for e in self.entries]
        whole = {"theorem": self.theorem, "ok": self.ok, "counts": self.counts, "entries": rows}
        return json.dumps(whole, indent=indent)

    def __str__(self) -> str:
        """Table of claims, with counterexamples below the false ones."""
        kind, name = (
            max((len(getattr(e, f)) for e in self.entries), default=0) for f in ("kind", "name")
        )
        lines = []
        for e in self.entries:
            word = e.outcome.name.lower()
            lines.append(f"{e.kind:<{kind}}  {e.name:<{name}}  {word:<8}  {e.how}")
            if e.counterexample:
                lines.append(f"{'':<{kind + name + 4}}counterexample: {e.counterexample}")
        return "\n".join([*lines, self.summary])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{w}</th>" for w in ("kind", "name", "claim", "outcome", "how"))
        rows = "".join(_row(e) for e in self.entries)
        return f"<table><tr>{head}</tr>{rows}</table><p>{html.escape(self.summary)}</p>"


def _row(e: Entry) -> str:
    how = e.how + (f"; counterexample: {e.counterexample}" if e.counterexample else "")
    cells = (e.kind, e.name, e.statement, e.outcome.name.lower(), how)
    return "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>"


@dataclass(frozen=True)
class Task:
    """One claim and how to check it."""

    kind: str
    name: str
    statement: str
    run: Callable[[], CheckResult]

    def entry(self) -> Entry:
        """Run the check; a claim that cannot be evaluated is unknown.

        Claims hold functions of their authors, so that any failure of one is reported with the
        rest rather than ending the report.
        """
        began = time.perf_counter()
        try:
            result = self.run()
        except AsympError as failure:
            result = CheckResult(Outcome.UNKNOWN, f"not checked: {failure}")
        except Exception as failure:
            text = f"not checked: {type(failure).__name__}: {failure}"
            result = CheckResult(Outcome.UNKNOWN, text)
        seconds = time.perf_counter() - began
        return Entry(
            self.kind, self.name, self.statement, result.outcome, result.how,
            result.counterexample, seconds,
        )  # fmt: skip


def tasks(theorem: Any, effort: Effort, solve: Pointwise | None = None) -> Iterator[Task]:
    """Every claim of a theorem, as something to run.

    Parameters
    ----------
    theorem : Theorem
    effort : Effort
    solve : Pointwise, optional
        What answers; the theorem's own solver by default.
    """
    answer = solve or Pointwise(theorem)
    if theorem.status == "stated":
        for claim in stated_claims(theorem, answer, effort.laws, effort.simulations):
            yield Task(*claim)
    for step in theorem.derivation:
        yield Task("step", step.name, step.title, step.check)
    for limit in filter(answer.concerns, theorem.limits):
        yield Task("limit", limit.name, limit.meaning, _limit_run(limit, answer, effort.limits))
    for law in filter(answer.concerns, (*standard_laws(theorem), *theorem.laws)):
        yield Task("law", law.name, law.statement, _law_run(law, answer, effort.laws))
    for audit in theorem.audits:
        yield Task("audit", audit.name, audit.counterpart, _audit_run(audit, answer, effort))


def _limit_run(limit: Any, solve: Pointwise, count: int) -> Callable[[], CheckResult]:
    return lambda: limits.check_limit(limit, solve, limits.points_of(limit, solve, count))


def _law_run(law: Any, solve: Pointwise, count: int) -> Callable[[], CheckResult]:
    return lambda: laws.check_law(law, solve, laws.points_of(law, solve, count))


def _audit_run(audit: Any, solve: Pointwise, effort: Effort) -> Callable[[], CheckResult]:
    def run() -> CheckResult:
        result: CheckResult = audit.run(solve, effort.audits, laws.seed_of(audit.name)).result
        return result

    return run


def check_theorem(theorem: Any, *, thorough: bool = False, progress: bool | None = None) -> Report:
    """Check every step, limit, law and audit of a theorem; of a stated one also its equations.

    Parameters
    ----------
    theorem : Theorem
    thorough : bool
        The full number of points (minutes) rather than a sample (seconds).
    progress : bool, optional
        Show a bar; default: on a terminal.

    Returns
    -------
    Report

    Examples
    --------
    >>> import asymp
    >>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> thm = thm.with_claims(laws=(asymp.identity("split", "SR", "rho + tau**2 - 2*m + q"),))
    >>> check_theorem(thm)["split"].outcome.name
    'VERIFIED'
    """
    todo = list(tasks(theorem, THOROUGH if thorough else SAMPLE))
    entries = []
    with bar(len(todo), progress) as tell:
        for task in todo:
            tell(task)
            entries.append(task.entry())
    return Report(theorem.id, tuple(entries))


@contextmanager
def bar(total: int, progress: bool | None) -> Iterator[Callable[[Task], None]]:
    """Progress bar on a terminal; yields what to tell of the claim that comes next."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not (console.is_terminal if progress is None else progress):
        yield lambda task: None
        return
    with Progress(console=console, transient=True) as shown:
        row = shown.add_task("checking", total=total)
        done = -1

        def tell(task: Task) -> None:
            nonlocal done
            done += 1
            shown.update(row, completed=done, description=f"{task.kind} {task.name}")

        yield tell
