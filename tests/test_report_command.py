"""The report: its files, what it finds, and that an interrupted one goes on."""

import json

import numpy as np
import pytest
import sympy as sp
import xarray as xr

import asymp
from asymp.plotting.curves import draw, scene_of
from asymp.report.build import Report, build, stages
from asymp.report.files import write_dataset
from asymp.report.index import index_page
from asymp.report.plan import Effort, has_simulator, observables_of, plan_of
from asymp.report.turning import find_turns

TINY = Effort(points=40, d=30, repeats=2, ratios=3)


@pytest.fixture(scope="module")
def headline():
    return asymp.theorem("random-features-robust")


@pytest.fixture(scope="module")
def ridge():
    return asymp.Problem(features=asymp.IsotropicGaussian()).derive()


@pytest.fixture(scope="module")
def built(ridge, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    said = []
    build(Report(ridge, plan_of(ridge, {}, TINY), folder), said.append)
    return folder, said


def test_every_file_is_there_and_linked(built):
    folder, _ = built
    page = (folder / "index.html").read_text()
    names = {p.name for p in folder.iterdir()}
    assert {"derivation.tex", "derivation.bib", "grid.nc", "grid.csv", "risk.png"} <= names
    assert {"check.txt", "check.json", "simulation.nc", "rise.pdf"} <= names
    for name in names - {"index.html", "manifest.json"}:
        assert name in page, name
    assert not [name for name in names if name.startswith(".asymp")]


def test_progress_names_every_stage(built):
    _, said = built
    assert [line.split()[1].rstrip(":") for line in said[::2]] == [
        "grid", "derivation", "checks", "simulation", "figures", "index",
    ]  # fmt: skip


def test_the_grid_holds_the_theory(built, ridge):
    with xr.open_dataset(built[0] / "grid.nc") as grid:
        point = grid.isel(alpha=7, zeta=2)
        alone = ridge.solve(alpha=float(point.alpha), zeta=float(point.zeta), tau=float(point.tau))
        # The same point must not depend on the grid around it.
        assert float(point.standard_risk) == float(alone.standard_risk)


def test_a_finished_report_is_kept_and_a_lost_file_made_again(built, ridge):
    folder, _ = built
    (folder / "check.txt").unlink()
    before = (folder / "simulation.nc").stat().st_mtime_ns
    said = []
    build(Report(ridge, plan_of(ridge, {}, TINY), folder), said.append)
    assert [line for line in said if "..." in line] == ["[3/6] checks ..."]
    assert (folder / "check.txt").is_file()
    assert (folder / "simulation.nc").stat().st_mtime_ns == before


def test_another_plan_is_another_report(built, ridge):
    report = Report(ridge, plan_of(ridge, {}, TINY), built[0])
    other = Report(ridge, plan_of(ridge, {"tau": 1.0}, TINY), built[0])
    manifest = json.loads((built[0] / "manifest.json").read_text())
    assert manifest["key"] == report.key != other.key


def test_where_more_features_hurt(headline):
    plan = plan_of(headline, {"eps": np.array([0.1, 0.5])}, TINY)
    weak, strong = find_turns(headline, plan, "robust_risk")
    at = weak.hurts_from.at
    risk = [
        float(headline.solve(psi1=p, psi2=2, eps=0.1, tau=0.5).robust_risk)
        for p in (at * 0.97, at, at * 1.03)
    ]
    assert weak.peak.at < at
    assert risk[1] < min(risk[0], risk[2])
    # At this radius the risk falls to the end of the range: theory.md, section 3, item 8.
    assert strong.hurts_from is None


def test_the_index_names_the_null_phase(headline):
    plan = plan_of(headline, {"eps": np.array([0.1, 0.5])}, TINY)
    turns = find_turns(headline, plan, "robust_risk")
    grid = headline.solve(**plan.arguments)
    page = index_page(headline, plan, grid, turns, {"counts": {"proved": 1}}, ["grid.nc"])
    assert "1.25, where the estimator is zero" in page
    assert "1 proved" in page


@pytest.mark.parametrize(
    ("given", "word"), [({"psi1": 2.0}, "psi1"), ({"tau": np.array([1.0, 2.0])}, "tau")]
)
def test_a_plan_that_cannot_be_drawn_is_refused(headline, given, word):
    with pytest.raises(asymp.InvalidParameter, match=word):
        plan_of(headline, given, TINY)


ISOTROPIC = asymp.IsotropicGaussian()
LOGIT = asymp.Problem(
    features=ISOTROPIC, labels=asymp.LogitLabels(), loss=asymp.LogisticLoss(),
    penalty=asymp.NoPenalty(),
)  # fmt: skip
BOTH = asymp.Problem(
    features=asymp.RandomFeatures("tanh"),
    adversary=(asymp.L2Input(), asymp.WeightPerturbation()),
)
MIXTURE = asymp.Problem(
    features=ISOTROPIC, labels=asymp.GaussianMixture(), loss=asymp.SquaredHingeLoss()
)
STUDENT = asymp.Problem(
    features=ISOTROPIC, loss=asymp.HuberLoss(), penalty=asymp.NoPenalty(),
    noise=asymp.StudentNoise(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "x", "family", "fixed", "shown"),
    [
        (LOGIT, "alpha", "rho", {}, "classification_error"),
        (BOTH, "psi1", "eps", {"psi2": 2.0, "eps_w": 0.1, "zeta": 0.1}, "robust_risk"),
        (MIXTURE, "alpha", "zeta", {"rho": 1.0, "balance": 0.5}, "classification_error"),
        (STUDENT, "alpha", "tau", {"knee": 1.0, "nu": 3.0}, "standard_risk"),
    ],
    ids=["logit", "two adversaries", "mixture", "student"],
)
def test_every_problem_has_a_plan(problem, x, family, fixed, shown):
    theorem = problem.derive()
    plan = plan_of(theorem, {}, TINY)
    assert (plan.x, plan.family, observables_of(theorem)[0]) == (x, family, shown)
    assert fixed.items() <= plan.fixed.items()
    assert all(theorem.parameters[n].admits(v).all() for n, v in plan.arguments.items())
    assert all(theorem.parameters[n].admits(v).all() for n, v in plan.simulated.items())


def test_the_plan_of_a_stated_theorem_with_one_parameter():
    V, a = sp.symbols("V a", positive=True)
    theorem = asymp.Theorem.from_equations(
        id="root", title="Square root", parameters={"a": sp.Interval.open(0, sp.oo)},
        state={"V": 1}, equations=[sp.Eq(V, a / V)], observables={"root": V},
    )  # fmt: skip
    plan = plan_of(theorem, {}, TINY)
    assert (plan.x, plan.family, plan.fixed) == ("a", None, {})
    assert not has_simulator(theorem)
    assert [stage.title for stage in stages(Report(theorem, plan, None))] == [
        "grid", "derivation", "checks", "figures", "index",
    ]  # fmt: skip


def test_a_phase_without_minimiser_is_a_gap(tmp_path):
    theorem = LOGIT.derive()
    solved = theorem.solve(alpha=np.array([1.5, 1.8, 6.0, 8.0]), rho=1.0)
    # Sur and Candes 2019: at kappa = 1/1.5 and signal strength 1 the estimate does not exist.
    assert solved.status.values.tolist() == [3, 3, 0, 0]
    figure = draw(scene_of(theorem, solved), ["classification_error"])
    (line, _) = figure.axes[0].get_lines()
    assert np.isnan(line.get_ydata()).tolist() == [True, True, False, False]
    assert "gap: no minimiser" in [t.get_text() for t in figure.legends[0].get_texts()]
    write_dataset(solved, tmp_path / "grid.csv")
    assert (tmp_path / "grid.csv").read_text().count("no_minimiser") == 2
