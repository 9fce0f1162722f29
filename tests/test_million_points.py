"""Random points over whole domains: no wrong number, no NaN without a status, nothing that hangs.

The full runs (a million points of every theorem with closed forms) are slow; their table is printed
by benchmarks/million_points.py.
"""

import sys
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from judging import Judge
from whole_domain import WholeDomain, is_closed

import asymp
from asymp.solver.points import solve_points
from asymp.solver.status import Status

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from million_points import variants

SMALL = ("random-features-robust", "adversarial-linear-regression", "huber")
# Their conditions leave a region out (no ridge and separable data, or every label interpolated),
# where the training problem has no minimiser: it is reported as max_steps, not as no_minimiser.
INCOMPLETE = ("mixture", "weight-perturbation")
MOST = 300  # evaluations: a hundred of the first way, then the path


@cache
def domain(name):
    return WholeDomain(asymp.theorem(name))


def judged(here, size, seed=1):
    rows = here.draw(size, seed)
    return Judge(here, rows, solve_points(here.kernel, rows, here.constants))


def require_right(judge, count):
    """What has to hold of the points of any theorem; ``count`` of them go through many digits."""
    found = judge.found
    assert not judge.silent().any(), judge.rows[judge.silent()][:3]
    assert not judge.outside().any(), judge.rows[judge.outside()][:3]
    assert {law: n for law, n in judge.unlawful().items() if n} == {}
    assert {name: n for name, n in judge.unmonotone().items() if n} == {}
    solved = np.flatnonzero(found.status == Status.converged)
    rng = np.random.default_rng(2)
    sample = rng.choice(solved, min(count, len(solved)), replace=False)
    for index in np.unique(np.concatenate([judge.suspicious(count), sample])):
        what, off = judge.deviation(int(index))
        assert off <= 1.0, (what, off, judge.rows[index].tolist())
    apart = judge.elsewhere(rng.choice(solved, min(100 * count, len(solved)), replace=False))
    assert np.isfinite(apart).any()
    # Both stop at 1e-9 or better, the solver's state at its rounding times the condition number.
    assert not (apart > 1e-6).any(), judge.rows[solved][np.nan_to_num(apart) > 1e-6][:3]


def require_answers(judge):
    """An answer everywhere but where the map is flat to rounding: beside an edge of a branch."""
    found = judge.found
    lost = found.status == Status.max_steps
    flat = (found.residual < 1e-8) | (found.condition > 1e9)
    assert not (lost & ~flat).any(), judge.rows[lost & ~flat][:3]
    assert lost.mean() < 0.02  # a sixth of the points are moved to within 1e-12 of an edge
    assert found.evaluations[~lost].max() <= MOST


@pytest.mark.parametrize("name", SMALL)
def test_a_few_thousand_points(name):
    judge = judged(domain(name), 4000)
    require_right(judge, 10)
    require_answers(judge)


@pytest.mark.slow
def test_a_million_points_of_every_closed_theorem():
    for name, theorem in variants([]):
        judge = judged(WholeDomain(theorem), 1_000_000)
        require_right(judge, 300)
        if not any(word in name for word in INCOMPLETE):
            require_answers(judge)


def test_the_closed_theorems_are_found():
    assert is_closed(domain("random-features-robust").theorem)
    assert not is_closed(asymp.theorem("logistic-ridge"))


@pytest.mark.parametrize("name", ["hinge", "max-margin", "lasso", "random-features-robust"])
def test_every_branch_gives_every_value(name):
    """One that is missing is NaN, and with it the whole point has no answer."""
    for options in [{"labels": "mixture"}, {}] if name == "hinge" else [{}]:
        branches = asymp.theorem(name, **options).branches
        assert len({frozenset(b.values) for b in branches}) == 1


def test_the_hard_margin_of_a_mixture_has_an_answer():
    found = asymp.theorem("hinge", labels="mixture").solve(
        alpha=1.0, zeta=0.0, rho=2.0, balance=0.3
    )
    assert Status(int(found.status)) is Status.converged
    assert float(found.train_loss) == 0.0
    # The margin 1/|theta| of separable data, from the theorem with a little ridge instead.
    near = asymp.theorem("hinge", labels="mixture").solve(
        alpha=1.0, zeta=1e-7, rho=2.0, balance=0.3
    )
    assert float(found.parameter_norm2) == pytest.approx(float(near.parameter_norm2), rel=1e-4)


