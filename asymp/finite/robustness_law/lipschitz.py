r"""Certified bounds on the Lipschitz constant of a two-layer network, from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import RELU, Array
from asymp.finite.robustness_law.counting import counted
from asymp.finite.robustness_law.data import require_powers
from asymp.finite.robustness_law.enclosure import Enclosure, exactly
from asymp.finite.robustness_law.network import TwoLayer
from asymp.finite.robustness_law.relaxation import CORNERS, enumerated, relaxed
from asymp.finite.robustness_law.steepest import steepest
from asymp.symbols.arguments import POSITIVE, choice, finite_array, generator, number

DOMAINS = ("space", "ball", "sphere")


@dataclass(frozen=True)
class Slopes:
    r"""Gradients :math:`\sum_\ell s_\ell a_\ell w_\ell` with :math:`s_\ell` in intervals."""

    rows: Array
    lower: Array
    upper: Array

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Which neurons have no fixed slope."""
        return self.upper > self.lower

    def cube(self, keep: NDArray[np.bool_]) -> Array:
        r"""Rows V such that these neurons' part is :math:`V^\top\tau`, the centre first.

        Every entry of :math:`\tau` is in [-1, 1].
        """
        centre = (self.lower + self.upper)[keep] / 2 @ self.rows[keep]
        moving = keep & self.free
        radius = (self.upper - self.lower)[moving] / 2
        return np.vstack([centre, radius[:, None] * self.rows[moving]])


def slopes_in(network: TwoLayer, radius: float) -> Slopes:
    """Ranges of the slopes on the ball of that radius, which may be infinite."""
    lengths = np.linalg.norm(network.W, axis=1)
    # A neuron whose weights vanish has its bias everywhere, even if the ball is the whole space.
    reach = np.where(lengths > 0, radius * np.maximum(lengths, np.finfo(float).tiny), 0.0)
    lower, upper = network.activation.slope_range(network.b - reach, network.b + reach)
    return Slopes(network.a[:, None] * network.W, np.asarray(lower), np.asarray(upper))


def lipschitz_bounds(
    network: TwoLayer,
    domain: str = "ball",
    radius: float = 1.0,
    *,
    points: Array | None = None,
    rng: int | np.random.Generator = 0,
) -> Enclosure:
    r"""Enclose the Lipschitz constant :math:`\sup|f(x)-f(x')|/\|x-x'\|` of a network.

    On a ball and on the whole space it is the greatest length of the gradient
    :math:`\sum_\ell a_\ell\psi'(w_\ell\cdot x+b_\ell)w_\ell`. Upper bounds, of which the least
    counts:

    - ``product``: :math:`L\|a\|\|W\|_{op}` (theorem 5 of Bubeck, Li and Nagaraj; read);
    - ``neurons``: :math:`L\sum_\ell|a_\ell|\|w_\ell\|`;
    - ``relaxation``: slopes anywhere in their ranges, by semidefinite relaxation;
    - ``corners``: the same exactly, if at most 14 slopes are free;
    - ``counting``: of ReLU neurons with negative biases only so many are active at one point of a
      ball, and only such as overlap (derived; see ``docs/laws-of-robustness.md``).

    The lower end is the greatest gradient found by ascent. For the sphere, with chords as
    distances, the upper end is the ball's and the lower one the greatest tangential gradient.

    Parameters
    ----------
    network : TwoLayer
        The network.
    domain : {"space", "ball", "sphere"}
        Where.
    radius : float
        Radius of the ball or the sphere around the origin.
    points : array_like, shape (m, d), optional
        Further points from which the ascent starts, such as the data.
    rng : int or numpy.random.Generator
        Seed or generator of the other starts.

    Returns
    -------
    Enclosure
        Both ends, and every upper bound by name.

    Raises
    ------
    InvalidParameter
        If the domain is unknown, the radius is not positive, points have another dimension, the
        activation's slope is unbounded on the whole space, or sizes leave double precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law import TwoLayer, lipschitz_bounds
    >>> found = lipschitz_bounds(TwoLayer([1.0, -1.0], [[3.0, 0.0], [0.0, 4.0]]), "space")
    >>> found.lower, found.upper, found.how
    (5.0, 5.0, 'corners')
    """
    choice("domain", domain, DOMAINS)
    radius = number("radius", radius, POSITIVE, "give the radius of the domain")
    reach = np.inf if domain == "space" else radius
    if reach == np.inf and not np.isfinite(network.activation.lipschitz):
        raise InvalidParameter(
            f"activation {network.activation.name}: its slope is unbounded on the whole space; "
            "ask for domain='ball' or 'sphere'"
        )
    if points is not None:
        points = network.as_points(finite_array("points", points, "(m, d)", 2))
    for name, value in (("a", network.a), ("W", network.W), ("b", network.b), ("radius", radius)):
        require_powers(name, value)
    if domain == "sphere" and network.dimension == 1:
        return on_two_points(network, radius)
    # Powers may overflow; their bounds are refused then.
    with np.errstate(over="ignore", invalid="ignore"):
        slopes = slopes_in(network, reach)
    methods, corners = _upper_bounds(network, slopes, reach)
    lower = steepest(network, domain, radius, corners, points, generator(rng))
    return Enclosure(lower, max(lower, min(methods.values())), methods)


def on_sphere(network: TwoLayer, ball: Enclosure, points: Array) -> Enclosure:
    """Enclosure on the unit sphere from that on the unit ball, which contains its chords."""
    if network.dimension == 1:
        return on_two_points(network)
    none = np.empty((0, network.neurons))
    lower = steepest(network, "sphere", 1.0, none, points, np.random.default_rng(0))
    return Enclosure(lower, ball.upper, ball.methods)


def on_two_points(network: TwoLayer, radius: float = 1.0) -> Enclosure:
    """The constant on the sphere of one dimension, whose only chord joins its two points."""
    ends = network.predict(np.array([[radius], [-radius]]))
    return exactly(abs(float(ends[0] - ends[1])) / (2 * radius))


def _upper_bounds(
    network: TwoLayer, slopes: Slopes, reach: float
) -> tuple[dict[str, float], Array]:
    """Every upper bound, and signs of preactivations that may attain the relaxation."""
    every = np.ones(network.neurons, dtype=bool)
    steep = np.maximum(np.abs(slopes.lower), np.abs(slopes.upper))
    lengths = np.linalg.norm(slopes.rows, axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        require_powers("slopes", steep * lengths)
    methods = {
        "product": float(steep.max() * np.linalg.norm(network.a) * np.linalg.norm(network.W, 2)),
        "neurons": float(steep @ lengths),
    }
    cube = slopes.cube(every)
    exact = len(cube) <= CORNERS + 1
    value, signs = enumerated(cube) if exact else relaxed(cube)
    methods["corners" if exact else "relaxation"] = value
    # The sign of the centre is free: turn the others with it.
    corners = np.ones((len(signs), network.neurons))
    corners[:, slopes.free] = signs[:, 1:] * signs[:, :1]
    caps = slopes.free & (network.b < 0)
    if network.activation is RELU and np.isfinite(reach) and np.any(caps):
        rest = 0.0 if np.all(caps) else relaxed(slopes.cube(~caps))[0]
        methods["counting"] = rest + counted(
            network.a[caps], network.W[caps], -network.b[caps], reach
        )
    return methods, corners
