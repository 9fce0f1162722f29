"""Derive, solve, print and property-test proportional asymptotics of estimators.

State a problem once; the engine derives its proportional limit, and the same symbolic object is
printed as LaTeX, compiled to a solver, simulated and property-tested.

Examples
--------
>>> import asymp
>>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
>>> round(float(thm.solve(alpha=2.0, zeta=0.5, tau=0.5).standard_risk), 6)
0.508883
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Public name -> module that defines it. Loaded on first use, so that importing the package
# loads SymPy and NumPy at most.
_HOMES = {
    "asymp.api": ("Problem", "Theorem"),
    "asymp.lookup": ("theorem", "theorems"),
    "asymp.analysis": ("Gradient", "LossLaw", "Series"),
    "asymp.pencil.route": ("SecondRoute", "second_route"),
    "asymp.conventions.convention": ("Convention",),
    "asymp.stated.unknowns": ("Unknown",),
    "asymp.problem.designs": ("GaussianCovariate", "GaussianDesign", "Spectrum"),
    "asymp.problem.features": ("IsotropicGaussian", "RandomFeatures"),
    "asymp.problem.activation": ("Activation",),
    "asymp.problem.target": ("LinearTarget", "SparseTarget"),
    "asymp.problem.noise": (
        "ContaminatedNoise",
        "GaussianNoise",
        "LaplaceNoise",
        "StudentNoise",
    ),
    "asymp.problem.labels": ("GaussianMixture", "LogitLabels", "ProbitLabels", "SignLabels"),
    "asymp.problem.losses": (
        "MARGIN",
        "RESIDUAL",
        "AbsoluteLoss",
        "ExponentialLoss",
        "HardMarginLoss",
        "HingeLoss",
        "HuberLoss",
        "LogisticLoss",
        "MarginLoss",
        "QuantileLoss",
        "ResidualLoss",
        "SquareLoss",
        "SquaredHingeLoss",
    ),
    "asymp.problem.penalty": (
        "WEIGHT",
        "ElasticNet",
        "Lasso",
        "NoPenalty",
        "Ridge",
        "SeparablePenalty",
    ),
    "asymp.problem.ambiguity": ("KLBall",),
    "asymp.problem.choices": ("NOISES", "TEACHER_LABELS", "Choices"),
    "asymp.problem.observation": ("Posterior", "Pruning", "UniversalPerturbation"),
    "asymp.problem.adversary": (
        "L2Input",
        "LabelPerturbation",
        "LinfInput",
        "WeightPerturbation",
    ),
    "asymp.calculus.spectral_law": ("EIGENVALUE",),
    "asymp.claims": ("SMALL", "Law", "Limit", "Variant"),
    "asymp.certify.everywhere": ("Exhaustive",),
    "asymp.certify.verdict": ("Certificate",),
    "asymp.solver.status": ("Status",),
    "asymp.symbols": ("Parameter", "Quantity"),
    "asymp.reductions.step": ("CheckResult", "Outcome", "Source", "Step"),
    "asymp.reductions.literature": ("WORKS", "Work"),
    "asymp.testing.audit": ("Audit", "AuditReport"),
    "asymp.testing.printed.averages": ("gaussian_mean", "marchenko_pastur_nodes"),
    "asymp.testing.printed.fixed_point": ("positive_fixed_point",),
    "asymp.testing.printed.forms": ("Printed", "PrintedForm", "PrintedSeries"),
    "asymp.testing.printed.inner": ("InnerRoot", "InnerSup"),
    "asymp.testing.printed.saddle": ("PrintedSaddle",),
    "asymp.testing.printed.shifted_square": ("shifted_square",),
    "asymp.testing.properties": (
        "convex",
        "identity",
        "inequality",
        "monotone",
        "power",
        "scaling",
        "slope",
    ),
    "asymp.testing.report": ("Entry", "Report"),
    "asymp.testing.turning": ("TurningPoint", "turning_points"),
    "asymp.errors": (
        "AsympError",
        "InvalidParameter",
        "InvalidProblem",
        "MissingExtra",
        "NotConverged",
        "NotDerivable",
        "UnknownTheorem",
    ),
}
# Rooms with public names of their own, such as asymp.finite.holistic.
_ROOMS = ("dynamics", "finite")
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__version__ = "0.1.0"
__all__ = sorted([*_HOME_OF, *_ROOMS])


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"asymp.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'asymp' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
