"""A classifier that memorises its sample robustly on top of one that is right but not robust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use

_HOMES = {
    "adversary": ("Attack", "attack"),
    "classifier": ("RobustMemoriser",),
    "construction": ("memorise",),
    "box_cover": ("BoxCover", "cover_box"),
    "coverage": ("CubeLaw", "GaussianLaw", "SphereLaw", "cap_measure"),
    "halfspace": ("Halfspace",),
    "indicator": ("ball_bounds", "indicator_parameters", "indicators"),
    "network": ("ReluNetwork",),
    "separation": ("Separation", "class_separation"),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)

if TYPE_CHECKING:
    from asymp.finite.memorisation.adversary import Attack as Attack
    from asymp.finite.memorisation.adversary import attack as attack
    from asymp.finite.memorisation.box_cover import BoxCover as BoxCover
    from asymp.finite.memorisation.box_cover import cover_box as cover_box
    from asymp.finite.memorisation.classifier import RobustMemoriser as RobustMemoriser
    from asymp.finite.memorisation.construction import memorise as memorise
    from asymp.finite.memorisation.coverage import CubeLaw as CubeLaw
    from asymp.finite.memorisation.coverage import GaussianLaw as GaussianLaw
    from asymp.finite.memorisation.coverage import SphereLaw as SphereLaw
    from asymp.finite.memorisation.coverage import cap_measure as cap_measure
    from asymp.finite.memorisation.halfspace import Halfspace as Halfspace
    from asymp.finite.memorisation.indicator import ball_bounds as ball_bounds
    from asymp.finite.memorisation.indicator import indicator_parameters as indicator_parameters
    from asymp.finite.memorisation.indicator import indicators as indicators
    from asymp.finite.memorisation.network import ReluNetwork as ReluNetwork
    from asymp.finite.memorisation.separation import Separation as Separation
    from asymp.finite.memorisation.separation import class_separation as class_separation
else:
    __getattr__ = on_first_use(__name__, _HOMES)
