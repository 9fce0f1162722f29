r"""Whether activation and loss were inserted rightly: derivatives, then the updates themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from asymp.dynamics.activation import FIELD, Activated, Slope
from asymp.dynamics.checks import equal_check
from asymp.dynamics.insert import response
from asymp.dynamics.loss import Penalised, Response
from asymp.dynamics.model import PatchNetwork
from asymp.dynamics.steps import Recursion
from asymp.reductions.step import CheckResult, Outcome

Bodies = Mapping[Any, tuple[Any, sp.Symbol]]


def insertion_check(network: PatchNetwork, before: Recursion, after: Recursion) -> CheckResult:
    r"""Prove that the updates after are those before with the right functions in them.

    Three claims: :math:`\sigma'` and :math:`\psi=-\ell'` are the derivatives, and every update and
    margin is the general one under substitution. Where one of them is not shown symbolically, the
    two recursions are compared in numbers, with derivatives taken afresh.
    """
    activation, loss = network.activation, network.loss
    functions = {
        Activated: (activation.function, FIELD),
        Penalised: (loss.expression, loss.variable),
    }
    said: Bodies = functions | {
        Slope: (activation.slope, FIELD),
        Response: (response(network), loss.variable),
    }
    pull = -sp.diff(loss.expression, loss.variable)
    slope_proved = activation.check().outcome is Outcome.PROVED
    response_proved = sp.simplify(response(network) - pull) == 0
    right = slope_proved and response_proved and _same(substituted(before, said), after)
    if right:
        how = r"$\sigma'$ and $-\ell'$ by differentiation, the updates by substitution of them"
        return CheckResult(Outcome.PROVED, how)
    afresh: Bodies = functions | {
        Slope: (sp.diff(activation.function, FIELD), FIELD),
        Response: (pull, loss.variable),
    }
    return equal_check(network, substituted(before, afresh), after)


def substituted(recursion: Recursion, bodies: Bodies) -> Recursion:
    """Replace every call of a named function by its body at the call's argument."""

    def replaced(expression: Any) -> Any:
        calls = expression.atoms(*bodies)
        found = {call: bodies[call.func] for call in calls}
        return expression.xreplace(
            {call: body.xreplace({z: call.args[0]}) for call, (body, z) in found.items()}
        )

    return recursion.mapped(replaced)


def _same(first: Recursion, second: Recursion) -> bool:
    return first.updates == second.updates and first.definitions == second.definitions
