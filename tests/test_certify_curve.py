"""Curves hold for every parameter inside their pieces, and say where they do not."""

import mpmath
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

flint = pytest.importorskip("flint")

from balls import Reference, between  # noqa: E402
from flint import arb  # noqa: E402

import asymp  # noqa: E402
from asymp.balls.constants import precision  # noqa: E402
from asymp.certify import Certificate  # noqa: E402
from asymp.certify.curve import halfway  # noqa: E402
from asymp.certify.root import RootBox  # noqa: E402
from asymp.certify.tube import both  # noqa: E402
from asymp.errors import InvalidParameter  # noqa: E402
from asymp.testing.pointwise import Pointwise  # noqa: E402

POINT = {"psi1": 1.5, "psi2": 2.5, "eps": 0.2, "zeta": 0.05, "tau": 0.5}


@pytest.fixture(scope="module")
def ridge():
    return asymp.theorem("ridge")


@pytest.fixture(scope="module")
def curve(ridge):
    return ridge.certify_curve({"alpha": (0.5, 2.0)}, zeta=0.1, tau=0.5)


@pytest.fixture(scope="module")
def headline_curve(headline):
    given = {n: v for n, v in POINT.items() if n != "psi1"}
    return headline.certify_curve({"psi1": (1.0, 2.0)}, tolerance=0.1, **given)


def covers(curve, name, low, high):
    """Whether the pieces follow each other from end to end."""
    ends = curve[f"{name}_lower"].values, curve[f"{name}_upper"].values
    return ends[0][0] == low and ends[1][-1] == high and (ends[0][1:] == ends[1][:-1]).all()


def piece_at(curve, name, value):
    """The piece that holds a parameter."""
    inside = (curve[f"{name}_lower"] <= value) & (curve[f"{name}_upper"] >= value)
    return curve.isel(piece=int(np.flatnonzero(inside)[0]))


def test_ridge_is_proved_and_joined(curve):
    assert covers(curve, "alpha", 0.5, 2.0)
    assert bool((curve.certificate == 0).all())
    assert bool(curve.joined.all())
    width = curve.standard_risk_upper - curve.standard_risk_lower
    assert bool((width <= 2.01 * 0.02 * (curve.standard_risk_upper + 1e-3)).all())


@given(share=st.floats(0, 1))
def test_ridge_holds_at_every_parameter(ridge, curve, share):
    """The quadratic's root in closed form, V of the isotropic ridge, at 30 digits."""
    alpha = 0.5 + 1.5 * share
    piece = piece_at(curve, "alpha", alpha)
    with mpmath.workdps(30):
        zeta, shape = mpmath.mpf(0.1), 1 / mpmath.mpf(alpha)
        b = zeta + 1 - shape
        stieltjes = (mpmath.sqrt(b * b + 4 * zeta * shape) - b) / (2 * zeta * shape)
        V = stieltjes * shape
    assert between(piece.V_lower, V, piece.V_upper)
    solved = ridge.solve(alpha=alpha, zeta=0.1, tau=0.5)
    for name in (*ridge.observables, *ridge.order_parameters):
        value = float(solved[name])
        # The solver's own error is below 1e-12 here.
        assert float(piece[f"{name}_lower"]) <= value * (1 + 1e-12) + 1e-15
        assert value * (1 - 1e-12) - 1e-15 <= float(piece[f"{name}_upper"])


def test_the_headline_curve_holds_forty_digits(headline, headline_curve):
    assert covers(headline_curve, "psi1", 1.0, 2.0)
    assert bool((headline_curve.certificate == 0).all())
    assert bool(headline_curve.joined.all())
    ref = Reference(headline)
    for psi1 in (1.0, 1.2345, 1.7, 2.0):
        piece = piece_at(headline_curve, "psi1", psi1)
        values = ref.values(ref.row({**POINT, "psi1": psi1}))
        for name in headline.observables:
            ends = (piece[f"{name}_{end}"] for end in ("lower", "upper"))
            low, high = map(float, ends)
            assert between(low, values[name], high), (name, psi1)


@pytest.mark.parametrize("name", ["psi2", "eps", "zeta", "tau"])
def test_every_parameter_may_vary(headline, name):
    ends = {"psi2": (2.4, 2.6), "eps": (0.19, 0.21), "zeta": (0.0, 0.02), "tau": (0.0, 0.2)}[name]
    given = {n: v for n, v in POINT.items() if n != name}
    curve = headline.certify_curve({name: ends}, tolerance=0.2, pieces=100, **given)
    assert bool((curve.certificate == 0).all())
    grid = np.linspace(*ends, 9)
    solved = headline.solve(**{**POINT, name: grid})
    for k, value in enumerate(grid):
        piece = piece_at(curve, name, value)
        risk = float(solved.robust_risk[k])
        assert float(piece.robust_risk_lower) <= risk * (1 + 1e-11)
        assert risk * (1 - 1e-11) <= float(piece.robust_risk_upper)


