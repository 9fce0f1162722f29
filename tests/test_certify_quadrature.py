"""Theorems with quadrature: proofs against equations typed here and integrated by mpmath."""

import mpmath
import pytest

pytest.importorskip("flint")

from balls import Reference, between
from flint import arb, ctx

import asymp
from asymp.balls.constants import precision
from asymp.certify import Certificate
from asymp.certify.point import certify_point, decided_branch
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise

BITS = 128
CLOSED = ("lasso", "ridge", "random-features-robust", "huber")
LOOPED = (
    "adversarial-mixture", "adversarial-mixture-linf", "adversarial-teacher-student",
    "logistic-mle", "logistic-ridge", "max-margin", "mixture-classification",
    "random-features-logistic", "least-absolute-deviations", "elastic-net",
)  # fmt: skip


def hinge_map(V, m, q_perp, alpha, zeta):
    r"""Teacher-student hinge with labels sign(h), teacher of variance 1 (theory.md, section 2).

    The margin is :math:`u=m|h|+\sqrt{q_\perp}z`, a skew normal; the envelope's slope is -1 below
    1-V, (u-1)/V up to 1, and 0 above. By parts :math:`\hat m=-\sqrt{2/\pi}\,E M'(\sqrt{q_\perp}z)`.
    """
    s, cuts = mpmath.sqrt(q_perp), (1 - V, mpmath.mpf(1))
    size = mpmath.sqrt(q_perp + m * m)

    def density(u):
        return 2 / size * mpmath.npdf(u / size) * mpmath.ncdf(m / s * u / size)

    def integral(f, scale, low, high):
        ends = [e for e in (low, 0, high) if low <= e <= high]
        ends = [max(min(e, 12 * scale), -12 * scale) for e in ends]
        return mpmath.quad(f, sorted(set(ends)))

    far = 12 * size
    below = integral(density, size, -far, cuts[0])
    middle = integral(density, size, *cuts)
    square = integral(lambda u: ((1 - u) / V) ** 2 * density(u), size, *cuts)
    V_hat, q_hat = middle / V, below + square

    def plain(u):
        return mpmath.npdf(u / s) / s

    slope = integral(plain, s, -12 * s, cuts[0])
    slope += integral(lambda u: (1 - u) / V * plain(u), s, *cuts)
    m_hat = mpmath.sqrt(2 / mpmath.pi) * slope
    H = zeta + V_hat
    return 1 / (alpha * H), m_hat / H, q_hat / (alpha * H**2)


@pytest.mark.parametrize(("alpha", "zeta"), [(2.0, 0.5), (5.0, 0.05)])
def test_hinge_against_its_own_equations(alpha, zeta):
    hinge = asymp.theorem("hinge")
    ref = Reference(hinge)
    row = ref.row({"alpha": alpha, "zeta": zeta})
    start = ref.solved(row).states[0].tolist()
    found = certify_point(ref.ready.balls, lambda _: ref.inputs(row), lambda _: start)
    assert found.outcome == Certificate.certified
    names = [x.name for x in hinge.branches[found.branch].system.state]
    assert names == ["V", "m", "q_perp"]
    with mpmath.workdps(32):
        state = [mpmath.mpf(ball.mid().str(32, radius=False)) for ball in found.state]
        image = hinge_map(*state, mpmath.mpf(alpha), mpmath.mpf(zeta))
        for x, y in zip(state, image, strict=True):
            # The window ends at 12 deviations: 1e-32; the enclosure itself is narrower than this.
            assert abs(x / y - 1) < 1e-24
        _, m, q_perp = state
        error = mpmath.acos(m / mpmath.sqrt(q_perp + m * m)) / mpmath.pi
    proof = hinge.certify(alpha=alpha, zeta=zeta)
    assert between(proof.classification_error_lower, error, proof.classification_error_upper, 1e-20)
    # The compiled solver's fixed quadrature rule is judged by the proof.
    assert float(proof.error) < 1e-10


