"""Gradients by implicit differentiation against finite differences of the solver and by hand."""

import dask.array
import numpy as np
import pytest
import xarray as xr

import asymp
from asymp.analysis import gradient
from asymp.analysis.slopes import SlopeSolver
from asymp.errors import InvalidParameter

GENERIC = {
    "psi1": 1.3, "psi2": 2.0, "eps": 0.3, "eps_test": 0.2, "zeta": 0.01, "tau": 0.4, "rho": 1.2,
}  # fmt: skip
# A point in each region; parameters at the end of their domain are left out of the differences.
REGIONS = {
    "generic": GENERIC,
    "no-ridge": GENERIC | {"zeta": 0.0},
    "many-features": GENERIC | {"psi1": 6.0, "zeta": 0.0},
    "null": GENERIC | {"eps": 3.0},
    "interpolation": GENERIC | {"psi1": 3.0, "eps": 0.0, "zeta": 0.0},
    "least-squares": GENERIC | {"psi1": 0.7, "eps": 0.0, "zeta": 0.0},
}


@pytest.fixture(scope="module")
def ridge():
    return asymp.Problem(features=asymp.IsotropicGaussian()).derive()


def central_difference(theorem, observable, parameter, point):
    """Fourth-order central difference of the solver itself."""
    h = 2e-4 * point[parameter]
    path = xr.DataArray(point[parameter] + h * np.array([-2, -1, 1, 2]), dims="step")
    values = theorem.solve(**{**point, parameter: path})[observable].values
    return values @ np.array([1, -8, 8, -1]) / (12 * h)


@pytest.mark.parametrize("observable", ["robust_risk", "parameter_norm2", "interpolated_fraction"])
def test_it_is_the_slope_of_the_solver(headline, observable):
    # All parameters in one kernel: what Gradient compiles for one.
    slopes = SlopeSolver(headline, observable, tuple(GENERIC))
    order = slopes.plain.parameters
    found = slopes(np.array([[point[n] for n in order] for point in REGIONS.values()]))
    for (region, point), value, row in zip(
        REGIONS.items(), found.value, found.gradient, strict=True
    ):
        for parameter, slope in zip(GENERIC, row, strict=True):
            if point[parameter] == 0:
                continue
            expected = central_difference(headline, observable, parameter, point)
            # Truncation: h^4/30 times the fifth logarithmic derivative, 1e-14 or so; rounding:
            # 1e-13 of the value over h.
            assert slope == pytest.approx(expected, rel=1e-8, abs=1e-8 * max(abs(value), 1e-3)), (
                region, parameter,
            )  # fmt: skip


def test_the_null_phase_is_differentiated_in_its_own_values(headline):
    tau = np.array([0.1, 0.5])
    risk = gradient(headline, "robust_risk", "tau").solve(psi1=1.0, psi2=2.0, eps=5.0, tau=tau)
    assert risk.status.values.tolist() == [1, 1]
    # There the risk is rho + tau^2, and the parameter zero.
    np.testing.assert_allclose(risk.gradient, 2 * tau, rtol=1e-15)
    norm = gradient(headline, "parameter_norm2", "eps").solve(psi1=1.0, psi2=2.0, eps=5.0)
    assert float(norm.gradient) == 0.0


def test_closed_forms_of_ridge(ridge):
    alpha, tau = np.array([1.5, 2.0, 7.0]), 0.7
    # Least squares: risk tau^2 alpha/(alpha - 1); interpolation: rho (1-alpha) + tau^2/(1-alpha).
    many = gradient(ridge, "standard_risk", "alpha").solve(alpha=alpha, tau=tau)
    np.testing.assert_allclose(many.gradient, -(tau**2) / (alpha - 1) ** 2, rtol=1e-11)
    few = gradient(ridge, "standard_risk", "alpha").solve(alpha=1 / alpha, tau=tau, rho=1.3)
    expected = -1.3 + tau**2 / (1 - 1 / alpha) ** 2
    np.testing.assert_allclose(few.gradient, expected, rtol=1e-11)
    # At ridge zero, from the generic branch: the derivative is one-sided.
    side = gradient(ridge, "standard_risk", "zeta").solve(alpha=alpha, tau=tau)
    step = 1e-6
    near = ridge.solve(alpha=alpha, zeta=step, tau=tau).standard_risk
    at = ridge.solve(alpha=alpha, zeta=0.0, tau=tau).standard_risk
    # First-order difference: off by half the second derivative (up to 500) times the step.
    np.testing.assert_allclose(side.gradient, (near - at) / step, rtol=1e-3)


def test_the_ratio_is_differentiated_through_the_spectrum(headline):
    """Against an eigenvalue average that knows nothing of closed forms."""
    from helpers import Robust

    point = {"psi1": 1.5, "psi2": 2.5, "eps": 0.2, "zeta": 0.05, "tau": 0.5}
    constants = {s.name: float(c) for s, c in headline.constants.items()}

    def risk(psi1):
        return Robust(**{**point, "psi1": psi1}, **constants).solve()["standard_risk"]

    h = 1e-3
    expected = (8 * (risk(1.5 + h) - risk(1.5 - h)) - (risk(1.5 + 2 * h) - risk(1.5 - 2 * h))) / (
        12 * h
    )
    found = gradient(headline, "standard_risk", "psi1").solve(**point)
    # The helper iterates to 1e-14: rounding 1e-11 over h; its quadrature is exact to 1e-12.
    assert float(found.gradient) == pytest.approx(expected, rel=1e-7)