def test_a_parameter_that_is_paired_by_default_moves_along(headline):
    given = {n: v for n, v in POINT.items() if n != "eps"}
    together = headline.certify_curve({"eps": (0.19, 0.2)}, tolerance=0.5, **given)
    assert "eps_test" not in together.coords
    apart = headline.certify_curve({"eps": (0.19, 0.2)}, tolerance=0.5, **given, eps_test=0.0)
    assert float(apart.eps_test) == 0.0
    solved = headline.solve(**{**POINT, "eps": 0.195, "eps_test": 0.0})
    piece = piece_at(apart, "eps", 0.195)
    assert float(piece.robust_risk_lower) <= float(solved.robust_risk)
    assert float(solved.robust_risk) <= float(piece.robust_risk_upper)
    assert float(together.robust_risk_lower.min()) > float(apart.robust_risk_upper.max())


def test_a_tighter_tolerance_gives_narrower_pieces(ridge):
    def run(tolerance):
        found = ridge.certify_curve({"alpha": (1.5, 2.0)}, zeta=0.1, tau=0.5, tolerance=tolerance)
        assert bool((found.certificate == 0).all())
        width = (found.standard_risk_upper - found.standard_risk_lower).max()
        return found.sizes["piece"], float(width)

    (few, wide), (many, narrow) = run(0.05), run(0.002)
    assert many > few
    assert narrow < wide / 5
    # An enclosure's excess over the values' own variation is of second order in the width.
    assert narrow < 2 * 0.002 * 2


def test_a_curve_across_the_null_threshold(headline):
    given = {n: v for n, v in POINT.items() if n != "eps"}
    edge = Pointwise(headline)(**given, eps=0.1)["eps_max"]
    curve = headline.certify_curve(
        {"eps": (0.3 * edge, 1.1 * edge)}, tolerance=0.3, pieces=100, **given
    )
    assert covers(curve, "eps", 0.3 * edge, 1.1 * edge)
    names = [b.name for b in headline.branches]
    good = curve.certificate == Certificate.certified
    below = curve.eps_upper < edge
    above = curve.eps_lower > edge
    assert bool(((curve.branch == names.index("null")) == above).where(good, True).all())
    across = ~(below | above)
    assert int(across.sum()) >= 1
    assert not bool(good[across].any())  # both phases: no single branch holds
    assert bool(good[above & (curve.eps_lower > 1.03 * edge)].all())
    # Next to the threshold the condition number is 2/(1 - eps/eps_max): pieces get short there.
    assert bool(good[0])
    assert bool(below[0])
    null = curve.isel(piece=np.flatnonzero(good & above))
    assert bool((null.standard_risk_lower == 1.25).all())
    assert bool((null.standard_risk_upper == 1.25).all())
    # Neighbours of different branches are not joined.
    change = np.flatnonzero(np.diff(curve.branch.values))
    assert not curve.joined.values[change + 1].any()


def test_an_interpolation_threshold_is_not_crossed(ridge):
    """At zeta = 0 the risk diverges at alpha = 1."""
    curve = ridge.certify_curve({"alpha": (0.5, 1.5)}, zeta=0.0, tau=0.5, pieces=300)
    across = (curve.alpha_lower <= 1) & (curve.alpha_upper >= 1)
    assert not bool((curve.certificate[across] == 0).any())
    assert bool((curve.certificate[0] == 0) & (curve.certificate[-1] == 0))


def test_decimal_ends(ridge):
    curve = ridge.certify_curve(
        {"alpha": (1.1, 1.3)}, zeta=0.1, tau=0.3, reading="decimal", tolerance=0.5
    )
    assert bool((curve.certificate == 0).all())
    assert bool(curve.joined.all())
    proof = ridge.certify(alpha=1.1, zeta=0.1, tau=0.3, reading="decimal")
    first = curve.isel(piece=0)
    assert float(first.standard_risk_lower) <= float(proof.standard_risk_lower)
    assert float(proof.standard_risk_upper) <= float(first.standard_risk_upper)
    assert "decimal" in curve.attrs["parameters"]


def test_curves_are_written_and_read(curve, tmp_path):
    curve.to_netcdf(tmp_path / "curve.nc")
    xr.testing.assert_identical(xr.load_dataset(tmp_path / "curve.nc"), curve)


