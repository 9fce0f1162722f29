r"""The classifier of Lemma 4.5: clean outside of the samples' balls, the samples' labels inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation.assembly import with_memory
from asymp.finite.memorisation.indicator import (
    ball_bounds,
    indicator_parameters,
    indicators,
)
from asymp.finite.memorisation.network import Array, ReluNetwork
from asymp.finite.memorisation.separation import (
    Separation,
    checked_sample,
    distances,
)
from asymp.symbols.arguments import NONNEGATIVE, finite_array, number, shown

# Distances held at once.
_HELD = 4_000_000


@dataclass(frozen=True)
class RobustMemoriser:
    r"""A clean classifier with the balls of its sample memorised.

    .. math::
        f_{\mathcal S}(X)=f_{clean}(X)\big(1-\mathbb I\{X\in\textstyle\bigcup_i
        \mathbb B_p(X_i,\delta)\}\big)+\sum_iy_i\,\mathbb I\{X\in\mathbb B_p(X_i,\delta)\}

    (:meth:`value`), and the same with indicators that have a ramp (:meth:`ramped`), which is one
    ReLU network if the clean classifier is one (:attr:`network`). Made by :func:`memorise`, which
    states what holds.

    Parameters
    ----------
    clean : callable
        :math:`f_{clean}`, on rows.
    samples, labels : numpy.ndarray
        Shapes (N, D) and (N,).
    delta, ramp, norm : float
        Radius :math:`\delta` of the balls, width :math:`h` of the ramp outside them, ``p``.
    separation : Separation
        Of the sample's classes.
    """

    clean: Callable[[Any], Any]
    samples: Array
    labels: Array
    delta: float
    ramp: float
    norm: float
    separation: Separation

    def clean_values(self, x: Any) -> Array:
        """Values of the clean classifier at the rows of ``x``, checked."""
        points = self._points(x)
        values = finite_array("clean(x)", self.clean(points), f"({len(points)},)")
        if values.size != len(points):
            raise InvalidProblem(
                f"clean gave values of shape {values.shape} at {len(points)} points; make it give "
                "one number a row"
            )
        return values.reshape(len(points))

    def value(self, x: Any) -> Array:
        """Value of the lemma's function, with exact indicators, at the rows of ``x``."""
        points = self._points(x)
        plus, minus = (self._inside(points, sign) for sign in (1.0, -1.0))
        return np.where(plus + minus > 0, plus - minus, self.clean_values(points))

    def ramped(self, x: Any) -> Array:
        r"""Value with ramps, which is that of :attr:`network`, at the rows of ``x``.

        It needs no network for the clean classifier:
        :math:`\mathcal T(\bar f;A+B)+A-B`, as :attr:`network` puts it together.
        """
        points = self._points(x)
        if isinstance(self.clean, ReluNetwork):
            return self.network(points)
        plus, minus = self.indicators(points).T
        clean = np.clip(self.clean_values(points), -1.0, 1.0)
        return np.sign(clean) * np.maximum(np.abs(clean) - plus - minus, 0.0) + plus - minus

    def predict(self, x: Any, *, ramp: bool = True) -> Array:
        """Class: 1, -1, or 0 where the value is zero (an error for either label).

        Of the network (:meth:`ramped`), or of the lemma's function (:meth:`value`) if ``ramp`` is
        false.
        """
        return np.sign(self.ramped(x) if ramp else self.value(x))

    def clean_error(self, x: Any, y: Any, *, ramp: bool = True) -> float:
        r"""Share of test points that are not given their label, without a perturbation.

        Of the network, or of the lemma's function if ``ramp`` is false. The network's is at most
        the clean classifier's if no point is within :attr:`edge` of a sample of the other class.
        """
        points, labels = checked_sample(x, y)
        return float(np.mean(self.predict(points, ramp=ramp) != labels))

    @cached_property
    def indicators(self) -> ReluNetwork:
        """Network of two outputs: indicators of the balls of class 1, summed, and of class -1."""
        return indicators(self.samples, self.labels, self.delta, self.ramp, self.norm)

    @cached_property
    def network(self) -> ReluNetwork:
        """The classifier as one ReLU network, if the clean one is a :class:`ReluNetwork`.

        Raises
        ------
        InvalidProblem
            If the clean classifier is any other callable.
        """
        return with_memory(self._clean_network, self.indicators)

    @property
    def stated_parameters(self) -> int:
        """Parameters of the indicators, from the formula (:func:`indicator_parameters`)."""
        n, dimension = self.samples.shape
        return indicator_parameters(n, dimension, self.delta, self.ramp, self.norm)

    @property
    def extra_parameters(self) -> int:
        """Parameters of the network beyond the clean one's, counted.

        The stated ones and a number that depends on the depth of the clean network only.
        """
        return self.network.parameters - self._clean_network.parameters

    @property
    def edge(self) -> float:
        r"""Distance :math:`\delta+h` from a sample at which its ramp ends."""
        return self.delta + self.ramp

    @property
    def reach(self) -> float:
        r"""Distance :math:`2\delta+h` from the sample beyond which nothing was changed.

        For a test point farther than this from every sample, the whole ball of radius
        :math:`\delta` lies where the network is the clean classifier.
        """
        return 2 * self.delta + self.ramp

    def far(self, x: Any) -> Any:
        """Which points are farther than :attr:`reach` from every sample."""
        return self._count(self._points(x), self.samples, self.reach) == 0

    def near_other(self, x: Any, y: Any, radius: float) -> Any:
        """Which points are nearer than ``radius`` to a sample of the other class than their own."""
        points, labels = checked_sample(self._points(x), y)
        radius = number("radius", radius, NONNEGATIVE, "give a distance")
        below = np.nextafter(radius, 0.0)
        near = np.zeros(len(points), dtype=bool)
        for sign in (1.0, -1.0):
            others = self.samples[self.labels == -sign]
            near[labels == sign] = self._count(points[labels == sign], others, below) > 0
        return near & (radius > 0)

    def robust_error_bounds(self, x: Any, y: Any, wrong: Any) -> tuple[float, float]:
        r"""Lower and upper bound of the robust error on test points, of either function.

        .. math::
            \mathbb P\big((W\cap F)\cup O_{2\delta}\big)\le
            \mathcal L^{p,\delta}_{\mathcal D}(f_{\mathcal S})\le
            \mathbb P\big(W\cup O_{2\delta+h}\big)

        with ``W``: the clean classifier is robustly wrong; ``F``: farther than
        :math:`2\delta+h` from every sample (:meth:`far`); :math:`O_\rho`: nearer than
        :math:`\rho` to a sample of the other class (:meth:`near_other`). A ball that meets a ball
        of the other class holds a point with the wrong label; one that meets no ramp of the other
        class has no error that the clean classifier has not. If the classes of the population are
        :math:`2\delta+h` apart, both :math:`O` are empty, and the error is at most the clean
        classifier's. Certificates, up to rounding. Derived here.

        Parameters
        ----------
        x : array of shape (n, D)
            Test points.
        y : array of shape (n,)
            Their labels, 1 or -1.
        wrong : array of bool, shape (n,)
            Whether the clean classifier errs somewhere in the point's ball of radius
            :math:`\delta`, for instance :meth:`Halfspace.robustly_wrong`.
        """
        points, labels = checked_sample(self._points(x), y)
        missed = _truths("wrong", wrong, len(points))
        lost = self.near_other(points, labels, 2 * self.delta)
        low = (missed & self.far(points)) | lost
        high = missed | self.near_other(points, labels, self.reach)
        return float(np.mean(low)), float(np.mean(high))

    def certified_training_error(self) -> float:
        r"""Upper bound of the robust training error of :attr:`network`, a certificate.

        A sample counts as an error unless :math:`y_if>0` is proved on all of
        :math:`\mathbb B_p(X_i,\delta)`, up to rounding. For :math:`p=\infty` the proof is interval
        arithmetic on the network's own weights. For :math:`p=2` intervals are too wide, and it
        rests on bounds of the indicators' formula (:func:`~asymp.finite.memorisation.ball_bounds`)
        at the distances of the samples; that the weights are those of the formula is tested, not
        proved.
        """
        if self.norm == np.inf:
            low, high = self.network.bounds(self.samples - self.delta, self.samples + self.delta)
            margin = np.where(self.labels > 0, low, -high)
        else:
            margin = self._ball_margins()
        return float(np.mean(margin <= 0))

    def _ball_margins(self) -> Array:
        r"""Lower bounds of :math:`y_if` on the balls of l2.

        With ``a`` at least the own class's indicators and ``b`` at most the other's, and
        :math:`|\bar f|\le1`: :math:`a-b-(1-a-b)_+`, which increases in ``a`` and falls in ``b``.
        """
        dimension = self.samples.shape[1]
        between = distances(self.samples, self.samples, self.norm)
        low, high = ball_bounds(between, self.delta, dimension, self.delta, self.ramp)
        same = self.labels[:, None] == self.labels
        own, other = np.where(same, low, 0.0).sum(axis=1), np.where(same, 0.0, high).sum(axis=1)
        return np.asarray(own - other - np.maximum(1 - own - other, 0.0))

    @property
    def _clean_network(self) -> ReluNetwork:
        if not isinstance(self.clean, ReluNetwork) or self.clean.outputs != 1:
            raise InvalidProblem(
                "clean is not a ReluNetwork with one output, so that it cannot be made part of a "
                "network; give one, or use value and indicators"
            )
        return self.clean

    def _points(self, x: Any) -> Array:
        points = np.atleast_2d(finite_array("x", x, "(n, D)"))
        dimension = self.samples.shape[1]
        if points.ndim != 2 or points.shape[1] != dimension:
            raise InvalidParameter(
                f"x has shape {points.shape}; give (n, {dimension}), since the samples have "
                f"{dimension} coordinates"
            )
        return points

    def _inside(self, points: Array, sign: float) -> Array:
        return self._count(points, self.samples[self.labels == sign], self.delta)

    def _count(self, points: Array, centres: Array, radius: float) -> Array:
        """Count the centres within the radius of each point."""
        rows = max(1, _HELD // max(1, len(centres)))
        blocks = (points[i : i + rows] for i in range(0, len(points), rows))
        parts = [(distances(b, centres, self.norm) <= radius).sum(axis=1) for b in blocks]
        return np.concatenate(parts) if parts else np.empty(0)


def _truths(name: str, value: Any, length: int) -> Any:
    """Array of so many truth values."""
    array = finite_array(name, value, f"({length},)")
    if array.shape != (length,) or not np.isin(array, (0.0, 1.0)).all():
        raise InvalidParameter(
            f"{name} = {shown(value)} is not an array of {length} truth values; give one for "
            "each point"
        )
    return array > 0
