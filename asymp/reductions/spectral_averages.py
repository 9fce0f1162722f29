"""Closed forms of spectral averages: their step, and a check by quadrature over the density."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.resolvent import ResolventFrame, prove_closed_forms
from asymp.calculus.sample_law import SampleLaw
from asymp.calculus.spectral_law import EIGENVALUE, MarchenkoPastur, SpectralAverage, SpectralLaw
from asymp.reductions.checking import all_of, compare
from asymp.reductions.evaluate import mp_function
from asymp.reductions.literature import MARCHENKO_PASTUR
from asymp.reductions.sample_averages import contour_average, pole_of
from asymp.reductions.statements import HAMILTONIAN
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import FixedPoint
from asymp.symbols import Parameter


def spectral_step(frame: ResolventFrame) -> Step:
    """The closed forms of the averages that a map may contain, proved as identities."""

    def check() -> CheckResult:
        good = prove_closed_forms()
        how = "each form against implicit differentiation of the quadratic"
        return CheckResult(Outcome.PROVED if good else Outcome.FALSE, how)

    psi = sp.latex(frame.ratio)
    return Step(
        name="spectral-averages",
        title="Spectral averages in closed form",
        before=(
            Display(
                "g(x)",
                r"\int\frac{d\mu(t)}{t+x},\qquad "
                rf"{psi}\,x\,g^2+(x+1-{psi})\,g-1=0",
            ),
        ),
        after=tuple(
            Display(
                symbol,
                value if symbol in (frame.x, frame.delta) else meaning.strip("$").split("=")[0],
            )
            for symbol, value, meaning in frame.definitions
        ),
        why=(
            r"Partial fractions reduce every average to $g$ and $g'$; $g'$ follows from the "
            rf"quadratic, $g$ its positive root. With $D+s=1$, ${psi}D+\tilde s=1$, "
            r"$xD=s\tilde s$, all averages become quotients of positive terms."
        ),
        licence=Licence("Marchenko-Pastur law", MARCHENKO_PASTUR.at("", "recalled")),
        check=check,
    )


def compare_with_density(
    averages: Mapping[str, sp.Expr],
    system: FixedPoint,
    hamiltonian: sp.Expr,
    parameters: Iterable[Parameter] = (),
) -> CheckResult:
    """Compare each component of the map with its averages integrated numerically.

    Points are random; those of ``parameters`` with a bounded domain are kept inside.
    """
    bounded = {p.symbol: p.domain for p in parameters if p.domain.end.is_finite}
    results = []
    for symbol, update in zip(system.state, system.update, strict=True):
        pretty = averages[str(symbol)].subs(HAMILTONIAN, hamiltonian)
        results.append(_compare_one(str(symbol), pretty, update, system, bounded))
    return all_of(*results)


def _compare_one(
    name: str,
    pretty: sp.Expr,
    update: sp.Expr,
    system: FixedPoint,
    bounded: Mapping[sp.Symbol, sp.Interval],
) -> CheckResult:
    start = next((i for i, d in enumerate(system.definitions) if str(d.symbol) == "H_0"), 0)
    tail = system.definitions[start:]
    closed, integral = update, pretty
    for definition in reversed(tail):
        closed = closed.subs(definition.symbol, definition.expression)
        integral = integral.subs(definition.symbol, definition.expression)
    symbols = sorted(closed.free_symbols | integral.free_symbols, key=str)
    formula = mp_function(symbols, closed)
    quadrature = _quadrature(integral, symbols)
    laws = {n.law for n in pretty.atoms(SpectralAverage)}
    how = f"{name} against {_method(laws)}"
    inside = [partial(_inside, bounded.get(symbol)) for symbol in symbols]

    def within(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *at: function(*(f(a) for f, a in zip(inside, at, strict=True)))

    names = map(str, symbols)
    return compare(within(formula), within(quadrature), names, how, points=3, tolerance=1e-9)


def _inside(domain: sp.Interval | None, value: float) -> float:
    """A value drawn from (0.2, 3), moved into a bounded domain."""
    if domain is None:
        return value
    low, high = float(domain.start), float(domain.end)
    return low + (high - low) * value / 3.2


def _method(laws: set[SpectralLaw]) -> str:
    if any(isinstance(law, SampleLaw) for law in laws):
        return "a contour integral around the spectrum"
    if any(isinstance(law, DiscreteLaw) for law in laws):
        return "the sum over atoms"
    return "quadrature over the density"


def _quadrature(expression: sp.Expr, symbols: list[sp.Symbol]) -> Callable[..., Any]:
    nodes = sorted(expression.atoms(SpectralAverage), key=sp.default_sort_key)
    letters = [sp.Dummy(f"average{i}") for i in range(len(nodes))]
    swapped = expression.xreplace(dict(zip(nodes, letters, strict=True)))
    outer = mp_function([*symbols, *letters], swapped)
    inner = [mp_function([EIGENVALUE, *symbols], node.integrand) for node in nodes]

    def value(*at: float) -> Any:
        numbers = dict(zip(symbols, at, strict=True))
        parts = [
            _average(partial(_at, f, at), node, numbers)
            for f, node in zip(inner, nodes, strict=True)
        ]
        return outer(*at, *parts)

    return value


def _at(function: Callable[..., Any], at: tuple[float, ...], t: Any) -> Any:
    """The integrand at an eigenvalue, parameters given."""
    return function(t, *at)


def _average(
    f: Callable[[Any], Any], node: SpectralAverage, numbers: Mapping[sp.Symbol, float]
) -> Any:
    """Average over a law by what defines it: its density, its equation, or its atoms."""
    law = node.law
    if isinstance(law, SampleLaw):
        return contour_average(f, law, numbers, pole_of(node, numbers))
    if isinstance(law, MarchenkoPastur):
        return _over_density(f, law, numbers)
    assert isinstance(law, DiscreteLaw)
    values, weights = (
        [mpmath.mpf(sp.N(x.subs(numbers), 20)) for x in part] for part in (law.values, law.weights)
    )
    return mpmath.fsum(w * f(t) for t, w in zip(values, weights, strict=True))


def _over_density(
    f: Callable[[Any], Any], law: MarchenkoPastur, numbers: Mapping[sp.Symbol, float]
) -> Any:
    r"""Bulk by Gauss-Legendre in an angle that removes the square-root edges, plus the atom."""
    ratio = mpmath.mpf(numbers[law.ratio])
    density, low, high = law.density(ratio)
    middle, half = (low + high) / 2, (high - low) / 2

    def integrand(angle: Any) -> Any:
        t = middle - half * mpmath.cos(angle)
        return f(t) * density(t) * half * mpmath.sin(angle)

    bulk = mpmath.quad(integrand, [0, mpmath.pi / 2, mpmath.pi])
    mass = 1 - ratio if law.is_dual else 1 - 1 / ratio
    return bulk + (mass * f(mpmath.mpf(0)) if mass > 0 else 0)
