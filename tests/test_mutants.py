"""The claims bite: a wrong sign, factor, term, constant or symbol is noticed."""

import random

import pytest
import sympy as sp

import asymp
from asymp.testing.killing import trials, try_mutants
from asymp.testing.mutation import changes, mutants

SAMPLE, FEWEST = 24, 1000
RESCALED = (
    "kappa enters through h_0/h_1 alone, in which the constant of h_0 only rescales it: the root "
    "kappa moves, the resolvent's argument and every value do not"
)
EQUIVALENT = {
    "null: (eps >= eps_max) & (eps > 0) -> eps >= eps_max": "eps_max is positive",
    "null: -2*L_train + SR -> -4*L_train + 2*SR": "the value is zero, and so is its double",
    "interpolation: mu2**2*v_hat + 1 -> 1": RESCALED,
    "interpolation: mu2**2*v_hat + 1 -> -mu2**2*v_hat + 1": RESCALED,
    "interpolation: mu2**2*v_hat + 1 -> mu2**2*v_hat + 2": RESCALED,
    "interpolation: mu2**2*v_hat + 1 -> mu2**3*v_hat + 1": RESCALED,
}


def told(mutant):
    return f"{mutant.name.split('/')[0]}: {mutant.before} -> {mutant.after}"


@pytest.fixture(scope="module")
def claims(headline):
    return trials(headline)


def survivors(headline, chosen, claims):
    return {told(v.mutant) for v in try_mutants(headline, chosen, claims) if not v.killer}


def test_a_sample_is_killed(headline, claims):
    everything = [m for m in mutants(headline) if told(m) not in EQUIVALENT]
    chosen = random.Random(0).sample(everything, SAMPLE)
    assert survivors(headline, chosen, claims) == set()


def test_the_equivalent_ones_exist_and_survive(headline, claims):
    named = {told(m): m for m in mutants(headline) if told(m) in EQUIVALENT}
    assert set(named) == set(EQUIVALENT)
    assert survivors(headline, named.values(), claims) == set(EQUIVALENT)


@pytest.mark.slow
def test_all_are_killed(headline, claims):
    everything = list(mutants(headline))
    assert len(everything) > FEWEST
    verdicts = list(try_mutants(headline, everything, claims))
    alive = {told(v.mutant) for v in verdicts if not v.killer}
    killed = sum(1 for v in verdicts if v.killer)
    print(f"{killed} of {len(verdicts)} killed, {len(alive)} equivalent")
    assert alive == set(EQUIVALENT)


def test_kinds_of_changes():
    x, y = sp.symbols("x y", positive=True)
    made = {(kind, after) for kind, after in changes(2 * x**2 - y, ((x, y),))}
    assert ("drop", 2 * x**2) in made
    assert ("sign", 2 * x**2 + y) in made
    assert ("constant", 3 * x**2 - y) in made
    assert ("exchange", 2 * y**2 - y) in made
    assert ("factor", 4 * x**2 - 2 * y) in made


def test_an_infinite_value_can_be_wrong():
    assert ("constant", sp.Integer(1)) in set(changes(sp.oo, ()))


def test_a_small_theorem_without_an_adversary():
    theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    generic = [m for m in mutants(theorem) if m.name.startswith("generic/update")]
    alive = survivors(theorem, generic, trials(theorem))
    assert alive == set()
