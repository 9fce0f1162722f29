"""Putting the balls of a sample on top of a clean classifier, and what this asks of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation.classifier import RobustMemoriser
from asymp.finite.memorisation.halfspace import Halfspace
from asymp.finite.memorisation.network import ReluNetwork
from asymp.finite.memorisation.separation import (
    Separation,
    checked_sample,
    class_separation,
    require_norm,
)
from asymp.symbols.arguments import POSITIVE, number, shown


def memorise(
    clean: Callable[[Any], Any],
    samples: Any,
    labels: Any,
    delta: float,
    *,
    norm: float = np.inf,
    ramp: float | None = None,
    population_separation: float | None = None,
) -> RobustMemoriser:
    r"""Put the balls of a sample on top of a clean classifier (Lemma 4.5).

    If :math:`s=\min_{y_i\ne y_k}\|X_i-X_k\|_p>2\delta` then, whatever :math:`f_{clean}`,

    - the robust training error is zero, with margin 1: balls of different classes do not meet,
      and for the network a ramp of width :math:`h\le s-2\delta` around a sample ends before the
      balls of the other class begin;
    - a test point whose distance from the samples of the other class is at least
      :math:`\delta+h` is classified rightly if :math:`f_{clean}` does so. Hence the clean error
      does not rise if the classes of the **population** are at least :math:`\delta+h` apart,
      which no sample shows. Ramps above :math:`\delta` are refused for this reason: up to there
      the hypothesis of the theorem, a population separation above :math:`2\delta`, is enough;
    - the robust error does not rise if the population separation is at least
      :math:`2\delta+h`. With ``population_separation`` given, wider ramps are refused, and both
      statements hold;
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
        Width ``h`` in :math:`(0,\min(s-2\delta,\delta)]`, or in :math:`(0,s_{pop}-2\delta]` if
        the population separation is given. Default: the largest, but at most half of
        :math:`s-2\delta` without a population separation.
    population_separation : float, optional
        Distance :math:`s_{pop}>2\delta` that points of different classes of the population keep
        at least, if it is known.

    Raises
    ------
    InvalidParameter
        If a number lies outside its domain, there is no sample, or shapes do not fit.
    InvalidProblem
        If the classes are not more than :math:`2\delta` apart, or nearer than the population
        separation (the pair is named), or ``clean`` is no function or a network of another
        dimension.

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
    width = _width(ramp, delta, separation, population_separation)
    return RobustMemoriser(clean, x, y, delta, width, p, separation)


def _width(
    ramp: float | None, delta: float, separation: Separation, population: float | None
) -> float:
    """Width of the ramp: the given one if it is admissible, else the default."""
    room = separation.distance - 2 * delta
    if population is None:
        most, why = (
            min(room, delta),
            (
                "the room between the balls of the sample's classes"
                if room <= delta
                else "delta: a wider one needs population_separation"
            ),
        )
        default = min(room / 2, delta)
    else:
        population = number("population_separation", population, POSITIVE, "give a distance")
        separation.require_no_less_than(population)
        if not population > 2 * delta:
            raise InvalidParameter(
                f"population_separation = {population:g} is not in ({2 * delta:g}, inf), above "
                "2 delta; take a smaller delta"
            )
        most, why = population - 2 * delta, "population_separation - 2 delta"
        default = most
    width = number("ramp", default if ramp is None else ramp, POSITIVE, "give the ramp's width")
    if width > most:
        raise InvalidParameter(
            f"ramp = {shown(ramp)} is not in (0, {most:g}] ({why}); lower it, or leave it out"
        )
    return width


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
