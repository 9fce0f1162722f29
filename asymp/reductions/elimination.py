r"""Stationarity and elimination: from the potential to the smallest map, free of cancellation.

The output channel depends on m and q only through the risk, so that :math:`\hat m = \hat V` and
the pair is replaced by :math:`\mathrm{SR} = \rho+\tau^2-2m+q`. The conjugates are explicit
functions of :math:`(V,\mathrm{SR},P)`, and the input channel returns the three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.resolvent import ResolventFrame, close_average, prove_closed_forms
from asymp.calculus.spectral_law import EIGENVALUE, MarchenkoPastur, PointMass, SpectralAverage
from asymp.errors import NotDerivable
from asymp.reductions.checking import all_of, proved
from asymp.reductions.input_channel import coefficients
from asymp.reductions.literature import MARCHENKO_PASTUR
from asymp.reductions.spectral_check import compare_with_density
from asymp.reductions.statements import HAMILTONIAN, InputChannel, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Definition, FixedPoint
from asymp.symbols import NONNEGATIVE, POSITIVE, letter

H0, H1 = letter("H_0", NONNEGATIVE), letter("H_1", POSITIVE)
FRAME_LETTERS = {
    name: letter(name, POSITIVE)
    for name in ("x", "D", "s", "s_dual", "Delta", "J_02", "J_12", "J_22", "J_02_dual")
}


@dataclass(frozen=True)
class Reduced:
    """The eliminated system with everything that observables and phases are read from.

    Parameters
    ----------
    averages : mapping of str to sympy.Expr
        ``V, SR, P, m, q`` and ``norm`` as spectral averages with :data:`HAMILTONIAN` kept as a
        letter: the pretty form.
    system : FixedPoint
        The same in closed form with named intermediates: the numerical form.
    frame : ResolventFrame or None
        Names of the resolvent quantities; None where the spectrum is trivial.
    """

    source: InputChannel
    averages: Mapping[str, sp.Expr]
    system: FixedPoint
    frame: ResolventFrame | None

    def closed(self, name: str) -> sp.Expr:
        """Closed form of one of ``averages``."""
        return self.close(self.averages[name])

    def close(self, expression: sp.Expr) -> sp.Expr:
        """Spectral averages over :data:`HAMILTONIAN` in the named resolvent quantities."""
        return _close(expression, self.frame)

    @property
    def potential(self) -> sp.Expr:
        r"""The potential in :math:`(V,\mathrm{SR},P)` and conjugates, after eliminating m and q."""
        output, x = self.source.output, Letters
        robust = output.channels.model.robust
        floor = robust.symbol("target") + robust.symbol("noise") ** 2
        total = output.value + self.source.value.subs(x.m_hat, x.V_hat)
        total += x.V * x.q_hat / 2 - x.V_hat * (x.SR - floor) / 2
        return total - x.P * x.P_hat / 2 if robust.is_adversarial else total


def eliminate(source: InputChannel) -> tuple[Reduced, tuple[Step, ...]]:
    """Stationarity of the potential, then elimination down to the smallest map."""
    averages = _stationary(source)
    frame = _frame(source)
    system = FixedPoint(
        _state(source),
        _definitions(source, frame),
        tuple(_close(averages[str(x)], frame) for x in _state(source)),
        _start(source),
    )
    reduced = Reduced(source, averages, system, frame)
    steps = [_stationarity_step(reduced), _elimination_step(reduced)]
    return reduced, (steps[0], *_spectral_step(reduced), steps[1])


def _state(source: InputChannel) -> tuple[sp.Symbol, ...]:
    adversarial = source.output.channels.model.robust.is_adversarial
    return (Letters.V, Letters.SR) + ((Letters.P,) if adversarial else ())


def _start(source: InputChannel) -> tuple[sp.Expr, ...]:
    """A point of the right scale: no estimator yet, and half the teacher's energy in P."""
    robust = source.output.channels.model.robust
    rho, tau = robust.symbol("target"), robust.symbol("noise")
    return (sp.Integer(1), rho + tau**2, rho / 2)[: len(_state(source))]


