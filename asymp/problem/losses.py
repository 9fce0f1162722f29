r"""Losses of regression: convex functions of the residual :math:`r = y - u`.

A loss is one SymPy expression; everything else (robust form, Moreau envelope, Gaussian average)
is derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.errors import InvalidProblem
from asymp.symbols import POSITIVE, Parameter

RESIDUAL = sp.Symbol("r", real=True)


def is_even(loss: sp.Expr) -> bool:
    """Whether an expression of the residual is the same for both signs.

    Examples
    --------
    >>> is_even(sp.Abs(RESIDUAL)), is_even(RESIDUAL**2 + RESIDUAL)
    (True, False)
    """
    return bool(sp.simplify(loss.subs(RESIDUAL, -RESIDUAL) - loss) == 0)


@dataclass(frozen=True)
class ResidualLoss:
    r"""A convex loss :math:`\ell(r)` given as a SymPy expression of ``asymp.RESIDUAL``.

    Parameters
    ----------
    expression : sympy.Expr
        The loss; its free symbols are ``r`` and the symbols of ``parameters``.
    parameters : tuple of Parameter
        Further parameters of the loss, such as Huber's knee.
    name : str
        How documents call it.

    Raises
    ------
    InvalidProblem
        If the expression does not depend on the residual or has undeclared symbols.

    Examples
    --------
    >>> ResidualLoss(RESIDUAL**2 / 2, name="square").expression
    r**2/2
    """

    expression: sp.Expr
    parameters: tuple[Parameter, ...] = ()
    name: str = "user's"

    def __post_init__(self) -> None:
        expression = sp.sympify(self.expression)
        object.__setattr__(self, "expression", expression)
        known = {RESIDUAL, *(p.symbol for p in self.parameters)}
        strange = expression.free_symbols - known
        if strange:
            raise InvalidProblem(
                f"loss {expression} has undeclared symbols {sorted(map(str, strange))}; "
                "declare them in `parameters`"
            )
        if RESIDUAL not in expression.free_symbols:
            raise InvalidProblem(f"loss {expression} does not depend on the residual r")

    @property
    def is_square(self) -> bool:
        """Whether the loss is :math:`r^2/2`, whatever its name."""
        return bool(sp.expand(self.expression - RESIDUAL**2 / 2) == 0)

    @property
    def is_even(self) -> bool:
        """Whether the loss treats residuals of both signs alike."""
        return is_even(self.expression)


def SquareLoss() -> ResidualLoss:
    r"""Square loss :math:`\ell(r) = r^2/2`."""
    return ResidualLoss(RESIDUAL**2 / 2, name="square")


def AbsoluteLoss() -> ResidualLoss:
    r"""Absolute loss :math:`\ell(r) = |r|`."""
    return ResidualLoss(sp.Abs(RESIDUAL), name="absolute")


def HuberLoss(knee: str = "knee") -> ResidualLoss:
    r"""Huber loss: :math:`r^2/2` up to the knee :math:`k`, then :math:`k|r| - k^2/2`."""
    parameter = Parameter(knee, POSITIVE, "knee of the Huber loss", default=1.0)
    k, size = parameter.symbol, sp.Abs(RESIDUAL)
    expression = sp.Piecewise((RESIDUAL**2 / 2, size <= k), (k * size - k**2 / 2, True))
    return ResidualLoss(expression, (parameter,), name="Huber")
