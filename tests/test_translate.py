"""Conventions of other papers: parameters both ways, and the solver in their letters."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import xarray as xr

import asymp
from asymp.conventions.convention import Convention, convention_of
from asymp.conventions.translation import Translation

CATALOGUE = Path(__file__).parent.parent / "derivations"
SOURCE = asymp.Source("someone", "S. Omeone, Some paper (2000)")


@pytest.fixture(scope="module")
def ridge():
    return asymp.Problem(features=asymp.IsotropicGaussian()).derive()


def paper(**changes):
    given = {
        "name": "paper", "source": SOURCE, "fixed": {"rho": 1},
        "parameters": {"gamma": "1/alpha", "lam": "zeta*alpha", "noise": "tau**2"},
        "observables": {"excess": "standard_risk - tau**2"},
    }  # fmt: skip
    return Convention(**{**given, **changes})


def test_mei_montanari_is_the_printed_theorem(headline):
    """The risk in their letters is that of their printed fixed point, solved in 30 digits."""
    form = runpy.run_path(str(CATALOGUE / "random_features_ridge.py"))["FORM"]
    theirs = headline.translate(to="mei-montanari")
    point = {"psi1": 1.7, "psi2": 2.5, "lam": 0.03, "tau2": 0.36, "F1": 1.3}
    constants = {"mu1": 0.5, "mustar2": 0.25 - 1 / (2 * math.pi)}
    letters = {**point, **constants, "lambda": point["lam"], "tau": math.sqrt(point["tau2"])}
    # Their printed outputs are with the label noise added, as the audit compares them.
    printed = form.evaluate(letters)["standard_risk"] - point["tau2"]
    # Solver to 1e-13, condition number below 100, and one difference.
    assert float(theirs.solve(**point).R) == pytest.approx(printed, rel=1e-10)


def test_parameters_go_there_and_back(headline):
    theirs = headline.translate(to="mei-montanari")
    ours = {"psi1": 2.0, "psi2": 3.0, "zeta": 0.4, "tau": 0.5, "rho": 4.0}
    letters = theirs.parameters(**ours)
    assert letters == {"psi1": 2.0, "psi2": 3.0, "lam": 0.2, "tau2": 0.25, "F1": 2.0}
    assert theirs.back(**letters) == {**ours, "eps": 0.0}


def test_hassani_javanmard_fixes_what_the_paper_does(headline):
    theirs = headline.translate(to="hassani-javanmard")
    found = theirs.solve(psi1=[0.5, 3.0], psi2=2.0, eps=0.2, tau=0.5)
    expected = headline.solve(psi1=[0.5, 3.0], psi2=2.0, eps=0.2, tau=0.5)
    np.testing.assert_array_equal(found.AR, expected.robust_risk)
    np.testing.assert_array_equal(found.psi1, [0.5, 3.0])
    with pytest.raises(asymp.InvalidParameter, match=r"speaks of zeta = 0 alone, not of zeta = 1"):
        theirs.parameters(psi1=1, psi2=2, eps=0.1, tau=0.5, zeta=1.0)


def test_every_translation_of_the_catalogue_is_sound():
    for name in asymp.theorems():
        theorem = asymp.theorem(name)
        for given in theorem.translations:
            found = theorem.translate(convention_of(given).name)
            assert found.latex().startswith(r"\begin{tabular}")
            assert theorem.id in str(found)


def test_an_unknown_convention_names_the_known_ones(headline):
    with pytest.raises(asymp.InvalidParameter, match=r"did you mean 'mei-montanari'.*hassani"):
        headline.translate(to="mei-montanary")


def test_arrays_broadcast(ridge):
    theirs = Translation(ridge, paper())
    letters = theirs.parameters(alpha=np.array([[1.0], [2.0]]), zeta=[0.1, 0.2, 0.3], tau=1.0)
    assert letters["lam"].shape == (2, 3)
    np.testing.assert_allclose(letters["gamma"], [[1.0], [0.5]])
    back = theirs.back(gamma=np.array([0.5, 1.0]), lam=0.2, noise=np.array([0.25, 1.0]))
    np.testing.assert_allclose(back["zeta"], [0.1, 0.2])


def test_a_letter_may_be_the_name_of_another_of_ours(ridge):
    """Their tau is our zeta, their zeta our tau: dimensions must not be mixed up."""
    swapped = paper(
        parameters={"alpha": "1/alpha", "tau": "zeta", "zeta": "tau"},
        observables={"risk": "standard_risk"},
    )
    found = Translation(ridge, swapped).solve(alpha=[0.5, 0.25], tau=[0.1, 0.2, 0.4], zeta=0.5)
    assert dict(found.sizes) == {"alpha": 2, "tau": 3}
    one = ridge.solve(alpha=4.0, zeta=0.4, tau=0.5).standard_risk
    assert float(found.risk.sel(alpha=0.25, tau=0.4)) == float(one)


def test_mixed_letters_make_a_grid(ridge):
    found = Translation(ridge, paper()).solve(gamma=[0.5, 2.0], lam=[0.1, 1.0], noise=0.25)
    assert found.excess.dims == ("gamma", "lam")
    one = ridge.solve(alpha=0.5, zeta=2.0, tau=0.5)
    assert float(found.excess.sel(gamma=2.0, lam=1.0)) == float(one.standard_risk - 0.25)
    assert found.attrs["convention"] == "paper"
    assert int(found.status.max()) == 0
    paired = Translation(ridge, paper()).solve(
        gamma=xr.DataArray([0.5, 2.0], dims="run"), lam=xr.DataArray([0.1, 1.0], dims="run"),
        noise=0.25,
    )  # fmt: skip
    assert paired.excess.dims == ("run",)
    assert float(paired.excess[1]) == float(found.excess.sel(gamma=2.0, lam=1.0))


def test_letters_in_common_are_solved_together():
    """Two letters that each hold both of ours: SymPy solves them as a system."""
    found = paper(parameters={"s": "alpha*zeta", "r": "alpha/zeta"}, observables={}, fixed={})
    a, z = found.inverse["alpha"], found.inverse["zeta"]
    r, s = sp.symbols("r s", positive=True)
    assert sp.simplify(a - sp.sqrt(r * s)) == 0
    assert sp.simplify(z - sp.sqrt(s / r)) == 0


def test_the_table_has_every_letter(ridge):
    given = paper(latex={"noise": r"\sigma^2"}, meanings={"lam": "penalty"})
    table = Translation(ridge, given).latex()
    for part in (r"\gamma", r"\lambda", r"\sigma^2", "penalty", r"\rho=1", r"\cite{someone}"):
        assert part in table, part
    assert "gamma = 1/alpha" in str(Translation(ridge, given))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"back": {"alpha": "gamma", "zeta": "lam", "tau": "noise"}}, "there and back"),
        ({"back": {"alpha": "1/gamma", "zeta": "lam*gamma"}}, "back gives no 'tau'"),
        ({"parameters": {"gamma": "alpha + zeta"}}, "do not determine 'zeta'"),
        ({"parameters": {"noise": "(tau - 1)**2"}}, "'tau'"),
        ({"fixed": {"alpha": 1}}, "'alpha' is fixed"),
        ({"meanings": {"kappa": "x"}}, "meanings names 'kappa'"),
    ],
)
def test_a_bad_convention_is_one_line(changes, message):
    with pytest.raises(asymp.InvalidProblem, match=message) as caught:
        paper(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameters": {"x": "psi1"}}, "uses 'psi1'"),
        ({"parameters": {"lam": "zeta"}, "fixed": {}}, "leaves 'alpha' open"),
        ({"observables": {"a": "robust_risk"}}, "'robust_risk', which the theorem does not give"),
    ],
)
def test_a_convention_must_fit_the_theorem(ridge, changes, message):
    with pytest.raises(asymp.InvalidProblem, match=message):
        Translation(ridge, paper(**changes))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.parameters(alfa=1.0), "did you mean 'alpha'"),
        (lambda t: t.parameters(zeta=1.0, tau=1.0), "'alpha' is missing: gamma = 1/alpha"),
        (lambda t: t.parameters(alpha=-1.0, zeta=1.0, tau=1.0), r"alpha = -1 is not in \(0, inf\)"),
        (lambda t: t.back(noise=1.0, lam=1.0), "gamma is missing: alpha = 1/gamma needs it"),
        (lambda t: t.back(gamma=-1.0, lam=1.0, noise=1.0), "alpha = -1"),
        (lambda t: t.back(gamma="x", lam=1.0, noise=1.0), "gamma = 'x' is not a real number"),
        (lambda t: t.solve(gama=1.0, lam=1.0, noise=1.0), "did you mean 'gamma'"),
    ],
)
def test_bad_values_are_one_line(ridge, call, message):
    with pytest.raises(asymp.InvalidParameter, match=message) as caught:
        call(Translation(ridge, paper()))
    assert "\n" not in str(caught.value)


def test_fields_of_a_mapping_are_checked():
    with pytest.raises(asymp.InvalidProblem, match="no field 'letters'"):
        convention_of({"name": "a", "source": SOURCE, "parameters": {}, "letters": {}})
    with pytest.raises(asymp.InvalidProblem, match="give a Convention"):
        convention_of("mei-montanari")
