"""Radii of the perturbation, one for each layer, in one of two norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from asymp.errors import InvalidParameter
from asymp.finite.weight_margin.network import Array, Network, require_network
from asymp.symbols.arguments import NONNEGATIVE, choice, number, numbers, shown

Norm = Literal["elementwise", "frobenius"]
Radii = ArrayLike | Mapping[int, float]
NORMS = ("elementwise", "frobenius")


def layer_radii(network: Network, radii: Radii, norm: str = "elementwise") -> Array:
    r"""Radius of every layer, :math:`\epsilon_1,\dots,\epsilon_L`.

    Parameters
    ----------
    network : Network
    radii : float, sequence of float or mapping of int to float
        One radius for all layers; one for each; or those of the layers named (counted from 1,
        negative numbers from the end), the others zero.
    norm : {"elementwise", "frobenius"}

    Raises
    ------
    InvalidParameter
        If a radius is negative or not finite, their number is wrong, a layer is not there or named
        twice, or the norm is unknown.

    Examples
    --------
    >>> net = Network([np.eye(2), np.eye(2), np.eye(2)])
    >>> layer_radii(net, {-1: 0.5}).tolist(), layer_radii(net, 0.1).tolist()
    ([0.0, 0.0, 0.5], [0.1, 0.1, 0.1])
    """
    require_network(network)
    choice("norm", norm, NORMS)
    return _one_each(network, radii)


def _one_each(network: Network, radii: Radii) -> Array:
    if isinstance(radii, Mapping):
        found = np.zeros(network.depth)
        named = [_index(network, layer) for layer in radii]
        for place, (layer, radius) in zip(named, radii.items(), strict=True):
            if named.count(place) > 1:
                raise InvalidParameter(
                    f"layer {layer} of {network.depth} has two radii; name it from one end only"
                )
            found[place] = number("radius", radius, NONNEGATIVE)
        return found
    given = numbers("radii", radii, NONNEGATIVE)
    if given.ndim > 1 or (given.ndim == 1 and len(given) != network.depth):
        raise InvalidParameter(
            f"radii have shape {given.shape}; give one, or {network.depth}, one for each layer"
        )
    return np.array(np.broadcast_to(given, network.depth))


def _index(network: Network, layer: Any) -> int:
    depth = network.depth
    whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    if not whole or layer == 0 or not -depth <= layer <= depth:
        raise InvalidParameter(
            f"layer {shown(layer)}: count from 1 to {depth}, or from -1 (the last) to -{depth}"
        )
    return int(layer - 1 if layer > 0 else depth + layer)
