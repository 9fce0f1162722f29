r"""The convex Gaussian min-max theorem as one general lemma: a scalar potential with two channels.

Everything that depends on the problem enters through the output channel F (a Gaussian average of
the Moreau envelope of the loss) and the input channel I (a minimum over the parameter).
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.spectral_law import PointMass
from asymp.reductions.checking import proved
from asymp.reductions.literature import CGMT
from asymp.reductions.statements import GaussianModel, Letters, TwoChannels
from asymp.reductions.step import Display, Hypothesis, Licence, Step

OUTPUT = sp.Function("F")
INPUT = sp.Function("I")


def two_channels(model: GaussianModel) -> tuple[TwoChannels, Step]:
    r"""Apply the lemma: min over m, q, V, P and max over their conjugates of the potential."""
    variance = _residual_variance(model)
    x, adversarial = Letters, model.robust.is_adversarial
    outer = (x.SR, x.V) + ((x.P,) if adversarial else ())
    inner = (x.q_hat, x.m_hat, x.V_hat) + ((x.P_hat,) if adversarial else ())
    potential = OUTPUT(*outer) + INPUT(*inner)
    potential += x.V * x.q_hat / 2 + x.m * x.m_hat - x.q * x.V_hat / 2
    if adversarial:
        potential -= x.P * x.P_hat / 2
    statement = TwoChannels(model, variance, potential)
    return statement, _step(statement)


def _residual_variance(model: GaussianModel) -> sp.Expr:
    r"""Variance of :math:`y-\omega` from its coefficients on independent standard Gaussians."""
    rho, tau = model.robust.symbol("target"), model.robust.symbol("noise")
    m, q = Letters.m, Letters.q
    on_teacher = (1 - m / rho) * sp.sqrt(rho)
    return sp.expand(on_teacher**2 + tau**2 + (q - m**2 / rho))


def _step(statement: TwoChannels) -> Step:
    robust = statement.model.robust
    rho, tau = robust.symbol("target"), robust.symbol("noise")
    x = Letters
    zeta = sp.latex(robust.symbol("penalty"))
    met = (
        Hypothesis(
            r"$\ell(r;e)$ is convex jointly in $(r,e)$ and nondecreasing in $e$"
            if robust.is_adversarial
            else r"$\ell(r)$ is convex",
            True,
            "a maximum of convex functions of $r$ over an interval that grows with $e$"
            if robust.is_adversarial
            else "checked piece by piece below",
        ),
        Hypothesis("the penalty is convex", True, "a non-negative quadratic form"),
        Hypothesis(
            r"$\Sigma$, $A$ and $R$ commute and have limiting spectra",
            True,
            "multiples of the identity"
            if isinstance(statement.model.law, PointMass)
            else "functions of one matrix",
        ),
        Hypothesis(
            r"minimisers stay in a compact set and the saddle is attained",
            False,
            rf"strong convexity gives it for ${zeta}>0$; for ${zeta}=0$ it needs an argument for "
            "each problem (known for the shifted ReLU with an adversary)",
        ),
    )
    variance = Display(r"\mathrm{SR}", statement.residual_variance)
    adversarial = r"\tfrac{1}{2}\hat P\,\theta^\top A\theta+" if robust.is_adversarial else ""
    budget = ";e" if robust.is_adversarial else ""
    channels = (
        Display(
            r"F",
            r"\mathbb E\,M_{\ell"
            + (r"(\cdot;e)" if budget else "")
            + r"}\big(\sqrt{\mathrm{SR}}\,Z;V\big),\qquad "
            r"M_\ell(\omega;V)=\min_r\ell(r)+\tfrac{(r-\omega)^2}{2V}",
        ),
        Display(
            "I",
            r"\min_\theta\Big[\tfrac12\hat V\theta^\top\Sigma\theta+"
            + adversarial
            + rf"\tfrac{{{zeta}}}{{2}}\theta^\top R\theta"
            + r"-\theta^\top\big(\sqrt{\hat q/n}\,\Sigma^{1/2}g"
            r"+\hat mc\big)\Big]",
        ),
    )
    return Step(
        name="cgmt",
        title="Two scalar channels",
        before=(
            Display(
                r"\hat\theta",
                r"\arg\min_\theta\ \frac1n\sum_i\ell\big(y_i-\theta^\top"
                r"\varphi_i" + budget + r"\big)" + rf"+\tfrac{{{zeta}}}{{2}}\theta^\top R\theta",
            ),
        ),
        after=(Display(r"\Phi", statement.potential), *channels, variance),
        why=(
            "The lemma, for Gaussian features: the residual at the field $\\omega$ "
            "is Gaussian, and its variance is the standard risk."
        ),
        licence=Licence("convex Gaussian min-max theorem", CGMT.at("Theorem 3"), met),
        check=lambda: proved(
            statement.residual_variance - (rho + tau**2 - 2 * x.m + x.q),
            "the variance of the residual depends on m and q only through q - 2m",
        ),
    )
