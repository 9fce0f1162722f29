"""How far simulated risks are from the theory, as the dimension grows.

    python docs/simulation_error.py

Prints, for each dimension, the root mean square over six points and two risks of the relative
deviation: of a single draw, of the mean of the draws, and the standard error of that mean.
"""

import numpy as np

import asymp

DRAWS = {25: 96, 50: 96, 100: 48, 200: 24}
POINTS = {"psi1": [0.5, 1.0, 4.0], "psi2": 2.0, "eps": [0.1, 0.3], "tau": 0.5}
RISKS = ("standard_risk", "robust_risk")


def main():
    theorem = asymp.theorem("random-features-robust")
    theory = theorem.solve(**POINTS)
    print("d    draws  one draw  mean    standard error")
    for d, draws in DRAWS.items():
        runs = theorem.simulate(d=d, repeats=draws, rng=d, workers=2, test_points=2000, **POINTS)
        one = [runs[r] / theory[r] - 1 for r in RISKS]
        mean = [runs[f"{r}_mean"] / theory[r] - 1 for r in RISKS]
        error = [runs[f"{r}_sem"] / theory[r] for r in RISKS]
        print(f"{d:<4} {draws:<6} {rms(one):<9.3f} {rms(mean):<7.4f} {rms(error):.4f}")


def rms(arrays):
    return float(np.sqrt(np.mean([np.mean(np.asarray(a) ** 2) for a in arrays])))


if __name__ == "__main__":
    main()
