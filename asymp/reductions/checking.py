"""Checks of steps: exact where SymPy can, else at random points in high precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import mpmath
import numpy as np
import sympy as sp

from asymp.reductions.step import CheckResult, Outcome


def vanishes(expression: sp.Expr) -> bool:
    """Whether an expression in erf, erfc and exp over rational functions is identically zero.

    Transcendental parts are independent over the rational functions, so that each may be
    replaced by a letter before cancelling.

    Examples
    --------
    >>> a = sp.Symbol("a", positive=True)
    >>> vanishes(sp.erfc(a) + sp.erf(a) - 1)
    True
    """
    roots = {
        x: sp.Dummy(x.name, positive=True) ** 2 for x in expression.free_symbols if x.is_positive
    }  # square roots become polynomial
    flat = expression.subs(roots).replace(sp.erfc, lambda x: 1 - sp.erf(x))
    flat = sp.powdenest(sp.expand(flat, power_exp=False), force=True)
    letters: dict[sp.Expr, sp.Dummy] = {}

    def letter_of(part: sp.Expr) -> sp.Expr:
        """One letter for f and its reciprocal or opposite, whose arguments differ in sign."""
        argument = sp.factor(part.args[0])
        minus = argument.could_extract_minus_sign()
        key = part.func(-argument if minus else argument, evaluate=False)
        found = letters.setdefault(key, sp.Dummy(f"f{len(letters)}"))
        if not minus:
            return found
        return 1 / found if isinstance(part, sp.exp) else -found

    swapped = {part: letter_of(part) for part in flat.atoms(sp.erf, sp.exp)}
    return bool(sp.cancel(sp.together(flat.xreplace(swapped))) == 0)


def proved(expression: sp.Expr, how: str) -> CheckResult:
    """Outcome of proving that an expression vanishes identically."""
    if vanishes(expression):
        return CheckResult(Outcome.PROVED, how)
    return CheckResult(Outcome.FALSE, how, f"remainder {sp.simplify(expression)}")


def compare(
    left: Callable[..., object],
    right: Callable[..., object],
    names: Iterable[str],
    how: str,
    points: int = 8,
    tolerance: float = 1e-12,
    ranges: tuple[float, float] = (0.2, 3.0),
) -> CheckResult:
    """Compare two numerical functions at seeded random points, relative to their size.

    The default tolerance leaves three digits below what the double-precision
    or quadrature route on either side guarantees.
    """
    names = list(names)
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(points):
        point = rng.uniform(*ranges, len(names))
        a, b = mpmath.mpf(left(*point)), mpmath.mpf(right(*point))
        gap = float(abs(a - b) / max(1, abs(a), abs(b)))
        worst = max(worst, gap)
        if not gap <= tolerance:
            at = ", ".join(f"{n}={v:.6g}" for n, v in zip(names, point, strict=True))
            return CheckResult(
                Outcome.FALSE, how, f"{at}: {mpmath.nstr(a)} against {mpmath.nstr(b)}"
            )
    text = f"{how}; {points} random points, largest deviation {worst:.1e}"
    return CheckResult(Outcome.VERIFIED, text)


def all_of(*results: CheckResult) -> CheckResult:
    """The weakest of several outcomes, with every method named."""
    order = [Outcome.FALSE, Outcome.UNKNOWN, Outcome.VERIFIED, Outcome.PROVED]
    weakest = min((r.outcome for r in results), key=order.index)
    how = "; ".join(f"{r.how} ({r.outcome.name.lower()})" for r in results)
    wrong = "; ".join(r.counterexample for r in results if r.counterexample)
    return CheckResult(weakest, how, wrong)
