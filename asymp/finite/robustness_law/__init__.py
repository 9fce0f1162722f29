"""Laws of robustness at finite size: networks that fit, and bounds that no fit evades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use

_HOMES = {
    "activation": ("IDENTITY", "RELU", "TANH", "Activation", "power"),
    "caps": ("cap_fit", "group_fit"),
    "construction": ("Construction",),
    "data": ("generic_data",),
    "enclosure": ("Enclosure", "Statement"),
    "kinks": ("kink_bound",),
    "linear": ("linear_fit",),
    "lipschitz": ("lipschitz_bounds",),
    "network": ("TwoLayer", "maximum_random_gradient"),
    "norms": ("norm_chain",),
    "pairs": ("projection_bound", "projection_law", "separation_bound"),
    "polynomial": ("polynomial_fit", "power_network"),
    "polynomial_bounds": ("polynomial_bound", "polynomial_law"),
    "tensor": ("SymmetricTensor",),
    "tensor_bounds": ("tensor_law",),
    "training": ("Trained", "train"),
    "universal": ("Rates", "rates", "universal_law"),
}
__all__ = sorted(name for names in _HOMES.values() for name in names)

if TYPE_CHECKING:
    from asymp.finite.robustness_law.activation import IDENTITY as IDENTITY
    from asymp.finite.robustness_law.activation import RELU as RELU
    from asymp.finite.robustness_law.activation import TANH as TANH
    from asymp.finite.robustness_law.activation import Activation as Activation
    from asymp.finite.robustness_law.activation import power as power
    from asymp.finite.robustness_law.caps import cap_fit as cap_fit
    from asymp.finite.robustness_law.caps import group_fit as group_fit
    from asymp.finite.robustness_law.construction import Construction as Construction
    from asymp.finite.robustness_law.data import generic_data as generic_data
    from asymp.finite.robustness_law.enclosure import Enclosure as Enclosure
    from asymp.finite.robustness_law.enclosure import Statement as Statement
    from asymp.finite.robustness_law.kinks import kink_bound as kink_bound
    from asymp.finite.robustness_law.linear import linear_fit as linear_fit
    from asymp.finite.robustness_law.lipschitz import lipschitz_bounds as lipschitz_bounds
    from asymp.finite.robustness_law.network import TwoLayer as TwoLayer
    from asymp.finite.robustness_law.network import (
        maximum_random_gradient as maximum_random_gradient,
    )
    from asymp.finite.robustness_law.norms import norm_chain as norm_chain
    from asymp.finite.robustness_law.pairs import projection_bound as projection_bound
    from asymp.finite.robustness_law.pairs import projection_law as projection_law
    from asymp.finite.robustness_law.pairs import separation_bound as separation_bound
    from asymp.finite.robustness_law.polynomial import polynomial_fit as polynomial_fit
    from asymp.finite.robustness_law.polynomial import power_network as power_network
    from asymp.finite.robustness_law.polynomial_bounds import polynomial_bound as polynomial_bound
    from asymp.finite.robustness_law.polynomial_bounds import polynomial_law as polynomial_law
    from asymp.finite.robustness_law.tensor import SymmetricTensor as SymmetricTensor
    from asymp.finite.robustness_law.tensor_bounds import tensor_law as tensor_law
    from asymp.finite.robustness_law.training import Trained as Trained
    from asymp.finite.robustness_law.training import train as train
    from asymp.finite.robustness_law.universal import Rates as Rates
    from asymp.finite.robustness_law.universal import rates as rates
    from asymp.finite.robustness_law.universal import universal_law as universal_law
else:
    __getattr__ = on_first_use(__name__, _HOMES)
