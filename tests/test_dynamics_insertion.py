"""The step that inserts activation and loss: what it calls proved must fail when it is wrong."""

import pytest
import sympy as sp

from asymp.dynamics import (
    FIELD,
    PatchActivation,
    derive,
    explain,
    insert,
    insertion_check,
    odd_power,
    patch_dynamics,
    relu_power,
)
from asymp.dynamics import letters as L
from asymp.dynamics.activation import Slope
from asymp.dynamics.steps import Recursion
from asymp.problem import losses
from asymp.reductions.step import Outcome

LAWS = {
    "cube": (None, None),
    "open exponent": (odd_power(sp.Symbol("q", positive=True)), None),
    "relu square, exponential loss": (relu_power(2), losses.ExponentialLoss()),
    "squared hinge": (None, losses.SquaredHingeLoss()),
    "cube of tanh": (sp.tanh(FIELD) ** 3, None),
}


def inserting(law):
    """What the check of the last step finds."""
    assert law.steps[-1].name == "activation-and-loss"
    return law.steps[-1].check()


@pytest.mark.parametrize("name", LAWS)
def test_the_insertion_is_proved(name):
    found = inserting(patch_dynamics(*LAWS[name]))
    assert found.outcome is Outcome.PROVED
    assert r"-\ell'" in found.how


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [("cube", "sign"), ("cube", "constant"), *((name, "square") for name in LAWS)],
)
def test_a_wrong_response_is_found(monkeypatch, name, everywhere, wrong):
    change = {"square": lambda e: e**2, "sign": lambda e: -e, "constant": lambda e: 2 * e}[wrong]
    right = insert.response
    modules = (insert, explain, insertion_check) if everywhere else (insert,)
    for module in modules:
        monkeypatch.setattr(module, "response", lambda network: change(right(network)))
    assert inserting(patch_dynamics(*LAWS[name])).outcome is Outcome.FALSE


@pytest.mark.parametrize("body", [2 * FIELD**2, FIELD**4, 3 * FIELD**2 + FIELD**4])
def test_a_wrong_slope_is_found(body):
    law = patch_dynamics(PatchActivation(FIELD**3, body))
    assert inserting(law).outcome is Outcome.FALSE


def test_a_wrong_substitution_is_found(monkeypatch):
    right = derive.inserted

    def wrong(expression, network):
        """The slope's factor of the exponent is lost on the way."""
        return right(expression.replace(Slope, lambda x: Slope(x) / 3), network)

    monkeypatch.setattr(derive, "inserted", wrong)
    assert inserting(patch_dynamics()).outcome is Outcome.FALSE


@pytest.mark.parametrize("part", ["updates", "definitions"])
def test_a_change_of_one_formula_is_found(part):
    """Right derivatives do not make a wrong update or margin right."""
    law = patch_dynamics()
    found = {"updates": law.updates, "definitions": law.definitions}
    alpha = L.ALPHA.symbol
    found[part] = {k: e.subs(alpha, 2 * alpha) for k, e in found[part].items()}
    after = Recursion(**found)
    outcome = insertion_check.insertion_check(law.network, law.named, after).outcome
    assert outcome is Outcome.FALSE