def _stationary(source: InputChannel) -> dict[str, sp.Expr]:
    """Order parameters as averages, by the derivatives of the input channel.

    An observable outside the state enters by a source term added to H and the envelope theorem.
    """
    model = source.output.channels.model
    probe = sp.Symbol("source")
    robust, x = model.robust, Letters
    rho, tau = robust.symbol("target"), robust.symbol("noise")

    def derivative(direction: sp.Expr) -> sp.Expr:
        """Twice the derivative of the input channel when ``direction`` is added to H."""
        squared = sp.factor(-(1 / (HAMILTONIAN + probe * direction)).diff(probe).subs(probe, 0))
        noise = SpectralAverage(model.covariance * squared, model.law)
        signal = SpectralAverage(model.alignment * squared, model.teacher_law)
        return x.q_hat * model.trace_weight * noise + x.V_hat**2 * rho * signal

    averages = {
        "V": model.trace_weight * SpectralAverage(model.covariance / HAMILTONIAN, model.law),
        "m": x.V_hat * rho * SpectralAverage(model.alignment / HAMILTONIAN, model.teacher_law),
        "q": derivative(model.covariance),
        "norm": derivative(sp.Integer(1)),
    }
    if model.gradient is not None:
        averages["P"] = derivative(model.gradient)
    averages["SR"] = tau**2 + _excess(source)
    return averages


def _excess(source: InputChannel) -> sp.Expr:
    r"""Excess risk :math:`\rho-2m+q` as one average over the teacher's law plus the noise part.

    Written over one denominator, the teacher's part is a sum of positive terms.
    """
    model = source.output.channels.model
    rho, x = model.robust.symbol("target"), Letters
    w, sigma = model.alignment, model.covariance
    bias = HAMILTONIAN**2 - 2 * x.V_hat * w * HAMILTONIAN + x.V_hat**2 * w * sigma
    bias = _positive(bias, source)
    noise = SpectralAverage(sigma**2 / HAMILTONIAN**2, model.law)
    teacher = SpectralAverage(bias / HAMILTONIAN**2, model.teacher_law)
    return rho * teacher + x.q_hat * model.trace_weight * noise


def _positive(numerator: sp.Expr, source: InputChannel) -> sp.Expr:
    """Expand H just as far as makes every coefficient of the numerator positive.

    Raises
    ------
    NotDerivable
        If no such form is found: the risk would lose its digits to cancellation.
    """
    constant, linear = coefficients(source.hamiltonian)
    for h in (H0 + linear * EIGENVALUE, constant + linear * EIGENVALUE):
        expanded = sp.expand(numerator.subs(HAMILTONIAN, h))
        terms = sp.Add.make_args(expanded)
        if all(term.as_coeff_Mul()[0].is_nonnegative for term in terms):
            return (
                sp.factor(expanded)
                if not expanded.has(EIGENVALUE)
                else sp.collect(expanded, EIGENVALUE)
            )
    raise NotDerivable(f"no cancellation-free form of the excess risk: {numerator}")


def _frame(source: InputChannel) -> ResolventFrame | None:
    law = source.output.channels.model.law
    _, linear = coefficients(source.hamiltonian)
    if linear == 0 or isinstance(law, PointMass):
        return None
    assert isinstance(law, MarchenkoPastur)
    return ResolventFrame(law.ratio, H0, H1, *FRAME_LETTERS.values())


def _close(expression: sp.Expr, frame: ResolventFrame | None) -> sp.Expr:
    """Replace averages by their closed forms in the named resolvent quantities."""
    resolvent = H0 if frame is None else H1 * EIGENVALUE + H0
    expression = expression.subs(HAMILTONIAN, resolvent)
    nodes = expression.atoms(SpectralAverage)
    return expression.xreplace({node: _tidy(close_average(node, frame)) for node in nodes})


def _tidy(closed: sp.Expr) -> sp.Expr:
    """Collect by resolvent quantity, each with a factored coefficient."""
    letters = [x for x in FRAME_LETTERS.values() if closed.has(x)]
    collected = sp.collect(sp.expand(closed), letters, evaluate=False)
    return sp.Add(*(sp.factor(coefficient) * part for part, coefficient in collected.items()))


def _definitions(source: InputChannel, frame: ResolventFrame | None) -> tuple[Definition, ...]:
    constant, linear = coefficients(source.hamiltonian)
    definitions = list(source.output.definitions)
    for name, value in source.output.conjugates.items():
        definitions.append(Definition(getattr(Letters, name), value, "conjugate"))
    definitions.append(Definition(H0, constant, "constant part of H"))
    if frame is not None:
        definitions.append(Definition(H1, linear, "linear part of H"))
        definitions += [Definition(*entry) for entry in frame.definitions]
    return tuple(definitions)


