"""What a construction hands back: a network that fits, with its Lipschitz constant enclosed."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.finite.robustness_law.enclosure import Enclosure, Status
from asymp.finite.robustness_law.network import TwoLayer


@dataclass(frozen=True)
class Construction:
    """A network built to fit given data.

    Attributes
    ----------
    network : TwoLayer
        The network itself.
    ball : Enclosure
        Its Lipschitz constant on the unit ball.
    sphere : Enclosure
        Its Lipschitz constant on the unit sphere, with chords as distances.
    misfit : float
        The greatest deviation of an output from its label.
    source : str
        Where the construction stands.
    status : {"read", "second-hand", "recalled", "derived"}
        How sure the wording of the source is; ``derived`` for what was found here.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, linear_fit
    >>> built = linear_fit(*generic_data(3, 10))
    >>> built.network.neurons, built.ball.exact, built.misfit < 1e-12
    (1, True, True)
    """

    network: TwoLayer
    ball: Enclosure
    sphere: Enclosure
    misfit: float
    source: str
    status: Status
