"""The derived headline theorem against Theorem 4.2 as printed, solved by its own slow path."""

import pytest

import asymp
from asymp.reductions.step import Outcome


@pytest.fixture(scope="module")
def theorem():
    return asymp.theorem("random-features-robust")


def solver(theorem):
    def solve(**point):
        dataset = theorem.solve(**point)
        return {name: float(dataset[name]) for name in theorem.observables}

    return solve


def require_verified(report, points):
    assert report.outcome is Outcome.VERIFIED, report.result
    assert not report.unsolved
    assert report.points == points


@pytest.mark.parametrize("index", [0, 1])
def test_theorem_42_at_a_few_points(theorem, index):
    require_verified(theorem.audits[index].run(solver(theorem), 6, rng=1), 6)


@pytest.mark.slow
@pytest.mark.parametrize("index", [0, 1])
def test_theorem_42_at_200_points(theorem, index):
    require_verified(theorem.audits[index].run(solver(theorem), 200, rng=2), 200)


def test_audit_stays_with_the_activation_of_the_source():
    assert asymp.theorem("random-features-robust", activation="tanh").audits == ()
