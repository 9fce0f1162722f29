"""Laws at points that hypothesis draws, and that the words for laws notice what is false."""

import math

import numpy as np
import pytest
import sympy as sp
from helpers import RELU, Robust
from hypothesis import HealthCheck, given, note, settings, target
from hypothesis import strategies as st

import asymp
from asymp.claims import expression
from asymp.errors import InvalidProblem
from asymp.reductions.step import Outcome
from asymp.testing.laws import check_law, points_of, slack_at
from asymp.testing.numbers import evaluate, holds
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise
from asymp.testing.standard import standard_laws
from asymp.testing.strategies import points
from asymp.testing.training import Training
from asymp.testing.turning import turning_points

HEADLINE = asymp.theorem("random-features-robust")
SOLVE = Pointwise(HEADLINE)
LAWS = {law.name: law for law in (*standard_laws(HEADLINE), *HEADLINE.laws)}


@pytest.mark.parametrize("name", LAWS)
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_headline(name, data):
    law = LAWS[name]
    strategy = points(SOLVE, where=law.where, fixed=law.fixed, ranges=law.ranges)
    point = data.draw(strategy)
    slack = slack_at(law, SOLVE, point)
    note(f"slack {slack} at {point}")
    target(max(-slack, -1e3))
    assert slack >= -law.tolerance


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(point=points(HEADLINE))
def test_points_have_an_answer_and_are_off_the_boundaries(point):
    numbers = SOLVE(**point)
    assert numbers["status"] in (0, 1)
    assert abs(point["eps"] / numbers["eps_max"] - 1) > 0.03
    assert all(math.isfinite(numbers[name]) for name in HEADLINE.observables)


@pytest.mark.parametrize(
    "law",
    [
        asymp.identity("twice", "robust_risk", "2*standard_risk"),
        asymp.inequality("reversed", "robust_risk", "standard_risk"),
        asymp.monotone("falling", "robust_risk", "eps_test", increasing=False),
        asymp.convex("bent", "robust_risk", "eps_test", concave=True),
        asymp.slope("slope", "train_robust_risk", "tau", "tau*V_hat", ranges={"tau": (0.1, 1)}),
        asymp.scaling("scale", {"rho": 1, "tau": 1}, {"standard_risk": 1}, ranges={"tau": (1, 2)}),
        asymp.power("power", "parameter_norm2", {"zeta": "1/h"}, 1),
    ],
    ids=lambda law: law.name,
)
def test_false_laws_are_false_with_a_counterexample(law):
    where = "(eps < 0.8*eps_max) & (eps_test > 0.1)"
    law = asymp.Law(**{**vars(law), "where": where})
    result = check_law(law, SOLVE, points_of(law, SOLVE, 5))
    assert result.outcome is Outcome.FALSE
    assert "psi1=" in result.counterexample


def test_points_are_the_same_for_the_same_name():
    law = LAWS["optimism"]
    assert points_of(law, SOLVE, 3) == points_of(law, SOLVE, 3)
    assert points_of(law, SOLVE, 3)[:2] == points_of(law, SOLVE, 2)


def test_impossible_condition_says_so():
    with pytest.raises(InvalidProblem, match=r"eps > 2\*eps_max"):
        Sampler(SOLVE, "eps > 2*eps_max").draw(np.random.default_rng(0))


def test_expressions_in_names():
    numbers = {"zeta": 2.0, "beta": 3.0, "S": 5.0}
    assert evaluate("zeta*beta + S", numbers) == 11  # names that SymPy has functions for
    assert holds("(zeta < beta) & (S > 4)", numbers)
    assert holds(lambda n: n["S"] == 5, numbers)
    assert math.isnan(evaluate("1/(zeta - 2)", numbers))
    with pytest.raises(asymp.InvalidParameter, match="'missing'"):
        evaluate("missing + 1", numbers)
    with pytest.raises(InvalidProblem, match="not an expression"):
        asymp.identity("broken", "a +* b", "c")


@pytest.mark.parametrize(
    ("eps", "expected"),
    [
        # Double descent alone: a first minimum, the peak at psi1 = psi2, then down for ever.
        (0.0, ["minimum", "maximum"]),
        # Beyond the peak a minimum, then up towards the null risk: more features hurt.
        (0.1, ["maximum", "minimum"]),
        (0.2, ["maximum", "minimum"]),
        # The rise passes the null risk, which it must come back to.
        (0.4, ["maximum", "minimum", "maximum"]),
        # No minimum is left.
        (0.5, ["maximum"]),
    ],
)
def test_overparametrisation_can_hurt(eps, expected):
    """Turning points of the robust risk in psi1 at psi2 = 2, tau = 0.5."""
    between = (0.05, 200.0)
    found = turning_points(HEADLINE, "robust_risk", "psi1", between, psi2=2.0, tau=0.5, eps=eps)
    assert [p.kind for p in found] == expected


