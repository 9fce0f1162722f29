"""What every file of the catalogue owes: claims, sources, an audit, documents, answers.

Adding a theorem is adding one file; this module fails until the file has all of it.
"""

import re
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.catalogue_files import load
from asymp.reductions.step import Outcome
from asymp.solver import Status
from asymp.solver.grid import kernel_of
from asymp.solver.points import solve_points
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise
from asymp.testing.report import THOROUGH, Effort, tasks
from asymp.testing.standard import standard_laws

DOCS = Path(__file__).parent.parent / "docs"
NAMES = asymp.theorems()
FEW = Effort(laws=3, limits=1, audits=1, simulations=1)
QUICK = {"ridge", "random-features-robust"}  # simulated in every run, the others with -m slow
TRUST = {"read", "second-hand", "recalled"}


@cache
def theorem(name):
    return asymp.theorem(name)


@cache
def solve(name):
    return Pointwise(theorem(name))


def test_there_are_theorems():
    assert len(NAMES) >= 16


@pytest.mark.parametrize("name", NAMES)
def test_the_file_has_everything(name):
    entry, found = load(name), theorem(name)
    assert entry.title != entry.id
    assert entry.conventions
    assert entry.sources
    assert {s.trust for s in entry.sources} <= TRUST
    assert all(s.where for s in entry.sources if s.trust == "read"), "say where it is printed"
    assert found.limits
    assert [*standard_laws(found), *found.laws]
    assert found.audits
    assert {a.source.trust for a in found.audits if a.source is not None} <= TRUST
    for claim in (*found.limits, *found.laws, *found.audits):
        assert re.fullmatch(r"[A-Za-z0-9.-]+", claim.name), claim.name


@pytest.mark.parametrize("name", NAMES)
def test_the_document_has_no_unrendered_node(name):
    text = theorem(name).latex()
    for node in nodes(sp.Basic):
        assert not re.search(rf"(\\operatorname\{{|\\mathrm\{{|\b){node}[({{}}\\]", text), node


def nodes(base):
    """Names of the engine's own expressions: none of them is a word of a document."""
    for child in base.__subclasses__():
        if str(child.__module__).startswith("asymp."):
            yield child.__name__
        yield from nodes(child)


def outcomes(name, count, seed):
    """Status and residual at random points of the domain, phases without minimiser included."""
    sampler = Sampler(solve(name), everywhere=True)
    drawn = list(sampler.points(count, seed))
    points = np.array([[p[n] for n in solve(name).parameters] for p in drawn])
    found = solve_points(kernel_of(theorem(name)), points, tuple(solve(name).constants.values()))
    return drawn, found


def require_answers(name, count):
    drawn, found = outcomes(name, count, 1)
    failed = [drawn[i] for i in np.flatnonzero(found.status >= Status.max_steps)]
    assert not failed, f"{len(failed)} of {count} points, e.g. {failed[0]}"
    solved = found.status <= Status.infinite
    # The solver aims at 1e-13, and stops above it only at the round-off of the map itself.
    assert np.nanmax(found.residual[solved], initial=0.0) <= 1e-12
    assert not np.isnan(found.values[solved]).any()


@pytest.mark.parametrize("name", NAMES)
def test_random_points_have_an_answer(name):
    require_answers(name, 50)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_random_points_have_an_answer(name):
    require_answers(name, 10_000)


def require_claims(name, effort, kinds):
    for task in tasks(theorem(name), effort, solve(name)):
        if task.kind in kinds:
            entry = task.entry()
            good = entry.outcome in (Outcome.VERIFIED, Outcome.PROVED)
            assert good, f"{task.kind} {task.name}: {entry.how} {entry.counterexample}"


@pytest.mark.parametrize("name", NAMES)
def test_limits_and_laws_hold(name):
    require_claims(name, FEW, {"limit", "law"})


@pytest.mark.parametrize("name", NAMES)
def test_printed_forms_agree(name):
    require_claims(name, FEW, {"audit"})


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_claim_at_the_full_number_of_points(name):
    require_claims(name, THOROUGH, {"step", "limit", "law", "audit"})


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NAMES]
)
def test_a_simulation_agrees(name):
    rng = np.random.default_rng(3)
    point = Sampler(solve(name), ranges=moderate(theorem(name))).draw(rng)
    verdict = theorem(name).compare(sizes=(80, 160), repeats=10, level=1e-4, **point)
    assert verdict.agrees, f"{verdict}\nat {point}"


def moderate(found):
    """Ratios at which a finite problem of a hundred inputs is quick and not yet singular."""
    return {n: (0.5, 4) for n, p in found.parameters.items() if "/" in p.scaling}


def test_the_page_of_the_catalogue_is_current():
    written = runpy.run_path(str(DOCS / "catalogue.py"))
    current = written["page"](theorem)
    assert written["PAGE"].read_text(encoding="utf-8") == current, "run python docs/catalogue.py"
    assert all(f"`{name}`" in current for name in NAMES)
