"""Robustness to inputs against robustness to weights, over the training radius.

    python docs/weight_tradeoff.py                    # table
    python docs/weight_tradeoff.py --simulate         # verdicts at d = 200, 400, 20 draws
    python docs/weight_tradeoff.py --plot trade.png   # curves

Random features with psi1 = 4, psi2 = 2, tau = 0.5, ridge 0.01, attacked at test time with radius
0.5 on the input, on the hidden weights, or on the trained weights.
"""

import argparse

import numpy as np

import asymp

POINT = {"psi1": 4.0, "psi2": 2.0, "tau": 0.5}
RIDGE = 0.01
REACH = 0.5
RADII = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
ATTACKS = {
    "none": {"eps_test": 0.0, "eps_w_test": 0.0},
    "input": {"eps_test": REACH, "eps_w_test": 0.0},
    "weights": {"eps_test": 0.0, "eps_w_test": REACH},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--plot", metavar="FILE")
    asked = parser.parse_args()
    if asked.simulate:
        simulate()
    elif asked.plot:
        plot(asked.plot)
    else:
        table()


def theorems():
    """The problem with an attack on the hidden weights, and with one on the trained ones."""
    hidden = asymp.theorem("random-features-input-and-weights")
    output = asymp.Problem(
        features=asymp.RandomFeatures("relu"),
        adversary=(asymp.L2Input(), asymp.WeightPerturbation(layer="output")),
    ).derive()
    return {"hidden": hidden, "output": output}


def families(theorem, radii, ridges):
    """Estimators: trained against one attack, or by ridge alone; name -> risks by attack."""
    ways = {
        "input-trained": {"eps": radii, "eps_w": 0.0, "zeta": RIDGE},
        "weight-trained": {"eps": 0.0, "eps_w": radii, "zeta": RIDGE},
        "ridge": {"eps": 0.0, "eps_w": 0.0, "zeta": ridges},
    }
    return {
        name: {
            attack: theorem.solve(**POINT, **way, **test).robust_risk.values
            for attack, test in ATTACKS.items()
        }
        for name, way in ways.items()
    }


def table():
    fine = np.linspace(0, 1.6, 81)
    for layer, theorem in theorems().items():
        print(f"attack on the {layer} weights")
        print("trained on  radius  no attack  input  weights")
        for name, risks in families(theorem, np.array(RADII), np.geomspace(0.01, 10, 7)).items():
            knobs = RADII if name != "ridge" else np.geomspace(0.01, 10, 7)
            for k, knob in enumerate(knobs):
                values = "  ".join(f"{risks[a][k]:.4f}" for a in ATTACKS)
                print(f"{name:<15} {knob:<7.3g} {values}")
        print("least input-robust risk and least weight-robust risk of each family")
        for name, risks in families(theorem, fine, np.geomspace(1e-3, 30, 200)).items():
            print(f"{name:<15} {risks['input'].min():.4f}  {risks['weights'].min():.4f}")


def simulate():
    """Verdicts at psi1 = 2, psi2 = 1 under both attacks; those on inputs are real."""
    point = {**POINT, "psi1": 2.0, "psi2": 1.0, "zeta": 0.1}
    for layer, theorem in theorems().items():
        for eps, eps_w in ((0.6, 0.0), (0.0, 0.6)) if layer == "hidden" else ((0.0, 0.6),):
            radii = {"eps": eps, "eps_w": eps_w, "eps_test": REACH, "eps_w_test": REACH}
            found = theorem.compare(sizes=(200, 400), repeats=20, **point, **radii)
            print(f"{layer} weights, eps = {eps}, eps_w = {eps_w}: {found}", flush=True)


def plot(path):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 4))
    for axis, (layer, theorem) in zip(axes, theorems().items(), strict=True):
        found = families(theorem, np.linspace(0, 1.6, 81), np.geomspace(RIDGE, 30, 81))
        for name, risks in found.items():
            axis.plot(risks["input"], risks["weights"], label=name)
        axis.plot(*(found["ridge"][a][0] for a in ("input", "weights")), "k.")
        axis.set(xlabel="risk under attack on inputs", title=f"{layer} weights")
    axes[0].set_ylabel("risk under attack on weights")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
