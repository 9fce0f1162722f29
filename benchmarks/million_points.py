"""A million random points over the whole domain of each theorem with closed forms, and a verdict.

    OMP_NUM_THREADS=1 python benchmarks/million_points.py [--points 1000000] [--only NAME ...]
        [--judged 300] [--record FILE.csv] [--loops]

Points (seeded): ratios log-uniform in 1e-3..1e3, strengths zero or log-uniform in 1e-12..1e3, and a
third of all points moved to an edge of a branch, to within 1e-14 of it (the null threshold,
interpolation, recovery). Every theorem of the catalogue without quadratures and inner roots, with
every option that changes its equations. The verdict: tests/judging.py.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

import asymp
from asymp.catalogue_files import load
from asymp.errors import AsympError
from asymp.solver.points import Points, solve_points
from asymp.solver.status import Status

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from judging import Judge
from whole_domain import WholeDomain, is_closed

SLOW = 200  # evaluations
CHOICES = {
    "activation": ("relu", "tanh", "erf", "abs", "quadratic", "linear", "sign"),
    "spectrum": (None, "isotropic", "two-level"),
    "noise": ("gaussian", "contaminated", "laplace", "student"),
    "labels": ("sign", "logit", "probit", "mixture"),
    "loss": ("hinge", "squared hinge", "logistic", "square"),
    "psi": ("1/4", "1"),
}  # fmt: skip


def variants(names: list[str], loops: bool = False) -> Iterator[tuple[str, Any]]:
    """Every theorem with closed forms, with every choice of one option; what fails is skipped.

    With ``loops`` those with quadratures, inner roots and tables instead.
    """
    for name in names or asymp.theorems():
        options = [n for n in signature(load(name).build).parameters if n in CHOICES]
        tried = [{}] if not options else [{options[0]: c} for c in CHOICES[options[0]]]
        for given in tried:
            try:
                theorem = asymp.theorem(name, **given)
            except (AsympError, KeyError):
                continue
            if is_closed(theorem) is not loops:
                label = "".join(f" {value}" for value in given.values() if value)
                yield name + label, theorem


@dataclass(frozen=True)
class Run:
    """One theorem's million."""

    name: str
    judge: Judge
    seconds: float

    @classmethod
    def of(cls, name: str, theorem: Any, size: int, seed: int) -> Run:
        """Draw and solve."""
        domain = WholeDomain(theorem)
        rows = domain.draw(size, seed)
        solve_points(domain.kernel, rows[:1], domain.constants)  # compiles
        start = time.process_time()
        found = solve_points(domain.kernel, rows, domain.constants)
        return cls(name, Judge(domain, rows, found), time.process_time() - start)

    @property
    def found(self) -> Points:
        """What the solver gave."""
        return self.judge.found

    def line(self) -> str:
        """A row of the table."""
        f, solved = self.found, self.found.status == Status.converged
        counts = [int((f.status == s).sum()) for s in list(Status)[:5]]
        return (
            f"{self.name:42}" + "".join(f"{c:>10}" for c in counts)
            + f"{f.residual[solved].max(initial=0):>10.1e}{f.evaluations.max():>8}"
            + f"{np.percentile(f.evaluations, 99.9):>8.0f}{(f.evaluations > SLOW).sum():>7}"
            + f"{self.seconds:>9.1f}"
        )  # fmt: skip

    def verdict(self, judged: int) -> str:
        """Say what the judges find wrong."""
        judge = self.judge
        laws = judge.unlawful() | {f"objective in {n}": k for n, k in judge.unmonotone().items()}
        broken = {law: n for law, n in laws.items() if n}
        rng = np.random.default_rng(0)
        solved = np.flatnonzero(self.found.status == Status.converged)
        sample = rng.choice(solved, min(judged, len(solved)), replace=False)
        index = np.unique(np.concatenate([judge.suspicious(judged), sample]))
        found = [(judge.deviation(int(i)), int(i)) for i in index]
        wrong = [(d, i) for d, i in found if d[1] > 1]
        apart = judge.elsewhere(rng.choice(solved, min(10_000, len(solved)), replace=False))
        words = (
            f"    silent {judge.silent().sum()}, outside {judge.outside().sum()}, laws broken "
            f"{broken or 0}; {len(index)} in many digits: {len(wrong)} wrong; plain iteration came "
            f"to rest at {np.isfinite(apart).sum()}, elsewhere {(apart > 1e-6).sum()}"
        )
        for (what, off), i in sorted(wrong, key=lambda w: -w[0][1])[:5]:
            words += f"\n      {what} off by {off:.1e} of what is granted at {self.point(i)}"
        return words

    def point(self, i: int) -> str:
        """One point in words."""
        names = self.judge.domain.kernel.parameters
        given = ", ".join(
            f"{n}={v!r}" for n, v in zip(names, self.judge.rows[i].tolist(), strict=True)
        )
        f = self.found
        return f"{given} (residual {f.residual[i]:.0e}, condition {f.condition[i]:.0e})"

    def corners(self) -> Iterator[list[Any]]:
        """Iterate over the points without an answer, or with a slow one."""
        f, domain = self.found, self.judge.domain
        picked = np.flatnonzero((f.status == Status.max_steps) | (f.evaluations > SLOW))
        guards = domain.names(self.judge.rows[picked])
        for k, i in enumerate(picked):
            yield [
                self.name, Status(f.status[i]).name, int(f.evaluations[i]), float(f.residual[i]),
                float(f.condition[i]), domain.kernel.branches[f.branch[i]],
                *(f"{n}={v!r}" for n, v in
                  zip(domain.kernel.parameters, self.judge.rows[i].tolist(), strict=True)),
                *(f"{n}={float(guards[n][k])!r}" for n in domain.kernel.guards),
            ]  # fmt: skip


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--loops", action="store_true", help="the theorems with quadratures")
    parser.add_argument("--judged", type=int, default=300, help="points in many digits, per kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="where to write slow and unsolved points")
    options = parser.parse_args()
    head = [s.name for s in list(Status)[:5]]
    print(
        f"{'theorem':42}" + "".join(f"{w.replace('minimiser', 'min'):>10}" for w in head)
        + f"{'residual':>10}{'most':>8}{'p99.9':>8}{f'>{SLOW}':>7}{'seconds':>9}"
    )  # fmt: skip
    rows: list[list[Any]] = []
    for name, theorem in variants(options.only, options.loops):
        run = Run.of(name, theorem, options.points, options.seed)
        print(run.line(), flush=True)
        if options.judged:
            print(run.verdict(options.judged), flush=True)
        rows += run.corners() if options.record else []
    if options.record:
        with options.record.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


if __name__ == "__main__":
    main()
