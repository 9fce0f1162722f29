r"""What the lemma says for the label models and penalties of the wider language, with proofs."""

from __future__ import annotations

from asymp.document.general_words import is_general
from asymp.document.lemma import REGRESSION
from asymp.document.readable import displays_of
from asymp.problem.statement import ProblemStatement
from asymp.theorem_data import TheoremData

ADDITIVE = r"""
\begin{corollary}[Regression]\label{cor:regression}
If $\ell$ is a function of the residual $y-u$ and $y=h+\xi$ with any noise $\xi$ independent of the
features, then $y-\omega$ is $\xi$ plus an independent centred Gaussian of variance
\begin{equation}\label{eq:regression-risk}
  E=\rho-2m+q,
\end{equation}
the excess risk. $F$ depends on $(m,q)$ through $E$ only, so that $\hat m=\hat V=2\,\partial_EF$,
and $m\hat m-\frac12q\hat V=-\frac12\hat V(E-\rho)$ in \eqref{eq:lemma-potential}.
\end{corollary}
\begin{proof}
$h-\omega=(1-\frac m\rho)h-\sqrt{q-m^2/\rho}\,z$ is independent of $\xi$ and has the variance
$\rho(1-\frac m\rho)^2+q-\frac{m^2}\rho=\rho-2m+q$; the rest is the chain rule in
\eqref{eq:lemma-stationary}.
\end{proof}
"""

MARGINS = r"""
\begin{corollary}[Margins]\label{cor:margins}
If $\ell$ is a function of the margin $yu$ and $y=\pm1$ with $\mathbb P(y=1\mid h)=\pi(h)$,
$\pi(h)+\pi(-h)=1$, then the margin $y\omega$ has the density
\begin{equation}\label{eq:margin-density}
  T(\omega)\,\frac{e^{-\omega^2/2q}}{\sqrt{2\pi q}},\qquad
  T(\omega)=2\,\mathbb E\big[\pi(h)\mid\omega\big],\qquad
  h\mid\omega\sim N\Big(\frac m q\,\omega,\ \rho-\frac{m^2}q\Big).
\end{equation}
\end{corollary}
\begin{proof}
$(h,\omega)$ and $(-h,-\omega)$ have the same law, so that the two labels contribute alike:
$\mathbb E\,g(y\omega)=2\,\mathbb E[\pi(h)g(\omega)]$ for every $g$. Condition on $\omega$.
\end{proof}
"""

MIXTURE = r"""
\begin{corollary}[Two classes]\label{cor:mixture}
If $\varphi_i=y_i\mu+z_i$, where the $z_i$ are centred Gaussian of covariance $\Sigma$ independent
of the labels, the lemma holds with $c=\mu$, $\omega=my+\sqrt q\,z$ in \eqref{eq:lemma-output} and
$q=\theta^\top\Sigma\theta$: the margin $y\omega$ has the law $N(m,q)$ within each class.
\end{corollary}
\begin{proof}
The predictions are $y_im+z_i^\top\theta$, so that the regression of Step 1 on the teacher field is
not needed: $y_im$ takes the place of $\frac m\rho h_i$ and $\Sigma$ that of $\Sigma_\perp$. The
other steps do not use what stands there.
\end{proof}
"""

INTERCEPT = r"""
\begin{corollary}[Intercept]\label{cor:intercept}
If an intercept $b$ is trained, predictions are $\theta^\top\varphi_i+b$, and $\omega$ is replaced
by $\omega+b$ in \eqref{eq:lemma-output}; the saddle is also a minimum over $b$, at which
$\partial_bF=0$.
\end{corollary}
\begin{proof}
The loss is jointly convex in $(\theta,b)$, and $b$ is one scalar more that the outer minimum of
\eqref{eq:lemma-saddle} runs over.
\end{proof}
"""

SEPARABLE = r"""
\begin{corollary}[Separable penalties]\label{cor:separable}
If $\Sigma=I$, $r(\theta)=\frac1p\sum_jr_0(\sqrt p\,\theta_j)$ with a convex $r_0$, and the
coordinates $\sqrt p\,c_j$ are independent with the law of some $c_0$, then
\begin{equation}\label{eq:separable-input}
  I=\mathbb E\,\min_w\Big[\tfrac12\hat Vw^2+\bar r(w)-f\,w\Big],\qquad
  f=\hat m\,c_0+\sqrt{\hat q\,p/n}\;g,
\end{equation}
where $\bar r$ is $r_0$ with what the seminorms add to it. The minimiser $w(f)$ gives the law of
the coordinates: averages of $w$ and $c_0$ are the limits of those over $j$.
\end{corollary}
\begin{proof}
With $w_j=\sqrt p\,\theta_j$ the bracket of \eqref{eq:lemma-input} is the average over $j$ of
independent terms of this form, each minimised alone; the law of large numbers gives the limit. A
seminorm $\|\theta\|_1/\sqrt p$ enters without a square: its multiplier adds its share of
$|w|$ to $\bar r$.
\end{proof}
"""


def corollaries(theorem: TheoremData) -> list[str]:
    """The corollaries that the theorem rests on."""
    if not is_general(theorem):
        return [REGRESSION]
    problem: ProblemStatement = theorem.problem
    labels = MIXTURE if problem.is_mixture else MARGINS if problem.is_binary else ADDITIVE
    separable = any(str(d.left) == r"\bar r(w)" for d in displays_of(theorem, "input-channel"))
    return [labels, *[INTERCEPT] * problem.intercept, *[SEPARABLE] * separable]
