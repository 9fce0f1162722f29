r"""Activations :math:`\sigma` of random features, given by name, expression or callable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sympy as sp

from asymp.calculus.hermite.coefficients import GaussianCoefficients, gaussian_coefficients
from asymp.calculus.hermite.integrable import divergence
from asymp.calculus.hermite.pieces import PiecewiseSmooth, piecewise_smooth
from asymp.calculus.hermite.symmetry import is_constant
from asymp.calculus.hermite.vectorised import Vectorised, numpy_function
from asymp.errors import InvalidProblem

VARIABLE = sp.Symbol("u", real=True)
_HALF = sp.Rational(1, 2)

_NAMED: dict[str, Callable[[sp.Symbol], sp.Expr]] = {
    "relu": lambda u: sp.Max(u, 0) - 1 / sp.sqrt(2 * sp.pi),
    "plain-relu": lambda u: sp.Max(u, 0),
    "leaky-relu": lambda u: sp.Max(u, u / 100),
    "abs": lambda u: sp.Abs(u),
    "linear": lambda u: u,
    "quadratic": lambda u: u**2 - 1,
    "cubic": lambda u: u**3 - 3 * u,
    "erf": lambda u: sp.erf(u),
    "sin": lambda u: sp.sin(u),
    "cos": lambda u: sp.cos(u),
    "sign": lambda u: sp.sign(u),
    "tanh": lambda u: sp.tanh(u),
    "gelu": lambda u: u * (1 + sp.erf(u / sp.sqrt(2))) * _HALF,
    "softplus": lambda u: sp.log(1 + sp.exp(u)),
    "sigmoid": lambda u: 1 / (1 + sp.exp(-u)),
    "swish": lambda u: u / (1 + sp.exp(-u)),
}
_ALIASES = {"he3": "cubic", "silu": "swish", "step": "sign", "identity": "linear"}


@dataclass(frozen=True)
class Activation:
    r"""A real function :math:`\sigma(u)`, square-integrable under :math:`u \sim N(0,1)`.

    Two activations are equal if their expressions are, whatever their names and symbols.

    Parameters
    ----------
    name : str
        How documents call it.
    expression : sympy.Expr
        The function; floats in it are read as the decimal fractions that they print as.
    variable : sympy.Symbol
        Its only free symbol; replaced by the real symbol ``u``.

    Raises
    ------
    InvalidProblem
        If the expression is not a real function of the variable alone, is constant, or is not
        square-integrable under the standard Gaussian.

    Examples
    --------
    >>> Activation.of("relu").coefficients.mu1.exact
    1/2
    >>> x = sp.Symbol("x")
    >>> Activation.of(sp.tanh(x)) == Activation.of("tanh") == Activation.of(sp.tanh)
    True
    """

    name: str = field(compare=False)
    expression: sp.Expr
    variable: sp.Symbol = VARIABLE

    def __post_init__(self) -> None:
        expression = _canonical(self.expression, self.variable)
        object.__setattr__(self, "expression", expression)
        object.__setattr__(self, "variable", VARIABLE)
        _validate(expression)

    @classmethod
    def of(cls, value: Any) -> Activation:
        r"""Make one from an activation, a name, an expression or a callable of one symbol.

        Raises
        ------
        InvalidProblem
            If it is none of these, or as for the class.

        Examples
        --------
        >>> Activation.of(lambda u: sp.Max(u, 0) ** 2).latex
        '\\max\\left(0, u\\right)^{2}'
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(*_by_name(value))
        if isinstance(value, sp.Expr) and not value.is_number:
            return cls._of_expression(value)
        if callable(value) and not isinstance(value, sp.Basic):
            return cls._of_expression(_called(value))
        raise InvalidProblem(
            f"activation {value!r} is not a function; give a name ({', '.join(_NAMED)}), a SymPy "
            "expression of one symbol, or a callable of one symbol"
        )

    @classmethod
    def _of_expression(cls, expression: sp.Expr) -> Activation:
        symbols = sorted(expression.free_symbols, key=str)
        if len(symbols) > 1:
            names = ", ".join(map(str, symbols))
            raise InvalidProblem(
                f"activation {expression} has {len(symbols)} symbols ({names}); it must have one: "
                "substitute numbers for the others"
            )
        canonical = _canonical(expression, symbols[0] if symbols else VARIABLE)
        return cls(_name_of(canonical), canonical, VARIABLE)

    @property
    def function(self) -> PiecewiseSmooth:
        """The activation as smooth pieces between its kinks."""
        return piecewise_smooth(self.expression, self.variable)

    @property
    def derivative(self) -> sp.Expr:
        """The derivative almost everywhere, as a SymPy expression (jumps leave no trace).

        Examples
        --------
        >>> Activation.of("abs").derivative
        Piecewise((-1, u < 0), (1, True))
        """
        return self.function.derivative().as_expression()

    @property
    def latex(self) -> str:
        """LaTeX of the expression in ``u``."""
        return str(sp.latex(self.expression))

    def _repr_latex_(self) -> str:
        return rf"$\sigma({self.variable})={self.latex}$"

    @property
    def coefficients(self) -> GaussianCoefficients:
        r"""The Gaussian coefficients :math:`\mu_0,\mu_1,\mu_2^2,\kappa_2` and their moments."""
        return gaussian_coefficients(self.expression, self.variable)

    def numeric(self) -> Vectorised:
        """Vectorised NumPy function; safe for large arguments, right-continuous at jumps.

        Examples
        --------
        >>> float(Activation.of("softplus").numeric()(1000.0))
        1000.0
        """
        return numpy_function(self.function)

    def numeric_derivative(self) -> Vectorised:
        """Vectorised NumPy function of the derivative; at a kink the right-hand slope.

        Examples
        --------
        >>> Activation.of("relu").numeric_derivative()([-1.0, 0.0, 2.0]).tolist()
        [0.0, 1.0, 1.0]
        """
        return numpy_function(self.function.derivative())


