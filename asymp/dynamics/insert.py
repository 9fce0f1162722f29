"""Activation and loss put in the place of their names."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from asymp.dynamics.activation import FIELD, Activated, Slope
from asymp.dynamics.loss import Penalised, Response
from asymp.dynamics.model import PatchNetwork


@lru_cache
def response(network: PatchNetwork) -> Any:
    r""":math:`\psi=-\ell'` as an expression of the loss's variable."""
    return sp.simplify(-sp.diff(network.loss.expression, network.loss.variable))


def inserted(expression: Any, network: PatchNetwork) -> Any:
    r"""Replace :math:`\sigma,\sigma',\ell,\psi` by what they are."""
    activation, loss = network.activation, network.loss
    for node, body, variable in (
        (Activated, activation.function, FIELD),
        (Slope, activation.slope, FIELD),
        (Penalised, loss.expression, loss.variable),
        (Response, response(network), loss.variable),
    ):
        expression = expression.replace(node, lambda x, b=body, z=variable: b.subs(z, x))
    return expression
