"""The compiled solver: right or honest, everywhere."""

import os
import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy as sp

sys.path.insert(0, str(Path(__file__).parent))

import handmade
import points

import asymp
from asymp.lowering import compile_branches, mp_system
from asymp.reductions.system import Branch, FixedPoint
from asymp.solver import Status, solve_points
from asymp.solver.grid import kernel_of

X, Y, A = sp.symbols("x y a", positive=True)
RELU = points.ACTIVATIONS["relu"]
SYMBOLS = tuple(p.symbol for p in handmade.PARAMETERS.values())
KERNEL = compile_branches(handmade.BRANCHES, SYMBOLS, handmade.CONSTANTS, "headline by hand")
GENERIC = 3
OBSERVABLES = (
    "standard_risk", "robust_risk", "train_robust_risk", "robust_gap", "parameter_norm2",
    "gradient_norm2", "interpolated_fraction",
)  # fmt: skip


def headline(rows, constants=RELU):
    return solve_points(KERNEL, np.atleast_2d(rows), constants)


def row(psi1, psi2, eps, zeta=0.0, tau=0.5, rho=1.0):
    return [psi1, psi2, eps, eps, zeta, tau, rho]


def column(found, name):
    return found.values[:, KERNEL.values.index(name)]


def toy(update, start=1, values=None, state=(X,), condition=sp.true, status="converged"):
    """Solve a toy system at a = 2."""
    updates = update if isinstance(update, tuple) else (update,)
    starts = start if isinstance(start, tuple) else (start,)
    system = FixedPoint(state, (), updates, tuple(map(sp.sympify, starts)))
    values = {"x": X} if values is None else values
    branch = Branch("only", condition, (), system, values, status=status)
    kernel = compile_branches((branch,), (A,), (), "toy")
    return solve_points(kernel, np.array([[2.0]]), [])


@pytest.mark.parametrize(
    ("update", "start", "root"),
    [
        (1 + sp.log(1 + X), 1, 2.1461932206205825),  # contracts
        (A / X, 5, np.sqrt(2)),  # oscillates for ever without damping
        (A / X**3, 3, 2**0.25),  # diverges oscillating
        (X ** sp.Rational(999, 1000) * A ** sp.Rational(1, 1000), 1e9, 2.0),  # creeps
        (X * (1 + A) / (1 + X * sp.Float(1e-12)), 1, 2e12),  # far away
        (sp.sqrt(3 - X), 2.999999, (np.sqrt(13) - 1) / 2),  # no value beyond 3
        (X * sp.exp(A - X) ** 3, 1, 2.0),  # chaotic as a plain iteration
    ],
)
def test_toy_maps_are_solved_from_poor_starts(update, start, root):
    found = toy(update, start)
    assert found.status[0] == Status.converged
    assert found.residual[0] <= 1e-13
    # Residual times condition number bounds the relative error to first order.
    assert found.values[0, 0] == pytest.approx(root, rel=2e-13 * max(1, found.condition[0]))


def test_condition_number_is_the_row_sum_norm_of_the_inverse():
    found = toy((sp.sqrt(X * Y), A * Y ** sp.Rational(1, 4)), (1, 1), {"x": X, "y": Y}, (X, Y))
    slopes = np.array([[0.5, 0.5], [0.0, 0.25]])
    inverse = np.linalg.inv(np.eye(2) - slopes)
    # Exponents are the log slopes exactly; a few roundings.
    assert found.condition[0] == pytest.approx(np.abs(inverse).sum(axis=1).max(), rel=1e-12)


@pytest.mark.parametrize(
    "update",
    [2 * X, X + 1, X / 3, sp.log(X / 2 + sp.Rational(1, 4)), -X, sp.sqrt(X - 5), X * sp.nan + X],
)
def test_maps_without_fixed_point_are_reported_with_nan(update):
    found = toy(update)
    assert found.status[0] == Status.max_steps
    assert np.isnan(found.values).all()


def test_a_value_without_meaning_is_never_converged():
    assert toy(sp.sqrt(A * X), values={"x": sp.sqrt(X - 5)}).status[0] == Status.max_steps
    overflow = toy(sp.sqrt(A * X), values={"x": sp.exp(X * 500)})
    assert overflow.status[0] == Status.max_steps
    assert np.isnan(overflow.values[0, 0])


