"""A theorem in a file outside the project has every feature that one of the catalogue has."""

import json
from functools import cache

import pytest
import xarray as xr

import asymp
from asymp.report.build import Report, build
from asymp.report.plan import Effort, plan_of

TINY = Effort(points=24, d=30, repeats=2, ratios=3)
DERIVED = """
import sympy as sp
import asymp

title = "Sparse regression by an elastic net"

def problem():
    return asymp.Problem(
        features=asymp.IsotropicGaussian(), target=asymp.SparseTarget(),
        penalty=asymp.ElasticNet(), noise=asymp.ContaminatedNoise())

sources = [asymp.Source("zou2005", "H. Zou, T. Hastie, JRSS B (2005)", "section 2", "recalled")]
conventions = {"penalty": r"$\\lambda\\|w\\|_1/p$ with $w=\\sqrt p\\,\\theta$"}
limits = [asymp.Limit("nothing", {"zeta": "1/h"}, {"parameter_norm2": 0, "excess_risk": "rho"})]
laws = [asymp.inequality("rates-are-shares", "false_positive_rate", "1")]
zeta = sp.Symbol("zeta")
audits = [asymp.Audit(
    "strong-penalty", source=sources[0], form=asymp.PrintedForm({"l1_norm": sp.Integer(0)}),
    parameters={"z": zeta}, observables=("l1_norm",),
    ranges={"alpha": (1, 2), "zeta": (1, 2), "tau": (0.1, 1), "tau_out": (1, 2)},
    fixed={"lam": 60, "share": 0.1, "s": 0.3}, tolerance=1e-8, reason="Gaussian tails")]
"""
STATED = """
import sympy as sp
import asymp

title = "Ridge in one equation"
V, alpha, zeta = sp.symbols("V alpha zeta", positive=True)

def theorem():
    return asymp.Theorem.from_equations(
        id="x", title=title, parameters={n: sp.Interval.open(0, sp.oo) for n in ("alpha", "zeta")},
        state={"V": 1}, equations=[sp.Eq(V, 1 / (alpha * (zeta + 1 / (1 + V))))],
        observables={"trace": alpha * V})

limits = [asymp.Limit("strong-ridge", {"zeta": "1/h"}, {"trace": 0})]
"""


@pytest.fixture(autouse=True, scope="module")
def derived_once():
    """Each command derives its theorem anew; here the second finds it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asymp.lookup.theorem", cache(asymp.theorem))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine")
    (path / "my_net.py").write_text(DERIVED, encoding="utf-8")
    (path / "my_equation.py").write_text(STATED, encoding="utf-8")
    return path


@pytest.fixture
def output(run):
    """Run a command that has to succeed: standard output."""

    def call(*arguments):
        code, out, err = run(*arguments)
        assert code == 0, err + out
        return out

    return call


POINTS = {
    "my_net": ["alpha=0.8", "lam=0.3", "zeta=0.1", "s=0.2", "tau=0.3", "tau_out=2", "share=0.1"],
    "my_equation": ["alpha=2", "zeta=0.5"],
}


CLAIMS = {
    "my_net": ["nothing", "rates-are-shares", "strong-penalty", "envelope-lam"],
    "my_equation": ["strong-ridge", "fixed-point", "domains"],
}


@pytest.mark.parametrize("name", POINTS)
def test_commands(output, folder, name):
    path, point = folder / f"{name}.py", POINTS[name]
    found = json.loads(output("check", path, "--json"))
    assert found["ok"]
    outcomes = {e["name"]: e["outcome"] for e in found["entries"]}
    assert {outcomes[claim] for claim in CLAIMS[name]} == {"verified"}
    assert "converged" in output("solve", path, *point)
    assert r"\documentclass" in output("latex", path)
    assert asymp.theorem(path).title in output("show", path)
    varied = ["alpha=0.5:4:8:log", *point[1:]]
    output("plot", path, *varied, "-o", folder / f"{name}.png")
    assert (folder / f"{name}.png").stat().st_size > 1000


def test_simulation_of_a_derived_one(output, folder):
    table = output(
        "simulate", folder / "my_net.py", *POINTS["my_net"], "-d", "60", "--repeats", "4"
    )
    assert "selected_fraction" in table


@pytest.mark.parametrize("name", POINTS)
def test_report(folder, name):
    theorem = asymp.theorem(folder / f"{name}.py")
    target = folder / name
    build(Report(theorem, plan_of(theorem, {}, TINY), target), lambda line: None)
    page = (target / "index.html").read_text(encoding="utf-8")
    files = {p.name for p in target.iterdir()}
    assert {"grid.nc", "check.json", "risk.png", "derivation.tex"} <= files
    assert ("simulation.nc" in files) == (name == "my_net")  # a stated one has no finite problem
    assert ("simulation.nc" in page) == (name == "my_net")
    with xr.open_dataset(target / "grid.nc") as grid:
        assert "alpha" in grid.dims
