"""The steps from gradient descent in the weights to a recursion of their inner products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.dynamics.activation import Activated, Slope
from asymp.dynamics.letters import (
    ENERGY,
    LABEL,
    MARGIN_OF,
    MEMORISED,
    NEURON,
    NOISE,
    OVER_PATCHES,
    OVER_SAMPLES,
    PATCH,
    PATCH_SUM,
    RATE,
    ROBUST_MARGIN_OF,
    SAMPLE,
    SAMPLE_SUM,
    SIGN,
    TRUE,
)
from asymp.dynamics.model import GRAM, SIGNAL, PatchNetwork
from asymp.dynamics.sums import resolve_deltas
from asymp.dynamics.vectors import Atom, Gram, Seen, Vector, gradient


@dataclass(frozen=True)
class Recursion:
    """Updates of the two families of weights, and what they are written in.

    Parameters
    ----------
    updates : mapping of str to sympy.Expr
        Letter of a state -> its value after one step, at free indices.
    definitions : mapping of sympy.Indexed to sympy.Expr
        The margins, at the free sample index.
    """

    updates: Mapping[str, Any]
    definitions: Mapping[Any, Any]

    def mapped(self, change: Any) -> Recursion:
        """Return the same with a function applied to every expression."""
        return Recursion(
            {k: change(e) for k, e in self.updates.items()},
            {k: change(e) for k, e in self.definitions.items()},
        )


def loss_gradient(network: PatchNetwork) -> Vector:
    """Gradient of the objective with respect to one neuron's weight, in w* and the patches."""
    seen = (
        Seen(TRUE[NEURON], SIGNAL),
        Seen(
            NOISE[NEURON, SAMPLE_SUM, PATCH_SUM],
            Atom("noise", (SAMPLE_SUM, PATCH_SUM)),
            (OVER_SAMPLES, OVER_PATCHES),
        ),
    )
    # The objective's own sums run over the primed letters, so that the derivative is taken at
    # free indices, which are primed afterwards.
    prime = {SAMPLE: SAMPLE_SUM, PATCH: PATCH_SUM}

    def derivative(objective: Any, product: Any) -> Any:
        free = product.subs({v: k for k, v in prime.items()})
        found = resolve_deltas(with_margins(network, sp.diff(objective, free)))
        return found if free == product else found.subs(prime)

    return gradient(network.objective(), seen, derivative)


def project(step: Vector, gram: Gram = GRAM) -> dict[str, Any]:
    """One step of gradient descent, seen along the signal and along each noise patch."""
    eta = RATE.symbol
    here = Atom("noise", (SAMPLE, PATCH))
    true = TRUE[NEURON] - eta * gram.inner(step, Vector.of(SIGNAL))
    noise = NOISE[NEURON, SAMPLE, PATCH] - eta * gram.inner(step, Vector.of(here))
    return {"u": true, "g": noise}


def orthogonal(gram: Gram = GRAM) -> Gram:
    """Rules with different noise patches orthogonal."""

    def rule(i: Any, j: Any, k: Any, l: Any) -> Any:
        same = sp.KroneckerDelta(i, k) * sp.KroneckerDelta(j, l)
        return same * ENERGY[k, l]

    return gram.with_rule(("noise", "noise"), rule)


def sign_noise(recursion: Recursion) -> Recursion:
    r"""Write the noise weights as :math:`v_{rij}=y_i\langle w_r,X_i[j]\rangle`."""

    def replaced(expression: Any) -> Any:
        signed = expression.replace(
            lambda e: isinstance(e, sp.Indexed) and e.base == NOISE,
            lambda e: LABEL[e.indices[1]] * MEMORISED[e.indices],
        )
        return squared_signs(signed)

    change = sp.expand_mul(recursion.updates["g"] - NOISE[NEURON, SAMPLE, PATCH], deep=False)
    terms = sp.Add.make_args(sp.expand_mul(LABEL[SAMPLE] * change, deep=False))
    own = MEMORISED[NEURON, SAMPLE, PATCH] + sp.Add(*(replaced(t) for t in terms))
    definitions = {k: replaced(e) for k, e in recursion.definitions.items()}
    return Recursion({"u": replaced(recursion.updates["u"]), "v": own}, definitions)


def use_oddness(recursion: Recursion) -> Recursion:
    r"""Take labels out of an odd activation: :math:`\sigma(yz)=y\sigma(z)`."""

    def pulled(expression: Any) -> Any:
        out = expression.replace(Activated, lambda z: _label(z) * Activated(z / _label(z)))
        return squared_signs(out.replace(Slope, lambda z: Slope(z / _label(z))))

    return recursion.mapped(pulled)


def tidy(recursion: Recursion) -> Recursion:
    """Take signs out of sums and common factors out of increments."""
    here = (NEURON, SAMPLE, PATCH)
    states = {"u": TRUE[NEURON], "v": MEMORISED[here], "g": NOISE[here]}
    updates = {}
    for name, update in recursion.updates.items():
        change = signs_out(update) - states[name]
        updates[name] = states[name] + sp.factor_terms(change)
    return Recursion(updates, recursion.definitions)


def signs_out(expression: Any) -> Any:
    """Take minus signs out of sums and brackets."""

    def positive(e: Any) -> Any:
        if not e.function.could_extract_minus_sign():
            return e
        return -sp.Sum(-e.function, *e.limits)

    return expression.replace(lambda e: isinstance(e, sp.Sum), positive)


def squared_signs(expression: Any) -> Any:
    """Labels and output signs are 1 or -1: their squares are 1."""
    return expression.replace(
        lambda e: (
            e.is_Pow and isinstance(e.base, sp.Indexed) and e.base.base in (LABEL, SIGN)
            and e.exp.is_even
        ),
        lambda e: sp.S.One,
    )  # fmt: skip


def definitions_of(network: PatchNetwork) -> dict[Any, Any]:
    """Margins at the free sample index."""
    return {
        MARGIN_OF[SAMPLE]: network.margin(SAMPLE),
        ROBUST_MARGIN_OF[SAMPLE]: network.robust_margin(SAMPLE),
    }


def with_margins(network: PatchNetwork, expression: Any) -> Any:
    """Write the margins as letters."""
    i = SAMPLE_SUM
    long = {network.margin(i): MARGIN_OF[i], network.robust_margin(i): ROBUST_MARGIN_OF[i]}
    return expression.xreplace(long)


def _label(field: Any) -> Any:
    """Find the label that a field carries as a factor, or 1."""
    carried = [f for f in sp.Mul.make_args(field) if isinstance(f, sp.Indexed) and f.base == LABEL]
    return carried[0] if carried else sp.S.One
