"""Laws of training dynamics: derived recursion against a printed one, brute force and training."""

import dataclasses

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from asymp.dynamics import (
    FIELD,
    PatchActivation,
    PatchModel,
    odd_power,
    patch_dynamics,
    relu_power,
    train_network,
)
from asymp.dynamics import letters as L
from asymp.dynamics.checks import descent_check
from asymp.dynamics.network_run import _descent, _Functions
from asymp.dynamics.patch_data import PatchData
from asymp.dynamics.phases import Thresholds, add_phases
from asymp.dynamics.steps import Recursion, definitions_of, loss_gradient, project
from asymp.dynamics.sums import resolve_deltas
from asymp.dynamics.vectors import Atom, Gram, Vector
from asymp.errors import InvalidParameter, InvalidProblem, NotConverged, NotDerivable
from asymp.problem import losses
from asymp.problem.losses import MARGIN
from asymp.reductions.step import Outcome

NUMBERS = {"alpha": 4.0, "delta": 3.8, "lam": 0.5, "eta": 0.05}
Q = sp.Symbol("q", positive=True)
LAWS = {
    "cube": (None, None),
    "fifth power": (odd_power(5), None),
    "odd square": (odd_power(2), None),
    "power 5/2": (odd_power(2.5), None),
    "open exponent": (odd_power(Q), None),
    "relu square": (relu_power(2), None),
    "relu cube, exponential loss": (relu_power(3), losses.ExponentialLoss()),
    "cube of tanh": (sp.tanh(FIELD) ** 3, None),
    "squared hinge": (None, losses.SquaredHingeLoss()),
}


@pytest.fixture(scope="module")
def cubic():
    return patch_dynamics()


def printed(u_or_v):
    """Recursion of the project's notes (2.3), cubic activation and logistic loss; an audit."""
    alpha, delta, lam, eta = (p.symbol for p in (L.ALPHA, L.DELTA, L.SHARE, L.RATE))

    def psi(margin, i):
        return 1 / (1 + sp.exp(margin[i]))

    if u_or_v == "u":
        i, u = L.SAMPLE_SUM, L.TRUE[L.NEURON]
        summand = (1 - lam) * psi(L.MARGIN_OF, i) * alpha**3
        summand += lam * psi(L.ROBUST_MARGIN_OF, i) * (alpha - delta) ** 3
        return u + 3 * eta / L.SAMPLES * sp.Sum(summand * u**2, L.OVER_SAMPLES)
    i, j = L.SAMPLE, L.PATCH
    v = L.MEMORISED[L.NEURON, i, j]
    mean = (1 - lam) * psi(L.MARGIN_OF, i) + lam * psi(L.ROBUST_MARGIN_OF, i)
    return v + 3 * eta / L.SAMPLES * mean * L.ENERGY[i, j] * v**2


@pytest.mark.parametrize("state", ["u", "v"])
def test_the_recursion_is_the_printed_one(cubic, state):
    difference = sp.expand(cubic.updates[state]) - sp.expand(printed(state))
    assert sp.simplify(difference.doit()) == 0


def test_the_audit_would_see_a_wrong_power(cubic):
    wrong = printed("v").subs(L.MEMORISED[L.NEURON, L.SAMPLE, L.PATCH] ** 2, 1)
    assert sp.simplify(sp.expand(cubic.updates["v"] - wrong)) != 0


@pytest.mark.parametrize("name", LAWS)
def test_every_step_of_every_law_checks(name):
    law = patch_dynamics(*LAWS[name])
    outcomes = {step: found.outcome for step, found in law.check().items()}
    assert set(outcomes.values()) <= {Outcome.PROVED, Outcome.VERIFIED}, outcomes
    assert ("odd-activation" in outcomes) == law.network.activation.is_odd


def test_a_wrong_update_fails_its_check(cubic):
    network = cubic.network
    right = Recursion(project(loss_gradient(network)), definitions_of(network))
    assert descent_check(network, right, False).outcome is Outcome.VERIFIED
    wrong = right.mapped(lambda e: e.subs(L.SHARE.symbol, L.SHARE.symbol**2))
    assert descent_check(network, wrong, False).outcome is Outcome.FALSE


def test_a_wrong_slope_fails_its_check():
    wrong = PatchActivation(FIELD**3, 2 * FIELD**2)
    assert wrong.check().outcome is not Outcome.PROVED


