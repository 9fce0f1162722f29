"""Documents of the wider language: every label law, penalty, adversary and design is readable."""

import re
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from test_document import needs_latexmk

import asymp
from asymp.calculus.spectral_law import SpectralAverage
from asymp.document import build_pdf, summary, write_document
from asymp.document.arrange import arrange
from asymp.document.context import make_context
from asymp.document.readable import plain
from asymp.reductions.step import CheckResult, Outcome

I = asymp.IsotropicGaussian()
TWO_LEVELS = asymp.GaussianDesign(asymp.Spectrum.two_level(1, 4, 0.25))
rng = np.random.default_rng(0)
SAMPLE = rng.normal(size=(60, 20))
MEASURED = asymp.GaussianCovariate(
    np.eye(20), SAMPLE.T @ SAMPLE / 60, 0.1 * np.eye(20), np.ones(20)
)
NUMERICAL = ("Panel", "Root", "TableSum", "nan", "softplus", "sigmoid", "coarse", "exp_b")

# What the opening must say of each problem, beside that it builds.
PROBLEMS = {
    "logit": (
        dict(features=I, labels=asymp.LogitLabels(), loss=asymp.LogisticLoss(),
             penalty=asymp.NoPenalty()),
        ("logistic model", "logistic loss", r"\log(1+e^{-k})", "no penalty"),
    ),
    "probit": (
        dict(features=asymp.RandomFeatures("erf"), labels=asymp.ProbitLabels(),
             loss=asymp.SquaredHingeLoss(), adversary=asymp.L2Input(),
             penalty=asymp.Ridge(metric="covariance")),
        ("probit model", "squared hinge loss", r"$R=\Sigma$", "moves each training input"),
    ),
    "sign": (
        dict(features=TWO_LEVELS, labels=asymp.SignLabels(), loss=asymp.ExponentialLoss()),
        ("signs of a teacher", "exponential loss", r"$\ell(k)=e^{-k}$", r"x\sim N(0,\Sigma)"),
    ),
    "mixture": (
        dict(features=I, labels=asymp.GaussianMixture(), loss=asymp.LogisticLoss(),
             intercept=True),
        ("Gaussian mixture", r"\pi_{+}", r"f(x)=\theta^\top\varphi(x)+b"),
    ),
    "linf": (
        dict(features=I, labels=asymp.GaussianMixture(), loss=asymp.SquaredHingeLoss(),
             adversary=asymp.LinfInput()),
        (r"\|\delta_i\|_\infty\le \varepsilon/\sqrt p", "every coordinate"),
    ),
    "lasso": (
        dict(features=I, penalty=asymp.Lasso(), target=asymp.SparseTarget()),
        (r"r_0(w)=\lambda |w|", r"(1-s)\delta_0", "square loss"),
    ),
    "student": (
        dict(features=I, loss=asymp.HuberLoss(), penalty=asymp.NoPenalty(),
             noise=asymp.StudentNoise()),
        ("Student noise", "Huber loss", r"\chi^2_{\nu}"),
    ),
    "quantile": (
        dict(features=I, loss=asymp.QuantileLoss(), intercept=True,
             noise=asymp.ContaminatedNoise()),
        ("contaminated noise", "quantile loss", r"\epsilon_{\mathrm{out}}"),
    ),
    "weights": (
        dict(features=asymp.RandomFeatures("tanh"),
             adversary=(asymp.L2Input(), asymp.WeightPerturbation())),
        (r"\|\Delta_i\|_F\le \varepsilon_{w}/\sqrt d", r"W+\Delta_i", "hidden weights"),
    ),
    "elastic": (
        dict(features=I, loss=asymp.AbsoluteLoss(), penalty=asymp.ElasticNet(),
             noise=asymp.LaplaceNoise()),
        ("Laplace noise", "absolute loss", r"\lambda |w|"),
    ),
    "measured": (
        dict(features=MEASURED, labels=asymp.SignLabels(), loss=asymp.HingeLoss()),
        ("hinge loss", r"\Omega"),
    ),
    "labels": (
        dict(features=TWO_LEVELS, adversary=(asymp.L2Input(), asymp.LabelPerturbation())),
        (r"|\eta_i|\le \varepsilon_{y}", r"y_i+\eta_i-"),
    ),
}  # fmt: skip
BUILT = ("logit", "mixture", "lasso")
NOT_CHECKED = CheckResult(Outcome.VERIFIED, "not run here")


