"""The second route: proof against the first, agreement of numbers, refusals, the cache."""

import json
from dataclasses import replace
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy as sp
import xarray as xr

import asymp
from asymp.errors import InvalidParameter, NotDerivable
from asymp.pencil import route as module
from asymp.pencil import stored
from asymp.pencil.route import second_route
from asymp.pencil.signs import positive_map
from asymp.pencil.trees import expression_of, tree_of
from asymp.reductions.step import Outcome

PROBLEMS = {
    "ridge": asymp.Problem(features=asymp.IsotropicGaussian()),
    "relu": asymp.Problem(features=asymp.RandomFeatures("relu")),
    "linear": asymp.Problem(features=asymp.RandomFeatures("linear")),
    "even": asymp.Problem(features=asymp.RandomFeatures("quadratic")),
    "step": asymp.Problem(features=asymp.RandomFeatures("sign")),
    "covariance": asymp.Problem(
        features=asymp.RandomFeatures("relu"), penalty=asymp.Ridge(metric="covariance")
    ),
    "metric": asymp.Problem(
        features=asymp.RandomFeatures("relu"), penalty=asymp.Ridge(metric="gradient")
    ),
}
DEGREES = {"ridge": 2, "relu": 4, "linear": 3, "even": 2, "step": 4, "covariance": 2, "metric": 5}


SLOW = ("covariance", "metric")  # a quarter of a minute each


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(tmp_path))
    return tmp_path


@cache
def pair(name):
    """Second route and theorem of a problem."""
    return second_route(PROBLEMS[name]), PROBLEMS[name].derive()


def random_point(problem, rng):
    spread = {"psi1": 2.0, "psi2": 2.0, "alpha": 2.0, "zeta": 3.0}
    point = {
        name: float(np.exp(rng.uniform(-1, 1) * spread[name]))
        for name in problem.parameters
        if name in spread
    }
    return point | {"tau": rng.uniform(0.1, 1), "rho": rng.uniform(0.3, 3)}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in PROBLEMS]
)
def test_both_routes_are_proved_equal(name):
    route, theorem = pair(name)
    found = route.prove(theorem)
    assert found.outcome is Outcome.PROVED
    assert "symbolic in" in found.how
    assert f"degree {DEGREES[name]}" in found.how
    assert "standard_risk" in found.how


@pytest.mark.parametrize("name", ["ridge", "relu"])
@pytest.mark.parametrize("equation", [0, 1])
def test_a_changed_coefficient_is_refuted(name, equation):
    route, theorem = pair(name)
    update = list(theorem.system.update)
    update[equation] *= sp.Rational(11, 10)
    wrong = replace(theorem, system=replace(theorem.system, update=tuple(update)))
    found = route.prove(wrong)
    assert found.outcome is Outcome.FALSE
    assert found.counterexample


@pytest.mark.parametrize("name", ["ridge", "relu"])
def test_a_changed_observable_is_refuted(name):
    route, theorem = pair(name)
    *special, generic = theorem.branches
    values = {**generic.values, "parameter_norm2": 2 * generic.values["parameter_norm2"]}
    wrong = replace(theorem, branches=(*special, replace(generic, values=values)))
    found = route.prove(wrong)
    assert found.outcome is Outcome.FALSE
    assert found.how.startswith("parameter_norm2")


def test_the_theorem_of_another_problem_is_not_proved():
    adversarial = asymp.theorem("random-features-robust")
    found = second_route(PROBLEMS["relu"]).prove(adversarial)
    assert found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", PROBLEMS)
def test_numbers_agree_with_the_first_route(name):
    rng = np.random.default_rng(7)
    route, theorem = pair(name)
    for _ in range(10):
        point = random_point(PROBLEMS[name], rng)
        ours, theirs = route.solve(**point), theorem.solve(**point)
        # both solvers stop at a relative residual of 1e-13
        allowed = 1e-12 * max(1.0, float(theirs.condition), float(ours.condition))
        assert allowed < 1e-8
        for value in (*route.observables, *route.order_parameters):
            assert float(ours[value]) == pytest.approx(float(theirs[value]), rel=allowed, abs=1e-14)


def test_ridge_in_closed_form():
    """Workload W-R: isotropic ridge with noise variance 1/2."""
    alpha, lam = (a.ravel() for a in np.meshgrid(np.logspace(-2, 2, 9), np.logspace(-6, 2, 9)))
    b = lam + alpha - 1
    root = np.sqrt(b**2 + 4 * lam)
    v = np.where(b > 0, 2 / (b + root), (root - b) / (2 * lam))
    m, s = 1 - lam * v, alpha * v**2 / (1 + v) ** 2
    q = (m**2 + s * (1.5 - 2 * m)) / (1 - s)
    found = second_route(PROBLEMS["ridge"]).solve(
        alpha=xr.DataArray(alpha, dims="k"),
        zeta=xr.DataArray(lam / alpha, dims="k"),
        tau=np.sqrt(0.5),
    )
    assert (found.status == 0).all()
    # the closed form itself loses digits to cancellation in 1 - lam v and 1 - s
    np.testing.assert_allclose(found.V, v, rtol=1e-9)
    np.testing.assert_allclose(found.standard_risk, 1.5 + q - 2 * m, rtol=1e-8)