def test_it_is_nan_where_the_branch_is_a_single_value(headline):
    point = {"psi1": 3.0, "psi2": 2.0, "eps": 0.0, "zeta": 0.0, "tau": 0.5}
    for parameter in ("eps", "zeta"):
        found = gradient(headline, "standard_risk", parameter).solve(**point)
        assert np.isnan(float(found.gradient))
        assert int(found.status) == 0
        assert np.isfinite(float(found.standard_risk))
    threshold = gradient(headline, "standard_risk", "psi1").solve(**point | {"psi1": 2.0})
    assert np.isnan(float(threshold.gradient))
    assert int(threshold.status) == 2
    assert np.isinf(float(threshold.standard_risk))


def test_an_infinite_value_has_no_gradient_and_finite_ones_keep_theirs(headline):
    point = {"psi1": 3.0, "psi2": 2.0, "eps": 0.0, "zeta": 0.0, "tau": 0.5}
    assert np.isnan(float(gradient(headline, "V", "tau").solve(**point).gradient))
    assert np.isfinite(float(gradient(headline, "m", "rho").solve(**point).gradient))


def test_a_parameter_that_follows_by_default_is_held(headline):
    point = {"psi1": 1.0, "psi2": 2.0, "eps": 0.2, "tau": 0.5}
    slope = gradient(headline, "robust_risk", "eps")
    found = slope.solve(**point)
    held = slope.solve(**point, eps_test=0.2)
    assert float(found.gradient) == float(held.gradient)
    assert "eps_test" in found.gradient.attrs["held"]
    # The total derivative, eps_test moving along, is the sum of the two partial ones.
    other = gradient(headline, "robust_risk", "eps_test").solve(**point)
    h = 1e-5
    total = (
        headline.solve(**point | {"eps": 0.2 + h}) - headline.solve(**point | {"eps": 0.2 - h})
    ) / (2 * h)
    # Second-order difference: truncation 1e-10, rounding 1e-13/h.
    assert float(found.gradient + other.gradient) == pytest.approx(
        float(total.robust_risk), rel=1e-6
    )


def test_grids_are_those_of_solve(headline):
    arguments = {"psi1": [0.5, 1.0, 3.0], "psi2": 2.0, "eps": [0.1, 0.0, 4.0, np.nan], "tau": 0.5}
    found = gradient(headline, "SR", "psi2").solve(**arguments)
    plain = headline.solve(**arguments)
    assert found.gradient.dims == ("psi1", "eps")
    for name in ("SR", "status", "branch", "residual", "condition"):
        xr.testing.assert_equal(found[name], plain[name])
    assert np.isnan(found.gradient.sel(psi1=1.0)[3])
    path = xr.DataArray([1.0, 2.0], dims="step")
    paired = gradient(headline, "SR", "psi2").solve(psi1=path, psi2=2 * path, eps=0.1)
    assert paired.gradient.dims == ("step",)


def test_dask_arguments_stay_lazy(headline):
    lazy = xr.DataArray(dask.array.linspace(0.5, 2.0, 4, chunks=2), dims="psi1")
    found = gradient(headline, "SR", "tau").solve(psi1=lazy, psi2=2.0, eps=0.1, tau=0.5)
    assert found.gradient.chunks is not None
    eager = gradient(headline, "SR", "tau").solve(
        psi1=np.linspace(0.5, 2.0, 4), psi2=2.0, eps=0.1, tau=0.5
    )
    np.testing.assert_array_equal(found.gradient.compute(), eager.gradient)


def test_names_are_checked(headline):
    with pytest.raises(InvalidParameter, match=r"no observable 'robust_rsk': did you mean robust"):
        gradient(headline, "robust_rsk", "eps")
    with pytest.raises(InvalidParameter, match=r"the parameters are psi1, psi2, eps, eps_test"):
        gradient(headline, "SR", "lam")
    with pytest.raises(InvalidParameter, match="psi2 is missing"):
        gradient(headline, "SR", "psi2").solve(psi1=1.0, eps=0.1)


def test_latex_says_what_is_done(headline, ridge):
    text = gradient(headline, "robust_risk", "eps").latex()
    for part in (
        r"\frac{\partial\,\mathrm{robust\,risk}}{\partial \varepsilon}",
        r"(I-\partial_xF)^{-1}",
        r"\frac{\partial e}{\partial \varepsilon} = \sqrt{P}",
        r"\text{holds at one value of }\varepsilon\text{ alone}",
        r"\varepsilon \geq \varepsilon_{\max}",
    ):
        assert part in text, part
    for theorem in (headline, ridge):
        for parameter in theorem.parameters:
            formula = gradient(theorem, "standard_risk", parameter)._repr_latex_()
            assert formula.count("{") == formula.count("}")
            assert "mp_" not in formula
            assert "operatorname" not in formula


def test_other_branches_of_the_linear_features():
    theorem = asymp.theorem("random-features-robust", activation="linear")
    # Exact recovery under attack (no noise): the seminorm is that of the teacher, rho.
    point = {"psi1": 2.0, "psi2": 4.0, "eps": 0.1, "tau": 0.0, "rho": 1.5}
    assert "robust-recovery" in theorem.solve(**point).branch.attrs["flag_meanings"]
    risk = gradient(theorem, "robust_risk", "rho").solve(**point)
    assert theorem.branches[int(risk.branch)].name == "robust-recovery"
    assert float(risk.gradient) == pytest.approx(0.1**2, rel=1e-14)
    # The parameter has squared norm rho/(psi1 - 1).
    norm = gradient(theorem, "parameter_norm2", "psi1").solve(**point)
    assert float(norm.gradient) == pytest.approx(-1.5, rel=1e-13)
    noise = gradient(theorem, "robust_risk", "tau").solve(**point)
    assert np.isnan(float(noise.gradient))  # the branch holds at tau = 0 alone