def test_stated_infinities_and_statuses_are_kept():
    assert toy(sp.sqrt(A * X), values={"x": sp.oo}).values[0, 0] == np.inf
    assert toy(sp.sqrt(A * X), status="infinite").status[0] == Status.infinite
    empty = toy(sp.sqrt(A * X), status="no_minimiser")
    assert empty.status[0] == Status.no_minimiser
    assert np.isnan(empty.values[0, 0])


@pytest.mark.parametrize("tau", [1e71, 1e75, 1e150])
def test_what_is_large_in_the_null_phase_is_finite(tau):
    # The estimator is zero, so that every risk is the variance of the labels.
    found = headline(row(1.0, 2.0, 10.0, tau=tau))
    assert found.status[0] == Status.null
    for name in ("standard_risk", "robust_risk", "train_robust_risk"):
        # One square and one sum.
        assert column(found, name)[0] == pytest.approx(tau**2 + 1, rel=1e-15)


def test_what_is_beyond_all_measure_is_infinite_and_the_status_says_so():
    found = toy(sp.sqrt(A * X), values={"x": X * sp.Float("1e141"), "y": X})
    assert found.status[0] == Status.infinite
    assert found.values[0].tolist() == [np.inf, pytest.approx(2.0, rel=1e-13)]
    # Where a square overflows nothing is known.
    assert headline(row(1.0, 2.0, 10.0, tau=1e160)).status[0] == Status.max_steps


def test_no_branch_means_out_of_domain():
    assert toy(sp.sqrt(A * X), condition=sp.Gt(A, 3)).status[0] == Status.out_of_domain


def reference_error(found, rows, constants):
    """Relative error against 25 digits over max(1, condition), at each point and value."""
    system = mp_system(handmade.BRANCHES, SYMBOLS, handmade.CONSTANTS)
    errors = np.zeros_like(found.values)
    with mpmath.workdps(25):
        for k, point in enumerate(rows):
            inputs = dict(
                zip((*KERNEL.parameters, *KERNEL.constants), [*point, *constants], strict=True)
            )
            state = found.values[k, :3] if found.branch[k] == GENERIC else None
            truth = system.solve({n: float(v) for n, v in inputs.items()}, state)
            scales = scale(truth)
            for i, name in enumerate(KERNEL.values):
                got, true = found.values[k, i], truth[name]
                gap = 0.0 if got == true else float(abs(got - true) / scales[name])
                errors[k, i] = gap / max(1.0, found.condition[k])
    return errors


def scale(truth):
    """What each error is relative to; the gap, a difference, to the larger of its terms.

    Where the true value is 0 the error is absolute: 1e-14 there counts as 1e-10.
    """
    scales = {name: abs(value) or mpmath.mpf("1e-4") for name, value in truth.items()}
    return scales | {"robust_gap": max(scales["robust_risk"], scales["robust_gap"])}


@pytest.mark.parametrize("activation", sorted(points.ACTIVATIONS))
def test_agrees_with_extended_precision_at_ordinary_and_corner_points(activation):
    constants = [float(c) for c in points.ACTIVATIONS[activation]]
    rows = np.vstack(
        [points.wide(90, constants, seed=11)[0], points.corners(80, constants, seed=12)]
    )
    found = headline(rows, constants)
    assert (found.status <= Status.infinite).all()
    # The bar of design.md: 1e-10 times the larger of 1 and the condition number.
    assert reference_error(found, rows, constants).max() < 1e-10


def check_wide(size, activation, seed):
    constants = points.ACTIVATIONS[activation]
    rows, part = points.wide(size, constants, seed)
    found = headline(rows, constants)
    null = part >= 1
    assert (found.status[null] == Status.null).all()
    assert (found.status[part < 0.99] == Status.converged).all()
    solved = found.status == Status.converged
    assert (found.residual[solved] <= 1e-13).all()
    # Residual times condition number bounds the error of the state to first order.
    assert (found.residual * found.condition)[solved].max() < 1e-8
    unsolved = ~solved & ~null
    assert np.isnan(found.values[unsolved]).all()
    assert np.isfinite(found.values[solved]).all()


@pytest.mark.parametrize("activation", sorted(points.ACTIVATIONS))
def test_wide_grid_sample(activation):
    check_wide(5_000, activation, seed=21)


