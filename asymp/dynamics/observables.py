"""What is watched along the training: outputs of the two kinds of patches, and losses."""

from __future__ import annotations

from typing import Any

import sympy as sp

from asymp.dynamics.letters import (
    ALPHA,
    DELTA,
    MARGIN_OF,
    OVER_SAMPLES,
    ROBUST_MARGIN_OF,
    SAMPLE,
    SAMPLE_SUM,
    SAMPLES,
    SHARE,
)
from asymp.dynamics.loss import Penalised
from asymp.dynamics.model import PatchNetwork
from asymp.dynamics.steps import Recursion, sign_noise, use_oddness
from asymp.dynamics.sums import without_idle_sums


def observables(network: PatchNetwork) -> dict[str, tuple[Any, tuple[sp.Symbol, ...]]]:
    r"""Name -> expression in the state and its free indices.

    ``true_feature`` :math:`\mathcal U=\sum_ra_r\sigma(u_r)`, ``signal`` and ``robust_signal`` the
    output of the signal patch at strength :math:`\alpha` and :math:`\alpha-\delta` (means over
    samples of output times label), ``memorised``
    :math:`\mathcal V_i=\sum_ra_r\sum_j\sigma(v_{rij})`, margins, losses, the objective.
    """
    lam, i = SHARE.symbol, SAMPLE_SUM
    clean = sp.Sum(Penalised(MARGIN_OF[i]), OVER_SAMPLES) / SAMPLES
    robust = sp.Sum(Penalised(ROBUST_MARGIN_OF[i]), OVER_SAMPLES) / SAMPLES
    reduced = {
        "true_feature": _mean(network.signal_output(sp.S.One, i)),
        "signal": _mean(network.signal_output(ALPHA.symbol, i)),
        "robust_signal": _mean(network.signal_output(ALPHA.symbol - DELTA.symbol, i)),
    }
    one = {name: (_reduced(network, e), ()) for name, e in reduced.items()}
    return {
        **one,
        "memorised": (_reduced(network, network.noise_output(SAMPLE)), (SAMPLE,)),
        "margin": (MARGIN_OF[SAMPLE], (SAMPLE,)),
        "robust_margin": (ROBUST_MARGIN_OF[SAMPLE], (SAMPLE,)),
        "clean_loss": (clean, ()),
        "robust_loss": (robust, ()),
        "objective": ((1 - lam) * clean + lam * robust, ()),
    }


def _mean(output: Any) -> Any:
    return sp.Sum(output, OVER_SAMPLES) / SAMPLES


def _reduced(network: PatchNetwork, expression: Any) -> Any:
    """Write it in the state of the law."""
    # The noise update is not wanted here: any stands in its place.
    carried = Recursion({"u": expression, "g": sp.S.Zero}, {})
    signed = sign_noise(carried)
    odd = use_oddness(signed) if network.activation.is_odd else signed
    return without_idle_sums(odd.updates["u"])
