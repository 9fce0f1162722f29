r"""The pipeline: network, loss and data in, a law of a few families of scalars out."""

from __future__ import annotations

from typing import Any

import sympy as sp

from asymp.dynamics import explain
from asymp.dynamics.activation import PLACES, PatchActivation, odd_power
from asymp.dynamics.insert import inserted
from asymp.dynamics.law import DynamicalLaw
from asymp.dynamics.letters import ALPHA, DELTA, PATCHES, RATE, SAMPLES, SHARE, WIDTH
from asymp.dynamics.model import GRAM, PatchNetwork
from asymp.dynamics.observables import observables
from asymp.dynamics.steps import (
    Recursion,
    definitions_of,
    loss_gradient,
    orthogonal,
    project,
    sign_noise,
    tidy,
    use_oddness,
)
from asymp.dynamics.sums import resolve_deltas
from asymp.errors import InvalidProblem
from asymp.problem.losses import LogisticLoss, MarginLoss
from asymp.symbols import Parameter

_TAKEN = {"alpha", "delta", "lam", "eta", "u", "v", "g", "y", "a", "E", "K", "M", "M_adv"}
_TAKEN |= {str(size) for size in (WIDTH, SAMPLES, PATCHES)}


def patch_dynamics(
    activation: Any = None, loss: MarginLoss | None = None, *, signed: bool | None = None
) -> DynamicalLaw:
    r"""Derive the recursion of a two-layer convolutional network trained on patch data.

    Network :math:`f(X)=\sum_{r\le m}a_r\sum_j\sigma(\langle w_r,X[j]\rangle)`; a sample has the
    patch :math:`\alpha y_iw^*` and ``P`` noise patches orthogonal to the unit vector
    :math:`w^*`; full-batch gradient descent with step :math:`\eta` on
    :math:`\frac1N\sum_i(1-\lambda)\ell(y_if(X_i))+\lambda\max\ell(y_if(X_i^{adv}))`, the adversary
    moving the signal patch by at most :math:`\delta` along :math:`w^*`. The state is
    :math:`u_r=\langle w_r,w^*\rangle` and :math:`v_{rij}=y_i\langle w_r,X_i[j]\rangle`.

    Source: setting of Li and Li, section 5 (second-hand; cubic network recalled); the recursion
    is derived here, step by step (``law.steps``).

    Parameters
    ----------
    activation : PatchActivation or sympy.Expr, optional
        An expression of ``asymp.dynamics.FIELD``, or :func:`odd_power`, :func:`relu_power`; the
        cube by default. It must be nondecreasing.
    loss : MarginLoss, optional
        Logistic by default; without parameters of its own.
    signed : bool, optional
        Whether neurons have fixed output signs :math:`a_r=\pm1`; by default where the activation
        is not odd, since a nonnegative network has no negative class.

    Raises
    ------
    InvalidProblem
        If the activation or the loss cannot be used: the first must be nondecreasing, the second
        finite and nonincreasing.

    Examples
    --------
    >>> law = patch_dynamics()
    >>> [step.name for step in law.steps][:3]
    ['worst-signal', 'gradient-in-the-span', 'projection']
    >>> law.updates["v"]
    3*eta*(lam/(exp(M_adv[i]) + 1) + (1 - lam)/(exp(M[i]) + 1))*E[i, j]*v[r, i, j]**2/N + v[r, i, j]
    """
    network = _network(activation, loss, signed)
    gradient = loss_gradient(network)
    exact = tidy(Recursion(project(gradient), definitions_of(network)))
    reduced = project(gradient, orthogonal(GRAM))
    resolved = {k: resolve_deltas(e) for k, e in reduced.items()}
    diagonal = tidy(Recursion(resolved, exact.definitions))
    signed_noise = tidy(sign_noise(diagonal))
    odd = network.activation.is_odd
    named = tidy(use_oddness(signed_noise)) if odd else signed_noise
    final = named.mapped(lambda e: inserted(e, network))
    steps = [
        explain.worst_signal(network),
        explain.gradient_in_the_span(network, gradient),
        explain.projection(network, exact),
        explain.near_orthogonality(network, exact, diagonal),
        explain.signed_weights(network, diagonal, signed_noise),
        *([explain.oddness(network, signed_noise, named)] if odd else []),
        explain.insertion(network, named, final),
    ]
    return DynamicalLaw(
        network=network,
        parameters_given=(ALPHA, DELTA, SHARE, RATE, *_exponent(network.activation)),
        updates=final.updates,
        definitions=final.definitions,
        observables={k: (inserted(e, network), x) for k, (e, x) in observables(network).items()},
        named=named,
        steps=tuple(steps),
    )


def _network(activation: Any, loss: MarginLoss | None, signed: bool | None) -> PatchNetwork:
    chosen = odd_power(3) if activation is None else PatchActivation.of(activation)
    penalty = LogisticLoss() if loss is None else loss
    if not isinstance(penalty, MarginLoss) or penalty.parameters:
        raise InvalidProblem(
            f"loss {penalty!r} is not a MarginLoss without parameters; give an expression of "
            "asymp.MARGIN with numbers in it"
        )
    _require_descent(penalty)
    return PatchNetwork(chosen, penalty, not chosen.is_odd if signed is None else signed)


def _require_descent(penalty: MarginLoss) -> None:
    """Refuse a loss that rises or is infinite: the adversary would not lower the margin."""
    slope = sp.diff(penalty.expression, penalty.variable)
    for place in PLACES:
        value, rise = (e.subs(penalty.variable, place) for e in (penalty.expression, slope))
        falls = value.is_finite and rise.is_extended_real and rise.is_finite and bool(rise <= 0)
        if not falls:
            raise InvalidProblem(
                f"loss {penalty.expression} is {sp.N(value, 3)} with the slope {sp.N(rise, 3)} at "
                f"{penalty.variable} = {place}; it must be finite and nonincreasing "
                "(LogisticLoss and ExponentialLoss are)"
            )


def _exponent(activation: PatchActivation) -> tuple[Parameter, ...]:
    if activation.parameter is None:
        return ()
    if activation.parameter.name in _TAKEN:
        raise InvalidProblem(
            f"exponent {activation.parameter} has a name that the law uses; take another than "
            f"{', '.join(sorted(_TAKEN))}"
        )
    domain = sp.Interval.open(1, sp.oo)
    return (Parameter(activation.parameter.name, domain, "exponent of the activation"),)
