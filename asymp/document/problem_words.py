r"""The problem in words and formulas: one sentence or symbol for each part of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from asymp.document.breaking import broken
from asymp.document.context import Context
from asymp.document.width import LINE
from asymp.problem.adversary import L2Input, LabelPerturbation, LinfInput, WeightPerturbation
from asymp.problem.labels import GaussianMixture, LogitLabels, ProbitLabels, SignLabels
from asymp.problem.losses import MarginLoss
from asymp.problem.noise import ContaminatedNoise, GaussianNoise, LaplaceNoise, StudentNoise
from asymp.problem.penalty import NoPenalty, Ridge, SeparablePenalty
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import SparseTarget

_INLINE = 14.0


def label_sentence(context: Context) -> str:
    """Law of the labels, without its full stop."""
    problem = context.theorem.problem
    if problem.labels is not None:
        return label_law(problem.labels, context)
    field = r"y_i=\langle\beta,x_i\rangle+\xi_i"
    return rf"Let ${field}$ with independent {noise_law(problem.noise, context)}{_teacher(context)}"


def _symbols(part: Any, context: Context) -> list[str]:
    return [context.math(p.symbol) for p in part.parameters]


def _teacher(context: Context) -> str:
    target = context.theorem.problem.target
    rho, *others = _symbols(target, context)
    size = rf", $\|\beta\|^2\to {rho}$"
    if isinstance(target, SparseTarget):
        s = others[0]
        law = rf"(1-{s})\delta_0+{s}\,N(0,{rho}/{s})"
        size += rf" with independent coordinates $\sqrt p\,\beta_j\sim {law}$"
    return size


@singledispatch
def noise_law(noise: Any, context: Context) -> str:
    """The noise, e.g. that it is Gaussian, with its law."""
    raise NotImplementedError(type(noise).__name__)


@noise_law.register
def _gaussian(noise: GaussianNoise, context: Context) -> str:
    return rf"$\xi_i\sim N(0,{_symbols(noise, context)[0]}^2)$"


@noise_law.register
def _laplace(noise: LaplaceNoise, context: Context) -> str:
    tau = _symbols(noise, context)[0]
    return (
        rf"Laplace noise $\xi_i$ of variance ${tau}^2$, that is $\xi_i={tau}\sqrt{{S_i}}\,Z_i$ "
        r"with $S_i$ exponential of mean one"
    )


@noise_law.register
def _student(noise: StudentNoise, context: Context) -> str:
    tau, nu = _symbols(noise, context)
    return (
        rf"Student noise $\xi_i\sim {tau}\,t_{{{nu}}}$ of ${nu}$ degrees of freedom, that is "
        rf"$\xi_i={tau}\sqrt{{S_i}}\,Z_i$ with ${nu}/S_i\sim\chi^2_{{{nu}}}$"
    )


@noise_law.register
def _contaminated(noise: ContaminatedNoise, context: Context) -> str:
    tau, outlier, share = _symbols(noise, context)
    law = rf"(1-{share})N(0,{tau}^2)+{share}\,N(0,{outlier}^2)"
    return rf"contaminated noise $\xi_i\sim {law}$"


@singledispatch
def label_law(labels: Any, context: Context) -> str:
    """Sentence on binary labels."""
    raise NotImplementedError(type(labels).__name__)


@label_law.register
def _sign(labels: SignLabels, context: Context) -> str:
    law = r"y_i=\mathrm{sign}\,\langle\beta,x_i\rangle"
    return f"Let the labels be the signs of a teacher, ${law}${_teacher(context)}"


@label_law.register
def _probit(labels: ProbitLabels, context: Context) -> str:
    tau = _symbols(labels, context)[0]
    law = rf"y_i=\mathrm{{sign}}\big(\langle\beta,x_i\rangle+{tau}\,\xi_i\big)"
    return (
        f"Let the labels follow the probit model, ${law}$ with independent "
        rf"$\xi_i\sim N(0,1)${_teacher(context)}"
    )


@label_law.register
def _logit(labels: LogitLabels, context: Context) -> str:
    law = r"\mathbb P(y_i=1\mid x_i)=1/(1+e^{-\langle\beta,x_i\rangle})"
    return rf"Let the labels $y_i=\pm1$ follow the logistic model, ${law}${_teacher(context)}"


@label_law.register
def _mixture(labels: GaussianMixture, context: Context) -> str:
    rho, balance = _symbols(labels, context)
    return (
        r"Let the inputs come from a Gaussian mixture of two classes, $x_i=y_i\mu+z_i$ with "
        rf"$\mathbb P(y_i=1)={balance}=1-\mathbb P(y_i=-1)$, $\|\mu\|^2\to {rho}$, $z_i$ "
        "distributed as $x$ below"
    )


@dataclass(frozen=True)
class Ball:
    """What an adversary perturbs, within which ball.

    Parameters
    ----------
    place : str
        Where the perturbation stands: of the input, the label or the weights.
    constraint, sentence : str
        LaTeX of the constraint, and the sentence that says it.
    """

    place: str
    constraint: str
    sentence: str


@singledispatch
def ball(adversary: Any, context: Context) -> Ball:
    """The ball of an adversary."""
    raise NotImplementedError(type(adversary).__name__)


def _at_test(adversary: Any, context: Context, text: str) -> str:
    radius, test = _symbols(adversary, context)
    return f"{text} of radius ${radius}$; at test time it has the radius ${test}$."


@ball.register
def _l2(adversary: L2Input, context: Context) -> Ball:
    radius = _symbols(adversary, context)[0]
    text = "The adversary moves each training input within a ball"
    return Ball("x", rf"\|\delta_i\|_2\le {radius}", _at_test(adversary, context, text))


@ball.register
def _linf(adversary: LinfInput, context: Context) -> Ball:
    radius, test = _symbols(adversary, context)
    text = (
        rf"The adversary moves every coordinate of a training input by at most ${radius}/\sqrt p$; "
        rf"at test time by ${test}/\sqrt p$."
    )
    return Ball("x", rf"\|\delta_i\|_\infty\le {radius}/\sqrt p", text)


@ball.register
def _label(adversary: LabelPerturbation, context: Context) -> Ball:
    radius, test = _symbols(adversary, context)
    text = f"An adversary moves each label by at most ${radius}$, at test time by ${test}$."
    return Ball("y", rf"|\eta_i|\le {radius}", text)


@ball.register
def _weights(adversary: WeightPerturbation, context: Context) -> Ball:
    radius, test = _symbols(adversary, context)
    if adversary.layer == "output":
        text = (
            r"An adversary moves the trained weights, for each sample, by at most "
            rf"${radius}/\sqrt N$ in the Euclidean norm, at test time by ${test}/\sqrt N$."
        )
        return Ball("theta", rf"\|\vartheta_i\|_2\le {radius}/\sqrt N", text)
    text = (
        r"An adversary moves the hidden weights, for each sample, by at most "
        rf"${radius}/\sqrt d$ in the Frobenius norm, at test time by ${test}/\sqrt d$."
    )
    return Ball("W", rf"\|\Delta_i\|_F\le {radius}/\sqrt d", text)


def objective(context: Context) -> str:
    """Right-hand side of the training problem."""
    problem = context.theorem.problem
    balls = [ball(a, context) for a in problem.adversaries]
    places = {b.place for b in balls}
    inside = r"f(x_i+\delta_i" if "x" in places else "f(x_i"
    moved = [";" + r"W+\Delta_i"] * ("W" in places) + [r";\theta+\vartheta_i"] * ("theta" in places)
    label = r"y_i+\eta_i-" if "y" in places else "y_i-"
    inside = "".join([inside, *moved]) + ")"
    argument = _argument(problem, label, inside)
    constraints = r",\,".join(b.constraint for b in balls)
    worst = rf"\max_{{{constraints}}}" if balls else ""
    unknowns = r"(\hat\theta,\hat b)" if problem.intercept else r"\hat\theta"
    under = r"{\theta,b}" if problem.intercept else r"\theta"
    mean = r"\frac1n\sum_{i\le n}"
    if problem.ambiguity is not None:
        radius = _symbols(problem.ambiguity, context)[0]
        mean = rf"\max_{{D(\hat P_n\|P)\le {radius}}}\ \sum_{{i\le n}}P_i\,"
    objective = rf"{mean}{worst}\ell\big({argument}\big){penalty(problem, context)}"
    return (
        "\\begin{equation}\\label{eq:problem}\n"
        rf"  {unknowns}\in\arg\min_{under}\ {objective},"
        "\n\\end{equation}"
    )


def _argument(problem: ProblemStatement, label: str, field: str) -> str:
    if isinstance(problem.loss, MarginLoss):
        return rf"y_i\,{field}"
    return label + field


def penalty(problem: ProblemStatement, context: Context) -> str:
    """The penalty with its plus sign; empty if there is none."""
    given = problem.penalty
    if isinstance(given, NoPenalty):
        return ""
    if isinstance(given, SeparablePenalty):
        return r"+\frac1p\sum_{j\le p}r_0(\sqrt p\,\theta_j)"
    assert isinstance(given, Ridge)
    return rf"+\frac{{{_symbols(given, context)[0]}}}2\,\theta^\top R\,\theta"


def loss_and_penalty(context: Context) -> str:
    """Sentence that begins with "where": what the loss and the penalty are."""
    problem = context.theorem.problem
    argument = context.math(problem.loss.variable)
    loss = problem.loss.expression
    name = "" if problem.loss.name == "user's" else rf"{problem.loss.name} "
    named = f"where the {name}loss is"
    text = context.math(loss)
    if r"\begin" in text:
        named += f"\n\\[ \\ell({argument})={text}, \\]\nand "
    else:
        named += rf" $\ell({argument})={text}$ and "
    return named + _penalty_words(problem, context)


def _penalty_words(problem: ProblemStatement, context: Context) -> str:
    given = problem.penalty
    if isinstance(given, NoPenalty):
        return "there is no penalty."
    if isinstance(given, SeparablePenalty):
        lines = broken(context.printer, given.expression, LINE - 8)
        return rf"$r_0(w)={''.join(lines)}$."
    if given.metric == "identity":
        return r"$R=I$."
    if given.metric == "covariance":
        return r"$R=\Sigma$ is the covariance of the features."
    if given.metric == "gradient":
        return r"$R=A$ is the matrix of $\theta^\top A\theta=\mathbb E\|\nabla_xf(x)\|^2$."
    return rf"$R=R(T)$ with $R(t)={context.math(given.metric)}$ in the eigenbasis of $\Sigma$."


def adversary_sentences(context: Context) -> Iterable[str]:
    """What each adversary may do, and which laws of the data are trained against."""
    problem = context.theorem.problem
    yield from (ball(a, context).sentence for a in problem.adversaries)
    if problem.ambiguity is not None:
        yield (
            r"Training takes the worst weights of the samples, $\sum_{i\le n}P_i=1$, within the "
            r"Kullback--Leibler ball $D(\hat P_n\|P)=-\frac1n\sum_{i\le n}\log(nP_i)\le "
            rf"{_symbols(problem.ambiguity, context)[0]}$ around equal ones."
        )