def test_a_step_is_what_plain_loops_give(cubic):
    rng = np.random.default_rng(0)
    u, v, energy = rng.random(3), rng.standard_normal((3, 4, 2)), rng.random((4, 2))
    run = cubic.run(1, initial={"u": u, "v": v}, energy=energy, **NUMBERS)
    alpha, left, lam, eta = 4.0, 0.2, 0.5, 0.05
    psi, psi_adv = np.zeros(4), np.zeros(4)
    for i in range(4):
        memorised = sum(v[r, i, j] ** 3 for r in range(3) for j in range(2))
        psi[i] = 1 / (1 + np.exp(sum((alpha * x) ** 3 for x in u) + memorised))
        psi_adv[i] = 1 / (1 + np.exp(sum((left * x) ** 3 for x in u) + memorised))
    for r in range(3):
        pull = sum((1 - lam) * psi[i] * alpha**3 + lam * psi_adv[i] * left**3 for i in range(4))
        # The same sums in another order.
        assert float(run.u[1, r]) == pytest.approx(u[r] + 3 * eta / 4 * pull * u[r] ** 2, rel=1e-12)
        for i in range(4):
            for j in range(2):
                both = (1 - lam) * psi[i] + lam * psi_adv[i]
                new = v[r, i, j] + 3 * eta / 4 * both * energy[i, j] * v[r, i, j] ** 2
                assert float(run.v[1, r, i, j]) == pytest.approx(new, rel=1e-12)


