r"""Margins under perturbed weights: bounds, worst cases, and the limits of their ratios.

After Tsai, Hsu, Yu and Chen (2021), arXiv:2103.02200. A network's weights move within a ball,
layer by layer; how far can the margin between two classes fall?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use

_HOMES = {
    "bounds": ("certified", "interval_bound", "norm_bound"),
    "limits": ("first_layer_ratio", "input_size", "last_layer_size"),
    "loss": ("weight_robust_loss",),
    "network": ("Network", "Nonlinearity", "margins"),
    "worst_case": ("ascended_drop", "random_drop", "worst_drop"),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)

if TYPE_CHECKING:
    from asymp.finite.weight_margin.bounds import certified as certified
    from asymp.finite.weight_margin.bounds import interval_bound as interval_bound
    from asymp.finite.weight_margin.bounds import norm_bound as norm_bound
    from asymp.finite.weight_margin.limits import first_layer_ratio as first_layer_ratio
    from asymp.finite.weight_margin.limits import input_size as input_size
    from asymp.finite.weight_margin.limits import last_layer_size as last_layer_size
    from asymp.finite.weight_margin.loss import weight_robust_loss as weight_robust_loss
    from asymp.finite.weight_margin.network import Network as Network
    from asymp.finite.weight_margin.network import Nonlinearity as Nonlinearity
    from asymp.finite.weight_margin.network import margins as margins
    from asymp.finite.weight_margin.worst_case import ascended_drop as ascended_drop
    from asymp.finite.weight_margin.worst_case import random_drop as random_drop
    from asymp.finite.weight_margin.worst_case import worst_drop as worst_drop
else:
    __getattr__ = on_first_use(__name__, _HOMES)