@pytest.mark.slow
@pytest.mark.parametrize("activation", sorted(points.ACTIVATIONS))
def test_wide_grid_in_full(activation):
    check_wide(100_000, activation, seed=22)


def test_a_point_does_not_depend_on_the_others():
    rows = np.vstack([points.wide(200, RELU, seed=31)[0], points.corners(100, RELU, seed=32)])
    together, backwards = headline(rows), headline(rows[::-1])
    alone = np.vstack([headline(r).values for r in rows])
    np.testing.assert_array_equal(together.values, backwards.values[::-1])
    np.testing.assert_array_equal(together.values, alone)


def test_nan_is_out_of_domain():
    found = headline([row(1, 1, np.nan), row(1, 2, 0.1)])
    assert found.status.tolist() == [Status.out_of_domain, Status.converged]
    assert np.isnan(found.values[0]).all()


def risk_floor(psi1, tau):
    """The printed sigma^2 of the theorem, with S as printed in (4.4)."""
    z = 2 / np.pi - 1
    b = 1 - psi1 - z
    s = (b - np.sqrt(b * b - 4 * psi1 * z)) / (-2 * psi1 * z)
    return tau**2 + 1 - psi1 * (1 + (1 - 2 / np.pi) * s)


@pytest.mark.parametrize(("psi1", "psi2", "tau"), [(0.5, 2.0, 0.3), (1.5, 1.6, 0.0), (0.01, 50, 1)])
@pytest.mark.parametrize("eps", [0.0, 1e-10])
def test_no_attack_and_no_ridge_is_least_squares(psi1, psi2, tau, eps):
    found = headline(row(psi1, psi2, eps, tau=tau))
    expected = risk_floor(psi1, tau) * psi2 / (psi2 - psi1)
    # eps = 1e-10 changes the risk by the same order times the condition number.
    assert column(found, "SR")[0] == pytest.approx(expected, rel=1e-12 if eps == 0 else 1e-7)
    train = risk_floor(psi1, tau) * (1 - psi1 / psi2)
    assert column(found, "train_robust_risk")[0] == pytest.approx(train, rel=1e-7)


def test_the_two_interpolators_of_the_overparametrised_side_differ():
    """Three printed digits of theory.md, section 3, item 3."""
    found = headline([row(3, 1, 0.0, tau=0.3), row(3, 1, 1e-7, tau=0.3)])
    assert np.round(column(found, "SR"), 3).tolist() == [0.687, 0.758]


def test_either_side_of_the_null_threshold():
    top = points.eps_max(1.3, 2.0, 0.5, RELU)
    below, above = headline([row(1.3, 2, top * (1 - 1e-7)), row(1.3, 2, top * (1 + 1e-7))]).values
    found = headline([row(1.3, 2, top * (1 - 1e-7)), row(1.3, 2, top * (1 + 1e-7))])
    assert found.status.tolist() == [Status.converged, Status.null]
    # P vanishes like the square of the distance, so the risk is continuous to about 1e-7.
    assert below[1] == pytest.approx(above[1], rel=1e-6)
    # theory.md, section 3, item 1: the condition number of P is 2 / (1 - eps/eps_max).
    assert found.condition[0] == pytest.approx(2e7, rel=0.5)


def test_threshold_is_infinite_and_keeps_finite_values():
    found = headline(row(2, 2, 0.0))
    assert found.status[0] == Status.infinite
    assert column(found, "SR")[0] == np.inf
    assert column(found, "train_robust_risk")[0] == 0.0


def test_scale_covariance():
    """Teacher and noise twice as large: every squared quantity four times, V as before."""
    rows = points.wide(300, RELU, seed=51)[0]
    larger = rows.copy()
    larger[:, points.NAMES.index("tau")] *= 2
    larger[:, points.NAMES.index("rho")] *= 4
    found, scaled = headline(rows), headline(larger)
    np.testing.assert_array_equal(found.status, scaled.status)
    # Two roundings of one fixed point, each to a residual of 1e-13.
    slack = 1e-12 * np.maximum(1, found.condition)
    for name in KERNEL.values:
        factor = 1.0 if name in ("V", "interpolated_fraction") else 4.0
        size = column(found, "robust_risk" if name == "robust_gap" else name)
        difference = np.abs(column(scaled, name) - factor * column(found, name))
        assert (difference <= slack * factor * np.abs(size)).all(), name


