"""Datasets are compared point by point with proofs: whatever is wrong in one is found."""

import numpy as np
import pytest
import sympy as sp
import xarray as xr

pytest.importorskip("flint")

from balls import Reference, between, enclosing

import asymp
from asymp.certify import Certificate
from asymp.certify.grid import LARGEST, deviation
from asymp.errors import InvalidParameter

GRID = {"psi1": [0.5, 1.0, 4.0], "psi2": 2.0, "eps": [0.1, 0.4], "tau": 0.5}


@pytest.fixture(scope="module")
def solved(headline):
    return headline.solve(**GRID)


@pytest.fixture(scope="module")
def proof(headline, solved):
    return headline.certify(solved)


def outcomes(proof):
    return [Certificate(int(k)) for k in proof.certificate.values.ravel()]


def test_a_solved_grid_is_certified_and_enclosed(headline, solved, proof):
    assert set(outcomes(proof)) == {Certificate.certified}
    assert proof.certificate.dims == solved.status.dims == ("psi1", "eps")
    # One unit in the last place is 2e-16; the solver stops at a residual of 1e-13.
    assert float(proof.error.max()) < 1e-11
    assert float(proof.radius.min()) > 1e-9
    ref = Reference(headline)
    for i, j in ((0, 0), (2, 1)):
        one = solved.isel(psi1=i, eps=j)
        row = [float(one[n]) for n in headline.parameters]
        enclosing(proof, ref.values(row), {"psi1": i, "eps": j})
    for name in headline.observables:
        inside = (solved[name] >= proof[f"{name}_lower"] * (1 - 1e-11)) & (
            solved[name] <= proof[f"{name}_upper"] * (1 + 1e-11)
        )
        assert bool(inside.all())


@pytest.mark.parametrize("name", ["robust_risk", "P", "interpolated_fraction"])
@pytest.mark.parametrize("factor", [1 + 1e-7, 1 - 1e-7, 2.0, -1.0, np.nan, np.inf])
def test_one_changed_number_is_found(headline, solved, name, factor):
    wrong = solved.copy(deep=True)
    wrong[name][1, 0] *= factor
    proof = headline.certify(wrong)
    expected = np.zeros((3, 2), dtype=int)
    expected[1, 0] = Certificate.disagrees
    assert (proof.certificate.values == expected).all()
    assert not float(proof.error[1, 0]) < 5e-8
    # The proof itself is untouched.
    value = float(solved[name][1, 0])
    low, high = (float(proof[f"{name}_{end}"][1, 0]) for end in ("lower", "upper"))
    assert low * (1 - 1e-11) <= value <= high * (1 + 1e-11)


def test_a_change_within_the_bar_shows_in_the_error(headline, solved):
    moved = solved.copy(deep=True)
    moved["robust_risk"][0, 0] *= 1 + 2e-11
    proof = headline.certify(moved)
    assert int(proof.certificate[0, 0]) == Certificate.certified
    assert 1.9e-11 < float(proof.error[0, 0]) < 2.2e-11


def test_a_dataset_at_a_false_root_disagrees(headline, solved):
    """Values of another point, as a solver that stopped elsewhere would give them."""
    wrong = solved.copy(deep=True)
    other = headline.solve(psi1=0.7, psi2=2.0, eps=0.1, tau=0.5)
    for name in (*headline.observables, *headline.order_parameters):
        wrong[name][0, 0] = other[name]
    assert outcomes(headline.certify(wrong))[0] == Certificate.disagrees
    null = solved.copy(deep=True)
    for name in ("V", "P", "m", "q", "parameter_norm2", "gradient_norm2"):
        null[name][2, 1] = 1e-12  # next to the false zero at the origin
    assert outcomes(headline.certify(null))[-1] == Certificate.disagrees


def test_other_constants_are_refused_or_disagree(headline):
    tanh = asymp.theorem("random-features-robust", activation="tanh").solve(**GRID)
    with pytest.raises(InvalidParameter, match="constants"):
        headline.certify(tanh)
    del tanh.attrs["constants"]
    assert set(outcomes(headline.certify(tanh))) == {Certificate.disagrees}
    tanh.attrs.clear()
    assert set(outcomes(headline.certify(tanh))) == {Certificate.disagrees}


