r"""Patch data: one patch carries the label along a fixed direction, the others are noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.symbols.arguments import POSITIVE, generator, number, whole

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class PatchData:
    r"""A sample of patch data.

    Parameters
    ----------
    labels : numpy.ndarray, shape (N,)
    noise : numpy.ndarray, shape (N, P, d)
        Noise patches, orthogonal to the signal.
    signal : numpy.ndarray, shape (d,)
        Unit direction :math:`w^*`.
    alpha : float
        Strength: the signal patch is :math:`\alpha y_iw^*`.
    """

    labels: Array
    noise: Array
    signal: Array
    alpha: float

    @property
    def energy(self) -> Array:
        r""":math:`\|X_i[j]\|^2`, shape (N, P)."""
        return np.asarray((self.noise**2).sum(axis=-1))


@dataclass(frozen=True)
class PatchModel:
    r"""Law of patch data.

    :math:`X[\mathrm{signal}]=\alpha yw^*`, :math:`y` a fair sign, and
    :math:`X[j]\sim N(0,\sigma_p^2(I_d-w^*w^{*\top}))` for ``P`` noise patches.

    Source: Li and Li, section 5 (second-hand); their scaling is :math:`\alpha\propto d^{0.249}`,
    :math:`\sigma_p\propto d^{-0.509}`, so that :math:`\|X[j]\|=O(1)`.

    Parameters
    ----------
    dimension : int
        ``d``, at least 2; the signal is the first direction of a random rotation.
    alpha : float
    noise : float, optional
        :math:`\sigma_p`; :math:`d^{-1/2}` by default.
    patches : int

    Raises
    ------
    InvalidParameter
        If a number lies outside its domain.

    Examples
    --------
    >>> data = PatchModel(50, alpha=2.0).draw(4, np.random.default_rng(0))
    >>> data.noise.shape, bool(np.abs(data.noise @ data.signal).max() < 1e-15)
    ((4, 1, 50), True)
    """

    dimension: int
    alpha: float
    noise: float | None = None
    patches: int = 1

    def __post_init__(self) -> None:
        """Refuse sizes and strengths outside their domains."""
        for name, value, least in (("dimension", self.dimension, 2), ("patches", self.patches, 1)):
            whole(name, value, least)
        number("alpha", self.alpha, POSITIVE, "the signal's strength")
        if self.noise is not None:
            number("noise", self.noise, POSITIVE, "the noise's standard deviation")

    @property
    def scale(self) -> float:
        r""":math:`\sigma_p`."""
        return float(self.dimension**-0.5 if self.noise is None else self.noise)

    def draw(
        self, n: int, rng: int | np.random.Generator, signal: Array | None = None
    ) -> PatchData:
        r"""Draw a sample; give the ``signal`` of another one to draw test data for it."""
        n, rng = whole("n", n), generator(rng)
        if signal is None:
            signal = rng.standard_normal(self.dimension)
            signal = signal / np.linalg.norm(signal)
        labels = np.where(rng.random(n) < 0.5, 1.0, -1.0)
        noise = self.scale * rng.standard_normal((n, self.patches, self.dimension))
        noise -= (noise @ signal)[..., None] * signal
        return PatchData(labels, noise, signal, self.alpha)
