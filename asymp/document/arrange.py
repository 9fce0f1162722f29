r"""Arrangement of sums for reading: common factors out, terms over one denominator together.

The value does not change; products of a factor with a sum are kept unevaluated, so that SymPy
does not multiply them out again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from math import prod

import sympy as sp
from sympy.core.function import AppliedUndef

from asymp.calculus.spectral_law import EIGENVALUE, SpectralAverage
from asymp.document.fractions import has_late

Group = Callable[[sp.Expr], sp.Expr]


def arrange(expression: sp.Basic) -> sp.Basic:
    r"""Rewrite every sum of an expression for reading.

    Examples
    --------
    >>> a, b, c, v = sp.symbols("a b c v", positive=True)
    >>> arrange(a / (1 + v) + b / (1 + v) + c)
    c + (a + b)/(v + 1)
    """
    if expression.has(SpectralAverage):
        return _collected(expression)
    if isinstance(expression, sp.Add):
        return _arranged_sum(expression)
    if isinstance(expression, sp.Mul):
        return _arranged_product(expression)
    if isinstance(expression, sp.Piecewise):
        return sp.Piecewise(*((arrange(e), c) for e, c in expression.args), evaluate=False)
    return expression


def _collected(expression: sp.Expr) -> sp.Expr:
    """Sum over the spectral averages, each with a factored coefficient."""
    nodes = sorted(expression.atoms(SpectralAverage), key=sp.default_sort_key)
    letters = {node: sp.Dummy(f"node{i}") for i, node in enumerate(nodes)}
    parts = [part.xreplace(letters) for part in sp.Add.make_args(expression)]
    held = sp.expand(sp.Add(*(p for p in parts if p.free_symbols & {*letters.values()})))
    terms = sp.collect(held, letters.values(), evaluate=False)
    rest = arrange(sp.Add(*(p for p in parts if not p.free_symbols & {*letters.values()})))
    rest = (
        sp.Add(rest, terms.pop(sp.S.One, sp.S.Zero), evaluate=False) if sp.S.One in terms else rest
    )
    back = {letter: node for node, letter in letters.items()}
    place = {letter: i for i, letter in enumerate(letters.values())}
    keys = sorted(terms, key=lambda k: ([place[x] for x in _letters(k, place)], str(k)))
    averages = [times(sp.factor(terms[k]), k.xreplace(back)) for k in keys]
    found = [*(sp.Add.make_args(rest) if rest != 0 else ()), *averages]
    return sp.Add(*found, evaluate=False) if len(found) > 1 else found[0]


def _letters(key: sp.Expr, place: Mapping[sp.Basic, int]) -> list[sp.Basic]:
    return sorted(key.free_symbols & set(place), key=place.__getitem__)


def together(expression: sp.Basic) -> sp.Basic:
    """Every integrand of a spectral average over one denominator, its coefficients factored."""
    nodes = expression.atoms(SpectralAverage)
    return expression.xreplace({n: n.func(_integrand(n.integrand), n.law) for n in nodes})


def _integrand(value: sp.Expr) -> sp.Expr:
    top, bottom = sp.fraction(sp.together(value) if value.is_Add else value)
    if not top.is_Add or top.has(AppliedUndef) or not top.is_polynomial(EIGENVALUE):
        return sp.together(value) if value.is_Add else value
    terms = sp.Poly(top, EIGENVALUE).terms()
    return sp.Add(*(sp.factor(c) * EIGENVALUE**k for (k,), c in terms)) / bottom


def _arranged_product(product: sp.Mul) -> sp.Expr:
    divided = _divided(product)
    if divided is not None:
        return divided
    return times(*(arrange(f) for f in product.args))


def times(*factors: sp.Expr) -> sp.Expr:
    """Product that keeps sums factored, even behind a number."""
    flat: list[sp.Expr] = []
    for factor in factors:
        flat += factor.args if isinstance(factor, sp.Mul) else [factor]
    sums = [f for f in flat if isinstance(f, sp.Add)]
    rest = sp.Mul(*(f for f in flat if not isinstance(f, sp.Add)))
    if not sums:
        return rest
    if rest == 1 and len(sums) == 1:
        return sums[0]
    parts = (list(rest.args) if isinstance(rest, sp.Mul) else [rest]) if rest != 1 else []
    return sp.Mul(*parts, *sums, evaluate=False)


def _arranged_sum(total: sp.Add) -> sp.Expr:
    terms = list(total.args)
    noise = len(_grouped(terms, _noise_strength)) > 1
    common = sp.S.One if noise else _common(terms)
    if common != 1:
        return times(common, arrange(sp.Add(*(t / common for t in terms))))
    for key in (_noise_strength, _denominator, _carried):
        groups = _grouped(terms, key)
        if 1 < len(groups) < len(terms):
            return _flat_sum(arrange(sp.Add(*g)) for g in groups)
    return _flat_sum(arrange(t) for t in terms)


def _flat_sum(terms: Iterable[sp.Expr]) -> sp.Expr:
    flat = [t for term in terms for t in (term.args if term.is_Add else (term,))]
    return sp.Add(*flat, evaluate=False)


def _grouped(terms: list[sp.Expr], key: Group) -> list[list[sp.Expr]]:
    groups: dict[sp.Expr, list[sp.Expr]] = defaultdict(list)
    for term in terms:
        groups[key(term)].append(term)
    return list(groups.values())


def _noise_strength(term: sp.Expr) -> sp.Expr:
    """Factors of the conjugate of V, which multiplies everything that comes from the noise."""
    return sp.Mul(*(f for f in term.args if str(f) == "q_hat")) if term.is_Mul else sp.Integer(1)


def _carried(term: sp.Expr) -> sp.Expr:
    """Moments and resolvent quantities that a term is a coefficient of."""
    return sp.Mul(*(f for f in sp.Mul.make_args(term) if not f.is_Add and has_late(f)))


def _denominator(term: sp.Expr) -> sp.Expr:
    powers = term.as_powers_dict()
    return sp.Mul(*(b**e for b, e in powers.items() if e.is_negative and not b.is_number))


def _common(terms: list[sp.Expr]) -> sp.Expr:
    """Largest monomial with rational coefficient that divides every term."""
    numbers = [t.as_coeff_Mul()[0] for t in terms]
    content = sp.Integer(1)
    if all(n.is_Rational for n in numbers):
        content = sp.Rational(*_content(numbers))
        content = -content if all(n < 0 for n in numbers) else content
    first, *others = (
        {b: e for b, e in t.as_coeff_Mul()[1].as_powers_dict().items() if e.is_Rational}
        for t in terms
    )
    shared = []
    for base, power in first.items():
        exponents = [power, *(o.get(base, sp.Integer(0)) for o in others)]
        least = min(exponents) if all(e > 0 for e in exponents) else max(exponents)
        if base != 1 and (all(e > 0 for e in exponents) or all(e < 0 for e in exponents)):
            shared.append(base**least)
    return content * sp.Mul(*shared)


def _content(numbers: list[sp.Rational]) -> tuple[int, int]:
    """Greatest common divisor of fractions; one if that would bring in a denominator anew."""
    top = sp.igcd(*(n.p for n in numbers))
    bottom = sp.ilcm(*(n.q for n in numbers)) if len(numbers) > 1 else numbers[0].q
    whole = all(n.q == 1 for n in numbers)
    alike = len({n.q for n in numbers}) == 1
    return (int(top), 1) if whole else (int(top), int(bottom)) if alike else (1, 1)


def _divided(product: sp.Mul) -> sp.Expr | None:
    """Quotient of sums as a polynomial plus a proper fraction; None where nothing divides.

    Examples
    --------
    >>> a, b, c = sp.symbols("a b c", positive=True)
    >>> arrange((a * b + b * c + a) / (a + c))
    a/(a + c) + b
    """
    powers = product.as_powers_dict()
    tops = [b for b, e in powers.items() if b.is_Add and e == 1]
    bottoms = [b for b, e in powers.items() if b.is_Add and e == -1]
    if len(tops) != 1 or len(bottoms) != 1 or not product.is_rational_function():
        return None
    top, bottom = sp.expand(tops[0]), bottoms[0]
    best = min(_quotients(top, bottom), key=_length, default=None)
    if best is None or _length(best) >= (0, len(top.args)):
        return None
    rest = prod((b**e for b, e in powers.items() if b not in (tops[0], bottom)), start=sp.S.One)
    body = sp.Add(best[0], sp.factor(best[1]) / bottom, evaluate=False)
    return times(rest, arrange(body))


def _quotients(top: sp.Expr, bottom: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """Quotient and remainder in each symbol of the divisor."""
    both = sp.Tuple(top, bottom)
    symbols = sorted((s for s in bottom.free_symbols if _is_polynomial(both, s)), key=str)
    found = [tuple(map(sp.expand, sp.div(top, bottom, s))) for s in symbols]
    return [(q, r) for q, r in found if q != 0]


def _is_polynomial(expressions: sp.Tuple, symbol: sp.Basic) -> bool:
    return all(e.is_polynomial(symbol) for e in expressions)


def _length(parts: tuple[sp.Expr, sp.Expr]) -> tuple[int, int]:
    """Number of negative terms, then of terms."""
    terms = [t for part in parts for t in sp.Add.make_args(part)]
    return sum(t.could_extract_minus_sign() for t in terms), len(terms)
