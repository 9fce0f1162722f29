"""Penalties on the trained parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from asymp.errors import InvalidProblem
from asymp.problem.real_function import require_real
from asymp.symbols import NONNEGATIVE, Parameter

WEIGHT = sp.Symbol("w", real=True)


@dataclass(frozen=True)
class Ridge:
    r"""Ridge :math:`\frac\zeta2\,\theta^\top R\,\theta` under a :math:`\frac1n\sum\ell` loss.

    ``zeta = 0`` means the limit :math:`\zeta \to 0^+`.

    Parameters
    ----------
    strength : str
        Name of :math:`\zeta`; its default value is 0.
    metric : {"identity", "covariance", "gradient"} or sympy.Expr
        :math:`R = I`; :math:`R = \Sigma`; :math:`R = A`, the matrix of the expected squared input
        gradient :math:`\theta^\top A\theta = \mathbb E\|\nabla_x f\|^2`; or an expression of
        ``asymp.EIGENVALUE`` (``t``), affine in it: :math:`R = R(T)` of the commuting family.

    Raises
    ------
    InvalidProblem
        For any other metric.
    """

    strength: str = "zeta"
    metric: Literal["identity", "covariance", "gradient"] | sp.Expr = "identity"

    def __post_init__(self) -> None:
        named = ("identity", "covariance", "gradient")
        if isinstance(self.metric, str) and self.metric not in named:
            raise InvalidProblem(
                f"ridge metric {self.metric!r}: choose {', '.join(map(repr, named))} or an "
                "expression of asymp.EIGENVALUE"
            )

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The strength :math:`\zeta`."""
        return (Parameter(self.strength, NONNEGATIVE, "ridge strength", default=0.0),)


@dataclass(frozen=True)
class SeparablePenalty:
    r"""A convex penalty :math:`\frac1p\sum_j r_0(w_j)` of :math:`w=\sqrt p\,\theta`.

    It needs isotropic features, where the coordinates decouple.

    Parameters
    ----------
    expression : sympy.Expr
        :math:`r_0` in ``asymp.WEIGHT``.
    parameters : tuple of Parameter
        Its parameters.
    name : str

    Raises
    ------
    InvalidProblem
        If the expression does not depend on the weight or has undeclared symbols.
    """

    expression: sp.Expr
    parameters: tuple[Parameter, ...] = ()
    name: str = "user's"

    def __post_init__(self) -> None:
        expression = sp.sympify(self.expression)
        if not isinstance(expression, sp.Expr):
            raise InvalidProblem(
                f"penalty {self.expression!r} is not an expression of asymp.WEIGHT"
            )
        object.__setattr__(self, "expression", expression)
        strange = expression.free_symbols - {WEIGHT, *(p.symbol for p in self.parameters)}
        if strange:
            raise InvalidProblem(
                f"penalty {expression} has undeclared symbols {sorted(map(str, strange))}; "
                "declare them in `parameters`"
            )
        if WEIGHT not in expression.free_symbols:
            raise InvalidProblem(f"penalty {expression} does not depend on the weight w")
        require_real("penalty", expression, WEIGHT, self.parameters)


def _strength(name: str, meaning: str) -> Parameter:
    return Parameter(name, NONNEGATIVE, meaning)


def Lasso(strength: str = "lam") -> SeparablePenalty:
    r"""l1 penalty :math:`\frac{\lambda}{p}\sum_j|w_j| = \frac{\lambda}{\sqrt p}\|\theta\|_1`."""
    lam = _strength(strength, "strength of the l1 penalty")
    return SeparablePenalty(lam.symbol * sp.Abs(WEIGHT), (lam,), name="l1")


def ElasticNet(strength: str = "lam", ridge: str = "zeta") -> SeparablePenalty:
    r"""Elastic net :math:`\frac1p\sum_j\lambda|w_j|+\frac\zeta2w_j^2`."""
    lam = _strength(strength, "strength of the l1 penalty")
    zeta = _strength(ridge, "ridge strength")
    expression = lam.symbol * sp.Abs(WEIGHT) + zeta.symbol * WEIGHT**2 / 2
    return SeparablePenalty(expression, (lam, zeta), name="elastic net")


@dataclass(frozen=True)
class NoPenalty:
    """No penalty at all: the unregularised minimiser, where it exists and is unique."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """There are none."""
        return ()
