"""Where the Gaussian theory of the digits ends, and checks of the attack and of the measurement."""

from __future__ import annotations

from functools import partial

import numpy as np
from digits_data import Population, images
from linear_models import ascend, ridge, train_square

import asymp

Array = np.ndarray


def show_least_squares(population: Population, repeats: int, title: str) -> None:
    """Least squares without ridge or adversary, beside a Gaussian copy with its own theory."""
    width, copy = population.width, population.gaussian(np.random.default_rng(0))
    print(f"\n{title}: p = {width}, least squares, squared error on new images")
    print(f"    {'':10} {'digits:':>8} {'':8} {'':8}  {'all Gaussian:':>14}")
    heads = f"{'mean':>8} {'median':>8} {'theory':>15} {'mean':>8}"
    print(f"    {'n':>4} {'n/p':>5} {'theory':>8} {heads}")
    sizes = np.round(width * np.array([0.4, 0.7, 1.5, 2.5, 4, 10])).astype(int)
    limits = [least_squares_theory(each, sizes / width) for each in (population, copy)]
    fit = partial(ridge, zeta=0.0)
    for k, n in enumerate(sizes):
        real, normal = (
            each.risks(n, repeats, fit, 0.0)["standard_risk"] for each in (population, copy)
        )
        print(
            f"    {n:4d} {n / width:5.2f} {limits[0][k]:8.3f} {real.mean():8.3f} "
            f"{np.median(real):8.3f} {limits[1][k]:15.3f} {normal.mean():8.3f}"
        )


def least_squares_theory(population: Population, alpha: Array) -> Array:
    """Limiting risk for Gaussian inputs of the population's measured spectrum."""
    thm = asymp.Problem(features=asymp.GaussianDesign(population.spectrum)).derive()
    return thm.solve(alpha=alpha, zeta=0.0, **population.measured).standard_risk.values


def show_attacks(population: Population, repeats: int, eps: float = 0.2, n: int = 152) -> None:
    """Gradient ascent against the exact worst case, with and without the range of a pixel."""
    raw, _ = images()
    middle = raw.mean(axis=0)
    risks = []
    for train, test in population.draws(n, repeats):
        inputs, labels = population.inputs, population.labels
        theta = train_square(inputs[train], labels[train], eps, 0.0)
        clean = labels[test] - inputs[test] @ theta
        exact = np.abs(clean) + eps * np.linalg.norm(theta)
        boxes = (None, (-middle, 1 - middle))
        attacks = [ascend(theta, inputs[test], clean, eps, box) for box in boxes]
        risks.append([np.mean(r**2) for r in (clean, exact, *attacks)])
    names = ("not attacked", "worst case", "gradient ascent", "and pixels kept in [0, 1]")
    print(f"\nAttacks of radius {eps} on new images after training on {n} with that radius")
    for name, risk in zip(names, np.mean(risks, axis=0), strict=True):
        print(f"    {name:26} {risk:.6f}")


def show_gaussianity(populations: dict[str, Population]) -> None:
    """How far from Gaussian the populations are."""
    print("\nNumbers that are 1 for a Gaussian population")
    for name, population in populations.items():
        cells = ", ".join(f"{what} {value:.2f}" for what, value in population.gaussianity().items())
        print(f"    {name:14} {cells}")


def show_fresh_draws(population: Population, repeats: int, zeta: float = 1e-5) -> None:
    r"""Ridge on Gaussian inputs of exactly the measured covariance, each training set a new draw.

    The copy "all Gaussian" of an experiment is a finite population whose spectrum is measured; here
    spectrum, teacher and noise are known, and what is left is the effect of a finite p.
    """
    print("\nFresh Gaussian inputs of exactly the tanh features' covariance: deviation in per cent")
    print(f"    {'n':>4} {'n/p':>5} {'new':>16} {'training':>16}")
    covariance, teacher, noise = (
        population.covariance,
        population.teacher,
        population.spectrum.noise,
    )
    spectrum = asymp.Spectrum.from_covariance(covariance, teacher)
    thm = asymp.Problem(features=asymp.GaussianDesign(spectrum)).derive()
    root, rng = np.linalg.cholesky(covariance), np.random.default_rng(0)
    for n in (60, 120, 210, 300, 450, 750, 1200):
        alpha = n / population.width
        limit = thm.solve(alpha=alpha, zeta=zeta, tau=noise, rho=spectrum.teacher_variance)
        rows = []
        for _ in range(repeats):
            inputs = rng.standard_normal((n, population.width)) @ root.T
            labels = inputs @ teacher + noise * rng.standard_normal(n)
            theta = ridge(inputs, labels, zeta)
            left = theta - teacher
            new = noise**2 + left @ covariance @ left
            rows.append([new, np.mean((labels - inputs @ theta) ** 2)])
        both = (float(limit.standard_risk), float(limit.train_risk))
        off = 100 * (np.mean(rows, axis=0) / both - 1)
        error = 100 * np.std(rows, axis=0, ddof=1) / np.sqrt(repeats) / both
        cells = "".join(f"{f'{x:+.1f} +- {e:.1f}':>17}" for x, e in zip(off, error, strict=True))
        print(f"    {n:4d} {alpha:5.2f}{cells}")
