"""Building a report: its stages, what is kept from an earlier run, and progress."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.atomic import replacing, write_text
from asymp.plotting.style import FIGURES, require_matplotlib, save
from asymp.report.derivation import has_latex, write_derivation
from asymp.report.figures import rise_and_fall, risks
from asymp.report.files import write_dataset
from asymp.report.index import index_page
from asymp.report.plan import Plan, has_simulator, headline
from asymp.report.turning import Turns, find_turns, turns_table

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from asymp.api import Theorem

MANIFEST = "manifest.json"
TIMED = 16  # points along the axis that are timed
Say = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """A report of a theorem in a folder.

    Parameters
    ----------
    theorem : Theorem
    plan : Plan
    folder : Path
    thorough : bool
        Check at the full number of points.
    """

    theorem: Theorem
    plan: Plan
    folder: Path
    thorough: bool = False

    @cached_property
    def grid(self) -> xr.Dataset:
        """The theory on the plan's grid."""
        return self.theorem.solve(**self.plan.arguments)

    @cached_property
    def cost(self) -> float:
        """Seconds that a point costs, from some of the grid's own once all is compiled."""
        along = np.asarray(self.plan.arguments[self.plan.x])
        some = along[:: max(1, along.size // TIMED)]
        few = {**self.plan.arguments, self.plan.x: some}
        assert self.grid["status"].size
        began = time.perf_counter()
        found = self.theorem.solve(**few)
        return (time.perf_counter() - began) / int(found["status"].size)

    @cached_property
    def turns(self) -> list[Turns]:
        """Turning points of the headline observable."""
        return find_turns(self.theorem, self.plan, headline(self.theorem), self.cost)

    @cached_property
    def runs(self) -> xr.Dataset | None:
        """The simulations, from the file that their stage wrote, if there are any."""
        import xarray as xr

        if not has_simulator(self.theorem):
            return None
        return xr.load_dataset(self.folder / "simulation.nc")

    @property
    def key(self) -> str:
        """Fingerprint of everything that the stages depend on."""
        claims = [c.name for c in (*self.theorem.limits, *self.theorem.laws, *self.theorem.audits)]
        parts = [
            self.grid.attrs["equations"], self.grid.attrs["versions"], self.theorem.problem, claims,
            {k: np.asarray(v).tolist() for k, v in self.plan.arguments.items()},
            self.plan.simulated, self.plan.effort, self.thorough,
        ]  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Stage:
    """One part of a report.

    Parameters
    ----------
    title : str
    files : tuple of str
        Names of the files that it writes.
    write : callable
        Writes them, each in one move.
    """

    title: str
    files: tuple[str, ...]
    write: Callable[[Report], None]


def stages(report: Report) -> tuple[Stage, ...]:
    """The stages in the order in which they run; each reads only what earlier ones made.

    A stated theorem without a finite problem has no simulation, a single curve no second figure.
    """
    pdf = ("derivation.pdf",) if has_latex() else ()
    figures = ("risk", "rise") if report.plan.family else ("risk",)
    drawn = tuple(f"{name}{ending}" for name in figures for ending in FIGURES[:2])
    simulation = Stage("simulation", ("simulation.nc", "simulation.csv"), _write_simulation)
    return (
        Stage("grid", ("grid.nc", "grid.csv", "turning_points.csv"), _write_grid),
        Stage("derivation", ("derivation.tex", "derivation.bib", *pdf), _write_derivation),
        Stage("checks", ("check.txt", "check.json"), _write_checks),
        *([simulation] if has_simulator(report.theorem) else []),
        Stage("figures", drawn, _write_figures),
        Stage("index", ("index.html",), _write_index),
    )


def build(report: Report, say: Say) -> Path:
    """Write a report and return the path of its index.

    A stage whose files are there from a run with the same theorem, plan and versions is kept:
    an interrupted report goes on where it stopped.

    Parameters
    ----------
    report : Report
    say : callable
        Told one line about every stage.
    """
    require_matplotlib()
    report.folder.mkdir(parents=True, exist_ok=True)
    done = _finished(report)
    todo = stages(report)
    for number, stage in enumerate(todo, 1):
        place = f"[{number}/{len(todo)}] {stage.title}"
        if stage.title in done and all((report.folder / name).is_file() for name in stage.files):
            say(f"{place}: kept")
            continue
        say(f"{place} ...")
        began = time.perf_counter()
        stage.write(report)
        done.append(stage.title)
        _record(report, done)
        say(f"{place}: {', '.join(stage.files)} ({time.perf_counter() - began:.0f} s)")
    return report.folder / "index.html"


def _finished(report: Report) -> list[str]:
    """Titles of the stages that an earlier run of this very report finished."""
    try:
        found: dict[str, Any] = json.loads((report.folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return list(found["stages"]) if found.get("key") == report.key else []


def _record(report: Report, done: list[str]) -> None:
    manifest = {"theorem": report.theorem.id, "key": report.key, "stages": done}
    write_text(report.folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")


def _write_grid(report: Report) -> None:
    for name in ("grid.nc", "grid.csv"):
        write_dataset(report.grid, report.folder / name)
    text = turns_table(report.turns, report.plan, headline(report.theorem))
    write_text(report.folder / "turning_points.csv", text)


def _write_derivation(report: Report) -> None:
    write_derivation(report.theorem, report.folder / "derivation.tex", pdf=has_latex())


def _write_checks(report: Report) -> None:
    found = report.theorem.check(thorough=report.thorough)
    write_text(report.folder / "check.txt", f"{found}\n")
    write_text(report.folder / "check.json", found.to_json() + "\n")


def _write_simulation(report: Report) -> None:
    effort = report.plan.effort
    runs = report.theorem.simulate(
        d=effort.d, repeats=effort.repeats, rng=0, workers=min(os.cpu_count() or 1, effort.repeats),
        **report.plan.simulated,
    )  # fmt: skip
    means = [str(name) for name in runs if str(name).endswith(("_mean", "_sem"))]
    write_dataset(runs, report.folder / "simulation.nc")
    write_dataset(runs[means], report.folder / "simulation.csv")


def _write_figures(report: Report) -> None:
    theorem, plan = report.theorem, report.plan
    _save(risks(theorem, plan, report.grid, report.runs, report.turns), report.folder, "risk")
    if plan.family:
        _save(rise_and_fall(theorem, plan, report.cost), report.folder, "rise")


def _save(figure: Figure, folder: Path, name: str) -> None:
    for ending in FIGURES[:2]:
        with replacing(folder / f"{name}{ending}") as temporary:
            save(figure, temporary)


def _write_index(report: Report) -> None:
    checks = json.loads((report.folder / "check.json").read_text(encoding="utf-8"))
    files = [name for stage in stages(report) for name in stage.files if name != "index.html"]
    page = index_page(report.theorem, report.plan, report.grid, report.turns, checks, files)
    write_text(report.folder / "index.html", page)
