r"""The general lemma with its proof: stated once, instantiated by every derivation."""

from __future__ import annotations

STATEMENT = r"""
\begin{lemma}[Two channels]\label{lem:two-channels}
Let $(\varphi_i,h_i)$, $i\le n$, be independent centred Gaussian vectors with
$\mathbb E\varphi_i\varphi_i^\top=\Sigma$, $\mathbb Eh_i^2=\rho$ and $\mathbb E\varphi_ih_i=c$, and
let $y_i=y(h_i,\xi_i)$ with noise $\xi_i$ independent of them. With the seminorms
$b_k(\theta)=\|A_k^{1/2}\theta\|$ consider
\begin{equation}\label{eq:lemma-primary}
  \hat\theta\in\arg\min_\theta\
  \frac1n\sum_{i\le n}\ell\big(y_i,\theta^\top\varphi_i;b(\theta)\big)+r(\theta),
\end{equation}
where $n$ and $\dim\theta$ tend to infinity at a fixed ratio. Suppose that
\begin{enumerate}\setlength{\itemsep}{2pt}\setlength{\parsep}{0pt}
\item[(i)] $\ell(y,u;b)$ is convex jointly in $(u,b)$, nondecreasing in each $b_k$, and grows at
  most quadratically;
\item[(ii)] the penalty $r$ is convex;
\item[(iii)] $\Sigma$, the $A_k$ and the matrix of the penalty are functions of one matrix of
  bounded norm with a limiting spectral law, and $c$ has a limiting spectral measure in its
  eigenbasis;
\item[(iv)] with probability tending to one the minimisers lie in a fixed compact set, and the
  saddle \eqref{eq:lemma-saddle} is attained, the minimising $(m,q,P)$ being unique.
\end{enumerate}
Then the minimum in \eqref{eq:lemma-primary} converges in probability to
\begin{equation}\label{eq:lemma-saddle}
  \max_{\hat q\ge0}\ \min_{V>0,\,m,\,q,\,P\ge0}\ \max_{\hat m,\ \hat V\ge0,\ \hat P\ge0}\ \Phi,
\end{equation}
\begin{equation}\label{eq:lemma-potential}
  \Phi=F(m,q,P,V)+I(\hat q,\hat m,\hat V,\hat P)
  +\tfrac12V\hat q+m\hat m-\tfrac12q\hat V-\tfrac12\sum_kP_k\hat P_k,
\end{equation}
with the \emph{output channel}, in which $z\sim N(0,1)$ is independent of $(h,\xi)$ and
$M_\ell(\omega;V)=\min_u\ell(u)+\frac{(u-\omega)^2}{2V}$ is the Moreau envelope,
\begin{equation}\label{eq:lemma-output}
  F=\mathbb E\,M_{\ell(y,\cdot\,;\sqrt P)}(\omega;V),\qquad
  \omega=\frac m\rho\,h+\sqrt{q-\frac{m^2}\rho}\;z,
\end{equation}
and the \emph{input channel}, in which $g$ is a standard Gaussian vector,
\begin{equation}\label{eq:lemma-input}
  I=\lim\ \min_\theta\Big[
  \tfrac12\theta^\top\Big(\hat V\Sigma+\sum_k\hat P_kA_k\Big)\theta+r(\theta)
  -\theta^\top\Big(\sqrt{\hat q/n}\,\Sigma^{1/2}g+\hat m\,c\Big)\Big].
\end{equation}
The order parameters $\hat\theta^\top c$, $\hat\theta^\top\Sigma\hat\theta$ and
$\hat\theta^\top A_k\hat\theta$ converge in probability to the $m$, $q$ and $P_k$ of the saddle,
which solves
\begin{equation}\label{eq:lemma-stationary}
\begin{aligned}
  \hat q&=-2\,\partial_VF, & \hat m&=-\partial_mF, &
  \hat V&=2\,\partial_qF, & \hat P_k&=2\,\partial_{P_k}F,\\
  V&=-2\,\partial_{\hat q}I, & m&=-\partial_{\hat m}I, &
  q&=2\,\partial_{\hat V}I, & P_k&=2\,\partial_{\hat P_k}I.
\end{aligned}
\end{equation}
\end{lemma}
"""