def _stationarity_step(reduced: Reduced) -> Step:
    names = [str(x) for x in reduced.system.state]
    x = Letters
    pretty = tuple(Display(sp.latex(getattr(x, n)), reduced.averages[n]) for n in names)
    slopes = [r"V=-2\,\partial_{\hat q}I", r"q=2\,\partial_{\hat V}I", r"m=-\partial_{\hat m}I"]
    if "P" in names:
        slopes.append(r"P=2\,\partial_{\hat P}I")
    return Step(
        name="stationarity",
        title="Stationarity of the potential",
        before=(Display(r"\nabla\Phi", "0", r"="),),
        after=(Display(r",\qquad ".join(slopes), "", ""), *pretty),
        why=(
            r"The output channel depends on $(m,q)$ only through $\mathrm{SR}=\rho+\tau^2-2m+q$, "
            r"so that $\hat m=\hat V$ and one scalar replaces two. Over one denominator the "
            "teacher's part of the risk is a sum of positive terms."
        ),
        licence=Licence("first-order conditions"),
        check=lambda: _check_stationarity(reduced),
    )


def _check_stationarity(reduced: Reduced) -> CheckResult:
    """Averages equal the derivatives of the potential, integrand by integrand."""
    source, x = reduced.source, Letters
    value = source.value
    claims = {
        "V": -2 * value.diff(x.q_hat),
        "q": 2 * value.diff(x.V_hat),
        "m": -value.diff(x.m_hat),
    }
    if x.P in reduced.system.state:
        claims["P"] = 2 * value.diff(x.P_hat)
    results = []
    for name, claim in claims.items():
        gap = claim.subs(x.m_hat, x.V_hat) - reduced.averages[name].subs(
            HAMILTONIAN, source.hamiltonian
        )
        results.append(proved(_integrands(gap), f"{name} is the derivative of I"))
    robust = source.output.channels.model.robust
    rho, tau = robust.symbol("target"), robust.symbol("noise")
    averages = {k: v.subs(HAMILTONIAN, source.hamiltonian) for k, v in reduced.averages.items()}
    zero = averages["SR"].subs(H0, coefficients(source.hamiltonian)[0]) - (
        rho + tau**2 - 2 * averages["m"] + averages["q"]
    )
    results.append(proved(_integrands(zero), "the positive form of SR is rho + tau^2 - 2m + q"))
    return all_of(*results)


def _integrands(expression: sp.Expr) -> sp.Expr:
    """Averages over each law replaced by their integrands times that law's letter.

    A constant is the constant times the total mass of the teacher's law.
    """
    laws = {node.law for node in expression.atoms(SpectralAverage)}
    masses = {law: sp.Dummy(f"law{i}") for i, law in enumerate(sorted(laws, key=str))}
    swapped = expression.xreplace(
        {n: n.integrand * masses[n.law] for n in expression.atoms(SpectralAverage)}
    )
    constants = swapped.subs(dict.fromkeys(masses.values(), 0))
    dual = next((m for law, m in masses.items() if getattr(law, "is_dual", False)), sp.Integer(1))
    return sp.expand(swapped) - constants + constants * dual


def _spectral_step(reduced: Reduced) -> tuple[Step, ...]:
    frame = reduced.frame
    if frame is None:
        return ()

    def check() -> CheckResult:
        good = prove_closed_forms()
        how = "each form against implicit differentiation of the quadratic"
        return CheckResult(Outcome.PROVED if good else Outcome.FALSE, how)

    psi = sp.latex(frame.ratio)
    return (
        Step(
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
        ),
    )


def _elimination_step(reduced: Reduced) -> Step:
    system = reduced.system
    hats = {Letters.q_hat, Letters.V_hat, Letters.P_hat}
    named = tuple(
        Display(d.symbol, d.expression)
        for d in system.definitions
        if d.symbol in hats or d.symbol in (H0, H1)
    )
    return Step(
        name="elimination",
        title="The fixed point",
        before=(
            Display(
                r"(\hat q,\hat V,\hat P)" if len(system.state) == 3 else r"(\hat q,\hat V)",
                "explicit functions of the state",
                r"\text{:}",
            ),
        ),
        after=(*named, *(Display(x, f) for x, f in zip(system.state, system.update, strict=True))),
        why="The conjugates are explicit in the state; substituting them leaves one equation for "
        "each coordinate of the state.",
        licence=Licence("substitution"),
        check=lambda: _check_elimination(reduced),
    )


def _check_elimination(reduced: Reduced) -> CheckResult:
    """The closed map against the averages computed by quadrature over the density."""
    return compare_with_density(reduced.averages, reduced.system, reduced.source.hamiltonian)