def jacobian_deviation(ref, row):
    """Largest distance of the proved Jacobian from central differences of the map's enclosures."""
    state = ref.solved(row).states[0]
    state = [float(v) for v in state if v == v]
    step = arb(2) ** -55
    with precision(BITS):
        given = ref.inputs(row)
        branches = ref.ready.balls.at(ctx.prec)
        index = decided_branch(branches, given)
        branch = branches[index]
        given = [*given, *map(arb, branch.guards(given))]
        n, worst = len(state), 0.0
        assert n == ref.ready.balls.sizes[index]
        out = branch.step([*given, *map(arb, state)])
        for j in range(n):
            ends = []
            for sign in (1, -1):
                moved = [arb(v) * (1 + sign * step * (i == j)) for i, v in enumerate(state)]
                ends.append(branch.step([*given, *moved])[:n])
            for i in range(n):
                slope = (ends[0][i] - ends[1][i]) / (2 * step * arb(state[j]))
                relative = (slope - out[n + i * n + j]) * arb(state[j]) / out[i]
                worst = max(worst, float(abs(relative).upper()))
    return worst


@pytest.mark.parametrize(
    "name",
    [*CLOSED, "hinge", *(pytest.param(name, marks=pytest.mark.slow) for name in LOOPED)],
)
def test_jacobians_are_those_of_their_maps(name):
    """A derivative that forgot a moving end or a jump would make every certificate void."""
    ref = Reference(asymp.theorem(name))
    points = Sampler(Pointwise(ref.theorem)).points(8, 4)
    rows = ([point[n] for n in ref.theorem.parameters] for point in points)
    implicit = (row for row in rows if ref.ready.balls.sizes[int(ref.solved(row).branch[0])])
    # Differences at 3e-17 err by that much where the slope has a kink; 1e-33 is enclosed.
    assert jacobian_deviation(ref, next(implicit)) < 1e-13


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOPED)
def test_random_points_of_theorems_with_quadrature(name):
    theorem = asymp.theorem(name)
    for point in Sampler(Pointwise(theorem)).points(4, 2):
        proof = theorem.certify(**point)
        if name == "least-absolute-deviations" and point["tau"] == 0:
            continue  # its recovery threshold is the root at infinity of an equation
        assert int(proof.certificate) == Certificate.certified, point
        solved = theorem.solve(**point, throw=False)
        for value in theorem.observables:
            low, high = (float(proof[f"{value}_{end}"]) for end in ("lower", "upper"))
            found = float(solved[value])
            assert low - 1e-9 * abs(low) - 1e-14 <= found <= high + 1e-9 * abs(high) + 1e-14


def test_lasso_holds_values_by_quadrature():
    """Fixed point of the LASSO's state evolution (Bayati and Montanari 2012), 25 digits."""
    lasso = asymp.theorem("lasso")
    ref = Reference(lasso)
    row = ref.row({"alpha": 0.7, "lam": 0.3, "tau": 0.4, "s": 0.2})
    values = ref.values(row)
    point = dict(zip(lasso.parameters, row, strict=True))
    proof = lasso.certify(**point)
    assert int(proof.certificate) == Certificate.certified
    with mpmath.workdps(30):
        # Denoise omega = w + sd z at the threshold, w = 0 or Gaussian of variance rho/s.
        E = values["E"]
        alpha, lam, tau, rho, s = (
            mpmath.mpf(point[n]) for n in ("alpha", "lam", "tau", "rho", "s")
        )
        sd, mean_slope, square = mpmath.sqrt((E + tau**2) / alpha), 0, 0
        threshold = lam / values["V_hat"]
        for weight, spread in ((s, mpmath.sqrt(rho / s)), (1 - s, mpmath.mpf(0))):
            total = mpmath.sqrt(spread**2 + sd**2)
            pull = spread**2 / total**2

            def risk(u, total=total, pull=pull, spread=spread):
                shrunk = mpmath.sign(u) * max(abs(u) - threshold, 0)
                rest = (pull * u - shrunk) ** 2 + spread**2 * (1 - pull)
                return rest * mpmath.npdf(u / total) / total

            ends = [-14 * total, -threshold, threshold, 14 * total]
            square += weight * mpmath.quad(risk, ends)
            mean_slope += weight * 2 * mpmath.ncdf(-threshold / total)
        assert abs(square / E - 1) < 1e-20
        assert abs(mean_slope / values["selected_fraction"] - 1) < 1e-20
    assert between(proof.excess_risk_lower, E, proof.excess_risk_upper)
