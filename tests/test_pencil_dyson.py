"""Schwinger-Dyson equations against closed forms, Monte Carlo traces and finite regressions."""

import math

import numpy as np
import pytest
import sympy as sp

from asymp.pencil.dyson import dyson_equations
from asymp.pencil.language import Dimension, Gaussian, Identity
from asymp.pencil.linearise import linearise, pencil_of
from asymp.pencil.minimal import minimal
from asymp.pencil.model import NORM, NU, RISK, SIGNAL, quadratic_model
from asymp.pencil.reduce import eliminate_explicit
from asymp.pencil.route import second_route
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.statement import ProblemStatement

ALPHA, ZETA, GAMMA = sp.symbols("alpha zeta gamma", positive=True)
N, P, M = Dimension("n", ALPHA), Dimension("p", sp.Integer(1)), Dimension("m", GAMMA)
X = Gaussian(N, P, "X", 1 / ALPHA)
W = Gaussian(M, P, "W", sp.Integer(1))


def resolvent(matrix):
    return (matrix.T @ matrix + ZETA * Identity(matrix.columns, matrix.columns)).inverse


def iterated(equations, start, values):
    """Solution of explicit equations by plain damped iteration from vanishing matrices."""
    names = list(equations)
    step = sp.lambdify(names, [sp.sympify(e).subs(values) for e in equations.values()])
    x = np.array([float(sp.sympify(start[s]).subs(values)) for s in names])
    for _ in range(5000):
        x = 0.5 * x + 0.5 * np.array(step(*x), dtype=float)
    # a fixed point to rounding, so that what follows compares solutions
    assert np.abs(np.array(step(*x)) - x).max() < 1e-12
    return dict(zip(names, x, strict=True))


def draw(pencil, sizes, values, reference, seed=0):
    rng = np.random.default_rng(seed)
    matrices = {}
    for gaussian, _ in pencil.terms:
        if gaussian.name not in matrices:
            shape = sizes[gaussian.rows.name], sizes[gaussian.columns.name]
            shape = shape[::-1] if gaussian.transposed else shape
            scale = math.sqrt(float(gaussian.variance.subs(values)) / reference)
            matrices[gaussian.name] = scale * rng.normal(size=shape)
    return matrices


def measured(pencil, sizes, values, reference, entries):
    """Normalised traces of blocks of the inverse of one drawn pencil."""
    matrices = draw(pencil, sizes, values, reference)
    inverse = np.linalg.inv(pencil.assemble(matrices, sizes, values))
    found = {}
    for symbol, (column, row) in entries.items():
        there = pencil.place(row, column, sizes)
        found[symbol] = (
            np.trace(inverse[there[1], there[0]]) / sizes[pencil.columns[column].dimension.name]
        )
    return found


def test_marchenko_pastur_in_closed_form():
    pencil = minimal(pencil_of(resolvent(X)))
    asked = (pencil.outputs["output"], pencil.inputs["input"])
    core = eliminate_explicit(dyson_equations(pencil, [asked]))
    assert len(core.equations) == 1
    for alpha, zeta in [(0.3, 0.01), (1.0, 0.2), (4.0, 3.0)]:
        values = {ALPHA: alpha, ZETA: zeta}
        found = iterated(core.equations, core.start, values)
        every = {s: float(e.subs(values).subs(found)) for s, e in core.explicit.items()} | found
        ratio = 1 / alpha  # law of X^T X / n
        b = zeta + 1 - ratio
        expected = 2 / (b + math.sqrt(b * b + 4 * ratio * zeta))
        value = next(v for s, v in every.items() if s.name == "g_p")
        assert value == pytest.approx(expected, rel=1e-12)  # rounding of both formulas


