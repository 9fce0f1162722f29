r"""The parts of a product on the page: sign, fraction, roots, and what they multiply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

import sympy as sp
from sympy.core.function import AppliedUndef

from asymp.calculus.spectral_law import SpectralAverage
from asymp.calculus.truncated_moment import TruncatedMoment

_RESOLVENT = ("D", "s", "s_dual", "Delta", "J_02", "J_12", "J_22", "J_02_dual")
_LATE = 1000


@dataclass(frozen=True)
class Fraction:
    """A product taken apart for the page.

    Parameters
    ----------
    negative : bool
    number_root : str
        Root of a quotient of numbers, in front of everything.
    top_number, bottom_number : str
    top, bottom : tuple of sympy.Expr
        Powers of symbols, in order; sums only in ``bottom``.
    top_root, bottom_root : sympy.Expr
        What stands under one common root.
    after : tuple of sympy.Expr
        Quantities that the coefficient multiplies.
    sums : tuple of sympy.Expr
    takes_sums : bool
        Whether a short sum may stand in the numerator.
    """

    negative: bool
    number_root: str
    top_number: str
    bottom_number: str
    top: tuple[sp.Expr, ...]
    bottom: tuple[sp.Expr, ...]
    top_root: sp.Expr
    bottom_root: sp.Expr
    after: tuple[sp.Expr, ...]
    sums: tuple[sp.Expr, ...]
    takes_sums: bool

    @property
    def below(self) -> bool:
        """Whether there is a denominator."""
        return bool(self.bottom or self.bottom_number or self.bottom_root != 1)


def split_product(product: sp.Expr, rank: Mapping[str, int]) -> Fraction:
    """Take a product apart; ``rank`` orders the symbols by name."""
    number = sp.Integer(1)
    lists: dict[str, list[sp.Expr]] = {
        k: [] for k in ("top", "bottom", "after", "sums", "upr", "lowr")
    }
    for factor in _flat(product):
        if factor.is_number and not factor.has(sp.Add, sp.Function, sp.Float):
            number *= factor
        else:
            _place(factor, lists)
    place = {name: sorted(found, key=lambda f: _order(f, rank)) for name, found in lists.items()}
    plain = all(is_parameter(f, rank) for f in [*place["bottom"], *place["lowr"]])
    root, above, low = _number(abs(number))
    top, after, below = place["top"], place["after"], [*place["bottom"], *place["lowr"]]
    if below and plain and (above or any(is_parameter(f, rank) for f in top)):
        after = [*(f for f in top if not is_parameter(f, rank)), *after]
        top = [f for f in top if is_parameter(f, rank)]
    if any(_resolvent(f.as_base_exp()[0]) for f in below):
        top, after = [*top, *after], []
    return Fraction(
        bool(number < 0), root, above, low, tuple(top), tuple(place["bottom"]),
        sp.Mul(*place["upr"]), sp.Mul(*place["lowr"]), tuple(after), tuple(place["sums"]),
        bool(below) and not plain and not (after and place["sums"] and has_late(place["sums"][0])),
    )  # fmt: skip


def has_late(expression: sp.Expr) -> bool:
    """Whether moments, averages or resolvent quantities occur, which stand behind coefficients."""
    return expression.has(TruncatedMoment, SpectralAverage) or any(
        _resolvent(s) for s in expression.free_symbols
    )


def _flat(product: sp.Expr) -> list[sp.Expr]:
    if not product.is_Mul:
        return [product]
    return [f for arg in product.args for f in _flat(arg)]


def _place(factor: sp.Expr, lists: dict[str, list[sp.Expr]]) -> None:
    """Sort one factor into numerator, denominator, roots, or behind the fraction."""
    base, exponent = (factor, sp.S.One) if isinstance(factor, sp.exp) else factor.as_base_exp()
    if not exponent.is_Rational:
        lists["top"].append(factor)
        return
    above = exponent > 0
    size = abs(exponent)
    whole, half = divmod(size, 1)
    if half not in (0, sp.Rational(1, 2)):
        lists["top" if above else "bottom"].append(base**size)
        return
    if half:
        lists["upr" if above else "lowr"].append(base)
    if whole:
        lists[_shelf(base, above, whole)].append(base**whole)


def _shelf(base: sp.Expr, above: bool, power: sp.Expr) -> str:
    if not above:
        return "bottom"
    if base.is_Add:
        return "sums" if power == 1 else "top"
    late = isinstance(base, TruncatedMoment | SpectralAverage | sp.erfc)
    return "after" if late or _resolvent(base) else "top"


def _resolvent(base: sp.Expr) -> bool:
    return str(base).removesuffix("_A") in _RESOLVENT


def is_parameter(factor: sp.Expr, rank: Mapping[str, int]) -> bool:
    """Whether only parameters of the theorem and its constants occur."""
    return all(rank.get(str(s), _LATE) < rank.get("", 0) for s in factor.free_symbols)


def _order(factor: sp.Expr, rank: Mapping[str, int]) -> tuple[int, int, str]:
    if isinstance(factor, SpectralAverage):
        return (3, 0, str(factor))
    if factor.is_Add or factor.as_base_exp()[0].is_Add:
        return (2, 0, str(factor))
    if isinstance(factor.as_base_exp()[0], AppliedUndef):
        return (1, 0, str(factor))
    symbols = sorted(rank.get(str(s), _LATE) for s in factor.free_symbols)
    return (0 if factor.free_symbols else -1, symbols[-1] if symbols else -1, str(factor))


def _number(number: sp.Expr) -> tuple[str, str, str]:
    r"""A positive number as root, numerator and denominator in LaTeX.

    Examples
    --------
    >>> _number(2 * sp.sqrt(2) / sp.sqrt(sp.pi))
    ('2\\sqrt{\\frac{2}{\\pi}}', '', '')
    >>> _number(1 / sp.sqrt(2 * sp.pi))
    ('', '', '\\sqrt{2 \\pi}')
    """
    squared = sp.nsimplify(number**2) if number.has(sp.Float) else sp.powsimp(number**2)
    rational, rest = squared.as_coeff_Mul()
    if not rational.is_Rational or rest.as_base_exp()[0] not in (sp.pi, sp.S.One):
        top, bottom = number.as_numer_denom()
        above_text, below_text = (str(sp.latex(x)) if x != 1 else "" for x in (top, bottom))
        return "", above_text, below_text
    above, under_above = _square_part(int(rational.p))
    below, under_below = _square_part(int(rational.q))
    power = int(rest.as_base_exp()[1]) if rest != 1 else 0
    pis, odd = divmod(abs(power), 2)
    radicand = [under_above, under_below]
    whole = [sp.Integer(above), sp.Integer(below)]
    side = 0 if power > 0 else 1
    whole[side] *= sp.pi**pis
    roots: list[sp.Expr] = [sp.Integer(r) for r in radicand]
    if odd:
        roots[side] *= sp.pi
    up, down = ("" if x == 1 else sp.latex(x) for x in whole)
    if roots[0] != 1 and roots[1] != 1:
        quotient = rf"\sqrt{{\frac{{{sp.latex(roots[0])}}}{{{sp.latex(roots[1])}}}}}"
        return (up + quotient, "", "") if not down else (quotient, up, down)
    signs = ("" if r == 1 else rf"\sqrt{{{sp.latex(r)}}}" for r in roots)
    first, second = signs
    return "", up + first, down + second


def _square_part(n: int) -> tuple[int, int]:
    """Write n as ``a**2 * b`` with the largest a."""
    for a in range(isqrt(n), 0, -1):
        if n % (a * a) == 0:
            return a, n // (a * a)
    return 1, n