@st.composite
def starts(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, n, p = (draw(st.integers(1, 4)) for _ in range(3))
    scale = draw(st.sampled_from([0.05, 0.3, 1.0]))
    state = {"u": scale * rng.standard_normal(m), "v": scale * rng.standard_normal((m, n, p))}
    alpha = draw(st.floats(0.1, 3.0))
    numbers = {"alpha": alpha, "delta": alpha * draw(st.floats(0, 1)), "lam": draw(st.floats(0, 1))}
    return state, numbers | {"eta": 0.01}, rng


@given(given_=starts())
def test_weights_of_an_odd_network_never_decrease(cubic, given_):
    state, numbers, _ = given_
    run = cubic.run(20, initial=state, **numbers)
    # Each update adds squares times responses; rounding of a sum is exact in sign here.
    assert (np.diff(run.u, axis=0) >= 0).all()
    assert (np.diff(run.v, axis=0) >= 0).all()
    assert (np.diff(run.margin, axis=0) >= -1e-12).all()  # rounding of sums of cubes


@given(given_=starts())
def test_order_of_neurons_and_copies_of_the_sample_do_not_matter(cubic, given_):
    state, numbers, rng = given_
    first = cubic.run(10, initial=state, **numbers)
    order = rng.permutation(len(state["u"]))
    mixed = cubic.run(10, initial={"u": state["u"][order], "v": state["v"][order]}, **numbers)
    # Sums in another order.
    np.testing.assert_allclose(mixed.v[-1], first.v[-1][order], rtol=1e-10)
    # Twice the sample, each copy with its own weight: half the pull on the noise, the same on u.
    twice = {"u": state["u"], "v": np.concatenate([state["v"], state["v"]], axis=1)}
    copied = cubic.run(1, initial=twice, **numbers)
    n = state["v"].shape[1]
    np.testing.assert_allclose(copied.u[-1], first.u[1], rtol=1e-10)
    gains = (copied.v[1] - copied.v[0])[:, :n], first.v[1] - first.v[0]
    # A gain is the difference of two numbers of order one.
    np.testing.assert_allclose(2 * gains[0].to_numpy(), gains[1].to_numpy(), rtol=1e-6, atol=1e-15)


def test_an_open_exponent_is_the_same_law(cubic):
    options = {"width": 5, "samples": 4, "patches": 2, "rng": 1, **NUMBERS}
    opened = patch_dynamics(odd_power(Q)).run(50, q=3.0, **options)
    # Powers of floats by two routines, over fifty steps.
    np.testing.assert_allclose(opened.v, cubic.run(50, **options).v, rtol=1e-10)


def test_margins_are_written_out_in_the_state(cubic):
    explicit = cubic.explicit["v"]
    assert not explicit.has(L.MARGIN_OF)
    assert explicit.has(sp.Sum)
    assert {str(x.base) for x in explicit.atoms(sp.Indexed)} == {"u", "v", "E"}


def orthogonal_data(rng, n=4, patches=2, d=12, alpha=2.0):
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    noise = basis[1 : 1 + n * patches].reshape(n, patches, d) * rng.uniform(0.5, 2, (n, patches, 1))
    return PatchData(np.resize([1.0, -1.0], n), noise, basis[0], alpha)


@pytest.mark.parametrize("name", ["cube", "odd square", "relu square", "squared hinge"])
def test_on_orthogonal_patches_training_is_the_law(name):
    law, rng = patch_dynamics(*LAWS[name]), np.random.default_rng(3)
    data = orthogonal_data(rng)
    # Every neuron favours the signal, so that the law's adversary is the true one.
    run = train_network(law, data, 1, width=6, delta=1.7, lam=0.4, eta=0.05, rng=rng, scale=0.4)
    start = run.initial()
    u = np.abs(start["initial"]["u"]) * run.signs
    spans = np.concatenate([data.signal[None], data.noise.reshape(-1, 12)])
    products = np.concatenate(
        [u[None], (start["initial"]["v"] * data.labels[:, None]).reshape(6, -1).T]
    )
    weights = (np.linalg.pinv(spans) @ products).T
    functions = _Functions.of(law, {})
    state = {"u": u, "v": start["initial"]["v"]}
    recursion = law.run(200, alpha=2.0, delta=1.7, lam=0.4, eta=0.05, **start | {"initial": state})
    assert recursion.attrs["adversary_licensed"] == 1
    for _ in range(200):
        weights = weights + 0.05 * _descent(weights, run.signs, data, 1.7, 0.4, functions)
    # Two hundred steps of the same arithmetic, in other coordinates.
    np.testing.assert_allclose(weights @ data.signal, recursion.u[-1], rtol=1e-9, atol=1e-12)
    noise = np.einsum("rd,ijd->rij", weights, data.noise) * data.labels[:, None]
    np.testing.assert_allclose(noise, recursion.v[-1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["cube", "relu square"])
def test_the_networks_gradient_is_that_of_its_objective(name):
    law, rng = patch_dynamics(*LAWS[name]), np.random.default_rng(5)
    data = PatchModel(9, 1.5, patches=2).draw(5, rng)
    weights, signs = 0.6 * rng.standard_normal((4, 9)), np.resize([1.0, -1.0], 4)
    signs = signs if law.network.signed else np.ones(4)

    def activate(z):
        return z**3 if name == "cube" else np.maximum(z, 0) ** 2

    def objective(w):
        total = 0.0
        for label, patches in zip(data.labels, data.noise, strict=True):
            noise = sum(signs @ activate(w @ patch) for patch in patches)
            margins = [
                label * (signs @ activate(w @ (s * label * data.signal)) + noise)
                for s in (1.5, 1.5 - 0.8, 1.5 + 0.8)
            ]
            loss = [np.log1p(np.exp(-m)) for m in margins]
            total += 0.7 * loss[0] + 0.3 * max(loss[1:])
        return total / 5

    found = _descent(weights, signs, data, 0.8, 0.3, _Functions.of(law, {}))
    for index in [(0, 0), (1, 3), (3, 8)]:
        step = np.zeros_like(weights)
        step[index] = 1e-5
        slope = (objective(weights + step) - objective(weights - step)) / 2e-5
        # Central differences: 1e-10 times a third derivative, and 1e-11 of rounding.
        assert -found[index] == pytest.approx(slope, abs=1e-7)


def deviation(law, d, seed):
    rng = np.random.default_rng(seed)
    data = PatchModel(d, 4.0).draw(8, rng)
    fixed = {"delta": 3.8, "lam": 0.5, "eta": 0.05, "every": 10}
    run = train_network(law, data, 1500, width=8, scale=0.2, rng=rng, favoured=True, **fixed)
    recursion = law.run(1500, alpha=4.0, **fixed, **run.initial())
    difference = run.trajectory.memorised - recursion.memorised
    return float(np.sqrt((difference**2).mean() / (recursion.memorised**2).mean()))


def test_the_network_follows_the_law_closer_in_higher_dimension(cubic):
    low, high = (np.median([deviation(cubic, d, seed) for seed in range(3)]) for d in (100, 2500))
    # The overlaps fall like 1/sqrt(d), fivefold here; draws of one
    # size vary by 1.6 to 2 (one standard deviation; docs/patch_dynamics.py).
    assert high < low / 2
    assert high < 0.1


def test_the_three_phases_and_what_they_end_at(cubic):
    numbers = NUMBERS | {"delta": 3.97}
    options = {"width": 20, "samples": 10, "scale": 0.05, "rng": 0, "favoured": True, "every": 5}
    run = cubic.run(8000, **options, **numbers)
    starts, ends = run.phase_start.to_numpy(), run.phase_end.to_numpy()
    assert 0 == starts[0] < ends[0] == starts[1] < ends[1] == starts[2] < ends[2]
    assert run.attrs["adversary_licensed"] == 1
    end = run.isel(step=-1)
    # Statements are of order one: alpha^3 U bounded, every V_i above one, no robust signal.
    assert 1 < float(end.signal) < 30
    assert float(end.memorised.min()) > 1
    assert float(end.robust_signal) < 0.01
    assert float(end.objective) < 0.05
    # Phase II: the signal grows by a small factor while the noise is still small.
    first, second = (run.sel(step=t) for t in (ends[0], ends[1]))
    assert float(second.memorised.mean()) < 0.2
    assert float(second.signal / first.signal) < 20


def test_a_trained_network_generalises_and_is_not_robust(cubic):
    rng, model = np.random.default_rng(0), PatchModel(1000, 5.5)
    run = train_network(
        cubic, model.draw(20, rng), 4000, width=20, delta=5.45, lam=0.5, eta=0.02, scale=0.2,
        rng=rng, favoured=True, every=4000,
    )  # fmt: skip
    accuracy = run.accuracies(model.draw(2000, rng, run.data.signal))
    assert accuracy["clean_train"] == accuracy["robust_train"] == 1.0
    assert accuracy["clean_test"] > 0.99
    # One half, within five standard errors of 2000 points.
    assert abs(accuracy["robust_test"] - 0.5) < 5 * 0.5 / 2000**0.5
    # Beyond the signal's strength the adversary turns it round.
    assert run.accuracies(run.data, delta=12.0)["robust_train"] < 0.5


def test_phases_by_hand(cubic):
    import xarray as xr

    data = xr.Dataset(
        {
            "signal": ("step", [0.0, 2.0, 2.0, 2.0, 2.0]),
            "memorised": (("step", "sample"), [[0, 0], [0, 0], [0.2, 0.2], [2, 0.5], [2, 1.5]]),
        },
        {"step": [0, 10, 20, 30, 40]},
    )
    found = add_phases(data, Thresholds())
    assert found.phase_start.to_numpy().tolist() == [0, 10, 20]
    assert found.phase_end.to_numpy().tolist() == [10, 20, 40]
    assert found.phase.to_numpy().tolist() == [1, 2, 3, 3, 0]
    unfinished = add_phases(data, Thresholds(memorised=9))
    assert np.isnan(unfinished.phase_end.to_numpy()[2])
    assert unfinished.phase.to_numpy().tolist() == [1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alpha": -1.0}, "alpha = -1.0 is not in"),
        ({"lam": 1.5}, "lam = 1.5 is not in"),
        ({"q": 3.0}, r"unknown \['q'\]"),
        ({"delta": 5.0}, r"delta = 5.0 is not in \[0, alpha = 4.0\]"),
        ({"alpha": "a"}, "alpha = 'a' is not in"),
        ({"width": 0}, "give a positive integer, or initial"),
        ({"samples": None}, "samples = None is not in"),
        ({"scale": -1}, r"scale = -1 is not in \[0, inf\)"),
        ({"energy": np.ones(7)}, r"energy has shape \(7,\); give one number, or \(N, P\)"),
        ({"energy": -1.0}, "energy = -1 is not in"),
        ({"energy": "a"}, "energy = 'a' is not an array of real"),
        ({"steps": 2.5}, r"steps = 2.5 is not in \{1, 2, ...\}"),
        ({"steps": "a"}, "steps = 'a' is not in"),
        ({"initial": {"u": [1.0]}}, r"initial holds \['u'\]; give exactly 'u' and 'v'"),
        ({"initial": {"u": [np.nan], "v": [[[1.0]]]}}, "initial u holds nan"),
        ({"labels": ["a"] * 3}, "labels = .* is not an array of real"),
        ({"labels": [1, 2, 1]}, "give 3 entries 1 or -1"),
        ({"every": 0}, "every = 0"),
        ({"rng": "a"}, "rng = 'a' is no seed"),
        ({"initial": {"u": [1.0], "v": [1.0]}}, "give"),
    ],
)
def test_bad_arguments_are_refused(cubic, change, said):
    with pytest.raises(InvalidParameter, match=said):
        cubic.run(**{"steps": 2, "width": 2, "samples": 3, **NUMBERS, **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": "a"}, "steps = 'a' is not in"),
        ({"width": 2.5}, "width = 2.5 is not in"),
        ({"scale": -1.0}, "scale = -1.0 is not in"),
        ({"rng": -1}, "rng = -1 is no seed"),
        ({"delta": 9.0}, r"delta = 9.0 is not in \[0, alpha = 2.0\]"),
    ],
)
def test_training_refuses_bad_arguments(cubic, change, said):
    data = PatchModel(20, alpha=2.0).draw(3, np.random.default_rng(0))
    given_ = {"steps": 2, "width": 2, "delta": 1.0, "lam": 0.5, "eta": 0.1, **change}
    with pytest.raises(InvalidParameter, match=said):
        train_network(cubic, data, **given_)


def test_a_missing_parameter_is_named(cubic):
    with pytest.raises(InvalidParameter, match=r"missing \['eta'\]"):
        cubic.run(2, width=2, samples=3, alpha=1.0, delta=0.5, lam=0.5)


def test_a_step_too_large_is_reported():
    # Without a bounded response the weights of unlearned samples grow without limit.
    law = patch_dynamics(odd_power(5), losses.ExponentialLoss())
    start = {"u": [1.0], "v": [[[-9.0]]]}
    with pytest.raises(NotConverged, match="is not finite after step"):
        law.run(50, initial=start, **NUMBERS | {"eta": 1e3})


RISING = losses.MarginLoss(sp.log(1 + sp.exp(MARGIN)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: patch_dynamics(sp.Symbol("x") ** 3), "undeclared symbols"),
        (lambda: patch_dynamics(sp.Integer(1)), "does not depend"),
        (lambda: patch_dynamics(loss=losses.SquareLoss()), "not a MarginLoss"),
        (lambda: odd_power(1), "is not in"),
        (lambda: relu_power(0.5), "is not in"),
        (lambda: odd_power("("), r"q = \( is not in"),
        (lambda: odd_power(float("nan")), "q = nan is not in"),
        (lambda: odd_power(float("inf")), "q = inf is not in"),
        (lambda: odd_power(sp.I), "q = I is not in"),
        (lambda: relu_power(None), "q = None is not in"),
        (lambda: patch_dynamics(FIELD**2), "must be nondecreasing"),
        (lambda: patch_dynamics(sp.sign(FIELD)), "jumps"),
        (lambda: patch_dynamics("("), "'\\(' is not an expression"),
        (lambda: patch_dynamics([FIELD]), "is not an expression"),
        (lambda: PatchActivation(FIELD**3, "1"), "slope '1' is not an expression"),
        (lambda: patch_dynamics(loss=losses.HardMarginLoss()), "is oo with the slope 0 at k = -5"),
        (lambda: patch_dynamics(loss=RISING), "is 0.00672 with the slope 0.00669"),
        (lambda: patch_dynamics(loss=losses.MarginLoss((1 - MARGIN) ** 2)), "slope 2.50 at k = 9"),
        (
            lambda: patch_dynamics(odd_power(sp.Symbol("N", positive=True))),
            "name that the law uses",
        ),
    ],
)
def test_what_cannot_be_derived_is_refused(make, said):
    with pytest.raises(InvalidProblem, match=said):
        make()