@pytest.fixture(scope="module")
def theorems():
    return {}


def theorem(name, theorems):
    """A problem derived once, without the checks of its steps, which have tests of their own."""
    if name not in theorems:
        found = asymp.Problem(**PROBLEMS[name][0]).derive(id=name, title=name)
        steps = tuple(replace(s, check=lambda: NOT_CHECKED) for s in found.derivation)
        theorems[name] = replace(found, derivation=steps)
    return theorems[name]


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_opening_names_the_parts_of_the_problem(name, theorems):
    text = write_document(theorem(name, theorems))
    opening = text.split(r"\subsection{Notation}")[0]
    for wanted in PROBLEMS[name][1]:
        assert wanted in opening, wanted


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_numerical_form_is_printed(name, theorems):
    found = theorem(name, theorems)
    text = write_document(found)
    for word in NUMERICAL:
        for shown in (text, summary(found), found._repr_latex_()):
            assert word not in shown.replace(r"e^{b}", "").replace("  exp_b  ", ""), word
    # A panel prints itself as an integral with limits, a root and a table by these words.
    assert not re.search(r"\\int_\{|\\mathrm\{root\}|\\sum_k w_k\\left", text)


@pytest.mark.parametrize("name", PROBLEMS)
def test_labels_are_unique_and_references_resolve(name, theorems):
    text = write_document(theorem(name, theorems))
    labels = re.findall(r"\\label\{([^}]*)\}", text)
    assert len(labels) == len(set(labels))
    assert set(re.findall(r"\\(?:eq)?ref\{([^}]*)\}", text)) <= set(labels)


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_order_parameter_and_observable_is_said(name, theorems):
    found = theorem(name, theorems)
    statement = write_document(found).split(r"\section{The theorem}")[1]
    for observable in found.observables:
        assert rf"\label{{eq:observable-{observable}}}" in statement
    for letter in found.system.state:
        latex = make_context(found, None, checked=False).names.latex(str(letter))
        assert latex.replace("e^{b}", "intercept $b$ solves") in statement


@pytest.mark.latex
@pytest.mark.parametrize(
    "name", [n if n in BUILT else pytest.param(n, marks=pytest.mark.slow) for n in PROBLEMS]
)
def test_pdf_builds_without_overflow(name, theorems, tmp_path):
    needs_latexmk()
    path = tmp_path / "document.tex"
    path.write_text(write_document(theorem(name, theorems)), encoding="utf-8")
    assert build_pdf(path).read_bytes().startswith(b"%PDF")
    log = path.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    overfull = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(overfull, default=0.0) <= 2.0  # invisible: less than a sixth of a letter
    assert "undefined" not in log
    assert "multiply defined" not in log


def test_renaming_reaches_the_general_channels(theorems):
    found = theorem("lasso", theorems)
    renamed = write_document(found, rename={"E": r"\mathcal R", "lam": r"\Lambda"})
    assert r"\mathcal{E}" not in renamed
    assert r"\lambda" not in renamed
    assert r"\tfrac12\hat V(\mathcal R-\rho)" in renamed


def test_powers_of_averages_survive_the_arrangement(theorems):
    """The spread of the response over the spectrum holds a squared average."""
    average = theorem("sign", theorems).averages["q_perp"]
    nodes = sorted(average.atoms(SpectralAverage), key=str)
    letters = {node: sp.Symbol(f"a{i}") for i, node in enumerate(nodes)}
    gap = average.xreplace(letters) - arrange(average).xreplace(letters)
    assert sp.expand(gap) == 0


def test_branch_without_minimiser_prints_no_value(theorems):
    text = write_document(theorem("logit", theorems)).split(r"\section{Phases}")[1]
    assert "linearly separable" in text
    assert r"\mathcal{M}_{\min}" in text
    assert "There" not in text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{\varepsilon_{w}}{\sqrt{P_{w}}}\,\mathbb E\big[\partial_eM(\omega)\big]",
         "eps_w/sqrt(P_w) E[dM/de(omega)]"),
        (r"\frac1{\alpha}\,\mathbb E\,w'(f)", "1/alpha E w'(f)"),
        (r"\mathbb E\big(w(f)-\tfrac m{\rho}\beta_0\big)^2", "E(w(f)-m/rho beta_0)^2"),
    ],
)  # fmt: skip
def test_displays_as_plain_text(latex, text):
    assert plain(latex) == text
