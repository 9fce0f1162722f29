"""Forms of a body that enclose well: hyperbolic functions by the tangent, which is bounded."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from asymp.calculus.primitives import softplus
from asymp.lowering.nodes import Assignment

HYPERBOLIC = (sp.sinh, sp.cosh)


def rewritten(body: Iterable[Assignment], outputs: Iterable[sp.Basic]) -> list[Assignment]:
    r"""Replace sinh by :math:`\tanh\cosh` and :math:`\log\cosh` by softplus.

    Shared subexpressions that are nothing but powers of hyperbolic functions are put back where
    they are used, and the cosines cancel: a ratio of balls would forget that both are of one
    argument.

    Examples
    --------
    >>> u, s, c, y = sp.symbols("u s c y", real=True)
    >>> rewritten([(s, sp.sinh(u)), (c, sp.cosh(u)), (y, 1 - s**2 / c**2)], [y])
    [(y, 1 - tanh(u)**2)]
    """
    kept, put_back = set(outputs), dict[sp.Basic, sp.Basic]()
    result = []
    for symbol, expression in body:
        expression = expression.xreplace(put_back)
        if symbol not in kept and expression.has(*HYPERBOLIC) and _bare(expression):
            put_back[symbol] = expression
        elif expression.has(*HYPERBOLIC):
            result.append((symbol, bounded(expression)))
        else:
            result.append((symbol, expression))
    return result


def _bare(expression: sp.Basic) -> bool:
    """Whether every factor is a number or a power of a hyperbolic function."""
    bases = (f.as_base_exp()[0] for f in sp.Mul.make_args(expression))
    return all(isinstance(base, HYPERBOLIC) or base.is_number for base in bases)


def bounded(expression: sp.Basic) -> sp.Basic:
    """The expression by the hyperbolic tangent and softplus as far as cosines cancel."""
    by_tangent = expression.replace(sp.sinh, lambda x: sp.tanh(x) * sp.cosh(x))
    inner = sp.Wild("inner")
    return by_tangent.replace(
        sp.log(sp.cosh(inner)), lambda inner: softplus(2 * inner) - inner - sp.log(2)
    )