def test_draws_reach_the_edges_and_the_corners():
    here = domain("random-features-robust")
    names = here.names(here.draw(20_000, 3))
    with np.errstate(invalid="ignore"):
        near = np.abs(names["eps"] / names["eps_max"] - 1)
    assert (near < 1e-12).sum() > 100
    assert ((near > 1e-9) & (near < 1e-3)).sum() > 300
    equal = np.abs(names["psi1"] / names["psi2"] - 1)
    assert ((equal < 1e-9) & (names["zeta"] == 0)).sum() > 100
    assert ((names["eps"] > 0) & (names["eps"] < 1e-9)).sum() > 300
    assert names["psi1"].min() < 2e-3
    assert names["psi1"].max() > 5e2


def solved(name, **given):
    return asymp.theorem(name).solve(throw=False, progress=False, **given)


@pytest.mark.parametrize("gap", [1e-4, 1e-7, 1e-10])
@pytest.mark.parametrize("tau", [1e-3, 1e-8, 1e-12])
def test_least_squares_beside_its_threshold_almost_without_noise(gap, tau):
    """The risk, tau^2 alpha/(alpha-1), is many orders below the start; the map hardly moves it."""
    alpha = 1 + gap
    found = solved("ridgeless", alpha=alpha, zeta=0.0, tau=tau)
    assert Status(int(found.status)) is Status.converged
    assert int(found.evaluations) <= MOST
    exact = mpmath.mpf(tau) ** 2 * mpmath.mpf(alpha) / (mpmath.mpf(alpha) - 1)
    # Rounding of the map, some units, times the condition number 1/gap.
    assert float(found.standard_risk) == pytest.approx(float(exact), rel=1e-13 + 1e-15 / gap)


# Points that the first way does not solve: slow or impossible before there was a second one.
HARD = {
    "huber": [
        {"alpha": 1 + 1.9359e-10, "knee": 0.4129, "tau": 0.006538},
        {"alpha": 1 + 1.2443e-10, "knee": 1.0, "tau": 2.88e-10},
    ],
    "adversarial-linear-regression": [
        {"alpha": 1.000128321923997, "eps": 4.584122634341825e-08, "tau": 6.3654695608602975e-12,
         "rho": 595.9369762470467},
        {"alpha": 1.0060730570967833, "eps": 0.0119925151730840, "zeta": 3.459e-9, "tau": 4.73e-6},
    ],
    "adversarial-mixture-linf": [
        {"alpha": 96.06, "zeta": 9.182e-6, "eps": 3.835e-7, "rho": 159.77, "balance": 6.93e-7},
        {"alpha": 200.0, "zeta": 1e-9, "eps": 1e-9, "rho": 400.0, "balance": 0.5},
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_hard_points_agree_with_many_digits(name):
    here = domain(name)
    defaults = {n: p.default for n, p in here.theorem.parameters.items()}
    rows = []
    for given in HARD[name]:
        point = defaults | given
        rows.append([point[point[n]] if isinstance(point[n], str) else point[n] for n in defaults])
    rows = np.array(rows, dtype=float)
    judge = Judge(here, rows, solve_points(here.kernel, rows, here.constants))
    assert (judge.found.status == Status.converged).all()
    assert judge.found.evaluations.max() <= MOST
    for index in range(len(rows)):
        assert judge.deviation(index)[1] <= 1.0


@pytest.mark.parametrize("name", HARD)
def test_the_path_is_the_points_own(name):
    """To the last bit, whatever else is solved beside it, before it, after it."""
    rng = np.random.default_rng(5)
    for given in HARD[name]:
        alone = solved(name, **given)
        others = np.append(10 ** rng.uniform(-1, 1, 12), given["alpha"])
        rng.shuffle(others)
        grid = solved(name, **(given | {"alpha": others}))
        again = grid.sel(alpha=given["alpha"])
        for value in ("evaluations", "residual", *domain(name).theorem.observables):
            assert float(again[value]) == float(alone[value])
