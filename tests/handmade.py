r"""The headline system typed by hand from theory.md, section 2 ("Section 1 in this form").

It stands beside the derived one: an independent input for the tests of lowering and solver.
"""

from __future__ import annotations

from types import SimpleNamespace

import sympy as sp

from asymp.calculus.primitives import central2, mp_dual_empty, mp_empty, mp_full
from asymp.reductions.system import Branch, Definition, FixedPoint
from asymp.symbols import NONNEGATIVE, POSITIVE, OrderParameter, Parameter, Quantity, by_name

PARAMETERS = by_name(
    [
        Parameter("psi1", POSITIVE, "features per input dimension"),
        Parameter("psi2", POSITIVE, "samples per input dimension"),
        Parameter("eps", NONNEGATIVE, "radius of the training perturbation"),
        Parameter("eps_test", NONNEGATIVE, "radius at test time", default="eps"),
        Parameter("zeta", NONNEGATIVE, "ridge", default=0.0),
        Parameter("tau", NONNEGATIVE, "noise", default=0.0),
        Parameter("rho", POSITIVE, "variance of the teacher field", default=1.0),
    ]
)
STATE = by_name(
    [
        OrderParameter("V", POSITIVE, "proximal scale"),
        OrderParameter("SR", POSITIVE, "standard risk"),
        OrderParameter("P", POSITIVE, "squared gradient norm"),
    ]
)
OBSERVABLES = by_name(
    Quantity(name, NONNEGATIVE, name.replace("_", " "))
    for name in (
        "standard_risk", "robust_risk", "train_robust_risk", "robust_gap",
        "parameter_norm2", "gradient_norm2", "interpolated_fraction",
    )
)  # fmt: skip
MU1, MU2, KAPPA2 = sp.symbols("mu1 mu2 kappa2", positive=True)
CONSTANTS = (MU1, MU2, KAPPA2)
RELU = {
    MU1: 0.5,
    MU2: float(sp.sqrt(sp.Rational(1, 4) - 1 / (2 * sp.pi))),
    KAPPA2: 0.25,
}
PSI1, PSI2, EPS, EPS_TEST, ZETA, TAU, RHO = (p.symbol for p in PARAMETERS.values())
V, SR, P = (p.symbol for p in STATE.values())


class Block:
    """Collects definitions in order; every name becomes a symbol."""

    def __init__(self) -> None:
        self.definitions: list[Definition] = []

    def define(self, name: str, expression: sp.Expr) -> sp.Symbol:
        symbol = sp.Symbol(name, real=True)
        self.definitions.append(Definition(symbol, expression))
        return symbol


def normalised_moments(block: Block, x: sp.Expr) -> tuple[dict, dict]:
    """Moments of t^j x^(k-j)/(t+x)^k under the law and its dual."""
    full = block.define("D", mp_full(x, PSI1))
    empty = block.define("s", mp_empty(x, PSI1))
    dual = block.define("st", mp_dual_empty(x, PSI1))
    delta = block.define("Delta", empty + dual * full)
    j12 = block.define("J12", full * empty * dual / delta)
    j22 = block.define("J22", full**2 * (dual + PSI1 * empty) / delta)
    law = {(0, 1): empty, (1, 1): full, (0, 2): empty**2 / delta, (1, 2): j12, (2, 2): j22}
    dual_law = {(0, 2): dual**2 / delta, (1, 2): PSI1 * j12, (2, 2): PSI1 * j22}
    return law, dual_law


def average(moments: dict, power: int, h0: sp.Expr, h1: sp.Expr, coefficients: list) -> sp.Expr:
    """Integral of sum_j c_j t^j / (h1 t + h0)^power."""
    return sum(
        c * moments[j, power] / (h1**j * h0 ** (power - j)) for j, c in enumerate(coefficients)
    )


def generic_branch() -> Branch:
    block = Block()
    define = block.define
    e = define("e", EPS * sp.sqrt(P))
    a = define("a", V * e / sp.sqrt(SR))
    centre = define("Central0", sp.erf(a / sp.sqrt(2)) / 2)
    tail0 = define("Tail0", sp.erfc(a / sp.sqrt(2)) / 2)
    tail1 = define("Tail1", sp.exp(-(a**2) / 2) / sp.sqrt(2 * sp.pi))
    tail2 = define("Tail2", tail0 + a * tail1)
    outer = define("outer", 2 * (SR * tail2 + 2 * e * sp.sqrt(SR) * tail1 + e**2 * tail0))
    q_hat = define("q_hat", 2 * SR * central2(a) / V**2 + outer / (1 + V) ** 2)
    v_hat = define("V_hat", 2 * centre / V + 2 * tail0 / (1 + V))
    inner = 2 * e * centre + 2 * (sp.sqrt(SR) * tail1 + e * tail0) / (1 + V)
    p_hat = define("P_hat", EPS / sp.sqrt(P) * inner)
    h0 = define("h0", ZETA + v_hat * MU2**2 + p_hat * KAPPA2)
    h1 = define("h1", MU1**2 * (v_hat + p_hat))
    law, dual = normalised_moments(block, h0 / h1)
    weight, m2, k2 = PSI1 / PSI2, MU2**2, KAPPA2
    signal = [h0**2, 2 * MU1**2 * p_hat * h0 + v_hat**2 * MU1**2 * m2, (MU1**2 * p_hat) ** 2]
    sigma2 = [m2**2, 2 * MU1**2 * m2, MU1**4]
    cross = [m2 * k2, MU1**2 * (m2 + k2), MU1**4]
    update = (
        weight * average(law, 1, h0, h1, [m2, MU1**2]),
        TAU**2
        + RHO * average(dual, 2, h0, h1, signal)
        + q_hat * weight * average(law, 2, h0, h1, sigma2),
        q_hat * weight * average(law, 2, h0, h1, cross)
        + RHO * v_hat**2 * average(dual, 2, h0, h1, [0, MU1**2 * k2, MU1**4]),
    )
    norm2 = q_hat * weight * average(law, 2, h0, h1, [m2, MU1**2, 0]) + RHO * v_hat**2 * average(
        dual, 2, h0, h1, [0, MU1**2, 0]
    )
    system = FixedPoint(
        (V, SR, P), tuple(block.definitions), update, (sp.S.One, RHO + TAU**2, sp.S.Half)
    )
    train = 2 * e**2 * centre + outer / (1 + V) ** 2
    return Branch("generic", sp.true, (), system, values(V, SR, P, train, norm2, 2 * centre))


