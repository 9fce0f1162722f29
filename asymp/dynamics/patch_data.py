r"""Patch data: one patch carries the label along a fixed direction, the others are noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.symbols.arguments import POSITIVE, finite_array, generator, number, signs, whole

Array = np.ndarray[Any, np.dtype[np.float64]]
_ROUNDING = 1e-6  # directions in single precision are welcome


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

    Raises
    ------
    InvalidParameter
        If shapes do not fit, labels are not 1 or -1, the signal is not a unit vector, or a noise
        patch is not orthogonal to it.

    Examples
    --------
    >>> PatchData([1.0], [[[0.0, 1.0]]], [0.0, 1.0], alpha=2.0)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: noise at [0, 0] has product 1 with the signal, not 0; project it
    """

    labels: Array
    noise: Array
    signal: Array
    alpha: float

    def __post_init__(self) -> None:
        """Refuse data that the model excludes: its law would be another."""
        alpha = number("alpha", self.alpha, POSITIVE, "the signal's strength")
        noise = finite_array("noise", self.noise, "(N, P, d)", axes=3)
        signal = unit("signal", self.signal, noise.shape[2])
        labels = signs("labels", self.labels, len(noise))
        along, size = noise @ signal, np.linalg.norm(noise, axis=-1)
        if (np.abs(along) > _ROUNDING * size).any():
            at = np.argwhere(np.abs(along) > _ROUNDING * size)[0].tolist()
            raise InvalidParameter(
                f"noise at {at} has product {along[tuple(at)]:g} with the signal, not 0; project it"
            )
        held = {"labels": labels, "noise": noise, "signal": signal, "alpha": alpha}
        for name, value in held.items():
            object.__setattr__(self, name, value)

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
        r"""Draw a sample.

        Parameters
        ----------
        n : int
            Number of samples.
        rng : int or numpy.random.Generator
        signal : array of shape (d,), optional
            Unit direction :math:`w^*`, uniform by default; that of another sample, to draw test
            data for it.

        Returns
        -------
        PatchData

        Raises
        ------
        InvalidParameter
            If there is no sample, or the signal is not a unit vector of this dimension.

        Examples
        --------
        >>> PatchModel(4, alpha=2.0).draw(3, 0, signal=[1.0, 1.0, 0.0, 0.0])
        Traceback (most recent call last):
        asymp.errors.InvalidParameter: signal has norm 1.41421, not 1; divide it by its norm
        """
        n, rng = whole("n", n), generator(rng)
        if signal is None:
            signal = rng.standard_normal(self.dimension)
            signal = signal / np.linalg.norm(signal)
        signal = unit("signal", signal, self.dimension)
        labels = np.where(rng.random(n) < 0.5, 1.0, -1.0)
        noise = self.scale * rng.standard_normal((n, self.patches, self.dimension))
        noise -= (noise @ signal)[..., None] * signal
        return PatchData(labels, noise, signal, self.alpha)


def unit(name: str, value: Any, dimension: int) -> Array:
    """Vector of norm one and of that dimension, or a refusal."""
    vector = finite_array(name, value, f"({dimension},)")
    if vector.shape != (dimension,):
        raise InvalidParameter(f"{name} has shape {vector.shape}; give one of shape ({dimension},)")
    norm = float(np.linalg.norm(vector))
    if abs(norm - 1) > _ROUNDING:
        raise InvalidParameter(f"{name} has norm {norm:g}, not 1; divide it by its norm")
    return vector
