"""Statements about finite samples and networks: functions, bounds and constructions.

Reached as ``asymp.finite.<module>``:

- ``holistic``: the holistic robust loss, its worst law, and training with it;
- ``memorisation``: a clean classifier that memorises its sample robustly;
- ``robustness_law``: networks that fit, Lipschitz constants, and bounds that no fit evades;
- ``weight_margin``: margins under perturbed weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use

__all__ = ["holistic", "memorisation", "robustness_law", "weight_margin"]

if TYPE_CHECKING:
    from asymp.finite import holistic as holistic
    from asymp.finite import memorisation as memorisation
    from asymp.finite import robustness_law as robustness_law
    from asymp.finite import weight_margin as weight_margin
else:
    __getattr__ = on_first_use(__name__, {}, modules=__all__)
