r"""Output channel: Moreau envelope of the loss, its Gaussian average, and the conjugates.

.. math:: \hat q = -2\,\partial_VF = \mathbb E\frac{(\omega-\mathrm{prox})^2}{V^2},\qquad
          \hat V = 2\,\partial_{\mathrm{SR}}F = \mathbb E M'',\qquad
          \hat P = 2\,\partial_PF = \frac{\varepsilon}{\sqrt P}\,\mathbb E\,\partial_eM.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.moreau import Moreau
from asymp.calculus.piecewise import PiecewisePolynomial
from asymp.calculus.truncated_moment import TruncatedMoment
from asymp.problem.losses import RESIDUAL
from asymp.reductions.checking import all_of, compare, vanishes
from asymp.reductions.literature import MOREAU, STEIN
from asymp.reductions.statements import BUDGET, FIELD, Letters, OutputChannel, TwoChannels
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Definition
from asymp.symbols import POSITIVE, letter


def close_output(channels: TwoChannels) -> tuple[OutputChannel, tuple[Step, Step]]:
    """Closed form of the output channel of a piecewise-quadratic loss."""
    robust = channels.model.robust
    loss = PiecewisePolynomial.of(robust.loss, RESIDUAL)
    moreau = Moreau.of(loss, FIELD, Letters.V)
    deviation = sp.sqrt(Letters.SR)
    parts = {
        "value": moreau.envelope.average(deviation),
        "q_hat": moreau.envelope.diff(Letters.V).map(lambda e: -2 * e).average(deviation),
        "V_hat": moreau.envelope.diff(FIELD).diff(FIELD).average(deviation),
        "training": moreau.loss_at_proximal.average(deviation),
        "atom": _atom(moreau).average(deviation),
    }
    definitions: tuple[Definition, ...] = ()
    if robust.is_adversarial:
        eps = robust.symbol("adversary")
        shift = eps / sp.sqrt(Letters.P)
        parts["P_hat"] = shift * moreau.envelope.diff(BUDGET).average(deviation)
        meaning = "budget of the adversary"
        definitions += (Definition(BUDGET, eps * sp.sqrt(Letters.P), meaning),)
    breaks = _break_letters(parts.values())
    parts = {name: _tidy(value.xreplace(breaks)) for name, value in parts.items()}
    definitions += tuple(
        Definition(symbol, point, "scaled break point of the proximal operator")
        for point, symbol in breaks.items()
    )
    conjugates = {name: value for name, value in parts.items() if name.endswith("_hat")}
    output = OutputChannel(
        channels, moreau, definitions, parts["value"], conjugates, parts["training"], parts["atom"]
    )
    return output, (_moreau_step(output), _average_step(output))


def _tidy(expression: sp.Expr) -> sp.Expr:
    """Collect by truncated moments, each with a factored coefficient: positive terms stay so."""
    nodes = sorted(expression.atoms(TruncatedMoment), key=sp.default_sort_key)
    collected = sp.collect(sp.expand(expression), nodes, evaluate=False)
    return sp.Add(*(sp.factor(coefficient) * node for node, coefficient in collected.items()))


def _atom(moreau: Moreau) -> PiecewisePolynomial:
    """Indicator of the fields whose proximal point is exactly zero."""

    def indicator(point: sp.Expr) -> sp.Expr:
        return sp.Integer(1 if point == 0 else 0)

    return moreau.proximal.map(indicator)


def _break_letters(expressions: Iterable[sp.Expr]) -> dict[sp.Expr, sp.Symbol]:
    points: list[sp.Expr] = []
    for expression in expressions:
        for node in expression.atoms(TruncatedMoment):
            if node.args[1] not in points:
                points.append(node.args[1])
    points.sort(key=sp.default_sort_key)
    names = ["a"] if len(points) == 1 else [f"a{i}" for i in range(1, len(points) + 1)]
    return {point: letter(name, POSITIVE) for point, name in zip(points, names, strict=True)}


def _moreau_step(output: OutputChannel) -> Step:
    moreau = output.moreau
    return Step(
        name="moreau-envelope",
        title="Moreau envelope of the loss",
        before=(
            Display(
                r"M_\ell(\omega;V)",
                r"\min_r\ \ell(r)+\frac{(r-\omega)^2}{2V},\qquad "
                r"\ell(r)=" + sp.latex(output.channels.model.robust.loss),
            ),
        ),
        after=(
            Display(r"\mathrm{prox}(\omega)", moreau.proximal.as_piecewise()),
            Display(r"M_\ell(\omega;V)", moreau.envelope.as_piecewise()),
        ),
        why="The loss is convex and piecewise quadratic: the proximal point moves linearly through "
        "each piece and rests at a kink while the field crosses $V$ times the jump of the slope.",
        licence=Licence("convexity", MOREAU.at("Section 3")),
        check=lambda: _check_moreau(moreau),
    )


def _check_moreau(moreau: Moreau) -> CheckResult:
    """The proximal point beats its neighbours at every scale, and its value is the envelope."""
    r, w, V = moreau.loss.variable, moreau.field, moreau.scale
    others = sorted(moreau.loss.as_piecewise().free_symbols - {r}, key=str)
    loss = sp.lambdify([r, *others], moreau.loss.as_piecewise(), "mpmath")
    point = sp.lambdify([w, V, *others], moreau.proximal.as_piecewise(), "mpmath")
    envelope = sp.lambdify([w, V, *others], moreau.envelope.as_piecewise(), "mpmath")

    def brute(w0: float, V0: float, *rest: float) -> object:
        centre = point(w0 - 1.5, V0, *rest)  # fields of both signs
        steps = [mpmath.mpf(10) ** (k / 4) for k in range(-32, 9)]
        grid = [base + s * h for base in (centre, 0) for h in steps for s in (-1, 0, 1)]
        return min(loss(g, *rest) + (g - w0 + 1.5) ** 2 / (2 * V0) for g in grid)

    def claimed(w0: float, V0: float, *rest: float) -> object:
        return envelope(w0 - 1.5, V0, *rest)

    return compare(
        claimed,
        brute,
        ["omega", "V", *map(str, others)],
        "envelope against a search around the proximal point",
        points=25,
    )


def _average_step(output: OutputChannel) -> Step:
    names = {
        "q_hat": r"-2\,\partial_VF",
        "V_hat": r"2\,\partial_{\mathrm{SR}}F",
        "P_hat": r"2\,\partial_PF",
    }
    conjugates = tuple(
        Display(sp.latex(getattr(Letters, name)) + "=" + names[name], value)
        for name, value in output.conjugates.items()
    )
    return Step(
        name="gaussian-average",
        title="Gaussian average of the envelope",
        before=(Display("F", r"\mathbb E\,M_\ell(\sqrt{\mathrm{SR}}\,Z;V)"),),
        after=(
            *(Display(d.symbol, d.expression) for d in output.definitions),
            Display("F", output.value),
            *conjugates,
        ),
        why=(
            r"Piece by piece, with $C_k(a)=\mathbb E[Z^k;0<Z<a]$ and $T_k(a)=\mathbb E[Z^k;Z>a]$. "
            "The envelope is continuously differentiable, so that its derivatives may be taken "
            r"under the average; $2\,\partial_{\mathrm{SR}}\mathbb E M=\mathbb E M''$ is Gaussian "
            "integration by parts. In this form every term is positive."
        ),
        licence=Licence("Gaussian integration by parts", STEIN.at("Lemma 1")),
        check=lambda: _check_average(output),
    )


def _check_average(output: OutputChannel) -> CheckResult:
    """Conjugates are the derivatives of F, exactly; F is the integral, in high precision."""
    closed = output.value
    targets = {"q_hat": (Letters.V, -2), "V_hat": (Letters.SR, 2), "P_hat": (Letters.P, 2)}
    wrong = []
    for name, value in output.conjugates.items():
        symbol, factor = targets[name]
        gap = factor * _explicit(closed, output).diff(symbol) - _explicit(value, output)
        if not vanishes(gap):
            wrong.append(name)
    exact = CheckResult(
        Outcome.FALSE if wrong else Outcome.PROVED,
        "the conjugates equal the derivatives of F identically",
        ", ".join(wrong),
    )
    return all_of(exact, _check_integral(output))


def _explicit(expression: sp.Expr, output: OutputChannel) -> sp.Expr:
    """Without named quantities and with erf in place of truncated moments."""
    for definition in reversed(output.definitions):
        expression = expression.subs(definition.symbol, definition.expression)
    nodes = expression.atoms(TruncatedMoment)
    return expression.xreplace({node: node.rewrite_elementary() for node in nodes})


def _check_integral(output: OutputChannel) -> CheckResult:
    moreau, V, SR = output.moreau, Letters.V, Letters.SR
    closed = _explicit(output.value, output)
    symbols = sorted(closed.free_symbols | {V, SR}, key=str)
    formula = sp.lambdify(symbols, closed, "mpmath")
    pieces = moreau.envelope.pieces
    budget = {d.symbol: d.expression for d in output.definitions if d.symbol == BUDGET}
    integrands = [sp.lambdify([FIELD, *symbols], p.value.subs(budget), "mpmath") for p in pieces]
    ends = [
        sp.lambdify(symbols, (p.low.subs(budget), p.high.subs(budget)), "mpmath") for p in pieces
    ]

    def integral(*at: float) -> object:
        sd = mpmath.sqrt(at[symbols.index(SR)])
        total = mpmath.mpf(0)
        for f, end in zip(integrands, ends, strict=True):
            low, high = (mpmath.mpf(b) / sd for b in end(*at))
            total += mpmath.quad(lambda z, f=f: f(sd * z, *at) * mpmath.npdf(z), _split(low, high))
        return total

    return compare(integral, formula, map(str, symbols), "F against quadrature", points=4)


def _split(low: Any, high: Any) -> list[Any]:
    """Break a long range so that the quadrature sees the bulk of the Gaussian."""
    low, high = max(low, -14), min(high, 14)
    return [low, *[k for k in range(-12, 13, 3) if low < k < high], high]
