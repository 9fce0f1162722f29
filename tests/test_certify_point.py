"""Enclosures of points hold values of 40 digits; no wrong root is ever proved."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

flint = pytest.importorskip("flint")

from balls import Reference, between, enclosing  # noqa: E402
from flint import arb  # noqa: E402
from points import corners, relu, wide  # noqa: E402

import asymp  # noqa: E402
from asymp.balls.constants import precision  # noqa: E402
from asymp.certify import Certificate  # noqa: E402
from asymp.certify.point import certify_point, decided_branch  # noqa: E402
from asymp.certify.root import prove, refined  # noqa: E402
from asymp.testing.points import Sampler  # noqa: E402
from asymp.testing.pointwise import Pointwise  # noqa: E402

BITS = 128
CLOSED = (
    "gaussian-covariate-ridge", "huber", "lasso", "random-features-ridge",
    "random-features-robust", "ridge",
)  # fmt: skip
DEAR = (  # to derive
    "adversarial-linear-regression", "elastic-net", "latent-space-ridgeless",
    "random-features-weight-perturbation", "ridgeless",
)  # fmt: skip
POINT = {"psi1": 1.5, "psi2": 2.5, "eps": 0.2, "zeta": 0.01, "tau": 0.5}
_REFERENCES: dict[str, Reference] = {}


def reference(name="random-features-robust"):
    if name not in _REFERENCES:
        _REFERENCES[name] = Reference(asymp.theorem(name))
    return _REFERENCES[name]


@pytest.mark.parametrize(
    "name", [*CLOSED, *(pytest.param(name, marks=pytest.mark.slow) for name in DEAR)]
)
def test_random_points_hold_forty_digits(name):
    ref = reference(name)
    for point in Sampler(Pointwise(ref.theorem)).points(6, 11):
        row = [point[n] for n in ref.theorem.parameters]
        proof = ref.theorem.certify(**point)
        assert int(proof.certificate) == Certificate.certified, point
        enclosing(proof, ref.values(row))


@pytest.mark.parametrize("draw", [wide, corners], ids=["wide", "corners"])
def test_the_headline_theorem_is_right_or_silent(draw):
    """Near the threshold of the null phase, psi1 next to psi2, tiny eps and zeta."""
    ref = reference()
    rows = draw(60, relu(), 3)
    rows = (rows[0] if isinstance(rows, tuple) else rows).tolist()
    names = list(ref.theorem.parameters)
    certified = 0
    for row in rows:
        point = dict(zip(names, row, strict=True))
        proof = ref.theorem.certify(**point)
        if int(proof.certificate) == Certificate.certified:
            enclosing(proof, ref.values(row))
            certified += 1
    # Of the corners, 1 - 1e-9 of the threshold and psi1 = psi2 (1 + 1e-9) at eps = 1e-8 are hard.
    assert certified >= 50


def dobriban_wager(alpha, zeta, tau):
    """Ridge on isotropic data: the quadratic's root, written for mpmath.

    With the companion transform v of the Marchenko-Pastur law of ratio 1/alpha, risk of
    prediction by Dobriban and Wager (2018), theorem 2.1, and Hastie et al. (2022), theorem 5.
    """
    g = 1 / alpha  # p/n
    m = (-(1 - g + zeta) + mpmath.sqrt((1 - g + zeta) ** 2 + 4 * g * zeta)) / (2 * g * zeta)
    slope = mpmath.diff(
        lambda z: (-(1 - g + z) + mpmath.sqrt((1 - g + z) ** 2 + 4 * g * z)) / (2 * g * z), zeta
    )
    derivative = -slope  # m'(-zeta) in the usual sign
    bias = zeta**2 * derivative
    variance = tau**2 * g * (m - zeta * derivative)
    return tau**2 + bias + variance


@pytest.mark.parametrize("reading", ["float", "decimal"])
@pytest.mark.parametrize("alpha", [0.3, 0.9, 1.7, 10.0])
def test_ridge_holds_the_printed_closed_form(reading, alpha):
    proof = asymp.theorem("ridge").certify(alpha=alpha, zeta=0.1, tau=0.3, reading=reading)
    with mpmath.workdps(60):
        read = mpmath.mpf if reading == "float" else (lambda x: mpmath.mpf(repr(x)))
        risk = dobriban_wager(*map(read, (alpha, 0.1, 0.3)))
        assert between(proof.standard_risk_lower, risk, proof.standard_risk_upper)
        # mpmath.diff keeps about half of the 60 digits; the enclosure is one unit wide.
        assert float(proof.standard_risk_upper - proof.standard_risk_lower) < 1e-14


def test_one_tenth_is_not_the_float():
    """Both readings are proved; next to a singularity their enclosures are disjoint."""
    ridge = asymp.theorem("ridge")
    # At zeta = 0 the risk is tau^2 (1 + 1/(alpha - 1)): the two readings of 1.1 differ by 9e-17.
    point = {"alpha": 1.1, "zeta": 0.0, "tau": 1.0}
    float_, decimal = (ridge.certify(**point, reading=r) for r in ("float", "decimal"))
    for proof, alpha in ((float_, Fraction(1.1)), (decimal, Fraction(11, 10))):
        exact = 1 + 1 / (alpha - 1)
        low, high = (Fraction(float(proof[f"standard_risk_{e}"])) for e in ("lower", "upper"))
        assert low <= exact <= high
        assert int(proof.certificate) == Certificate.certified
    assert float(float_.standard_risk_upper) < float(decimal.standard_risk_lower)
    assert "binary" in float_.attrs["parameters"]
    assert "decimal" in decimal.attrs["parameters"]


def decided(ref, row):
    """Branch, its inputs and index at the current precision."""
    branches = ref.ready.balls.at(flint.ctx.prec)
    given = ref.inputs(row)
    index = decided_branch(branches, given)
    return index, branches[index], [*given, *map(arb, branches[index].guards(given))]


@given(
    logs=st.lists(st.floats(-math.log(1e3), math.log(1e3)), min_size=3, max_size=3),
    scale=st.sampled_from((1e-9, 1e-4, 1e-2, 0.3, 1.0)),
    radius=st.sampled_from((None, 1e-8, 1e-3, 0.1, 1.0)),
    polish=st.booleans(),
)
def test_perturbed_candidates_fail_or_prove_the_root(logs, scale, radius, polish):
    ref = reference()
    row = ref.row(POINT)
    truth = ref.state(row)
    with precision(BITS), mpmath.workdps(50):
        _, branch, inputs = decided(ref, row)
        point = [arb(float(x) * math.exp(scale * d)) for x, d in zip(truth, logs, strict=True)]
        if polish:
            point = refined(branch.step, inputs, point, 25) or point
        found = prove(branch.step, inputs, point, None if radius is None else arb(radius))
        if found is not None:
            for ball, x in zip(found.state, truth, strict=True):
                low, high = (
                    mpmath.mpf(e.str(60, radius=False)) for e in (ball.lower(), ball.upper())
                )
                assert low * (1 - mpmath.mpf("1e-35")) <= x <= high * (1 + mpmath.mpf("1e-35"))


@given(
    logs=st.lists(st.floats(-7, 7), min_size=3, max_size=3),
    zeta=st.sampled_from((0.0, 1e-6, 0.1)),
)
def test_a_certificate_from_any_candidate_is_of_the_root(logs, zeta):
    ref = reference()
    row = ref.row({**POINT, "zeta": zeta})
    truth = ref.state(row)
    start = [float(x) * math.exp(d) for x, d in zip(truth, logs, strict=True)]
    found = certify_point(ref.ready.balls, lambda _: ref.inputs(row), lambda _: start)
    if found.outcome == Certificate.certified:
        for ball, x in zip(found.state, truth, strict=True):
            assert abs(float(ball) / float(x) - 1) < 1e-15


def printed_value(letters, tau, psi1, psi2, eps):
    """Theorem 4.2 of Hassani and Javanmard as printed, in floats, and the maximising lambda."""
    beta, gamma, tau_q, alpha, tau_g = letters

    def s_of(z):
        return (1 - psi1 - z - math.sqrt((1 - psi1 - z) ** 2 - 4 * psi1 * z)) / (-2 * psi1 * z)

    sigma2 = tau**2 + 1 - psi1 * (1 + (1 - 2 / math.pi) * s_of(2 / math.pi - 1))
    root = math.sqrt(alpha**2 + sigma2)
    size = gamma * (tau_g + beta) / (eps * beta * root)
    value = tau_q / (2 * alpha) * (tau**2 + 1 - sigma2) - alpha * tau_q / 2
    value += beta * tau_g * psi2 / 2 + beta * root**2 / (2 * (tau_g + beta))
    if size > math.sqrt(2 / math.pi):
        nu = bisect_nu(size, beta / tau_g)
        jump = math.erf(nu / math.sqrt(2)) - size * nu
        value += beta**2 * root**2 / (2 * tau_g * (tau_g + beta)) * jump

    def inner(lam):
        q2, z = (tau_q / alpha) ** 2, 2 / math.pi * lam - 1
        braces = q2 + beta**2
        braces += (q2 * (1 - 2 / math.pi * lam) + 2 / math.pi * (1 - lam) * beta**2) * s_of(z)
        return lam * psi1 / 2 * braces - lam / (2 * (1 - lam)) * gamma**2

    best = minimize_scalar(lambda u: -inner(u), (0, 1), bounds=(0, 1 - 1e-9), method="bounded")
    return value + alpha / tau_q * best.fun, best.x, root**2


def bisect_nu(size, slope):
    """Root of the printed equation for nu."""
    low, high = 0.0, size / slope

    def gap(nu):
        density = math.sqrt(2 / math.pi) * math.exp(-nu * nu / 2)
        return size - slope * nu - nu * math.erf(nu / math.sqrt(2)) - density

    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if gap(middle) > 0 else (low, middle)
    return low


def log_gradient(letters, setting):
    """By central differences in the logarithms."""
    step, slopes = 1e-4, []
    for k in range(5):
        ends = [
            [x * math.exp(sign * step * (i == k)) for i, x in enumerate(letters)]
            for sign in (1, -1)
        ]
        up, down = (printed_value(end, **setting)[0] for end in ends)
        slopes.append((up - down) / (2 * step))
    return np.array(slopes)


def test_false_zeros_of_the_printed_saddle_are_never_proved():
    """In log variables the printed gradient vanishes as beta, gamma, tau_q go to zero together."""
    ref = reference()
    setting = {"psi1": 1.5, "psi2": 2.5, "eps": 0.2, "tau": 0.5}
    row = ref.row({**setting, "zeta": 0.0})
    truth = [float(x) for x in ref.state(row)]
    rng, tried = np.random.default_rng(5), 0
    for _ in range(60):
        tiny = 10.0 ** rng.uniform(-12, -8)
        letters = [*(tiny * np.exp(rng.normal(size=3))), *np.exp(rng.normal(size=2))]
        _, lam, risk = printed_value(letters, **setting)
        if not 1e-6 < lam < 1 - 1e-6:
            continue
        # So small a gradient passes a stopping rule of 1e-6, far from any saddle.
        assert np.abs(log_gradient(letters, setting)).max() < 1e-6
        beta, gamma, tau_q, alpha, tau_g = letters
        v_hat = tau_q / alpha
        p_hat = v_hat * (1 - lam) / lam
        start = [tau_g / beta, risk, (gamma / p_hat) ** 2]
        with precision(BITS):
            _, branch, inputs = decided(ref, row)
            for radius in (None, arb(1e-5), arb(0.1)):
                assert prove(branch.step, inputs, [arb(x) for x in start], radius) is None
        found = certify_point(ref.ready.balls, lambda _: ref.inputs(row), lambda _, s=start: s)
        if found.outcome == Certificate.certified:  # Newton's method may come home
            assert np.allclose([float(x) for x in found.state], truth, rtol=1e-14)
        tried += 1
    assert tried > 20


@pytest.mark.parametrize("share", [1 - 1e-3, 1 - 1e-7, 1 - 1e-11, 1 - 1e-14, 1.0, 1 + 1e-12])
def test_next_to_the_null_phase_it_is_right_or_says_why(share):
    ref = reference()
    setting = {"psi1": 1.5, "psi2": 2.5, "zeta": 0.1, "tau": 0.5}
    top = float(Pointwise(ref.theorem)(**setting, eps=0.1)["eps_max"])
    row = ref.row({**setting, "eps": share * top})
    proof = ref.theorem.certify(**setting, eps=share * top)
    outcome = Certificate(int(proof.certificate))
    null = [b.name for b in ref.theorem.branches].index("null")
    with mpmath.workdps(60):
        branch, _ = ref.system.select(
            dict(zip(ref.theorem.parameters, map(mpmath.mpf, row), strict=True)) | ref.constants
        )
    if outcome == Certificate.certified:
        assert int(proof.branch) == branch
        enclosing(proof, ref.values(row))
    else:
        assert outcome.sentence
    if share == 1.0:  # the float next to the boundary is on one side, and digits tell which
        assert int(proof.branch) in (branch, -1)
    if share > 1:
        assert int(proof.branch) == null
        assert float(proof.standard_risk_lower) == float(proof.standard_risk_upper) == 1.25