def values(v, sr, p, train, norm2, fraction) -> dict[str, sp.Expr]:
    robust = sr + 2 * sp.sqrt(2 / sp.pi) * EPS_TEST * sp.sqrt(p * sr) + EPS_TEST**2 * p
    return {
        "V": v, "SR": sr, "P": p, "standard_risk": sr, "robust_risk": robust,
        "train_robust_risk": train, "robust_gap": robust - train, "parameter_norm2": norm2,
        "gradient_norm2": p, "interpolated_fraction": fraction,
    }  # fmt: skip


def null_branch() -> Branch:
    x = KAPPA2 / MU1**2
    m0, m1 = mp_empty(x, PSI1) / KAPPA2, mp_full(x, PSI1)
    square = sp.pi / 2 * (PSI1 / PSI2 * (m1 + MU2**2 * m0) + PSI1 / (RHO + TAU**2) * RHO * m1)
    eps_max = sp.Symbol("eps_max", positive=True)
    zero, sr = sp.S.Zero, RHO + TAU**2
    return Branch(
        "null", sp.Ge(EPS, eps_max), (Definition(eps_max, sp.sqrt(square)),), None,
        values(sp.S.Zero, sr, zero, sr, zero, zero), status="null",
    )  # fmt: skip


def interpolation_branch() -> Branch:
    r"""eps = zeta = 0, psi1 > psi2, with lambda = zeta V."""
    block = Block()
    lam, sr = sp.symbols("lam SR", positive=True)
    h0, h1 = lam + MU2**2, MU1**2
    law, dual = normalised_moments(block, h0 / h1)
    weight, m2, k2 = PSI1 / PSI2, MU2**2, KAPPA2
    bias = block.define("bias", average(dual, 2, h0, h1, [h0**2, MU1**2 * m2, 0]))
    spread = block.define(
        "spread", weight * average(law, 2, h0, h1, [m2**2, 2 * MU1**2 * m2, MU1**4])
    )
    update = (
        weight * average(law, 1, h0, h1, [m2, MU1**2]) * lam,
        TAU**2 + RHO * bias + sr * spread,
    )
    p = sr * weight * average(
        law, 2, h0, h1, [m2 * k2, MU1**2 * (m2 + k2), MU1**4]
    ) + RHO * average(dual, 2, h0, h1, [0, MU1**2 * k2, MU1**4])
    norm2 = sr * weight * average(law, 2, h0, h1, [m2, MU1**2, 0]) + RHO * average(
        dual, 2, h0, h1, [0, MU1**2, 0]
    )
    gradient = block.define("gradient", p)
    system = FixedPoint((lam, sr), tuple(block.definitions), update, (sp.S.One, RHO + TAU**2))
    condition = sp.And(sp.Eq(EPS, 0), sp.Eq(ZETA, 0), PSI1 > PSI2)
    return Branch(
        "min-norm-interpolation", condition, (), system,
        values(sp.oo, sr, gradient, sp.S.Zero, norm2, sp.S.One),
    )  # fmt: skip


def threshold_branch() -> Branch:
    condition = sp.And(sp.Eq(EPS, 0), sp.Eq(ZETA, 0), sp.Eq(PSI1, PSI2))
    infinite = values(sp.oo, sp.oo, sp.oo, sp.S.Zero, sp.oo, sp.S.Zero)
    infinite |= {"robust_risk": sp.oo, "robust_gap": sp.oo}
    return Branch("threshold", condition, (), None, infinite, status="infinite")


BRANCHES = (null_branch(), threshold_branch(), interpolation_branch(), generic_branch())

THEOREM = SimpleNamespace(
    id="handmade-headline",
    title="Adversarially trained random features, typed by hand",
    branches=BRANCHES,
    parameters=PARAMETERS,
    constants=RELU,
    order_parameters=STATE,
    observables=OBSERVABLES,
    conventions={"noise": "tau is a standard deviation"},
)
