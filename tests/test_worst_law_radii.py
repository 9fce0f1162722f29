"""Training against the worst law in balls of any size: both limits, and every point between."""

import mpmath
import numpy as np
import pytest
import xarray as xr

import asymp
from asymp.solver import Status


@pytest.fixture(scope="module")
def theorem():
    return asymp.theorem("random-features-holistic")


def drawn(seed, n, **ranges):
    """Points drawn at random; the ends of a range are of logarithms where they are negative."""
    rng = np.random.default_rng(seed)
    ranges = {"psi1": (0.2, 8), "psi2": (0.2, 8), "tau": (0.1, 1), "eps": (0, 1)} | ranges
    points = {name: rng.uniform(*ends, n) for name, ends in ranges.items()}
    points["zeta"] = 10 ** rng.uniform(-3, 0, n)
    return {name: xr.DataArray(values, dims="point") for name, values in points.items()}


def loss_variance(S, V, e):
    """Variance of the attacked square of a residual of plain adversarial training."""
    z = (np.arange(40_000) + 0.5) * 3e-4  # midpoints over 0..12
    weight = 6e-4 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    loss = np.maximum(e, (np.sqrt(S) * z + e) / (1 + V)) ** 2
    return float(weight @ (loss - weight @ loss) ** 2)


def test_a_small_ball_adds_the_deviation_of_the_losses(theorem):
    r"""The objective rises by :math:`\sqrt{2r\mathrm{Var}}`, up to a relative O(sqrt r)."""
    at = drawn(0, 20, psi1=(0.2, 2), psi2=(2.5, 8), eps=(0.05, 0.4))
    r = xr.DataArray([1e-8, 1e-10, 1e-12], dims="r")
    plain = asymp.theorem("random-features-robust").solve(**at)
    assert (plain.status == Status.converged).all()
    ball = theorem.solve(r_kl=r, **at)
    assert (ball.status == Status.converged).all()
    rise = ball.train_holistic_risk - plain.train_robust_risk
    rise = rise + at["zeta"] * (ball.parameter_norm2 - plain.parameter_norm2)
    found = [
        loss_variance(S, V, eps * np.sqrt(P))
        for S, V, eps, P in np.transpose(
            [plain.standard_risk.values, plain.V.values, at["eps"].values, plain.P.values]
        )
    ]
    ratio = rise / np.sqrt(2 * r) / np.sqrt(xr.DataArray(found, dims="point"))
    apart = abs(ratio - 1).transpose("r", "point").values
    # The next order is O(sqrt r), 1e-4 at the first radius, with a constant of order ten; beside
    # the sum over 40,000 midpoints, which resolves the kink of the loss to 1e-5.
    assert np.all(apart[0] < 5e-3)
    assert np.all(apart[2] < 2e-4)
    # The estimator moves by O(sqrt r): a hundredth of the radius, a tenth of the way.
    way = abs(ball.standard_risk / plain.standard_risk - 1).transpose("r", "point").values
    assert np.all(way[2] < 0.11 * way[1] + 1e-11)


def test_every_radius_has_an_answer(theorem):
    at = drawn(1, 120)
    at["r_kl"] = 10 ** drawn(2, 120, r_kl=(-8, 1))["r_kl"]
    plain = asymp.theorem("random-features-robust").solve(**{n: at[n] for n in at if n != "r_kl"})
    ds = theorem.solve(**at)
    # Beyond the radius of the attack where plain training gives zero, the estimator is
    # exponentially small in 1/sqrt r, and underflows.
    tiny = (plain.status == Status.null) & (at["r_kl"] < 1e-4)
    assert (ds.status == Status.converged).where(~tiny, True).all()
    assert int(tiny.sum()) < 8
    assert float(ds.quadrature_error.where(~tiny, 0.0).max()) < 1e-6  # its square is the error
    assert float(ds.evaluations.where(~tiny, 0).max()) < 100


def test_the_wall_counts_where_the_attack_leaves_hardly_an_estimator(theorem):
    """Samples beyond the wall are rare as 1e-23, and their slopes as large as 1/V."""
    at = {"psi1": 0.76, "psi2": 7.8, "tau": 0.4, "zeta": 0.064, "eps": 0.76}
    ds = theorem.solve(r_kl=1.1e-4, **at)
    V, P, wall, scale = (mpmath.mpf(float(ds[n])) for n in ("V", "P", "r_max", "lambda_kl"))
    e, S = at["eps"] * mpmath.sqrt(P), mpmath.mpf(float(ds.standard_risk))
    assert V < 1e-10

    def slope(field):
        """By bisection in the logarithm of the distance from the wall."""
        low, high = mpmath.mpf("1e-40"), wall
        for _ in range(150):
            gap = mpmath.sqrt(low * high)
            near = wall - gap + 2 * V * scale * (wall - gap + e) / (gap * (2 * wall - gap + 2 * e))
            low, high = (gap, high) if near > field else (low, gap)
        return 2 * scale * (wall - gap + e) / (gap * (2 * wall - gap + 2 * e))

    def square(field):
        return slope(field) ** 2 * mpmath.npdf(field, 0, mpmath.sqrt(S))

    corner = float(mpmath.sqrt(V * scale))
    beyond = [wall + corner * 10**k for k in range(-1, 5)] + [wall + k / 8 for k in range(1, 30)]
    total = sum(2 * mpmath.quad(square, points) for points in ([0, 2, 4, 6, 9], [wall, *beyond]))
    # Between 9 and the wall lies 1e-13 of it.
    assert abs(float(ds.q_hat) / float(total) - 1) < 1e-9


@pytest.mark.slow
def test_a_point_is_certified(theorem):
    pytest.importorskip("flint")
    ds = theorem.solve(psi1=1.0, psi2=2.0, tau=0.5, zeta=0.01, eps=0.3, r_kl=0.1)
    proof = theorem.certify(ds)
    assert int(proof.certificate) == 0
    assert float(proof.error) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("radius", [1e-5, 1e-2, 1.0, 8.0])
@pytest.mark.parametrize("at", [{"psi1": 0.5, "eps": 0.5}, {"psi1": 6.0, "eps": 0.1}])
def test_balls_of_many_sizes_are_certified(theorem, radius, at):
    # At 1e-8 the first point is left without a certificate: no box of its contracts.
    pytest.importorskip("flint")
    proof = theorem.certify(theorem.solve(psi2=3.0, tau=0.5, zeta=0.02, r_kl=radius, **at))
    assert int(proof.certificate) == 0
    assert float(proof.error) < 1e-11
