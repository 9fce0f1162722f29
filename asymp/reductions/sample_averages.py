r"""Averages over sample-covariance laws: their step, and two checks that share no algebra.

One draws the matrices; the other integrates :math:`\frac1{2\pi i}\oint f(z)G(z)\,dz` around the
support, with the resolvent trace G found by iterating its equation at complex arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from asymp.calculus.sample_frame import LETTERS, SampleFrame, prove_sample_forms
from asymp.calculus.sample_law import AlignedLaw, SampleLaw
from asymp.calculus.spectral_law import EIGENVALUE, SpectralAverage
from asymp.reductions.checking import all_of
from asymp.reductions.evaluate import evaluate, evaluate_in_order
from asymp.reductions.literature import SILVERSTEIN
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Definition

POINTS = 800  # of the contour; its distance from the pole gives ten digits at moderate arguments
SIZE = 600  # of the drawn matrices


def sample_step(frame: SampleFrame) -> Step:
    """The equation of the resolvent and the averages that follow from it."""
    x, eta = LETTERS["x"], LETTERS["eta"]
    psi = sp.latex(frame.ratio)
    named = tuple(
        Display(symbol, meaning.strip("$")) for symbol, _, meaning in frame.definitions[2:]
    )
    return Step(
        name="spectral-averages",
        title="Spectral averages from one scalar equation",
        before=(
            Display(
                r"v_c",
                r"\frac{\eta c}{x+\eta c},\qquad \text{averages }dC\text{ over the inputs' "
                r"spectrum and }dS\text{ over the teacher's shares}",
            ),
        ),
        after=(
            Display(x, frame.h0 / frame.h1),
            Display(eta, rf"\eta+\int v_c\,dC={psi}", ":"),
            Display(r"\int\frac{x}{t+x}d\mu", rf"\frac{{\eta}}{{{psi}}}"),
            Display(r"\int\frac{x}{t+x}d\nu", r"\int(1-v_c)\,dS"),
            *named,
        ),
        why=(
            r"The resolvent of $T=WCW^\top$ is a deterministic function of $C$ with one unknown "
            r"$\eta$. Squared resolvents follow by differentiating its equation in $x$; all "
            "become quotients of positive terms."
        ),
        licence=Licence("sample-covariance law", SILVERSTEIN.at("Theorem 1.1")),
        check=lambda: all_of(_check_forms(), _check_drawn(frame)),
    )


def _check_forms() -> CheckResult:
    good = prove_sample_forms()
    how = "squared averages by implicit differentiation, two atoms"
    return CheckResult(Outcome.PROVED if good else Outcome.FALSE, how)


def _numbers(frame: SampleFrame) -> dict[sp.Symbol, float]:
    """A value for every letter that the laws and the resolvent contain: shares stay below one."""
    letters = frame.ratio.free_symbols | frame.population.free_symbols | frame.shares.free_symbols
    return {**dict.fromkeys(letters, 0.6), frame.h0: 0.6, frame.h1: 1.0}


def _check_drawn(frame: SampleFrame) -> CheckResult:
    """Traces and quadratic forms of drawn matrices."""
    numbers = _numbers(frame)
    c, w, s = (
        np.array([float(e.subs(numbers)) for e in part])
        for part in (frame.population.values, frame.population.weights, frame.shares.weights)
    )
    rng, width = np.random.default_rng(0), SIZE
    d = round(width / float(frame.ratio.subs(numbers)))
    rows = rng.standard_normal((width, d)) / np.sqrt(d)
    counts = np.floor(np.cumsum(w / w.sum()) * d + 0.5).astype(int)
    atom = np.searchsorted(counts, np.arange(d), side="right")
    y = rows * np.sqrt(c[atom])
    b = np.sqrt(s[atom] / np.bincount(atom, minlength=len(c))[atom]) * rng.choice([-1, 1], d)
    solved = np.linalg.inv(y.T @ y + 0.6 * np.eye(d))
    trace, form = 1 - (d - 0.6 * np.trace(solved)) / width, 0.6 * b @ solved @ b / (b @ b)
    known = evaluate_in_order(
        (Definition(*entry) for entry in frame.definitions),
        {k: mpmath.mpf(v) for k, v in numbers.items()},
    )
    gaps = [
        abs(float(evaluate(frame.average_over(law, 0, 1) * frame.h0, known)) - measured)
        for law, measured in ((SampleLaw(frame.ratio, frame.population), trace),
                              (AlignedLaw(frame.ratio, frame.population, frame.shares), form))
    ]  # fmt: skip
    how = f"trace and teacher's quadratic form of a drawn matrix, N = {width}: off by " + ", ".join(
        f"{gap:.1e}" for gap in gaps
    )
    good = gaps[0] < 20 / width and gaps[1] < 4 / np.sqrt(d)  # fluctuations of the two
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)


def contour_average(
    f: Callable[[Any], Any], law: SampleLaw, numbers: Mapping[sp.Symbol, float], pole: float
) -> Any:
    """Average of a function analytic but for a pole at ``-pole``, by a contour integral.

    In the square root of z the contour is an ellipse around the spectrum, half way to the pole.
    """
    c, w = (
        np.array([float(e.subs(numbers)) for e in part])
        for part in (law.population.values, law.population.weights)
    )
    ratio = float(law.ratio.subs(numbers))
    edge = np.sqrt(c.max()) * (1 + np.sqrt(ratio))
    height = np.arcsinh(np.sqrt(pole) / edge) / 2
    angle = np.pi * (np.arange(POINTS) + 0.5) / POINTS + 1j * height
    z = (edge * np.cos(angle)) ** 2
    eta = _complex_root(-z, ratio, c, w)
    if isinstance(law, AlignedLaw):
        s = np.array([float(e.subs(numbers)) for e in law.shares.weights])
        trace = (s / (z[:, None] - eta[:, None] * c)).sum(axis=1)
    else:
        trace = eta / (ratio * z)
    slope = edge**2 * np.sin(2 * angle) / (2j * POINTS)  # of z along the contour, over 2 pi i
    steps = zip(z, trace * slope, strict=True)
    return mpmath.fsum(mpmath.re(f(mpmath.mpmathify(at)) * complex(dz)) for at, dz in steps)


def _complex_root(x: Any, ratio: float, c: Any, w: Any) -> Any:
    """Physical root of the equation at complex x: iterated, then polished by Newton's method."""
    eta = np.full(x.shape, ratio, dtype=complex)
    for _ in range(2000):
        eta = (eta + ratio / (1 + (w * c / (x[:, None] + eta[:, None] * c)).sum(axis=1))) / 2
    for _ in range(4):
        below = x[:, None] + eta[:, None] * c
        gap = eta + (w * eta[:, None] * c / below).sum(axis=1) - ratio
        eta = eta - gap / (1 + (w * c * x[:, None] / below**2).sum(axis=1))
    return eta


def pole_of(node: SpectralAverage, numbers: Mapping[sp.Symbol, float]) -> float:
    """Where the resolvent in an average has its pole, with the opposite sign."""
    denominator = sp.fraction(sp.together(node.integrand))[1]
    found = np.roots(
        [float(a) for a in sp.Poly(denominator.subs(numbers), EIGENVALUE).all_coeffs()]
    )
    return float(-found.real.mean())  # a double pole is found twice, a little apart
