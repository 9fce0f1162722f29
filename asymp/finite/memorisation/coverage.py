r"""How much of a law the balls around a sample of it cover, exactly.

For a sample of ``N`` and a new point of the same law, all independent,

.. math::
    \mathbb E\,\mathbb P\big(X\in\textstyle\bigcup_{i\le N}\mathbb B_p(X_i,\rho)\big)
    =1-\mathbb E\big(1-p_\rho(X)\big)^N,\qquad p_\rho(x)=\mathbb P(\|X'-x\|_p\le\rho).

For classes of different laws, count the samples of the class. Derived here; that memorisation
needs low coverage is a remark of a referee of Li and Li (second-hand).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import chi, ncx2

from asymp.finite.memorisation.network import Array
from asymp.symbols.arguments import NONNEGATIVE, POSITIVE, generator, number, whole


def cap_measure(dimension: int, chord: float) -> float:
    r"""Share of the unit sphere :math:`\mathbb S^{D-1}` within distance ``chord`` of a point of it.

    :math:`\frac12I_{\sin^2\theta}\big(\frac{D-1}2,\frac12\big)` for
    :math:`\cos\theta=1-\frac{\rho^2}2\ge0`, and one minus that beyond the equator.

    Examples
    --------
    >>> cap_measure(3, 1.0)            # on the ordinary sphere: a quarter of the chord squared
    0.25
    """
    dimension = whole("dimension", dimension, 2, "give the number of coordinates")
    chord = number("chord", chord, NONNEGATIVE, "give a distance")
    if chord >= 2:
        return 1.0
    cosine = 1 - chord**2 / 2
    half = 0.5 * float(betainc((dimension - 1) / 2, 0.5, 1 - cosine**2))
    return half if cosine >= 0 else 1 - half


@dataclass(frozen=True)
class _Law:
    dimension: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a dimension below 1 and a scale that is not positive."""
        whole("dimension", self.dimension, 1, "give the number of coordinates")
        number("scale", self.scale, POSITIVE, "give the scale of the law")


class SphereLaw(_Law):
    r"""Uniform on the sphere of radius ``scale`` in ``dimension`` coordinates; balls of l2.

    Examples
    --------
    >>> round(SphereLaw(3).expected_coverage(1, 1.0), 12)
    0.25
    """

    norm = 2.0

    def __post_init__(self) -> None:
        """Refuse a sphere of two points, whose measure has no density."""
        super().__post_init__()
        whole("dimension", self.dimension, 2, "give the number of coordinates")

    def draw(self, n: int, rng: int | np.random.Generator) -> Array:
        """Draw ``n`` points, one a row."""
        normal = generator(rng).standard_normal((_size(n), self.dimension))
        return self.scale * normal / np.linalg.norm(normal, axis=1, keepdims=True)

    def expected_coverage(self, n: int, radius: float) -> float:
        r"""Mean coverage: :math:`1-(1-p_\rho)^N`, ``p`` the measure of a cap."""
        n = _size(n)
        return _covered(cap_measure(self.dimension, _radius(radius) / self.scale), n)


class GaussianLaw(_Law):
    r""":math:`N(0,\text{scale}^2I)`; balls of l2.

    Examples
    --------
    >>> round(GaussianLaw(1).expected_coverage(1, 1.0), 6)   # P(|N(0, 2)| <= 1)
    0.5205
    """

    norm = 2.0

    def draw(self, n: int, rng: int | np.random.Generator) -> Array:
        """Draw ``n`` points, one a row."""
        return self.scale * generator(rng).standard_normal((_size(n), self.dimension))

    def expected_coverage(self, n: int, radius: float) -> float:
        r"""Mean coverage: one integral over :math:`\|X\|`; :math:`p_\rho` is a noncentral chi2."""
        n = _size(n)
        rho2, d = (_radius(radius) / self.scale) ** 2, self.dimension

        def integrand(r: float) -> float:
            return float(chi.pdf(r, d)) * _covered(float(ncx2.cdf(rho2, d, r * r)), n)

        # The law of the norm is within 9 of its centre but for 1e-17.
        low, high = max(0.0, d**0.5 - 9), d**0.5 + 9
        value, _ = quad(integrand, low, high, points=[d**0.5], limit=200, epsrel=1e-11, epsabs=0)
        return float(value)


class CubeLaw(_Law):
    r"""Uniform on the cube :math:`[0,\text{scale}]^D`; balls of l_inf, which are boxes.

    Examples
    --------
    >>> round(CubeLaw(1).expected_coverage(1, 0.25), 6)     # 2 rho - rho^2
    0.4375
    """

    norm = np.inf

    def draw(self, n: int, rng: int | np.random.Generator) -> Array:
        """Draw ``n`` points, one a row."""
        return self.scale * generator(rng).random((_size(n), self.dimension))

    def expected_coverage(self, n: int, radius: float) -> float:
        r"""Mean coverage, a finite sum.

        :math:`\sum_{j\ge1}(-1)^{j+1}\binom NjM_j^D`, where :math:`M_j` is the mean of the ``j``-th
        power of the length of :math:`[x-\rho,x+\rho]\cap[0,1]`. The terms are as large as
        :math:`2^N`: they are summed with as many more digits.
        """
        n, rho = _size(n), _radius(radius) / self.scale
        with mpmath.workdps(int(0.31 * n) + 40):
            total, binomial = mpmath.mpf(0), mpmath.mpf(1)
            for j in range(1, n + 1):
                binomial = binomial * (n - j + 1) / j
                total -= (-1) ** j * binomial * _overlap(mpmath.mpf(rho), j) ** self.dimension
            return float(total)


def _overlap(rho: Any, j: int) -> Any:
    """Mean of the j-th power of the length of a window of the unit interval."""
    if rho >= 1:
        return mpmath.mpf(1)
    widest = min(2 * rho, mpmath.mpf(1))
    inner = abs(1 - 2 * rho) * widest**j
    return inner + 2 * (widest ** (j + 1) - rho ** (j + 1)) / (j + 1)


def _covered(p: float, n: int) -> float:
    if p >= 1:
        return 1.0 if n else 0.0
    return float(-np.expm1(n * np.log1p(-p)))


def _radius(radius: float) -> float:
    return number("radius", radius, NONNEGATIVE, "give the radius of the balls")


def _size(n: int) -> int:
    return whole("n", n, 0, "give the number of samples")
