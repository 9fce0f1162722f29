r"""What the rules pass on to each other: a problem on its way to two scalar channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.moreau import Moreau
from asymp.calculus.spectral_law import EIGENVALUE, SpectralLaw
from asymp.problem.statement import ProblemStatement
from asymp.reductions.constants import Constant
from asymp.reductions.system import Definition
from asymp.symbols import NONNEGATIVE, POSITIVE, Letter, letter

FIELD = sp.Symbol("omega", real=True)
HAMILTONIAN = sp.Function("H", positive=True)(EIGENVALUE)
H0, H1 = letter("H_0", NONNEGATIVE), letter("H_1", POSITIVE)
BUDGET = letter("e", POSITIVE)


class Letters:
    """Order parameters and conjugates of the lemma, under the field's names."""

    V = letter("V", POSITIVE)
    SR = letter("SR", POSITIVE)
    P = letter("P", POSITIVE)
    m = Letter("m", real=True)
    q = letter("q", POSITIVE)
    V_hat = letter("V_hat", POSITIVE)
    q_hat = letter("q_hat", POSITIVE)
    P_hat = letter("P_hat", NONNEGATIVE)
    m_hat = Letter("m_hat", real=True)


@dataclass(frozen=True)
class RobustProblem:
    r"""After the adversary: the loss of a residual within :math:`e=\varepsilon\|A^{1/2}\theta\|`.

    ``loss`` is an expression of :data:`asymp.problem.losses.RESIDUAL` and :data:`BUDGET`.
    """

    problem: ProblemStatement
    loss: sp.Expr

    @property
    def is_adversarial(self) -> bool:
        """Whether the training loss feels an adversary."""
        return self.problem.adversary is not None

    def symbol(self, part: str, index: int = 0) -> sp.Symbol:
        """Symbol of a part's parameter, e.g. ``symbol("penalty")`` for the ridge strength."""
        return getattr(self.problem, part).parameters[index].symbol


@dataclass(frozen=True)
class GaussianModel:
    r"""After Gaussian equivalence: commuting matrices as polynomials of one eigenvalue t.

    Parameters
    ----------
    covariance, gradient, penalty : sympy.Expr
        :math:`\Sigma(t), A(t), R(t)`, affine in :data:`asymp.calculus.spectral_law.EIGENVALUE`;
        ``gradient`` is None where the activation has no square-integrable derivative.
    alignment : sympy.Expr
        Density of the teacher's squared cross-covariance against ``teacher_law``:
        :math:`c^\top f(T)c \to \rho\int w(t)f(t)\,d\tilde\mu(t)`.
    law, teacher_law : SpectralLaw
        Law of the features' eigenvalues and law under which the teacher has unit mass.
    trace_weight : sympy.Expr
        :math:`\frac1n\mathrm{tr} f(T) \to` this times :math:`\int f\,d\mu`.
    constants : mapping of sympy.Symbol to Constant
        Coefficients of the activation, kept as symbols so that one kernel serves all.
    mean : sympy.Expr
        Feature mean :math:`\mu_0`; it drops out by symmetry (recorded in the step).
    """

    robust: RobustProblem
    covariance: sp.Expr
    gradient: sp.Expr | None
    penalty: sp.Expr
    alignment: sp.Expr
    law: SpectralLaw
    teacher_law: SpectralLaw
    trace_weight: sp.Expr
    constants: Mapping[sp.Symbol, Constant]
    mean: sp.Expr


@dataclass(frozen=True)
class TwoChannels:
    r"""After CGMT: a scalar potential with an output and an input channel.

    Parameters
    ----------
    residual_variance : sympy.Expr
        Variance of :math:`y-\omega`, in ``m, q`` and parameters.
    potential : sympy.Expr
        :math:`\Phi`, with the channels as unevaluated functions.
    """

    model: GaussianModel
    residual_variance: sp.Expr
    potential: sp.Expr


@dataclass(frozen=True)
class OutputChannel:
    r"""The output channel in closed form.

    Parameters
    ----------
    moreau : Moreau
        Envelope and proximal operator of the robust loss, functions of :data:`FIELD`.
    definitions : tuple of Definition
        The budget and the scaled break points.
    value : sympy.Expr
        :math:`F = \mathbb E M(\sqrt{\mathrm{SR}}Z; V)`.
    conjugates : mapping of str to sympy.Expr
        ``q_hat, V_hat`` and, with an adversary, ``P_hat``.
    training_loss : sympy.Expr
        :math:`\mathbb E\,\ell(\mathrm{prox})`.
    atom : sympy.Expr
        Mass of the residual law at zero.
    """

    channels: TwoChannels
    moreau: Moreau
    definitions: tuple[Definition, ...]
    value: sp.Expr
    conjugates: Mapping[str, sp.Expr]
    training_loss: sp.Expr
    atom: sp.Expr


@dataclass(frozen=True)
class InputChannel:
    r"""The input channel minimised mode by mode: :math:`I = -\frac12[\cdots]` as spectral averages.

    Parameters
    ----------
    hamiltonian : sympy.Expr
        :math:`H(t) = \zeta R + \hat V\Sigma + \hat PA`, in t and the hats.
    value : sympy.Expr
        :math:`I(\hat q,\hat m,\hat V,\hat P)`.
    """

    output: OutputChannel
    hamiltonian: sp.Expr
    value: sp.Expr