@pytest.mark.slow
def test_a_damaged_solver_cache_heals(tmp_path):
    program = f"""
import sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parent.parent)!r}]
import handmade
from asymp.solver import solve_grid
print(float(solve_grid(handmade.THEOREM, dict(psi1=2, psi2=3, eps=0.2)).SR))
"""

    def run():
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, "-c", program]
        return subprocess.check_output(command, env=environment, text=True)

    first = run()
    for entry in tmp_path.rglob("core.*.nbi"):
        entry.write_bytes(b"broken")
    assert run() == first


def test_solver_knows_no_sympy():
    folder = Path(__file__).parent.parent / "asymp" / "solver"
    for path in folder.glob("*.py"):
        assert "import sympy" not in path.read_text(), path


def compare_with_derived(activation, size):
    """Statuses equal, values within 1e-11 times the condition number of the hand-typed system."""
    constants = points.ACTIVATIONS[activation]
    given = {"relu": "relu", "tanh": sp.tanh, "erf": lambda u: sp.erf(u / sp.sqrt(2))}[activation]
    theorem = asymp.theorem("random-features-robust", activation=given)
    kernel = kernel_of(theorem)
    rows = np.vstack([points.wide(size, constants, 41)[0], points.corners(size, constants, 42)])
    order = [points.NAMES.index(name) for name in kernel.parameters]
    derived = solve_points(kernel, rows[:, order], [float(v) for v in theorem.constants.values()])
    typed = headline(rows, constants)
    np.testing.assert_array_equal(derived.status, typed.status)
    assert (derived.status <= Status.infinite).all()
    solved = np.isin(typed.status, (Status.converged, Status.null))
    condition = np.maximum(1.0, typed.condition)[solved]
    larger = np.abs(column(typed, "robust_risk"))[solved]
    for name in OBSERVABLES:
        ours = derived.values[solved, kernel.values.index(name)]
        hand = column(typed, name)[solved]
        scales = np.maximum(np.abs(hand), larger if name == "robust_gap" else 1e-300)
        # Two roundings of one fixed point, each to a residual of 1e-13.
        assert (np.abs(ours - hand) <= 1e-11 * condition * scales).all(), name


def test_the_derived_theorem_is_the_hand_typed_one():
    compare_with_derived("relu", 1_500)


@pytest.mark.slow
@pytest.mark.parametrize("activation", sorted(points.ACTIVATIONS))
def test_the_derived_theorem_is_the_hand_typed_one_in_full(activation):
    compare_with_derived(activation, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("decades", [3, 6])
def test_far_beyond_the_wide_grid_every_point_is_solved_or_honest(decades):
    rows = points.torture(100_000, RELU, seed=61, decades=decades)
    found = headline(rows)
    solved, unsolved = found.status == Status.converged, found.status == Status.max_steps
    assert (solved | unsolved).all()
    assert np.isfinite(found.values[solved, 1:]).all()  # V is infinite for some interpolators
    assert (found.residual * found.condition)[solved].max() < 1
    assert np.isnan(found.values[unsolved]).all()
    # psi1 within 1e-10 of psi2 while eps and zeta are next to 0: no digit is determined there.
    assert unsolved.mean() < 1e-3
    assert (np.abs(rows[unsolved, 0] / rows[unsolved, 1] - 1) < 1e-6).all()


def test_square_linear_features_without_ridge():
    """At psi1 = 1 the smallest eigenvalue of W W^T tends to 0: risks are finite, the norm is not.

    Linear features of as many directions as inputs are the inputs themselves, so that the risk is
    that of isotropic inputs at alpha = psi2.
    """
    linear = asymp.theorem("random-features-robust", activation="linear")
    inputs = asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input()).derive()
    found = linear.solve(psi1=1.0, psi2=1.5, eps=0.2, tau=0.5, throw=False)
    expected = inputs.solve(alpha=1.5, eps=0.2, tau=0.5)
    for name in ("standard_risk", "robust_risk", "train_robust_risk"):
        assert float(found[name]) == pytest.approx(float(expected[name]), rel=1e-11)
    assert float(found.parameter_norm2) == np.inf
    assert int(found.status) == Status.infinite
