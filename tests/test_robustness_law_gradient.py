"""The gradient of random features where its entry and its page make claims of every activation."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import asymp

SCRIPT = Path(__file__).parents[1] / "docs" / "robustness_law_gradient.py"


@pytest.mark.parametrize("activation", ["step", "sign"])
def test_activations_with_jumps_have_no_gradient(activation):
    with pytest.raises(asymp.InvalidProblem, match="square-integrable derivative"):
        asymp.theorem("random-features-gradient", activation=activation)


def test_the_universal_law_asks_nothing_of_a_fit_worse_than_the_noise():
    """Signal and a strong ridge: the training error passes the noise variance."""
    paper = asymp.theorem("random-features-gradient")
    ridge = [0.01, 0.1, 1.0, 10.0]
    theirs = paper.translate(to="bubeck-sellke").solve(
        p_over_d=3.0, n_over_d=1.0, sigma2=1.0, ridge=ridge, signal=4.0
    )
    error = paper.solve(psi1=3.0, psi2=1.0, tau=1.0, rho=4.0, zeta=ridge).train_risk.values
    assert error.min() < 1 < error.max()
    excess = np.where(error < 1, 1 - error, 0.0)
    np.testing.assert_allclose(theirs.excess_fit, excess)
    np.testing.assert_allclose(theirs.law_over_sqrt_d, excess / np.sqrt(3))


@pytest.mark.parametrize(("activation", "psi2"), [("relu", 0.5), ("tanh", 2.0), ("abs", 2.0)])
def test_the_widest_network_of_the_page_is_the_limit_of_wide_ones(activation, psi2):
    script = runpy.run_path(str(SCRIPT))
    paper = asymp.theorem("random-features-gradient", activation=activation)
    theirs = paper.translate(to="bubeck-li-nagaraj")
    wide = float(theirs.solve(k_over_d=1e8 * psi2, n_over_d=psi2).gradient_over_sqrt_d)
    # What is left at N = 1e8 n is of order n/N in the square, its root without linear part.
    assert script["widest"](activation, psi2) == pytest.approx(wide, abs=1e-3)


def test_the_lower_bound_of_interpolators_is_not_one_of_linear_networks():
    """A linear network fits no more labels than inputs have coordinates, and is smoother beyond."""
    bound = 2.0 / (3.0 - 2.0)
    at = {"psi1": 3.0, "psi2": 2.0, "tau": 1.0, "rho": 0.0}
    linear = asymp.theorem("random-features-gradient", activation="linear").solve(**at)
    relu = asymp.theorem("random-features-gradient").solve(**at)
    # Least squares of noise on d = n/2 coordinates: d/(n - d), with one for the gradient too.
    assert float(linear.gradient_norm2) == pytest.approx(1.0)
    assert float(linear.gradient_norm2) < bound <= float(relu.q) <= float(relu.gradient_norm2)