def test_other_theorems_are_refused(headline, solved):
    ridge = asymp.theorem("ridge")
    result = ridge.solve(alpha=[1.5, 2.0], zeta=0.1, tau=0.5)
    with pytest.raises(InvalidParameter, match="lacks psi1"):
        headline.certify(result)
    features = asymp.theorem("random-features-ridge")
    plain = features.solve(psi1=0.5, psi2=2.0, zeta=0.1, tau=0.5)
    with pytest.raises(InvalidParameter, match="lacks eps"):
        headline.certify(plain)
    named = plain.assign_coords(eps=0.1, eps_test=0.1)
    with pytest.raises(InvalidParameter, match="other equations"):
        headline.certify(named)
    with pytest.raises(InvalidParameter, match="order parameters and observables"):
        headline.certify(solved[["status"]])
    with pytest.raises(InvalidParameter, match="not both"):
        headline.certify(solved, psi1=2.0)
    with pytest.raises(InvalidParameter, match="reading"):
        headline.certify(solved, reading="binary")


def test_dimensions_in_any_order(headline, solved, proof):
    turned = solved.transpose("eps", "psi1")
    again = headline.certify(turned)
    assert again.certificate.dims == ("eps", "psi1")
    xr.testing.assert_equal(again.transpose("psi1", "eps"), proof)
    # One variable alone.
    mixed = solved.copy()
    mixed["robust_risk"] = mixed["robust_risk"].transpose("eps", "psi1")
    xr.testing.assert_equal(headline.certify(mixed), proof)


def test_extra_coordinates_and_dimensions(headline, solved, proof):
    more = solved.assign_coords(run=7, label=("psi1", ["a", "b", "c"]))
    again = headline.certify(more)
    xr.testing.assert_equal(again[list(proof.data_vars)], proof.drop_vars([]))
    assert set(again.coords) == set(proof.coords)
    twice = solved.expand_dims(copy=2)
    assert headline.certify(twice).certificate.shape == (2, 3, 2)
    wide = solved.copy()
    wide["robust_risk"] = wide["robust_risk"].expand_dims(copy=2)
    with pytest.raises(InvalidParameter, match="robust_risk varies along copy"):
        headline.certify(wide)


def test_parameters_that_are_no_coordinates(headline, solved, proof):
    again = headline.certify(solved.reset_coords(["tau", "psi2"]))
    xr.testing.assert_equal(again, proof)


def test_selections(headline, solved, proof):
    xr.testing.assert_equal(headline.certify(solved.isel(psi1=1, eps=0)), proof.isel(psi1=1, eps=0))
    empty = headline.certify(solved.isel(psi1=slice(0)))
    assert empty.certificate.shape == (0, 2)
    few = headline.certify(solved[["robust_risk", "status"]])
    assert "robust_risk_lower" in few
    assert "P_lower" not in few
    stacked = headline.certify(solved.stack(point=("psi1", "eps")).reset_index("point"))
    np.testing.assert_array_equal(
        stacked.robust_risk_lower.values, proof.robust_risk_lower.values.ravel()
    )


def test_paired_dimensions(headline):
    pairs = {n: xr.DataArray(v, dims="run") for n, v in (("psi1", [0.5, 4.0]), ("eps", [0.1, 0.4]))}
    proof = headline.certify(**pairs, psi2=2.0, tau=0.5)
    assert proof.certificate.dims == ("run",)
    assert outcomes(proof) == [Certificate.certified] * 2


def test_lazy_input_is_read_chunk_by_chunk(headline, solved, proof):
    pytest.importorskip("dask")
    lazy = headline.certify(solved.chunk({"psi1": 1}))
    xr.testing.assert_equal(lazy.compute(), proof)


def test_a_file_in_between(headline, solved, proof, tmp_path):
    solved.to_netcdf(tmp_path / "grid.nc")
    xr.testing.assert_equal(headline.certify(xr.load_dataset(tmp_path / "grid.nc")), proof)


def test_points_off_the_domain_and_without_minimiser(headline):
    grid = xr.DataArray([-1.0, 0.5, np.nan], dims="run")
    proof = headline.certify(psi1=grid, psi2=2.0, eps=0.1, tau=0.5)
    kinds = [Certificate.out_of_domain, Certificate.certified, Certificate.out_of_domain]
    assert outcomes(proof) == kinds
    assert np.isnan(proof.error.values[[0, 2]]).all()  # nothing is proved of what is not enclosed
    assert np.isnan(proof.robust_risk_upper.values[[0, 2]]).all()


