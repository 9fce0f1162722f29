"""Holistic robust loss, certificate and training of finite samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use

_HOMES = {
    "coverage": (
        "certified_radius",
        "critical_radius",
        "disappointment_bound",
        "disappointment_probability",
    ),
    "interpolation": ("interpolation_radius",),
    "limit": ("holistic_limit", "price_of_overfitting"),
    "loss": ("WorstCase", "hr_loss", "worst_case"),
    "training": ("HolisticFit", "fit_hr"),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)

if TYPE_CHECKING:
    from asymp.finite.holistic.coverage import certified_radius as certified_radius
    from asymp.finite.holistic.coverage import critical_radius as critical_radius
    from asymp.finite.holistic.coverage import disappointment_bound as disappointment_bound
    from asymp.finite.holistic.coverage import (
        disappointment_probability as disappointment_probability,
    )
    from asymp.finite.holistic.interpolation import interpolation_radius as interpolation_radius
    from asymp.finite.holistic.limit import holistic_limit as holistic_limit
    from asymp.finite.holistic.limit import price_of_overfitting as price_of_overfitting
    from asymp.finite.holistic.loss import WorstCase as WorstCase
    from asymp.finite.holistic.loss import hr_loss as hr_loss
    from asymp.finite.holistic.loss import worst_case as worst_case
    from asymp.finite.holistic.training import HolisticFit as HolisticFit
    from asymp.finite.holistic.training import fit_hr as fit_hr
else:
    __getattr__ = on_first_use(__name__, _HOMES)
