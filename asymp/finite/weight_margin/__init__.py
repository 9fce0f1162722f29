r"""Margins under perturbed weights: bounds, worst cases, and the limits of their ratios.

After Tsai, Hsu, Yu and Chen (2021), arXiv:2103.02200. A network's weights move within a ball,
layer by layer; how far can the margin between two classes fall?
"""

from __future__ import annotations

from asymp.lazy import on_first_use

_HOMES = {
    "bounds": ("certified", "interval_bound", "norm_bound"),
    "limits": ("first_layer_ratio", "input_size", "last_layer_size"),
    "loss": ("weight_robust_loss",),
    "network": ("Network", "Nonlinearity", "margins"),
    "worst_case": ("ascended_drop", "random_drop", "worst_drop"),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)
__getattr__ = on_first_use(__name__, _HOMES)