@pytest.mark.parametrize(
    ("over", "more", "message"),
    [
        ({"alpha": (2.0, 1.0)}, {}, "smaller"),
        ({"alpha": (1.0, 1.0)}, {}, "smaller"),
        ({"alpha": (1.0, np.inf)}, {}, "alpha"),
        ({"alpha": (np.nan, 1.0)}, {}, "alpha"),
        ({"alpha": (-1.0, 1.0)}, {}, "alpha"),
        ({"alpha": 1.0}, {}, "pair"),
        ({"alpha": ("a", "b")}, {}, "pair"),
        ({"beta": (1.0, 2.0)}, {}, "beta"),
        ({}, {}, "one parameter"),
        ({"alpha": (1.0, 2.0), "tau": (0.0, 1.0)}, {}, "one parameter"),
        ({"alpha": (1.0, 2.0)}, {"alpha": 1.0}, "both"),
        ({"alpha": (1.0, 2.0)}, {"zeta": [0.1, 0.2]}, "array"),
        ({"alpha": (1.0, 2.0)}, {"zeta": -1.0}, "zeta"),
        ({"alpha": (1.0, 2.0)}, {"reading": "octal"}, "reading"),
        ({"alpha": (1.0, 2.0)}, {"tolerance": 0.0}, "tolerance"),
        ({"alpha": (1.0, 2.0)}, {"tolerance": np.nan}, "tolerance"),
        ({"alpha": (1.0, 2.0)}, {"pieces": 0}, "pieces"),
        ({"alpha": (1.0, 2.0)}, {"pieces": "a"}, r"pieces = 'a' is not a whole number in \[1, inf"),
        ({"alpha": (1.0, 2.0)}, {"pieces": 1j}, "pieces = 1j is not a whole number"),
        ({"alpha": (1.0, 2.0)}, {"pieces": 2.5}, "pieces = 2.5 is not a whole number"),
        ({"alpha": (1.0, 2.0)}, {"pieces": np.inf}, "pieces = inf is not a whole number"),
        ({"alpha": (1.0, 2.0)}, {"pieces": None}, "pieces = None is not a whole number"),
        ({"alpha": (1.0, 2.0)}, {"tolerance": "a"}, r"tolerance = 'a' is not .* in \(0, inf"),
        ({"alpha": (1.0, 2.0)}, {"tolerance": 1j}, "tolerance = 1j is not a number"),
        ({"alpha": ("1", "2")}, {}, r"alpha = \('1', '2'\) .* in \(0, inf\)"),
        ({"alpha": "12"}, {}, "alpha = '12' is not a pair"),
        ({"alpha": (1j, 2.0)}, {}, "pair"),
        ({"alpha": (1.0, 2.0)}, {"zeta": "a"}, r"zeta = 'a' is not .* in \[0, inf\) \(ridge"),
        ({"alpha": (1.0, 2.0)}, {"zeta": 1j}, "zeta = 1j is not a real number"),
    ],
)
def test_bad_curves_are_refused(ridge, over, more, message):
    with pytest.raises(InvalidParameter, match=message):
        ridge.certify_curve(over, **{"zeta": 0.1, "tau": 0.5, **more})


def test_a_parameter_given_as_none_is_not_given(headline):
    """The default of eps_test is eps, and so it moves along."""
    given = {n: v for n, v in POINT.items() if n != "eps"} | {"eps_test": None}
    curve = headline.certify_curve({"eps": (0.19, 0.2)}, pieces=1, **given)
    assert "eps_test" not in curve.coords


def test_an_end_holds_what_lies_within_its_sides():
    with precision(128):
        end = RootBox([arb(2)], [arb(2)], [arb(0.1)])
        assert end.holds([2 * arb(0.099).exp()])
        assert not end.holds([2 * arb(0.1).exp()])
        assert not end.holds([arb(2, 0.3)])


def test_enclosures_that_contradict_each_other_prove_nothing():
    assert both(arb(1, 0.1), arb(2, 0.1)).is_nan()
    assert both(arb(1, 0.5), arb(1.2, 0.5)).rad() < 0.5
    assert both(arb.pos_inf(), arb(2)).upper() == arb.pos_inf()  # not known to be continuous
    assert both(arb(1), arb.nan()) == 1


def test_halves():
    assert halfway(1.0, 2.0) == 1.5
    assert halfway(1e-3, 1e3) == pytest.approx(1.0)  # geometric: ends six decades apart
    assert halfway(0.0, 1.0) == 0.5
    assert halfway(-1.0, 1.0) == 0.0
