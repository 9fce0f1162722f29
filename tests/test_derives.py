"""Proof that it derives: one line of the problem changes, and the new equations are right.

Each audit's printed side is another paper's formula; each further activation and loss is compared
with quadrature over the spectral law or the residual, which shares no formula with the engine.
"""

import dataclasses
import math
import runpy
from pathlib import Path

import mpmath
import pytest
import sympy as sp
from helpers import Robust, coefficients, isotropic_m_estimator

import asymp
from asymp.reductions.step import Outcome
from asymp.testing.pointwise import Pointwise

CATALOGUE = Path(__file__).parent.parent / "derivations"
u = sp.Symbol("u", real=True)


def audits(name):
    """Audits of a catalogue file, to be held against other problems too."""
    given = runpy.run_path(str(CATALOGUE / f"{name}.py"))["audits"]
    return given() if callable(given) else given


def with_features(audit):
    """An audit of linear regression for random features: their psi2 is its alpha."""
    alpha, psi2 = sp.symbols("alpha psi2", positive=True)

    def renamed(value):
        return sp.sympify(value).subs(alpha, psi2)

    ranges = {n: tuple(map(renamed, ends)) for n, ends in audit.ranges.items()}
    return dataclasses.replace(
        audit,
        parameters={n: renamed(value) for n, value in audit.parameters.items()},
        ranges={"psi1": (1, 5), "psi2": ranges.pop("alpha"), **ranges},
    )


def require(audit, problem, points=4, rng=0):
    report = audit.run(Pointwise(problem.derive()), points, rng)
    assert report.outcome is Outcome.VERIFIED, report.result
    assert report.points == points


def test_without_adversary_it_is_mei_montanari():
    problem = asymp.Problem(features=asymp.RandomFeatures("relu"))
    require(audits("random_features_ridge")[0], problem, 12)


def test_zero_radius_is_mei_montanari(headline):
    audit = audits("random_features_ridge")[0]
    audit = dataclasses.replace(audit, fixed={**audit.fixed, "eps": 0.0})
    report = audit.run(Pointwise(headline), 12, 1)
    assert report.outcome is Outcome.VERIFIED, report.result


@pytest.mark.parametrize("number", [0, 1], ids=["theorem-5", "proposition-13"])
def test_linear_activation_is_adversarial_regression(number):
    # With at least as many linear features as inputs, every linear function is represented.
    audit = with_features(audits("adversarial_linear_regression")[number])
    problem = asymp.Problem(features=asymp.RandomFeatures("linear"), adversary=asymp.L2Input())
    require(audit, problem, 3)


@pytest.mark.parametrize("number", [0, 1], ids=["theorem-5", "proposition-13"])
def test_isotropic_inputs_are_adversarial_regression(number):
    audit = audits("adversarial_linear_regression")[number]
    require(audit, asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input()), 3)


@pytest.mark.parametrize("name", ["ridge", "ridgeless"])
def test_isotropic_inputs_without_adversary_are_ridge(name):
    require(audits(name)[0], asymp.Problem(features=asymp.IsotropicGaussian()), 20)


ACTIVATIONS = {
    "tanh": ("tanh", mpmath.tanh, lambda g: mpmath.sech(g) ** 2, ()),
    "erf": ("erf", mpmath.erf, lambda g: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-g * g), ()),
    "gelu": (
        "gelu",
        lambda g: g * mpmath.ncdf(g),
        lambda g: mpmath.ncdf(g) + g * mpmath.npdf(g),
        (),
    ),
    "sine-callable": (lambda x: sp.sin(2 * x), lambda g: mpmath.sin(2 * g),
                      lambda g: 2 * mpmath.cos(2 * g), ()),
    "leaky-expression": (
        sp.Piecewise((u, u > 0), (u / 5, True)),
        lambda g: g if g > 0 else g / 5,
        lambda g: 1 if g > 0 else mpmath.mpf(1) / 5,
        (0,),
    ),
    "even": (u**2 - 1, lambda g: g * g - 1, lambda g: 2 * g, ()),
    "cubic": (u + u**3 / 6, lambda g: g + g**3 / 6, lambda g: 1 + g * g / 2, ()),
}  # fmt: skip
POINTS = (
    {"psi1": 0.6, "psi2": 2.0, "eps": 0.3, "zeta": 0.05, "tau": 0.5},
    {"psi1": 2.5, "psi2": 1.5, "eps": 0.15, "zeta": 0.0, "tau": 0.3},
)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_other_activations(name):
    given, sigma, derivative, breaks = ACTIVATIONS[name]
    constants = coefficients(sigma, derivative, breaks)
    theorem = asymp.theorem("random-features-robust", activation=given)
    for symbol, constant in theorem.constants.items():
        # The quadrature of the helper has 25 digits, a double 16.
        assert float(constant) == pytest.approx(constants[symbol.name], rel=1e-13)
    solve = Pointwise(theorem)
    for point in POINTS:
        expected, found = Robust(**point, **constants).solve(), solve(**point)
        for key, value in expected.items():
            # Plain iteration to 1e-14, amplified by its slow convergence and the condition number.
            assert found[key] == pytest.approx(value, rel=1e-9, abs=1e-12), (point, key)


@pytest.mark.parametrize("point", POINTS)
def test_the_headline_by_quadrature_and_plain_iteration(solve, point):
    constants = {"mu1": 0.5, "mu2": math.sqrt(0.25 - 0.5 / math.pi), "kappa2": 0.25}
    expected, found = Robust(**point, **constants).solve(), solve(**point)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-9)


def huber(knee):
    def proximal(r, V):
        inside = r / (1 + V)
        return inside if abs(inside) <= knee else r - math.copysign(knee * V, r)

    return proximal


def absolute(r, V):
    return math.copysign(max(abs(r) - V, 0.0), r)


@pytest.mark.parametrize(
    ("loss", "proximal", "extra"),
    [(asymp.HuberLoss(), huber(0.7), {"knee": 0.7}), (asymp.AbsoluteLoss(), absolute, {})],
    ids=["huber", "absolute"],
)
@pytest.mark.parametrize(("alpha", "zeta", "tau"), [(3.0, 0.0, 1.0), (0.8, 0.2, 0.5)])
def test_other_losses_by_their_proximal_operator(loss, proximal, extra, alpha, zeta, tau):
    theorem = asymp.Problem(features=asymp.IsotropicGaussian(), loss=loss).derive()
    found = Pointwise(theorem)(alpha=alpha, zeta=zeta, tau=tau, **extra)
    expected = isotropic_m_estimator(proximal, alpha, zeta, tau)
    for name, value in expected.items():
        # Quadrature to 1e-11 across the proximal operator's kinks, times the condition number.
        assert found[name] == pytest.approx(value, rel=1e-8)


def test_a_loss_of_the_users_own():
    """An asymmetric-free loss written as an expression: Huber at knee 1 by another name."""
    r = asymp.RESIDUAL
    own = asymp.ResidualLoss(
        sp.Piecewise((r**2 / 2, sp.Abs(r) <= 1), (sp.Abs(r) - sp.Rational(1, 2), True))
    )
    theorem = asymp.Problem(features=asymp.IsotropicGaussian(), loss=own).derive()
    found = Pointwise(theorem)(alpha=2.0, zeta=0.1, tau=1.0)
    expected = isotropic_m_estimator(huber(1.0), 2.0, 0.1, 1.0)
    assert found["standard_risk"] == pytest.approx(expected["standard_risk"], rel=1e-8)