def test_unknown_inner_products_are_refused():
    with pytest.raises(NotDerivable, match="no rule"):
        Gram({}).inner(Vector.of(Atom("noise")), Vector.of(Atom("signal")))


def test_deltas_are_resolved_in_nested_sums():
    i, j, k, l, n = sp.symbols("i j k l n", integer=True, positive=True)
    c = sp.IndexedBase("c")
    both = sp.KroneckerDelta(i, k) * sp.KroneckerDelta(j, l)
    nested = sp.Sum(c[i] * sp.Sum(c[j] ** 2 * both, (j, 1, n)), (i, 1, n))
    assert resolve_deltas(nested) == c[k] * c[l] ** 2
    # What is no multiple of a delta keeps its sum.
    assert resolve_deltas(sp.Sum(c[i] + both, (i, 1, n))).has(sp.Sum)


def test_the_law_prints(cubic):
    text = cubic.latex()
    for step in cubic.steps:
        assert step.title in text
    assert text.count(r"\begin{aligned}") == text.count(r"\end{aligned}")
    assert r"\lVert X_{i}[j]\rVert^{2}" in cubic._repr_latex_()
    assert "documentclass" not in cubic.latex(fragment=True)
    # Near-orthogonality and the adversary's move are what the law is conditional on.
    assert len(cubic.hypotheses) == 2


def test_a_law_is_frozen(cubic):
    with pytest.raises(dataclasses.FrozenInstanceError):
        cubic.updates = {}