def _by_name(name: str) -> tuple[str, sp.Expr, sp.Symbol]:
    key = name.strip().lower().replace("_", "-")
    key = _ALIASES.get(key, key)
    if key not in _NAMED:
        raise InvalidProblem(
            f"activation {name!r} is not known; choose one of {', '.join(_NAMED)}, or give a SymPy "
            "expression or a callable of one symbol"
        )
    return key, _NAMED[key](VARIABLE), VARIABLE


def _called(function: Callable[[sp.Symbol], Any]) -> sp.Expr:
    """Expression that a callable makes of the symbol ``u``."""
    try:
        made = function(VARIABLE)
    except Exception as error:
        raise InvalidProblem(
            f"activation {_label(function)} cannot be called with a SymPy symbol "
            f"({type(error).__name__}: {error}); write it with SymPy functions, e.g. sympy.tanh"
        ) from error
    try:
        made = sp.sympify(made, strict=True)
    except sp.SympifyError:
        made = None
    if not isinstance(made, sp.Expr):
        raise InvalidProblem(
            f"activation {_label(function)} does not return a SymPy expression of its symbol"
        )
    return made


def _label(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", function))


def _canonical(expression: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    """Rewrite an expression in the real symbol ``u``, with floats as decimal fractions."""
    renamed = expression.xreplace({variable: VARIABLE})
    return sp.nsimplify(renamed, rational=True) if renamed.has(sp.Float) else renamed


@lru_cache(maxsize=1)
def _names() -> dict[sp.Expr, str]:
    return {make(VARIABLE): name for name, make in _NAMED.items()}


def _name_of(expression: sp.Expr) -> str:
    return _names().get(expression, str(expression))


@lru_cache(maxsize=256)
def _validate(expression: sp.Expr) -> None:
    strange = expression.free_symbols - {VARIABLE}
    if strange:
        raise InvalidProblem(
            f"activation {expression} has further symbols {sorted(map(str, strange))}"
        )
    if VARIABLE not in expression.free_symbols:
        raise InvalidProblem(f"activation {expression} is constant; it must depend on its symbol")
    function = piecewise_smooth(expression, VARIABLE)
    if is_constant(function):
        raise InvalidProblem(f"activation {expression} is constant almost everywhere")
    reason = divergence(function)
    if reason:
        raise InvalidProblem(
            f"activation {expression} is not square-integrable under N(0,1): {reason}"
        )