def test_turning_point_by_another_route():
    at = {"psi2": 2.0, "tau": 0.5, "eps": 0.2}
    _, best = turning_points(HEADLINE, "robust_risk", "psi1", (1.0, 50.0), **at)

    def risk(psi1):
        found = Robust(psi1=psi1, zeta=0.0, **at, **RELU).solve()
        SR, P = found["standard_risk"], found["gradient_norm2"]
        return SR + 0.4 * math.sqrt(2 / math.pi * SR * P) + 0.04 * P

    assert risk(best.at) == pytest.approx(best.value, rel=1e-9)  # plain iteration, to 1e-14
    assert risk(best.at) < min(risk(0.97 * best.at), risk(1.03 * best.at))


def test_at_a_strong_adversary_the_best_is_the_null_phase():
    at = {"psi2": 2.0, "tau": 0.5, "eps": 0.5}
    risks = [SOLVE(psi1=p, **at) for p in (0.01, 0.05, 0.2, 1.0, 5.0, 50.0)]
    null = [n["robust_risk"] for n in risks if n["status"] == 1]
    others = [n["robust_risk"] for n in risks if n["status"] == 0]
    assert null == [1.25] * len(null)
    assert null
    assert min(others) > 1.25


def test_turning_points_refuse_bad_input():
    with pytest.raises(asymp.InvalidParameter, match="increasing"):
        turning_points(HEADLINE, "robust_risk", "psi1", (2.0, 1.0), psi2=1.0, eps=0.1)
    with pytest.raises(asymp.InvalidParameter, match="no observable 'risk'"):
        turning_points(HEADLINE, "risk", "psi1", (1.0, 2.0), psi2=1.0, eps=0.1)


ISOTROPIC = asymp.IsotropicGaussian()


def training(**parts):
    """Objective of a problem, as if it had every observable."""
    known = ("train_loss", "train_risk", "l1_norm", "parameter_norm2", "gradient_norm2", "q")
    problem = asymp.Problem(features=ISOTROPIC, **parts)
    square = problem.loss.is_square
    return Training(
        problem, tuple(n for n in known if n != ("train_loss", "train_risk")[not square])
    )


@pytest.mark.parametrize(
    ("parts", "objective"),
    [
        ({}, "train_risk/2 + zeta*parameter_norm2/2"),
        ({"penalty": asymp.NoPenalty()}, "train_risk/2"),
        ({"penalty": asymp.Ridge(metric="gradient")}, "train_risk/2 + zeta*gradient_norm2/2"),
        ({"penalty": asymp.Ridge(metric=1 + asymp.EIGENVALUE)}, None),
        ({"penalty": asymp.ElasticNet()}, "train_risk/2 + lam*l1_norm + zeta*parameter_norm2/2"),
        ({"loss": asymp.HuberLoss()}, "train_loss + zeta*parameter_norm2/2"),
    ],
)
def test_the_objective_in_names(parts, objective):
    found = training(**parts).objective
    assert found == (None if objective is None else expression(objective))


@pytest.mark.parametrize(
    ("parts", "powers"),
    [
        # r -> c r: the square loss gains c^2, a ridge too, and an l1 norm c.
        ({}, {"rho": 2, "tau": 1}),
        ({"penalty": asymp.Lasso()}, {"rho": 2, "tau": 1, "lam": 1}),
        ({"loss": asymp.AbsoluteLoss()}, {"rho": 2, "tau": 1, "zeta": -1}),
        ({"loss": asymp.HuberLoss()}, {"rho": 2, "tau": 1, "knee": 1}),
        ({"noise": asymp.ContaminatedNoise()}, {"rho": 2, "tau": 1, "tau_out": 1}),
        (
            {"adversary": (asymp.L2Input(), asymp.LabelPerturbation())},
            {"rho": 2, "tau": 1, "eps_y": 1, "eps_y_test": 1},
        ),
    ],
)
def test_powers_of_the_unit_of_labels(parts, powers):
    assert training(**parts).units.parameters == powers


def test_losses_without_a_scale_have_no_powers():
    loss = asymp.ResidualLoss(sp.log(sp.cosh(asymp.RESIDUAL)), name="log cosh")
    assert training(loss=loss).units is None


def test_points_of_every_kind_of_parameter():
    problem = asymp.Problem(
        features=ISOTROPIC, target=asymp.SparseTarget(), penalty=asymp.Lasso(),
        noise=asymp.ContaminatedNoise(),
    )  # fmt: skip
    solve = Pointwise(problem.derive())
    drawn = list(Sampler(solve).points(200, 0))
    for name, parameter in solve.theorem.parameters.items():
        values = [p[name] for p in drawn]
        assert parameter.admits(values).all()
        assert (0.0 in values) == (name in {"lam", "tau"})  # what may vanish
    assert min(p["s"] for p in drawn) > 0.02  # off the open end


def test_points_lie_where_there_is_a_minimiser():
    logit = asymp.Problem(
        features=ISOTROPIC, labels=asymp.LogitLabels(), loss=asymp.LogisticLoss(),
        penalty=asymp.NoPenalty(),
    )  # fmt: skip
    solve = Pointwise(logit.derive())
    inside, everywhere = Sampler(solve), Sampler(solve, everywhere=True)
    assert all(solve.speaks_at(p) for p in inside.points(20, 0))
    assert not all(solve.speaks_at(p) for p in everywhere.points(20, 0))
    # Below two samples for each coefficient the data are always separable (Cover 1965).
    assert min(p["alpha"] for p in inside.points(20, 0)) > 2
