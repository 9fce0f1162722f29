"""Laws of training dynamics: scalar recursions derived from a network, a loss and a data model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use

_HOMES = {
    "activation": ("FIELD", "PatchActivation", "odd_power", "relu_power"),
    "derive": ("patch_dynamics",),
    "law": ("DynamicalLaw",),
    "network_run": ("NetworkRun", "train_network"),
    "patch_data": ("PatchData", "PatchModel"),
    "phases": ("Thresholds",),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)

if TYPE_CHECKING:
    from asymp.dynamics.activation import FIELD as FIELD
    from asymp.dynamics.activation import PatchActivation as PatchActivation
    from asymp.dynamics.activation import odd_power as odd_power
    from asymp.dynamics.activation import relu_power as relu_power
    from asymp.dynamics.derive import patch_dynamics as patch_dynamics
    from asymp.dynamics.law import DynamicalLaw as DynamicalLaw
    from asymp.dynamics.network_run import NetworkRun as NetworkRun
    from asymp.dynamics.network_run import train_network as train_network
    from asymp.dynamics.patch_data import PatchData as PatchData
    from asymp.dynamics.patch_data import PatchModel as PatchModel
    from asymp.dynamics.phases import Thresholds as Thresholds
else:
    __getattr__ = on_first_use(__name__, _HOMES)
