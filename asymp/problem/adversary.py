"""Adversaries: who perturbs what, within which ball."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asymp.errors import InvalidProblem
from asymp.symbols import NONNEGATIVE, Parameter


def _radii(radius: str, test_radius: str, what: str, scaling: str) -> tuple[Parameter, ...]:
    return (
        Parameter(radius, NONNEGATIVE, f"radius of the training perturbation{what}", scaling),
        Parameter(
            test_radius,
            NONNEGATIVE,
            f"radius of the perturbation{what} at test time",
            default=radius,
        ),
    )


@dataclass(frozen=True)
class L2Input:
    r"""Perturbation :math:`x \mapsto x + \delta`, :math:`\|\delta\|_2 \le \varepsilon`.

    The input has norm of order :math:`\sqrt d`, the perturbation of order 1.

    Parameters
    ----------
    radius : str
        Name of the training radius :math:`\varepsilon`.
    test_radius : str
        Name of the radius at test time; it takes the training radius when not given.
    """

    radius: str = "eps"
    test_radius: str = "eps_test"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Training and test radius."""
        return _radii(self.radius, self.test_radius, "", r"\|\delta\|_2=O(1),\ \|x\|_2\sim\sqrt d")


@dataclass(frozen=True)
class LinfInput:
    r"""Perturbation :math:`\|\delta\|_\infty\le\varepsilon/\sqrt p` of isotropic inputs.

    Its dual norm is :math:`\frac{\varepsilon}{\sqrt p}\|\theta\|_1=\frac\varepsilon p\sum_j|w_j|`
    with :math:`w=\sqrt p\,\theta`.

    Parameters
    ----------
    radius, test_radius : str
        Names of the training radius :math:`\varepsilon` and of that at test time.
    """

    radius: str = "eps"
    test_radius: str = "eps_test"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Training and test radius."""
        return _radii(self.radius, self.test_radius, "", r"\sqrt p\|\delta\|_\infty=O(1)")


@dataclass(frozen=True)
class LabelPerturbation:
    r"""Perturbation of a real label: y becomes :math:`y+\delta`, :math:`|\delta|\le\varepsilon`.

    Parameters
    ----------
    radius, test_radius : str
        Names of the training radius :math:`\varepsilon` and of that at test time.
    """

    radius: str = "eps_y"
    test_radius: str = "eps_y_test"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Training and test radius."""
        return _radii(self.radius, self.test_radius, " of the label", r"|\delta|=O(1)")


@dataclass(frozen=True)
class WeightPerturbation:
    r"""Perturbation of the weights, one for each sample.

    ``layer="hidden"``: :math:`W\mapsto W+\Delta`, :math:`\|\Delta\|_F\le\varepsilon/\sqrt d`, of
    random features; to first order it moves the output by
    :math:`\varepsilon\sqrt{\mathbb E\sigma'(G)^2}\,\|\theta\|`.
    ``layer="output"``: :math:`\theta\mapsto\theta+\delta`,
    :math:`\|\delta\|_2\le\varepsilon/\sqrt N`; it moves the output by
    :math:`\varepsilon\,\|\varphi(x)\|/\sqrt N`.

    Parameters
    ----------
    radius, test_radius : str
        Names of the training radius :math:`\varepsilon` and of that at test time.
    layer : {"hidden", "output"}
    """

    radius: str = "eps_w"
    test_radius: str = "eps_w_test"
    layer: Literal["hidden", "output"] = "hidden"

    def __post_init__(self) -> None:
        if self.layer not in ("hidden", "output"):
            raise InvalidProblem(f"layer {self.layer!r}: choose 'hidden' or 'output'")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Training and test radius."""
        hidden = self.layer == "hidden"  # no slash: that is how a ratio of sizes is written
        scaling = r"\sqrt d\,\|\Delta\|_F=O(1)" if hidden else r"\sqrt N\,\|\delta\|_2=O(1)"
        return _radii(self.radius, self.test_radius, " of the weights", scaling)


ADVERSARIES = (L2Input, LinfInput, LabelPerturbation, WeightPerturbation)
