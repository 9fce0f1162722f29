r"""Classification of the digits by logistic regression, under two models of the labels.

A theory for classification needs the law of the labels, and not their second moments alone. Two
Gaussian models are fitted to all images: labels of a linear teacher,
:math:`\mathbb P(y=1|x)=1/(1+e^{-\langle\beta,x\rangle})`, and two Gaussian classes
:math:`x=y\mu+z`.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from digits_data import Population
from linear_models import train_logistic
from scipy.special import expit
from scipy.stats import norm

import asymp

Array = np.ndarray

ZETA, EPS = 0.01, 0.1
OBSERVABLES = {
    "classification_error": "share of new images misclassified",
    "robust_error": "share of new images misclassified when attacked",
}
SIZES = (24, 43, 61, 92, 152, 244)


def compare_label_models(population: Population, repeats: int) -> None:
    """Print errors of adversarially trained logistic regression beside both theories."""
    binary = Population(population.inputs, np.sign(population.labels))
    alpha = np.array(SIZES) / population.width
    theories = [model(binary, alpha) for model in (teacher_theory, mixture_theory)]
    draws = [errors(binary, n, repeats) for n in SIZES]
    print(
        f"\nPixels, logistic loss, ridge {ZETA}, attack {EPS}: {repeats} training sets of each size"
    )
    for name, what in OBSERVABLES.items():
        print(f"\n  {what}; deviation from two theories in per cent")
        print(f"    {'n':>4} {'n/p':>5} {'digits':>17}{'linear teacher':>18}{'two Gaussians':>18}")
        for k, n in enumerate(SIZES):
            shares = draws[k][name]
            mean, error = shares.mean(), shares.std(ddof=1) / np.sqrt(repeats)
            limits = [float(theory[name][k]) for theory in theories]
            cells = [f"{100 * (mean / x - 1):+.1f} +- {100 * error / x:.1f}" for x in limits]
            value = f"{mean:.4f} +- {error:.4f}"
            print(f"    {n:4d} {alpha[k]:5.2f} {value:>17}" + "".join(f"{x:>18}" for x in cells))
    show_teacher(binary)


def show_teacher(binary: Population) -> None:
    """Error of the fitted teacher itself: on all images, and were its field Gaussian."""
    field = binary.inputs @ fitted_teacher(binary)
    quantiles = norm.ppf((np.arange(10_000) + 0.5) / 10_000)
    normal = expit(-field.std() * np.abs(quantiles)).mean()
    print(
        f"\n  The linear teacher errs on {np.mean(binary.labels * field < 0):.4f} of all images; "
        f"with a Gaussian field of that variance it would on {normal:.4f}"
    )


def errors(population: Population, count: int, repeats: int) -> dict[str, Array]:
    """Shares of new images that are misclassified, and that an attack makes so."""
    found = []
    for train, test in population.draws(count, repeats):
        theta = train_logistic(population.inputs[train], population.labels[train], EPS, ZETA)
        margins = population.labels[test] * (population.inputs[test] @ theta)
        found.append([np.mean(margins < 0), np.mean(margins < EPS * np.linalg.norm(theta))])
    clean, attacked = np.transpose(found)
    return {"classification_error": clean, "robust_error": attacked}


def fitted_teacher(binary: Population) -> Array:
    """Logistic regression on all images; a ridge of 1e-4 keeps rare pixels' weights finite."""
    return train_logistic(binary.inputs, binary.labels, 0.0, 1e-4)


def teacher_theory(binary: Population, alpha: Array) -> xr.Dataset:
    """Logit labels of the linear teacher that logistic regression finds on all images."""
    spectrum = asymp.Spectrum.from_covariance(binary.covariance, fitted_teacher(binary))
    return _solve(spectrum, asymp.LogitLabels(), alpha, spectrum.teacher_variance)


def mixture_theory(binary: Population, alpha: Array) -> xr.Dataset:
    r"""Two Gaussian classes of the covariance within the classes.

    The shares of a mixture are those of :math:`\|\mu\|^2` in the eigenbasis, which are the
    energies of the teacher :math:`\Sigma^{-1/2}\mu`.
    """
    inputs, labels = binary.inputs, binary.labels
    high, low = (inputs[labels == sign].mean(axis=0) for sign in (1, -1))
    centre = (high - low) / 2
    within = inputs - (high + low) / 2 - np.outer(labels, centre)
    covariance = within.T @ within / len(within)
    values, vectors = np.linalg.eigh(covariance)
    teacher = vectors @ (vectors.T @ centre / np.sqrt(values))
    spectrum = asymp.Spectrum.from_covariance(covariance, teacher)
    return _solve(spectrum, asymp.GaussianMixture(), alpha, float(centre @ centre))


def _solve(
    spectrum: asymp.Spectrum,
    labels: asymp.LogitLabels | asymp.GaussianMixture,
    alpha: Array,
    rho: float,
) -> xr.Dataset:
    problem = asymp.Problem(
        features=asymp.GaussianDesign(spectrum),
        labels=labels,
        loss=asymp.LogisticLoss(),
        adversary=asymp.L2Input(),
    )
    return problem.derive().solve(alpha=alpha, zeta=ZETA, eps=EPS, rho=rho)
