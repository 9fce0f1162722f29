"""The public theorem: what scripts rely on."""

import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
import xarray as xr

import asymp

RIDGE = """
import asymp

def problem():
    return asymp.Problem(features=asymp.IsotropicGaussian())
"""


@pytest.fixture(scope="module")
def thm():
    return asymp.theorem("random-features-robust")


def test_public_contract(thm):
    assert thm.status == "derived"
    assert list(thm.parameters) == ["psi1", "psi2", "eps", "eps_test", "zeta", "tau", "rho"]
    assert {"V", "SR", "P", "m", "q", "V_hat", "q_hat", "P_hat"} == set(thm.order_parameters)
    assert set(thm.observables) == {
        "standard_risk", "robust_risk", "train_robust_risk", "robust_gap", "parameter_norm2",
        "gradient_norm2", "interpolated_fraction",
    }  # fmt: skip
    assert isinstance(thm.potential, sp.Expr)
    assert all(isinstance(eq, sp.Eq) for eq in thm.equations)
    assert {phase.name for phase in thm.phases} == {"null", "interpolation", "threshold"}
    assert thm.limits
    assert thm.laws


def test_names_complete_and_display(thm):
    assert "psi1" in dir(thm.parameters)
    assert thm.parameters.psi1.latex == r"\psi_{1}"
    assert thm._repr_latex_().startswith("$$")
    assert "V" in thm._repr_latex_()
    assert thm.phases[0]._repr_latex_().startswith("$")
    assert "robust_risk" in str(thm)


def test_two_non_commuting_interpolators(thm):
    """Theory, section 3 item 3: .687 and .758 at (psi1, psi2, tau) = (3, 1, .3)."""
    point = {"psi1": 3.0, "psi2": 1.0, "tau": 0.3}
    assert float(thm.solve(eps=0.0, **point).standard_risk) == pytest.approx(0.687, abs=5e-4)
    assert float(thm.solve(eps=1e-4, **point).standard_risk) == pytest.approx(0.758, abs=5e-4)


def test_change_of_activation_is_one_word(thm):
    point = {"psi1": 1.5, "psi2": 2.0, "eps": 0.2, "tau": 0.5}
    tanh = asymp.theorem("random-features-robust", activation="tanh")
    by_hand = asymp.theorem("random-features-robust", activation=sp.tanh)
    assert float(tanh.solve(**point).SR) == float(by_hand.solve(**point).SR)
    assert abs(float(tanh.solve(**point).SR) - float(thm.solve(**point).SR)) > 1e-3


def test_simulation_stands_beside_the_theory(thm):
    runs = thm.simulate(d=30, repeats=3, psi1=[1.0, 2.0], psi2=2.0, eps=0.3, tau=0.5)
    expected = thm.solve(psi1=[1.0, 2.0], psi2=2.0, eps=0.3, tau=0.5)
    for name in thm.observables:
        np.testing.assert_array_equal(runs[f"{name}_theory"], expected[name])
        assert runs[f"{name}_mean"].dims == ("psi1",)


def test_verdict_agrees_with_the_theorem_and_not_with_another(thm):
    point = {"psi1": 1.0, "psi2": 2.0, "eps": 0.3, "tau": 0.5}
    assert thm.compare(sizes=(40, 80), repeats=12, **point).agrees
    weaker = thm.solve(**{**point, "tau": 0.8})[["standard_risk", "robust_risk"]]
    runs = [thm.simulate(d=d, repeats=12, **point) for d in (40, 80)]
    from asymp.simulate import compare

    assert not compare(weaker.drop_vars("tau"), runs).agrees


def test_user_file_has_what_a_catalogue_theorem_has(tmp_path):
    path = tmp_path / "my_theorem.py"
    path.write_text(RIDGE + "title = 'Noisy ridge'\n")
    mine = asymp.theorem(path)
    assert mine.id == "my-theorem"
    assert mine.title == "Noisy ridge"
    assert float(mine.solve(alpha=2.0, tau=1.0).standard_risk) == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = 1\n", "defines no function `problem`"),
        ("1/0\n", "ZeroDivisionError"),
        ("def problem():\n    return 1/0\n", "ZeroDivisionError"),
    ],
)
def test_broken_files_are_named(tmp_path, text, word):
    path = tmp_path / "broken.py"
    path.write_text(text)
    with pytest.raises(asymp.InvalidProblem, match=word):
        asymp.theorem(path)


def test_unknown_names_are_met_with_the_known_ones(thm):
    with pytest.raises(asymp.UnknownTheorem, match="did you mean random-features-robust"):
        asymp.theorem("random-feature-robust")
    with pytest.raises(asymp.InvalidProblem, match="its options are: activation"):
        asymp.theorem("random-features-robust", loss="huber")
    with pytest.raises(asymp.InvalidParameter, match="psi1"):
        thm.solve(psi=1.0, psi2=2.0, eps=0.1)


@pytest.mark.parametrize(
    ("entry", "option"),
    [("hinge", "labels"), ("huber", "noise"), ("adversarial-mixture", "loss")],
)
def test_an_option_that_an_entry_does_not_know_is_refused_with_the_list(entry, option):
    with pytest.raises(asymp.InvalidProblem, match=f"^{option} = 'x' is unknown: choose one of "):
        asymp.theorem(entry, **{option: "x"})


def test_catalogue_path_of_the_user(tmp_path, monkeypatch):
    (tmp_path / "own_ridge.py").write_text(RIDGE)
    monkeypatch.setenv("ASYMP_PATH", str(tmp_path))
    assert {"own-ridge", "random-features-robust"} <= set(asymp.theorems())


def test_paired_arguments(thm):
    along = xr.DataArray([0.5, 1.0, 2.0], dims="step")
    paired = thm.solve(psi1=along, psi2=2 * along, eps=0.1, tau=0.5)
    assert paired.robust_risk.dims == ("step",)
    one = thm.solve(psi1=1.0, psi2=2.0, eps=0.1, tau=0.5)
    assert float(paired.robust_risk[1]) == float(one.robust_risk)


def test_public_names_are_found_where_they_say():
    code = "import asymp; [getattr(asymp, n) for n in asymp.__all__]; asymp.theorem.__call__"
    subprocess.run([sys.executable, "-c", code], check=True)