def peer_traces(phi, psi, lam, zeta, beta):
    """Six equations of another project for random features, solved to 40 digits."""

    def gaps(g00, g03, g12, g22, g30, g44):
        first = g22 * g44 * zeta + lam * phi
        second = beta * g44 + g30 * lam + lam
        return [
            g00 - lam * phi / first,
            g03 + g22 * lam / first,
            g12 - g00 * lam / second,
            g22 - lam / second,
            g30 - g44 * phi * zeta / first,
            g44 - lam * phi / (beta * g22 * psi - g03 * phi * psi * zeta + lam * phi),
        ]

    start = [mpmath.mpf(1) / 2] * 6
    for _ in range(400):  # sweeps bring Newton near; damping by halves
        start = [x - gap / 2 for x, gap in zip(start, gaps(*start), strict=True)]
    return mpmath.findroot(gaps, start, tol=1e-70)


@pytest.mark.parametrize("phi", [0.05, 1.7])
@pytest.mark.parametrize("psi", [0.3, 4.0])
@pytest.mark.parametrize("lam", [1e-3, 0.7])
def test_random_features_traces_of_another_project(phi, psi, lam):
    """Workload W-RF; phi = d/n, psi = d/N, and their ridge is on a kernel divided by N."""
    route, _ = pair("relu")
    zeta = lam * phi / psi
    found = route.solve(psi1=1 / psi, psi2=1 / phi, zeta=zeta, tau=0.5)
    with mpmath.workdps(40):
        beta = mpmath.mpf(1) / 4 - 1 / (2 * mpmath.pi)
        root = peer_traces(*map(mpmath.mpf, (phi, psi, lam)), mpmath.mpf(1) / 4, beta)
        # W-RF asks for 1e-12; the activation's constants are doubles here
        assert float(found.V_hat) == pytest.approx(float(root[3]), rel=1e-12)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"loss": asymp.HuberLoss()}, "loss is not the square"),
        ({"adversary": asymp.L2Input()}, "adversary"),
    ],
    ids=["huber", "adversary"],
)
def test_other_problems_are_refused_with_the_hypothesis(parts, reason):
    problem = asymp.Problem(features=asymp.IsotropicGaussian(), **parts)
    with pytest.raises(NotDerivable, match=reason):
        second_route(problem)


def test_the_ridge_must_be_positive():
    route = second_route(PROBLEMS["ridge"])
    with pytest.raises(InvalidParameter, match="zeta"):
        route.solve(alpha=2.0, zeta=0.0)


def test_signs_without_a_positive_map_are_refused():
    x = sp.Symbol("x", real=True)
    a = sp.Symbol("a", positive=True)
    with pytest.raises(NotDerivable, match="positive map"):
        positive_map({x: 1 - a / (x**2 + 1)})


def test_the_latex_names_the_matrices_and_every_observable():
    text = second_route(PROBLEMS["relu"]).latex()
    for part in (r"W^{\top}", r"g^{(N)}", r"\lambda^{(n)}", "standard risk"):
        assert part in text
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == 4


def entries(folder):
    return sorted(folder.glob("asymp_pencil_*.json"))


def forbid(monkeypatch):
    def refuse(model):
        raise AssertionError("derived although it is stored")

    monkeypatch.setattr(module, "derive", refuse)


def test_a_stored_derivation_is_the_same(own_cache, monkeypatch):
    first = second_route(PROBLEMS["relu"])
    forbid(monkeypatch)
    second = second_route(PROBLEMS["relu"])
    assert second.equations == first.equations
    assert dict(second.values) == dict(first.values)
    assert second.dyson == first.dyson
    assert len(entries(own_cache)) == 1


def test_other_expressions_have_entries_of_their_own(own_cache):
    for name in ("ridge", "relu", "metric"):
        second_route(PROBLEMS[name])
    assert len(entries(own_cache)) == 3


@pytest.mark.parametrize("damage", ["cut", "changed", "foreign", "unknown", "deep"])
def test_a_damaged_entry_heals(own_cache, damage):
    first = second_route(PROBLEMS["ridge"])
    (path,) = entries(own_cache)
    good = path.read_text()
    path.write_text(damaged(good, damage))
    assert second_route(PROBLEMS["ridge"]).equations == first.equations
    assert path.read_text() == good


def damaged(text, how):
    content = json.loads(text)["content"]
    if how == "cut":
        return text[: len(text) // 2]
    if how == "changed":
        return text.replace('"alpha"', '"tau"', 1)
    if how == "foreign":
        return "[]"
    if how == "deep":
        return "[" * 100_000
    content["values"][0][1] = "__import__('os').system('true')"  # sealed, but no expression
    return stored.sealed(content)


def test_trees_hold_rational_expressions_only():
    x, y = sp.symbols("x y", positive=True)
    expression = (x**2 - sp.Rational(3, 7) * y) / (1 + x * y) ** 3
    assert (
        expression_of(json.loads(json.dumps(tree_of(expression))), {"x": x, "y": y}) == expression
    )
    with pytest.raises(NotDerivable):
        tree_of(sp.sin(x))
    for bad in ("z", ["^", "x", "y"], ["", 1.5, 2], ["?"], None):
        with pytest.raises(ValueError, match="not a rational expression"):
            expression_of(bad, {"x": x, "y": y})


def test_a_folder_that_cannot_be_written_is_no_obstacle(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(blocked))
    assert second_route(PROBLEMS["ridge"]).equations
