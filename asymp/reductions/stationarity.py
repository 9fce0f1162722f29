r"""Stationarity of the potential: every order parameter as an average, free of cancellation.

The output channel depends on m and q only through the risk, so that :math:`\hat m = \hat V` and
the pair is replaced by :math:`\mathrm{SR} = \rho+\tau^2-2m+q`.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE, SpectralAverage, SpectralLaw, coefficients
from asymp.errors import NotDerivable
from asymp.reductions.checking import all_of, proved
from asymp.reductions.observing.rule import needs_of
from asymp.reductions.statements import H0, HAMILTONIAN, GaussianModel, InputChannel, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Step

Averages = dict[str, sp.Expr]


def stationary(source: InputChannel, state: tuple[sp.Symbol, ...]) -> tuple[Averages, Step]:
    """Order parameters as averages, by the derivatives of the input channel.

    An observable outside the state enters by a source term added to H and the envelope theorem.
    """
    model = source.output.channels.model
    rho, x = model.robust.symbol("target"), Letters
    averages = {
        "V": _trace(model, model.covariance),
        "m": x.V_hat * rho * SpectralAverage(model.alignment / HAMILTONIAN, model.teacher_law),
        "q": _response(source, model.covariance),
        "norm": _response(source, sp.Integer(1)),
    }
    if model.gradient is not None:
        averages["P"] = _response(source, model.gradient)
    asked = needs_of(model)
    averages |= {name: _response(source, matrix) for name, matrix in asked.forms.items()}
    averages |= {name: _trace(model, matrix) for name, matrix in asked.traces.items()}
    averages["SR"] = model.robust.symbol("noise") ** 2 + _excess(source, averages)
    return averages, _step(source, averages, state)


def _trace(model: GaussianModel, matrix: sp.Expr) -> sp.Expr:
    """Limit of a matrix's trace against the resolvent, over n."""
    return model.trace_weight * SpectralAverage(matrix / HAMILTONIAN, model.law)


def _response(source: InputChannel, direction: sp.Expr) -> sp.Expr:
    """Twice the derivative of the input channel when ``direction`` is added to H."""
    model, x, probe = source.output.channels.model, Letters, sp.Symbol("source")
    squared = sp.factor(-(1 / (HAMILTONIAN + probe * direction)).diff(probe).subs(probe, 0))
    noise = SpectralAverage(model.covariance * squared, model.law)
    signal = SpectralAverage(model.alignment * squared, model.teacher_law)
    rho = model.robust.symbol("target")
    return x.q_hat * model.trace_weight * noise + x.V_hat**2 * rho * signal


def _excess(source: InputChannel, averages: Averages) -> sp.Expr:
    r"""Excess risk :math:`\rho-2m+q`, the teacher's part as one average of positive terms.

    The constant joins the average as far as the teacher's law has mass; the rest of the teacher
    is no linear function of the features and stays.
    """
    model = source.output.channels.model
    rho = model.robust.symbol("target")
    excess = sp.expand(rho - 2 * averages["m"] + averages["q"], deep=False)
    teacher = excess.coeff(rho)
    noise = sp.expand(excess - sp.expand(rho * teacher, deep=False), deep=False)
    integrand = teacher.xreplace({n: n.integrand for n in teacher.atoms(SpectralAverage)})
    numerator = _positive(sp.cancel(sp.together(integrand) * HAMILTONIAN**2), source)
    unexplained = rho * (1 - model.teacher_law.moment(0))
    return (
        rho * SpectralAverage(numerator / HAMILTONIAN**2, model.teacher_law) + noise + unexplained
    )


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
            flat = not expanded.has(EIGENVALUE)
            return sp.factor(expanded) if flat else sp.collect(expanded, EIGENVALUE)
    raise NotDerivable(f"no cancellation-free form of the excess risk: {numerator}")


def _step(source: InputChannel, averages: Averages, state: tuple[sp.Symbol, ...]) -> Step:
    pretty = tuple(Display(x, averages[str(x)]) for x in state)
    slopes = [r"V=-2\,\partial_{\hat q}I", r"q=2\,\partial_{\hat V}I", r"m=-\partial_{\hat m}I"]
    if Letters.P in state:
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
        check=lambda: _check(source, averages, state),
    )


def _check(
    source: InputChannel, averages: Mapping[str, sp.Expr], state: tuple[sp.Symbol, ...]
) -> CheckResult:
    """Averages equal the derivatives of the potential, integrand by integrand."""
    x, value, model = Letters, source.value, source.output.channels.model
    teacher = model.teacher_law
    claims = {
        "V": -2 * value.diff(x.q_hat),
        "q": 2 * value.diff(x.V_hat),
        "m": -value.diff(x.m_hat),
    }
    if x.P in state:
        claims["P"] = 2 * value.diff(x.P_hat)
    explicit = {k: v.subs(HAMILTONIAN, source.hamiltonian) for k, v in averages.items()}
    results = [
        proved(
            _integrands(claim.subs(x.m_hat, x.V_hat) - explicit[name], teacher),
            f"{name} is the derivative of I",
        )
        for name, claim in claims.items()
    ]
    robust = model.robust
    floor = robust.symbol("target") + robust.symbol("noise") ** 2
    risk = explicit["SR"].subs(H0, coefficients(source.hamiltonian)[0])
    gap = risk - (floor - 2 * explicit["m"] + explicit["q"])
    results.append(
        proved(_integrands(gap, teacher), "the positive form of SR is rho + tau^2 - 2m + q")
    )
    return all_of(*results)


def _integrands(expression: sp.Expr, teacher: SpectralLaw) -> sp.Expr:
    """Averages over each law replaced by their integrands times that law's letter.

    A constant is an average over the teacher's law, whose mass it is divided by.
    """
    laws = {node.law for node in expression.atoms(SpectralAverage)}
    masses = {law: sp.Dummy(f"law{i}") for i, law in enumerate(sorted(laws, key=str))}
    swapped = expression.xreplace(
        {n: n.integrand * masses[n.law] for n in expression.atoms(SpectralAverage)}
    )
    constants = swapped.subs(dict.fromkeys(masses.values(), 0))
    unit = masses[teacher] / teacher.moment(0) if teacher in masses else sp.Integer(1)
    return sp.expand(swapped) - constants + constants * unit
