r"""The two-layer convolutional network on patch data, written in vectors and inner products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.dynamics.activation import Activated, PatchActivation
from asymp.dynamics.letters import (
    ALPHA,
    DELTA,
    LABEL,
    NEURON_SUM,
    NOISE,
    OVER_NEURONS,
    OVER_PATCHES,
    OVER_SAMPLES,
    OVERLAP,
    PATCH_SUM,
    SAMPLE_SUM,
    SAMPLES,
    SHARE,
    SIGN,
    TRUE,
)
from asymp.dynamics.loss import Penalised
from asymp.dynamics.vectors import Atom, Gram, Vector
from asymp.problem.losses import MarginLoss

SIGNAL = Atom("signal")

# The data model: a unit signal direction, noise patches orthogonal to it.
GRAM = Gram(
    {
        ("weight", "signal"): lambda r: TRUE[r],
        ("weight", "noise"): lambda r, i, j: NOISE[r, i, j],
        ("signal", "signal"): lambda: sp.S.One,
        ("noise", "signal"): lambda i, j: sp.S.Zero,
        ("noise", "noise"): lambda i, j, k, l: OVERLAP[i, j, k, l],
    }
)


@dataclass(frozen=True)
class PatchNetwork:
    r"""Network, loss and objective before anything is derived.

    .. math:: f(X)=\sum_ra_r\sum_j\sigma(\langle w_r,X[j]\rangle)

    Parameters
    ----------
    activation : PatchActivation
    loss : MarginLoss
    signed : bool
        Whether neurons have fixed output signs :math:`a_r=\pm1`; otherwise all are 1.
    """

    activation: PatchActivation
    loss: MarginLoss
    signed: bool

    def sign(self, r: Any) -> Any:
        """Output weight of a neuron."""
        return SIGN[r] if self.signed else sp.S.One

    def signal_output(self, strength: Any, i: Any) -> Any:
        """Output of the signal patch of sample ``i`` at that strength."""
        patch = Vector.of(SIGNAL, strength * LABEL[i])
        field = GRAM.inner(Vector.of(Atom("weight", (NEURON_SUM,))), patch)
        return sp.Sum(self.sign(NEURON_SUM) * LABEL[i] * Activated(field), OVER_NEURONS)

    def noise_output(self, i: Any) -> Any:
        """Output of the noise patches of sample ``i``, times its label."""
        patch = Vector.of(Atom("noise", (i, PATCH_SUM)))
        field = GRAM.inner(Vector.of(Atom("weight", (NEURON_SUM,))), patch)
        summand = self.sign(NEURON_SUM) * LABEL[i] * Activated(field)
        return sp.Sum(summand, OVER_PATCHES, OVER_NEURONS)

    def margin(self, i: Any) -> Any:
        r""":math:`y_if(X_i)`."""
        return self.signal_output(ALPHA.symbol, i) + self.noise_output(i)

    def robust_margin(self, i: Any) -> Any:
        r""":math:`y_if(X_i^{adv})`, the adversary having lowered the signal by its radius."""
        return self.signal_output(ALPHA.symbol - DELTA.symbol, i) + self.noise_output(i)

    def objective(self) -> Any:
        """Objective of training as a function of the inner products."""
        lam = SHARE.symbol
        clean, robust = self.margin(SAMPLE_SUM), self.robust_margin(SAMPLE_SUM)
        summand = (1 - lam) * Penalised(clean) + lam * Penalised(robust)
        return sp.Sum(summand, OVER_SAMPLES) / SAMPLES
