r"""Activations of the patch network: powers of the field, or any smooth expression of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.errors import InvalidProblem
from asymp.reductions.step import CheckResult, Outcome

FIELD = sp.Symbol("z", real=True)
_SIZE = sp.Symbol("t", positive=True)
_WRITTEN = "write it in asymp.dynamics.FIELD"
PLACES = [sp.Rational(k, 4) for k in (-20, -9, -4, -2, -1, 1, 2, 4, 9, 20)]


class Activated(sp.Function):
    r""":math:`\sigma(z)`, not yet said which; its derivative is :class:`Slope`."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        r"""Derivative :math:`\sigma'(z)`."""
        return Slope(self.args[0])


class Slope(sp.Function):
    r""":math:`\sigma'(z)`."""

    nargs = 1


@dataclass(frozen=True)
class PatchActivation:
    r"""An activation with its derivative, both expressions of ``FIELD``.

    Parameters
    ----------
    function, slope : sympy.Expr
        :math:`\sigma(z)` and :math:`\sigma'(z)`; the check of the step that inserts them compares
        them on either half-line.
    parameter : sympy.Symbol, optional
        An exponent that is left to be chosen when the law is run.

    Raises
    ------
    InvalidProblem
        If the function is no expression, has strange symbols, does not depend on the field, jumps,
        or decreases somewhere.

    Examples
    --------
    >>> PatchActivation.of(sp.tanh(FIELD) ** 3).is_odd
    True
    """

    function: sp.Expr
    slope: sp.Expr
    parameter: sp.Symbol | None = None

    def __post_init__(self) -> None:
        """Refuse constants, undeclared symbols, and what gradient descent cannot climb."""
        for name, body in (("activation", self.function), ("slope", self.slope)):
            if not isinstance(body, sp.Expr):
                raise InvalidProblem(f"{name} {body!r} is not an expression; {_WRITTEN}")
        strange = self.function.free_symbols - {FIELD, self.parameter}
        if strange:
            raise InvalidProblem(
                f"activation {self.function} has undeclared symbols {sorted(map(str, strange))}; "
                f"{_WRITTEN}"
            )
        if FIELD not in self.function.free_symbols:
            raise InvalidProblem(f"activation {self.function} does not depend on the field {FIELD}")
        if self.slope.has(sp.DiracDelta):
            raise InvalidProblem(f"activation {self.function} jumps; its slope must be finite")
        self._require_growth()

    def _require_growth(self) -> None:
        """Refuse a negative slope: the adversary's worst move would not be known."""
        slope = self.slope if self.parameter is None else self.slope.subs(self.parameter, 3)
        for place in PLACES:
            value = slope.subs(FIELD, place)
            if not (value.is_real and bool(value >= 0)):
                raise InvalidProblem(
                    f"activation {self.function} has the slope {value} at {FIELD} = {place}; it "
                    "must be nondecreasing on the real line (odd_power and relu_power are)"
                )

    @classmethod
    def of(cls, activation: Any) -> PatchActivation:
        """Activation from an expression of ``FIELD`` that SymPy can differentiate, or itself."""
        if isinstance(activation, cls):
            return activation
        try:
            function = sp.sympify(activation)
        except sp.SympifyError:
            function = None
        if not isinstance(function, sp.Expr):
            raise InvalidProblem(f"activation {activation!r} is not an expression; {_WRITTEN}")
        return cls(function, sp.diff(function, FIELD))

    @property
    def is_odd(self) -> bool:
        r"""Whether :math:`\sigma(-z)=-\sigma(z)`, decided on the positive half-line."""
        total = self.function.subs(FIELD, _SIZE) + self.function.subs(FIELD, -_SIZE)
        return bool(sp.simplify(total) == 0)

    @property
    def is_odd_power(self) -> bool:
        r"""Whether :math:`\sigma(z)=c\,\mathrm{sgn}(z)|z|^q`: :math:`z\sigma'/\sigma` constant."""
        slope = _SIZE * self.slope.subs(FIELD, _SIZE) / self.function.subs(FIELD, _SIZE)
        return self.is_odd and _SIZE not in sp.simplify(slope).free_symbols

    def check(self) -> CheckResult:
        """Whether the slope is the function's derivative, on each half-line."""
        for sign in (1, -1):
            difference = sp.simplify(
                sp.diff(self.function.subs(FIELD, sign * _SIZE), _SIZE)
                - sign * self.slope.subs(FIELD, sign * _SIZE)
            )
            if difference != 0:
                return CheckResult(Outcome.UNKNOWN, f"difference {difference} did not simplify")
        return CheckResult(Outcome.PROVED, "differentiated on each half-line")


def odd_power(q: Any = 3) -> PatchActivation:
    r"""Odd power :math:`\sigma(z)=\mathrm{sgn}(z)|z|^q`, which is :math:`z^q` for odd ``q``.

    Source: the cubic activation of Li and Li's dynamics (recalled), any exponent above 1.

    Parameters
    ----------
    q : int, float or sympy.Symbol
        Exponent above 1; a symbol becomes a parameter of the law.

    Examples
    --------
    >>> odd_power(3).slope, odd_power(2).function
    (3*z**2, z*Abs(z))
    """
    exponent = _exponent(q)
    if exponent.is_integer and exponent.is_odd:
        return PatchActivation(FIELD**exponent, exponent * FIELD ** (exponent - 1))
    size = sp.Abs(FIELD)
    slope = exponent * size ** (exponent - 1)
    return PatchActivation(FIELD * size ** (exponent - 1), slope, _symbol(exponent))


def relu_power(q: Any = 3) -> PatchActivation:
    r"""Power of the positive part, :math:`\sigma(z)=\max(z,0)^q`; needs output signs.

    Source: :math:`\mathrm{ReLU}^q` of Li and Li, section 5 (second-hand).

    Examples
    --------
    >>> relu_power(2).slope
    2*Max(0, z)
    """
    exponent = _exponent(q)
    positive = sp.Max(FIELD, 0)
    slope = exponent * positive ** (exponent - 1)
    return PatchActivation(positive**exponent, slope, _symbol(exponent))


def _exponent(q: Any) -> Any:
    try:
        exponent = sp.nsimplify(q) if isinstance(q, float) else sp.sympify(q)
    except (sp.SympifyError, TypeError, ValueError):
        exponent = None
    if isinstance(exponent, sp.Symbol):
        return exponent
    real = isinstance(exponent, sp.Expr) and exponent.is_extended_real and exponent.is_finite
    if not (real and bool(exponent > 1)):
        raise InvalidProblem(f"exponent q = {q} is not in (1, inf) (the activation's power)")
    return exponent


def _symbol(exponent: Any) -> sp.Symbol | None:
    return exponent if exponent.is_Symbol else None
