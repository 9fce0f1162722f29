r"""The classifier of Lemma 4.5: clean outside of the samples' balls, the samples' labels inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation.assembly import with_memory
from asymp.finite.memorisation.halfspace import Halfspace
from asymp.finite.memorisation.indicator import indicator_parameters, indicators
from asymp.finite.memorisation.network import Array, ReluNetwork
from asymp.finite.memorisation.separation import (
    Separation,
    checked_sample,
    class_separation,
    distances,
    require_norm,
)
from asymp.symbols.arguments import POSITIVE, number, real_array, shown

# Distances held at once.
_HELD = 4_000_000


@dataclass(frozen=True)
class RobustMemoriser:
    r"""A clean classifier with the balls of its sample memorised.

    .. math::
        f_{\mathcal S}(X)=f_{clean}(X)\big(1-\mathbb I\{X\in\textstyle\bigcup_i
        \mathbb B_p(X_i,\delta)\}\big)+\sum_iy_i\,\mathbb I\{X\in\mathbb B_p(X_i,\delta)\}

    (:meth:`value`), and the same as a ReLU network with indicators that have a ramp
    (:attr:`network`). Made by :func:`memorise`, which states what holds.

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

    def value(self, x: Any) -> Array:
        """Value of the lemma's function, with exact indicators, at the rows of ``x``."""
        points = np.atleast_2d(real_array("x", x, "(n, D)"))
        plus, minus = (self._inside(points, sign) for sign in (1.0, -1.0))
        clean = np.asarray(self.clean(points), dtype=float).reshape(len(points))
        return np.where(plus + minus > 0, plus - minus, clean)

    def predict(self, x: Any) -> Array:
        """Sign of :meth:`value`: 1, -1, or 0 where it is zero (an error for either label)."""
        return np.sign(self.value(x))

    def clean_error(self, x: Any, y: Any) -> float:
        r"""Share of test points that are not given their label, without a perturbation."""
        points, labels = checked_sample(x, y)
        return float(np.mean(self.predict(points) != labels))

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
    def reach(self) -> float:
        r"""Distance :math:`2\delta+h` from the sample beyond which nothing was changed.

        For a test point farther than this from every sample, the whole ball of radius
        :math:`\delta` lies where the network is the clean classifier.
        """
        return 2 * self.delta + self.ramp

    def far(self, x: Any) -> Any:
        """Which points are farther than :attr:`reach` from every sample."""
        points = np.atleast_2d(real_array("x", x, "(n, D)"))
        return self._count(points, self.samples, self.reach) == 0

    def robust_error_bounds(self, x: Any, wrong: Any) -> tuple[float, float]:
        r"""Lower and upper bound of the robust error on test points.

        .. math::
            \mathbb P(\text{clean robustly wrong and far})\le
            \mathcal L^{p,\delta}_{\mathcal D}(f_{\mathcal S})\le
            \mathbb P(\text{clean robustly wrong})

        Equal, hence exact, if no point that the clean classifier fails is near the sample: the
        error is lowered by coverage only. Derived here.

        Parameters
        ----------
        x : array of shape (n, D)
            Test points whose classes are more than :math:`2\delta+h` from the other class's
            samples.
        wrong : array of bool, shape (n,)
            Whether the clean classifier errs somewhere in the point's ball of radius
            :math:`\delta`, for instance :meth:`Halfspace.robustly_wrong`.
        """
        missed = np.asarray(wrong, dtype=bool)
        return float(np.mean(missed & self.far(x))), float(np.mean(missed))

    def certified_training_error(self) -> float:
        r"""Robust training error of :attr:`network`, from interval bounds on the boxes themselves.

        A sample counts as an error unless :math:`y_if>0` is proved on all of
        :math:`\mathbb B_\infty(X_i,\delta)`. For :math:`p=2` the box holds the ball, so that an
        answer of zero is valid there too, and another one says nothing.
        """
        low, high = self.network.bounds(self.samples - self.delta, self.samples + self.delta)
        margin = np.where(self.labels > 0, low, -high)
        return float(np.mean(margin <= 0))

    @property
    def _clean_network(self) -> ReluNetwork:
        if not isinstance(self.clean, ReluNetwork) or self.clean.outputs != 1:
            raise InvalidProblem(
                "clean is not a ReluNetwork with one output, so that it cannot be made part of a "
                "network; give one, or use value and indicators"
            )
        return self.clean

    def _inside(self, points: Array, sign: float) -> Array:
        return self._count(points, self.samples[self.labels == sign], self.delta)

    def _count(self, points: Array, centres: Array, radius: float) -> Array:
        """Count the centres within the radius of each point."""
        rows = max(1, _HELD // max(1, len(centres)))
        blocks = (points[i : i + rows] for i in range(0, len(points), rows))
        parts = [(distances(b, centres, self.norm) <= radius).sum(axis=1) for b in blocks]
        return np.concatenate(parts) if parts else np.empty(0)


def memorise(
    clean: Callable[[Any], Any],
    samples: Any,
    labels: Any,
    delta: float,
    *,
    norm: float = np.inf,
    ramp: float | None = None,
) -> RobustMemoriser:
    r"""Put the balls of a sample on top of a clean classifier (Lemma 4.5).

    If :math:`s=\min_{y_i\ne y_k}\|X_i-X_k\|_p>2\delta` then, whatever :math:`f_{clean}`,

    - the robust training error is zero, with margin 1: balls of different classes do not meet,
      and for the network a ramp of width :math:`h\le s-2\delta` around a sample ends before the
      balls of the other class begin;
    - a test point whose distance from the samples of the other class exceeds
      :math:`\delta+h` is classified rightly if :math:`f_{clean}` does so: clean error never rises;
    - the indicators have :math:`6ND+2N+2` parameters for :math:`p=\infty`, and
      :math:`O(ND\log(DR^2/(R^2-\delta^2)))`, :math:`R=\delta+h`, for :math:`p=2`
      (:func:`indicator_parameters`).

    Source: Li and Li, Lemma 4.5 and Theorem 4.4 (second-hand); the network, the ramp and the
    count are derived here.

    Parameters
    ----------
    clean : callable
        Takes rows, gives one number a row whose sign is the class. A
        :class:`~asymp.finite.memorisation.ReluNetwork` gives a network.
    samples : array of shape (N, D)
    labels : array of shape (N,)
        Entries 1 or -1.
    delta : float
        Radius, positive.
    norm : {2, inf}
    ramp : float, optional
        Width ``h`` in :math:`(0,s-2\delta]`; half of the largest by default, so that the other
        half is left to test points.

    Raises
    ------
    InvalidParameter
        If the radius or the ramp lies outside its domain, there is no sample, or shapes do not fit.
    InvalidProblem
        If the classes are not more than :math:`2\delta` apart (the pair is named), or ``clean`` is
        no function or a network of another dimension.

    Examples
    --------
    >>> from asymp.finite.memorisation import Halfspace
    >>> x, y = [[1.0, 0.1], [-1.0, -0.1]], [1, -1]
    >>> weak = Halfspace((0.0, 1.0))          # right, but 0.1 from its own boundary
    >>> f = memorise(weak.network, x, y, delta=0.4)
    >>> f.network([[1.2, -0.3], [2.1, -0.3]]).round(9).tolist()
    [1.0, -0.3]
    >>> f.certified_training_error(), f.stated_parameters
    (0.0, 30)
    """
    x, y = checked_sample(samples, labels)
    p = require_norm(norm)
    delta = number("delta", delta, POSITIVE, "give the radius of the balls")
    _require_fitting(clean, x.shape[1])
    separation = class_separation(x, y, p)
    separation.require_above(delta)
    room = separation.distance - 2 * delta
    if ramp is None:
        ramp = room / 2 if np.isfinite(room) else delta
    width = number("ramp", ramp, POSITIVE, "give the width of the ramp")
    if width > room:
        raise InvalidParameter(
            f"ramp = {shown(ramp)} is not in (0, {room:g}] (the room between the balls of the "
            "classes); lower it, or leave it out"
        )
    return RobustMemoriser(clean, x, y, delta, width, p, separation)


def _require_fitting(clean: Any, dimension: int) -> None:
    if not callable(clean):
        raise InvalidProblem(
            f"clean = {clean!r} is not callable; give a function of rows, or a ReluNetwork"
        )
    if isinstance(clean, ReluNetwork | Halfspace) and clean.inputs != dimension:
        raise InvalidProblem(
            f"clean takes {clean.inputs} inputs and samples have {dimension} coordinates; give one "
            "of as many inputs"
        )
