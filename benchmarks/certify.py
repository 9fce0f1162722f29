"""Certificates: the headline theorem on the wide grid, and every theorem of the catalogue.

    python benchmarks/certify.py [--points 100000] [--each 20] [--skip-catalogue]

First the workload of ``wide_grid.py``: the share certified, the time of each point (one call of
the certifier a point, a single thread, the point solved beforehand), the largest distance between
the solver's numbers and the enclosures, and the points that are not certified, by name. Then for
each theorem so many random points from the ranges of its page, and the time of each. Times are of
the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from headline import headline
from wide_grid import SEED, workload

import asymp
from asymp.certify import Certificate
from asymp.certify.candidates import candidate_of
from asymp.certify.grid import certified_row, tabulated
from asymp.certify.point import PointCertificate
from asymp.certify.system import certifiable
from asymp.solver.points import solve_points
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise

NAMED = 40  # points that are named one by one


@dataclass
class Outcome:
    """What became of a list of points.

    Parameters
    ----------
    columns : mapping of str to array
        As of the certified grid.
    milliseconds : array
        Of each point.
    rows : array
        The parameters.
    """

    columns: Mapping[str, np.ndarray]
    milliseconds: np.ndarray
    rows: np.ndarray
    names: tuple[str, ...] = field(default=())

    @property
    def certified(self) -> int:
        """Number of points certified."""
        return int((self.columns["certificate"] == Certificate.certified).sum())

    def others(self) -> Iterator[str]:
        """Points that are not certified, in words."""
        for i in np.flatnonzero(self.columns["certificate"] != Certificate.certified):
            at = ", ".join(
                f"{n} = {float(x)!r}" for n, x in zip(self.names, self.rows[i], strict=True)
            )
            outcome = Certificate(int(self.columns["certificate"][i])).name
            yield f"{outcome} (error {self.columns['error'][i]:.1e}): {at}"


def run(theorem: Any, rows: np.ndarray, limit: float = float("inf")) -> Outcome:
    """Certify rows one by one, no new one after so many seconds."""
    ready = certifiable(theorem)
    kernel, found = ready.kernel, solve_points(ready.kernel, rows, ready.floats)
    names = [n for n in ready.balls.names if n in ready.quantities]
    certificates: list[PointCertificate] = []
    times: list[float] = []
    start = time.process_time()
    for i, row in enumerate(rows.tolist()):
        before = time.process_time()
        if before - start > limit:
            break
        certificates.append(
            certified_row(ready, row, candidate_of(found, i), found.condition[i], "float")
        )
        times.append(1e3 * (time.process_time() - before))
    done = len(times)
    given = found.values[:done, [kernel.values.index(n) for n in names]]
    chosen = [ready.balls.names.index(n) for n in names]
    columns = tabulated(certificates, chosen, names, given, found.condition[:done])
    return Outcome(columns, np.array(times), rows[:done], tuple(theorem.parameters))


def wide_grid(size: int) -> None:
    """The headline theorem."""
    theorem, points = headline(), workload(size)
    full = points | {"eps_test": points["eps"], "rho": np.ones(size)}
    rows = np.column_stack([full[name] for name in theorem.parameters])
    run(theorem, rows[:20])  # warm
    found = run(theorem, rows)
    each, error = found.milliseconds, found.columns["error"]
    print(f"{theorem.title}; {size} points of the wide grid, seed {SEED}")
    print(f"certified {found.certified} ({100 * found.certified / size:.4f} %)")
    print(
        f"milliseconds a point: median {np.median(each):.3f}, mean {each.mean():.3f}, "
        f"99 % {np.percentile(each, 99):.3f}, largest {each.max():.1f}"
    )
    bits = Counter(found.columns["bits"].tolist())
    print(f"bits: {dict(sorted(bits.items()))}; largest distance {np.nanmax(error):.2e}")
    for line in list(found.others())[:NAMED]:
        print(f"  {line}")


def catalogue(count: int, limit: float) -> None:
    """Random points of every theorem."""
    print(f"{'theorem':36} certified  median ms      99 %  bits")
    for name in asymp.theorems():
        theorem = asymp.theorem(name)
        sampler = Sampler(Pointwise(theorem))
        drawn = [[p[n] for n in theorem.parameters] for p in sampler.points(count, SEED)]
        found = run(theorem, np.array(drawn), limit)
        each, done = found.milliseconds, len(found.rows)
        bits = max(found.columns["bits"])
        print(
            f"{name:36} {f'{found.certified}/{done}':>9} {np.median(each):10.2f} "
            f"{np.percentile(each, 99):9.2f} {bits:5}",
            flush=True,
        )
        for line in found.others():
            print(f"    {line}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--each", type=int, default=20, help="points of each theorem")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each theorem")
    parser.add_argument("--skip-catalogue", action="store_true")
    options = parser.parse_args()
    if options.points:
        wide_grid(options.points)
    if not options.skip_catalogue:
        catalogue(options.each, options.limit)


if __name__ == "__main__":
    main()
