r"""Losses: convex functions of the residual :math:`r = y - u` or of the margin :math:`k = yu`.

A loss is one SymPy expression; everything else (robust form, Moreau envelope, Gaussian average)
is derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.errors import InvalidProblem
from asymp.problem.real_function import require_real
from asymp.symbols import POSITIVE, Parameter

RESIDUAL = sp.Symbol("r", real=True)
MARGIN = sp.Symbol("k", real=True)


def is_even(loss: sp.Expr) -> bool:
    """Whether an expression of the residual is the same for both signs.

    Examples
    --------
    >>> is_even(sp.Abs(RESIDUAL)), is_even(RESIDUAL**2 + RESIDUAL)
    (True, False)
    """
    return bool(sp.simplify(loss.subs(RESIDUAL, -RESIDUAL) - loss) == 0)


@dataclass(frozen=True)
class _Loss:
    """Common part of the two kinds: an expression of one variable, and its parameters."""

    expression: sp.Expr
    parameters: tuple[Parameter, ...] = ()
    name: str = "user's"

    def __post_init__(self) -> None:
        expression = sp.sympify(self.expression)
        if not isinstance(expression, sp.Expr):
            raise InvalidProblem(
                f"loss {self.expression!r} is not an expression of {self.variable} "
                f"(asymp.{'RESIDUAL' if self.variable == RESIDUAL else 'MARGIN'})"
            )
        object.__setattr__(self, "expression", expression)
        known = {self.variable, *(p.symbol for p in self.parameters)}
        strange = expression.free_symbols - known
        if strange:
            raise InvalidProblem(
                f"loss {expression} has undeclared symbols {sorted(map(str, strange))}; "
                "declare them in `parameters`"
            )
        if self.variable not in expression.free_symbols:
            what = "residual" if self.variable == RESIDUAL else "margin"
            raise InvalidProblem(f"loss {expression} does not depend on the {what} {self.variable}")
        require_real("loss", expression, self.variable, self.parameters)

    @property
    def variable(self) -> sp.Symbol:
        """What the loss is a function of."""
        raise NotImplementedError


@dataclass(frozen=True)
class ResidualLoss(_Loss):
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

    @property
    def variable(self) -> sp.Symbol:
        """The residual."""
        return RESIDUAL

    @property
    def is_square(self) -> bool:
        """Whether the loss is :math:`r^2/2`, whatever its name."""
        return bool(sp.expand(self.expression - RESIDUAL**2 / 2) == 0)

    @property
    def is_even(self) -> bool:
        """Whether the loss treats residuals of both signs alike."""
        return is_even(self.expression)


@dataclass(frozen=True)
class MarginLoss(_Loss):
    r"""A convex, nonincreasing loss :math:`\ell(k)` of the margin, in ``asymp.MARGIN``.

    Labels are :math:`y=\pm1` and :math:`k = y\,(\theta^\top\varphi + b)`.

    Parameters
    ----------
    expression : sympy.Expr
        The loss; its free symbols are ``k`` and the symbols of ``parameters``.
    parameters : tuple of Parameter
    name : str

    Raises
    ------
    InvalidProblem
        If the expression does not depend on the margin or has undeclared symbols.

    Examples
    --------
    >>> MarginLoss(sp.exp(-MARGIN), name="exponential").variable
    k
    """

    @property
    def variable(self) -> sp.Symbol:
        """The margin."""
        return MARGIN

    is_square = False
    is_even = False


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


def QuantileLoss(level: str = "level") -> ResidualLoss:
    r"""Quantile (pinball) loss :math:`\max(\ell r, (\ell-1) r)` at a level in (0, 1)."""
    parameter = Parameter(level, sp.Interval.open(0, 1), "quantile level", default=0.5)
    p = parameter.symbol
    expression = sp.Piecewise((p * RESIDUAL, RESIDUAL >= 0), ((p - 1) * RESIDUAL, True))
    return ResidualLoss(expression, (parameter,), name="quantile")


def LogisticLoss() -> MarginLoss:
    r"""Logistic loss :math:`\log(1 + e^{-k})`."""
    return MarginLoss(sp.log(1 + sp.exp(-MARGIN)), name="logistic")


def HingeLoss() -> MarginLoss:
    r"""Hinge loss :math:`\max(0, 1-k)`."""
    return MarginLoss(sp.Max(0, 1 - MARGIN), name="hinge")


def SquaredHingeLoss() -> MarginLoss:
    r"""Squared hinge loss :math:`\frac12\max(0, 1-k)^2`."""
    return MarginLoss(sp.Max(0, 1 - MARGIN) ** 2 / 2, name="squared hinge")


def ExponentialLoss() -> MarginLoss:
    r"""Exponential loss :math:`e^{-k}`."""
    return MarginLoss(sp.exp(-MARGIN), name="exponential")


def HardMarginLoss() -> MarginLoss:
    r"""Hard margin: 0 for :math:`k\ge1`, infinite below.

    With a ridge its minimiser is the maximum-margin classifier, scaled to the margin
    :math:`1/\|\theta\|`; the ridge's strength changes nothing but the proximal scale. There is
    none where the data are not separable.

    Examples
    --------
    >>> HardMarginLoss().expression.subs(MARGIN, 2)
    0
    """
    return MarginLoss(sp.Piecewise((sp.oo, MARGIN < 1), (0, True)), name="hard margin")