PROOF = r"""
\begin{proof}
\emph{Step 1: dualise.} Regress the features on the teacher field: with
$\Sigma_\perp=\Sigma-cc^\top/\rho$,
\[ \varphi_i=\frac{h_i}\rho\,c+\Sigma_\perp^{1/2}g_i, \]
where the standard Gaussian vectors $g_i$ are independent of $h_i$, hence of the labels. Let $G$ be
the matrix with rows $g_i^\top$ and $m=\theta^\top c$. Name the predictions $u_i$ and enforce this
with multipliers $\lambda_i$: problem \eqref{eq:lemma-primary} is
\begin{equation}\label{eq:lemma-dual}
  \min_{\theta,u}\max_\lambda\ \frac1n\sum_i\ell\big(y_i,u_i;b(\theta)\big)+r(\theta)
  +\frac1n\lambda^\top\Big(\frac m\rho\,h-u\Big)+\frac1n\lambda^\top G\,\Sigma_\perp^{1/2}\theta .
\end{equation}
By (i) and (ii) it is convex in $(\theta,u)$, since a nondecreasing convex function of the convex
$b_k(\theta)$ is convex, and it is linear in $\lambda$. The matrix $G$ enters through one bilinear
form.

\emph{Step 2: compare.} By (iv) all variables may be confined to compact convex sets. Gordon's
inequality~\cite{gordon1988} compares \eqref{eq:lemma-dual} with the auxiliary problem in which
$\lambda^\top Gw$, $w=\Sigma_\perp^{1/2}\theta$, is replaced by
$\|w\|\,g^\top\lambda-\|\lambda\|\,\bar g^\top w$, with independent standard Gaussian vectors $g$
and $\bar g$. In its convex form~\cite{thrampoulidis2015} it says, for every $t$, that
\begin{equation}\label{eq:lemma-gordon}
\begin{aligned}
  \mathbf P\big(\text{primary}<t\big)&\le2\,\mathbf P\big(\text{auxiliary }\min\max\le t\big),\\
  \mathbf P\big(\text{primary}>t\big)&\le2\,\mathbf P\big(\text{auxiliary }\max\min\ge t\big).
\end{aligned}
\end{equation}
The second line uses that \eqref{eq:lemma-dual} is convex-concave, so that its own minimum and
maximum commute. Since a max-min never exceeds the min-max, a limit of both auxiliary values, or of
any value between them, is the limit of the primary one. The first line needs no convexity. Applied
to those $\theta$ whose order parameters differ from the saddle's by at least some $\delta>0$,
where by (iv) the auxiliary value is strictly larger in the limit, it shows that the minimiser is
not among them.

\emph{Step 3: optimise directions.} Put $\omega_i=\frac m\rho h_i+\nu g_i$ with
$\nu=\|\Sigma_\perp^{1/2}\theta\|=\sqrt{q-m^2/\rho}$ and $q=\theta^\top\Sigma\theta$. The auxiliary
problem depends on $\lambda$ through $\lambda^\top(\omega-u)$ and $\|\lambda\|=\beta\sqrt n$ only,
so that the best direction is that of $\omega-u$. Maximising over the direction inside and over
$\beta$ outside gives a value between the two of
\eqref{eq:lemma-gordon}:
\[ \max_{\beta\ge0}\min_{\theta,u}\ \frac1n\sum_i\ell\big(y_i,u_i;b(\theta)\big)+r(\theta)
   +\beta\,\frac{\|\omega-u\|}{\sqrt n}-\frac\beta{\sqrt n}\,\bar g^\top\Sigma_\perp^{1/2}\theta. \]

\emph{Step 4: the square-root trick.} For $x,\beta\ge0$,
$\beta x=\inf_{V>0}\big[\frac{x^2}{2V}+\frac12V\beta^2\big]$. With $\hat q=\beta^2$ the norm of
$\omega-u$ becomes a sum over samples, and each $u_i$ is minimised alone, which gives the Moreau
envelope:
\[ \max_{\hat q\ge0}\min_{\theta,\,V>0}\ \frac1n\sum_iM_{\ell(y_i,\cdot\,;b(\theta))}(\omega_i;V)
   +\tfrac12V\hat q+r(\theta)-\sqrt{\hat q/n}\;\bar g^\top\Sigma_\perp^{1/2}\theta. \]
The envelope is locally Lipschitz in $(m,\nu,b,V)$, so that by the law of large numbers the first
term converges to $F(m,q,P,V)$ uniformly on compact sets, with $P_k=b_k(\theta)^2$.

\emph{Step 5: scalars.} The parameter now enters through $m$, $q$, $P$, the penalty and one
Gaussian linear form. $F$ is nondecreasing in $P$ by (i), and in $q$ at fixed $m$ because $M$ is
convex in $\omega$ (Jensen). Hence $\theta^\top\Sigma\theta=q$ and $\theta^\top A_k\theta=P_k$ may
be relaxed to $\le$, which are convex constraints, and Lagrange multipliers $\frac12\hat V\ge0$,
$\frac12\hat P_k\ge0$ and $\hat m$ (for $\theta^\top c=m$) are exact. The inner minimum over
$\theta$ is the bracket of
\eqref{eq:lemma-input}: replacing $\Sigma_\perp$ by $\Sigma$ changes one direction out of
$\dim\theta$ and disappears in the limit, as does the sign of $g$. It concentrates, being a
Lipschitz function of $g/\sqrt n$ on a compact set. This is \eqref{eq:lemma-saddle}; its
first-order conditions are \eqref{eq:lemma-stationary}.

\emph{Step 6: mode-wise minimisation.} For $r(\theta)=\frac\zeta2\theta^\top R\theta$ put
$H=\zeta R+\hat V\Sigma+\sum_k\hat P_kA_k$ and $f=\sqrt{\hat q/n}\,\Sigma^{1/2}g+\hat mc$. By (iii)
the quadratic form splits into modes, each minimised at $\theta_t=f_t/H(t)$; the minimum is
$-\frac12f^\top H^{-1}f$, whose cross term vanishes in the limit and whose squares concentrate:
\begin{equation}\label{eq:lemma-quadratic}
  I=-\frac12\lim\Big[\hat q\,\tfrac1n\mathrm{tr}\,\Sigma H^{-1}+\hat m^2\,c^\top H^{-1}c\Big].
\end{equation}

\emph{Step 7: observables.} Add $s\,o(\theta)$ with a small number $s$ to the objective. The
minimum is a concave function of $s$, and limits of concave functions may be differentiated
wherever they are differentiable: by the envelope theorem $o(\hat\theta)$ converges to
$\partial_s\Phi$ at the saddle. For instance $\|\hat\theta\|^2\to2\,\partial_\zeta\Phi$ when $R$ is
the identity, and the mean training loss converges to $\Phi-\lim r(\hat\theta)$.
\end{proof}
"""