def test_infinite_values_agree_exactly():
    """At the interpolation threshold the risk is infinite, and stated so."""
    ridge = asymp.theorem("ridge")
    result = ridge.solve(alpha=1.0, zeta=0.0, tau=0.5, throw=False)
    proof = ridge.certify(result)
    assert outcomes(proof) == [Certificate.certified]
    assert float(proof.standard_risk_lower) == float(proof.standard_risk_upper) == np.inf
    finite = result.copy(deep=True)
    finite["standard_risk"][...] = 1e300
    assert outcomes(ridge.certify(finite)) == [Certificate.disagrees]


def test_a_huge_condition_number_excuses_little():
    """The bar is lowered for ill-conditioned roots, to 1e-4 at most."""
    given, ends = np.array([[1.001]]), np.array([[1.0]])
    for condition in (1e30, np.inf, np.nan, LARGEST):
        _, wrong = deviation(given, ends, ends, np.array([condition]))
        assert wrong.all()
    _, wrong = deviation(np.array([[1 + 1e-8]]), ends, ends, np.array([1e3]))
    assert not wrong.any()


@pytest.mark.parametrize(
    ("given", "lower", "upper", "error"),
    [
        (np.inf, np.inf, np.inf, 0.0), (np.nan, np.nan, np.nan, 0.0), (0.0, 0.0, 0.0, 0.0),
        (1e-16, 0.0, 0.0, 0.0), (2.0, 2.0, 2.0, 0.0), (1.0, 1.0, 1.5, 1 / 3),
        (np.nan, 1.0, 1.0, np.inf), (1.0, np.nan, np.nan, np.inf), (np.inf, 1.0, 1.0, np.inf),
        (-np.inf, np.inf, np.inf, np.inf), (1.0, -np.inf, np.inf, np.inf),
    ],
)  # fmt: skip
def test_distances(given, lower, upper, error):
    found, wrong = deviation(*(np.array([[v]]) for v in (given, lower, upper)), np.ones(1))
    assert found[0] == pytest.approx(error) or np.isnan(found[0])
    assert bool(wrong[0]) == (error > 1e-10)


# Constants.


def test_constants_are_named_with_their_method(proof):
    assert proof.attrs["constants"] == "mu1: exact, mu2: exact, kappa2: exact"


def test_certified_constants_are_balls():
    """tanh has no closed forms; certified quadrature gives what mpmath gives."""
    tanh = asymp.theorem("random-features-robust", activation="tanh")
    proof = tanh.certify(psi1=1.5, psi2=2.5, eps=0.2, tau=0.5)
    assert outcomes(proof) == [Certificate.certified]
    assert proof.attrs["constants"].count("certified quadrature") == 3
    assert "conditional" not in proof.attrs["constants"]
    values = Reference(tanh).values([1.5, 2.5, 0.2, 0.2, 0.0, 0.5, 1.0])
    risk = values["robust_risk"]
    assert between(proof.robust_risk_lower, risk, proof.robust_risk_upper, 1e-28)


def test_estimated_constants_make_the_certificate_conditional():
    """A root at zero is no matter for Arb's quadrature, and mpmath only estimates its error."""
    u = sp.Symbol("u", real=True)
    odd = asymp.theorem(
        "random-features-ridge", activation=sp.sign(u) * sp.sqrt(sp.Abs(u)) + sp.sin(u)
    )
    proof = odd.certify(psi1=1.5, psi2=2.5, zeta=0.1, tau=0.5)
    assert "estimated quadrature" in proof.attrs["constants"]
    assert "conditional on the estimated error of mu" in proof.attrs["constants"]


def test_a_wrong_small_number_is_found():
    # A true risk of 5e-9 and one of 1e-18: both far below the absolute bar times a condition.
    ridge = asymp.theorem("ridge")
    for point in (
        {"alpha": 1.0, "zeta": 1e-12, "tau": 1e-7, "rho": 1e-14},
        {"alpha": 2.0, "zeta": 1e-9, "tau": 1e-9},
    ):
        right = ridge.solve(**point)
        assert int(ridge.certify(right).certificate) == Certificate.certified
        for factor in (1.5, 0.0, -1.0):
            wrong = right.assign(standard_risk=factor * right.standard_risk)
            found = ridge.certify(wrong)
            assert int(found.certificate) == Certificate.disagrees
            assert float(found.error) > 0.4


@pytest.mark.parametrize("given", ["grid.nc", {"alpha": 1.0}, xr.DataArray(1.0)])
def test_what_is_no_dataset_is_refused(headline, given):
    with pytest.raises(InvalidParameter, match="Dataset"):
        headline.certify(given)
