"""The printed forms give the numbers of another route, and notice a changed letter.

Reference numbers: plain iteration of the three-scalar map of theory.md, written by hand with
Chebyshev quadrature of the spectral law, to a relative residual of 1e-15. The two routes share
no formula, so agreement to 1e-12 (iteration error times condition number) confirms both.
"""

import dataclasses
import runpy
from pathlib import Path

import pytest
import sympy as sp

from asymp.reductions.step import Outcome
from asymp.testing.audit import Audit
from asymp.testing.printed.numeric import number

CATALOGUE = Path(__file__).parent.parent / "derivations"
ROBUST = [
    (
        {"psi1": 2.0, "psi2": 1.5, "eps": 0.5, "eps_test": 0.8, "tau": 0.5},
        {"standard_risk": 0.9487078645671588, "robust_risk": 2.8506988953884043,
         "train_robust_risk": 0.5589420891340449, "gradient_norm2": 1.014726150792812},
    ),
    (
        {"psi1": 0.5, "psi2": 3.0, "eps": 0.3, "eps_test": 0.3, "tau": 1.0},
        {"standard_risk": 1.831063183851274, "robust_risk": 2.1493192318459524,
         "train_robust_risk": 1.8532595028500032, "gradient_norm2": 0.21314208771357093},
    ),
    (  # nearly interpolating: found by continuation in eps
        {"psi1": 3.0, "psi2": 0.5, "eps": 0.1, "eps_test": 0.2, "tau": 0.3},
        {"standard_risk": 0.8848403288738272, "robust_risk": 1.0775915322767218,
         "train_robust_risk": 0.0035389578300233215, "gradient_norm2": 0.3538957830023321},
    ),
]  # fmt: skip
LINEAR = (
    {"alpha": 1.5, "tau": 0.5, "eps": 0.4, "eps_test": 0.7, "rho": 1.0},
    {"standard_risk": 0.510073135489884, "robust_risk": 1.6068515971502413,
     "train_robust_risk": 0.42739254481275085, "gradient_norm2": 0.7906329664123715},
)  # fmt: skip
RIDGE = [
    ({"psi1": 2.0, "psi2": 1.5, "tau": 0.5, "zeta": 0.1, "rho": 1.0}, 0.8663840009827157),
    ({"psi1": 0.5, "psi2": 3.0, "tau": 1.0, "zeta": 1e-3, "rho": 2.0}, 2.814808241583473),
]


def load(name):
    """Audits of a catalogue file."""
    given = runpy.run_path(str(CATALOGUE / f"{name}.py"))["audits"]
    return given() if callable(given) else given


@pytest.fixture(scope="module")
def theorem42():
    return runpy.run_path(str(CATALOGUE / "random_features_robust.py"))


def tight(audit: Audit) -> Audit:
    return dataclasses.replace(audit, tolerance=1e-12)


def answers(references):
    """A theorem that knows the reference points only."""
    table = {tuple(sorted(p.items())): v for p, v in references}

    def solve(**point):
        names = references[0][0]
        return table[tuple(sorted((n, point[n]) for n in names))]

    return solve


def test_theorem_42(theorem42):
    audit = tight(theorem42["PRINTED"][0])
    report = audit.run(answers(ROBUST), [p for p, _ in ROBUST])
    assert report.outcome is Outcome.VERIFIED, report.result
    assert report.points == 3


def test_theorem_42_null_phase_by_its_value(theorem42):
    audit = theorem42["PRINTED"][1]
    report = audit.run(lambda tau, **_: {"train_robust_risk": 1 + tau**2}, 3, 1)
    assert report.outcome is Outcome.VERIFIED, report.result
    # At 1.0001 times the threshold the null saddle is accepted, just below it is not.
    letters = {"psi1": 1.3, "psi2": 0.8, "tau": 0.4, "eps_test": 0.1}
    threshold = float(number(theorem42["eps_null"], letters))
    form = audit.form
    assert set(form.evaluate({**letters, "eps": 1.0001 * threshold})) == {"train_robust_risk"}
    assert len(form.evaluate({**letters, "eps": 0.99 * threshold})) == 4


@pytest.mark.parametrize("observable", range(4))
def test_theorem_42_bites_on_outputs(theorem42, observable):
    audit = theorem42["PRINTED"][0]
    point, values = ROBUST[1]
    name = list(values)[observable]
    wrong = {**values, name: values[name] * (1 + 1e-7)}
    report = audit.run(lambda **_: wrong, [point])
    assert report.outcome is Outcome.FALSE
    assert report.worst.observable == name


ALPHA, BETA, TAU_G, TAU_Q, PSI2 = sp.symbols("alpha beta tau_g tau_q psi2", positive=True)


@pytest.mark.parametrize(
    "slip",
    [BETA * TAU_G * PSI2 / 2, ALPHA * TAU_Q / 6, BETA * TAU_G * (1 - PSI2) / 2],
    ids=["factor 2", "1/3 for 1/2", "psi2 dropped"],
)
def test_theorem_42_bites_on_the_value(theorem42, slip):
    audit = theorem42["PRINTED"][0]
    mutant = dataclasses.replace(audit.form, value=audit.form.value + slip, boundary={})
    point, values = ROBUST[1]
    report = dataclasses.replace(audit, form=mutant).run(lambda **_: values, [point])
    assert report.outcome is Outcome.FALSE, report.result


def test_theorem_42_bites_on_the_inner_supremum(theorem42):
    audit = theorem42["PRINTED"][0]
    sup = audit.form.inner_sup
    changed = dataclasses.replace(sup, expression=sup.expression * sp.Rational(21, 20))
    mutant = dataclasses.replace(audit.form, inner_sup=changed, boundary={})
    point, values = ROBUST[1]
    report = dataclasses.replace(audit, form=mutant).run(lambda **_: values, [point])
    assert report.outcome is Outcome.FALSE, report.result


def test_linear_theorem_5():
    audit = tight(load("adversarial_linear_regression")[0])
    report = audit.run(answers([LINEAR]), [LINEAR[0]])
    assert report.outcome is Outcome.VERIFIED, report.result


def test_mei_montanari():
    audit = tight(load("random_features_ridge")[0])
    table = [(p, {"standard_risk": v}) for p, v in RIDGE]
    report = audit.run(answers(table), [p for p, _ in RIDGE])
    assert report.outcome is Outcome.VERIFIED, report.result


def test_isotropic_ridge():
    audit = tight(load("ridge")[0])
    point = {"alpha": 2.0, "tau": 0.7, "zeta": 0.05, "rho": 1.5}
    report = audit.run(lambda **_: {"standard_risk": 0.8619774996217207}, [point])
    assert report.outcome is Outcome.VERIFIED, report.result


def test_ridgeless_is_the_limit_of_ridge():
    ridge, ridgeless = load("ridge")[0], load("ridgeless")[0]

    def nearly(alpha, tau, rho, zeta):
        here = {"alpha": alpha, "zeta": 1e-14, "tau": tau, "rho": rho}
        letters = {n: number(value, here) for n, value in ridge.parameters.items()}
        # 80 digits: the printed derivative of a root loses twice the ridge's fourteen.
        return {n: float(number(e, letters, 80)) for n, e in ridge.form.outputs.items()}

    points = [p for p in ridgeless.draw(12, 3) if abs(p["alpha"] - 1) > 0.1]
    # The ridge moves the risk by its size times at most the cube of 1/|alpha - 1|.
    report = dataclasses.replace(ridgeless, tolerance=1e-10).run(nearly, points)
    assert report.outcome is Outcome.VERIFIED, report.result
