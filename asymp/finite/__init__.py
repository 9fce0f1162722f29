"""Statements about finite samples and networks: functions, bounds and constructions.

Reached as ``asymp.finite.<module>``:

- ``holistic``: the holistic robust loss, its worst law, and training with it;
- ``memorisation``: a clean classifier that memorises its sample robustly;
- ``robustness_law``: networks that fit, Lipschitz constants, and bounds that no fit evades;
- ``weight_margin``: margins under perturbed weights.
"""

from importlib import import_module
from types import ModuleType

_MODULES = ("holistic", "memorisation", "robustness_law", "weight_margin")
__all__ = [*_MODULES]


def __getattr__(name: str) -> ModuleType:
    if name not in _MODULES:
        raise AttributeError(f"module 'asymp.finite' has no attribute {name!r}")
    return import_module(f"asymp.finite.{name}")


def __dir__() -> list[str]:
    return [*__all__]
