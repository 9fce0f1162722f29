r"""Adversary to seminorm: the inner maximum over a ball becomes a budget in the loss.

To first order in the perturbation, whose effect on a wide random network is linear,
:math:`f(x+\delta) = f(x) + \langle\nabla f(x),\delta\rangle`, so that the ball moves the residual
by at most :math:`e = \varepsilon\|\nabla f(x)\|`, and
:math:`\|\nabla f(x)\|^2 \to \theta^\top A\theta`.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from asymp.problem.features import RandomFeatures
from asymp.problem.losses import RESIDUAL, is_even
from asymp.problem.statement import ProblemStatement
from asymp.reductions.literature import HASSANI_JAVANMARD
from asymp.reductions.statements import BUDGET, RobustProblem
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step


def absorb_adversary(problem: ProblemStatement) -> tuple[RobustProblem, Step | None]:
    """Replace the inner maximum by the robust loss; without an adversary nothing happens."""
    plain = problem.loss.expression
    if problem.adversary is None:
        return RobustProblem(problem, plain), None
    robust = robust_loss(plain)
    return RobustProblem(problem, robust), _step(problem, plain, robust)


def robust_loss(loss: sp.Expr) -> sp.Expr:
    r"""Maximum of a convex loss over residuals within the budget: attained at an end point.

    Examples
    --------
    >>> robust_loss(RESIDUAL**2 / 2)
    (e + Abs(r))**2/2
    """
    if is_even(loss):
        outward = sp.Symbol("outward", nonnegative=True)
        return loss.subs(RESIDUAL, outward + BUDGET).subs(outward, sp.Abs(RESIDUAL))
    ends = (loss.subs(RESIDUAL, RESIDUAL + sign * BUDGET) for sign in (1, -1))
    return sp.Max(*ends)


def _step(problem: ProblemStatement, plain: sp.Expr, robust: sp.Expr) -> Step:
    assert problem.adversary is not None
    eps = sp.latex(problem.adversary.parameters[0].symbol)
    linear = not isinstance(problem.features, RandomFeatures)
    hypotheses = (
        Hypothesis("the loss is convex in the residual", True, "checked piece by piece below"),
        Hypothesis(
            r"the perturbation acts through the gradient: "
            r"$\sup_{\|\delta\|\le" + eps + r"}|f(x+\delta)-f(x)-\langle\nabla f(x),\delta\rangle|"
            r"\to0$ and $\|\nabla f(x)\|^2-\theta^\top A\theta\to0$ uniformly over the $\theta$ "
            "that matter",
            linear or _is_relu(problem),
            "the model is linear in $x$" if linear else "proved for the shifted ReLU in the source",
        ),
    )
    inner = rf"\max_{{\|\delta_i\|_2\le {eps}}}\ell\big(y_i-f(x_i+\delta_i)\big)"
    return Step(
        name="adversary",
        title="The adversary becomes a seminorm",
        before=(Display(inner, r"\ell(r)=" + sp.latex(plain), r",\qquad"),),
        after=(
            Display(r"\ell(r_i;e)", robust),
            Display(
                "e",
                rf"{eps}\,\|A^{{1/2}}\theta\|,\qquad \theta^\top A\theta="
                r"\mathbb E\|\nabla_xf(x)\|^2",
            ),
        ),
        why=(
            rf"The ball moves the residual $r$ by at most $e={eps}\|\nabla f(x)\|$ either way, "
            "and a convex function attains its maximum over an interval at an end point."
        ),
        licence=Licence(
            "linearisation of the inner maximum",
            HASSANI_JAVANMARD.at("proof of Theorem 4.2", "second-hand"),
            hypotheses,
        ),
        check=lambda: _check(plain, robust, problem),
    )


def _is_relu(problem: ProblemStatement) -> bool:
    activation = getattr(problem.features, "activation", None)
    return activation is not None and activation.name == "relu"


def _check(plain: sp.Expr, robust: sp.Expr, problem: ProblemStatement) -> CheckResult:
    """Brute force: the maximum over a fine grid of residuals within the budget."""
    others = [p.symbol for p in problem.loss.parameters]
    f = sp.lambdify([RESIDUAL, *others], plain, "numpy")
    g = sp.lambdify([RESIDUAL, BUDGET, *others], robust, "numpy")
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(50):
        r, e, rest = rng.normal(0, 2), rng.uniform(0, 3), rng.uniform(0.2, 2, len(others))
        within = np.linspace(r - e, r + e, 2001)
        brute = np.max(f(within, *rest) * np.ones_like(within))
        worst = max(worst, abs(brute - g(r, e, *rest)) / max(1.0, abs(brute)))
        if worst > 1e-12:  # both ends are grid points, so that only rounding may differ
            return CheckResult(Outcome.FALSE, "brute-force maximum", f"r={r:.4g}, e={e:.4g}")
    how = f"brute-force maximum over 2001 residuals, 50 random points, deviation {worst:.1e}"
    return CheckResult(Outcome.VERIFIED, how)