REGRESSION = r"""
\begin{corollary}[Regression]\label{cor:regression}
If $\ell$ is a function of the residual $y-u$ and $y=h+\xi$ with $\xi\sim N(0,\tau^2)$, then
$y-\omega$ is Gaussian of variance
\begin{equation}\label{eq:regression-risk}
  \mathrm{SR}=\rho+\tau^2-2m+q,
\end{equation}
the standard risk. $F$ depends on $(m,q)$ through $\mathrm{SR}$ only, so that
$\hat m=\hat V=2\,\partial_{\mathrm{SR}}F$, and
$m\hat m-\frac12q\hat V=-\frac12\hat V(\mathrm{SR}-\rho-\tau^2)$ in \eqref{eq:lemma-potential}.
\end{corollary}
\begin{proof}
Independence of $h$, $z$ and $\xi$ gives the variance
$\rho(1-\frac m\rho)^2+q-\frac{m^2}\rho+\tau^2=\rho+\tau^2-2m+q$; the rest is the chain rule in
\eqref{eq:lemma-stationary}.
\end{proof}
"""

INTRODUCTION = r"""
The derivation rests on one lemma, a form of the convex Gaussian min-max theorem. It is stated for
one or several seminorms in the loss, and reduces a random problem in growing dimension to a
potential in a few scalars with two channels: what happens to a sample, and what happens to a
direction of the parameter. The letters of this section are those of the rest, except for $x$, $s$,
$\delta$ and the $t$ of \eqref{eq:lemma-gordon}, which are local.
"""