@pytest.mark.parametrize(
    "expression",
    [
        resolvent(X @ W.T),
        W @ resolvent(X) @ W.T,
        resolvent(X) @ W.T @ resolvent(W.T) @ W @ resolvent(X),
        (resolvent(X).inverse + W.T @ resolvent(W.T) @ W).inverse,
    ],
    ids=["product", "sandwich", "nested", "schur"],
)
def test_traces_of_finite_matrices(expression):
    values, sizes = {ALPHA: 2.0, GAMMA: 1.5, ZETA: 0.4}, {"n": 400, "p": 200, "m": 300}
    pencil = minimal(pencil_of(expression))
    asked = (pencil.outputs["output"], pencil.inputs["input"])
    system = dyson_equations(pencil, [asked])
    theory = iterated(system.equations, system.start, values)
    seen = measured(pencil, sizes, values, sizes["p"], system.unknowns)
    for symbol, value in theory.items():
        # normalised traces fluctuate by O(1/p) about a mean that is off by O(1/p)
        assert seen[symbol] == pytest.approx(value, abs=4 / sizes["p"])


def test_a_sourced_pencil_of_random_features():
    """Every needed trace, with sources on, against one draw."""
    model = quadratic_model(ProblemStatement(features=RandomFeatures("relu")))
    pencil = minimal(linearise(model.outputs))
    asked = [(pencil.outputs[o], pencil.inputs[i]) for o, i in model.inputs.items()]
    system = dyson_equations(pencil, asked)
    letters = {s.name: s for s in (*model.letters, *model.constants)}
    values = {letters[n]: v for n, v in {"psi1": 1.5, "psi2": 2.0, "zeta": 0.2}.items()}
    values |= {letters["mu1"]: 0.5, letters["mu2"]: 0.3}
    values |= {RISK: 0.3, SIGNAL: 0.2, NORM: 0.1, NU: 1.4}
    sizes = {"d": 200, "n": 400, "N": 300}
    theory = iterated(system.equations, system.start, values)
    seen = measured(pencil, sizes, values, sizes["d"], system.unknowns)
    for symbol, value in theory.items():
        # as above: fluctuation and bias of order 1/d
        assert seen[symbol] == pytest.approx(value, abs=4 / sizes["d"])


def average_risks(design, teacher, weights, extra, zeta, tau, rho):
    """Risk, training error and norm averaged over teacher and noise, for drawn matrices."""
    n, d = teacher.shape
    gain = np.linalg.solve(design.T @ design / n + zeta * np.eye(design.shape[1]), design.T / n)
    taught = gain @ teacher

    def mass(matrix):
        return np.sum(matrix**2)

    bias = mass(np.eye(d) - weights @ taught) + extra * mass(taught)
    variance = mass(weights @ gain) + extra * mass(gain)
    return {
        "standard_risk": tau**2 + rho / d * bias + tau**2 * variance,
        "train_risk": (
            rho / d * mass(teacher - design @ taught) + tau**2 * mass(np.eye(n) - design @ gain)
        )
        / n,
        "parameter_norm2": rho / d * mass(taught) + tau**2 * mass(gain),
    }


def test_risks_of_finite_random_features():
    d, psi1, psi2, zeta, tau, rho = 300, 1.5, 2.0, 0.1, 0.4, 1.3
    n, size = int(psi2 * d), int(psi1 * d)
    rng = np.random.default_rng(1)
    mu1, mu2 = 0.5, math.sqrt(0.25 - 0.5 / math.pi)
    x, u, w = rng.normal(size=(n, d)), rng.normal(size=(n, size)), rng.normal(size=(size, d))
    w /= np.linalg.norm(w, axis=1)[:, None]
    seen = average_risks(mu1 * x @ w.T + mu2 * u, x, mu1 * w.T, mu2**2, zeta, tau, rho)
    route = second_route(ProblemStatement(features=RandomFeatures("relu")))
    theory = route.solve(psi1=psi1, psi2=psi2, zeta=zeta, tau=tau, rho=rho)
    for name, value in seen.items():
        # averages over teacher and noise are exact: what is left is of order 1/d
        assert float(theory[name]) == pytest.approx(value, rel=6 / d)


def test_risks_of_finite_ridge():
    p, alpha, zeta, tau, rho = 400, 1.5, 0.1, 0.7, 2.0
    x = np.random.default_rng(2).normal(size=(int(alpha * p), p))
    seen = average_risks(x, x, np.eye(p), 0.0, zeta, tau, rho)
    route = second_route(ProblemStatement(features=IsotropicGaussian()))
    theory = route.solve(alpha=alpha, zeta=zeta, tau=tau, rho=rho)
    for name, value in seen.items():
        # as above
        assert float(theory[name]) == pytest.approx(value, rel=6 / p)
