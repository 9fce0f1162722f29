"""How a trained patch network follows the derived recursion, and what it ends at.

    python docs/patch_dynamics.py [--draws 20] [--plot FOLDER]

Prints, for each dimension, the relative root-mean-square deviation of the network's trajectories
from the recursion's, from the same start, at fixed numbers of samples, neurons and patches
(geometric mean over draws, and the factor of one standard deviation between draws) and the median
ends of the network's phases; what the recursion ends at against the radius of the adversary; final
accuracies in the paper's scaling; starts against the signal.
"""

import argparse
from pathlib import Path

import numpy as np

from asymp.dynamics import PatchModel, patch_dynamics, train_network

SIZES = (100, 400, 1600, 6400)
SAMPLES, WIDTH, STEPS, EVERY = 10, 20, 3000, 10
ALPHA, DELTA, LAM, ETA, SCALE = 4.0, 3.9, 0.5, 0.05, 0.1
WATCHED = ("signal", "memorised", "objective")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=20, help="two or more")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    law = patch_dynamics()
    if arguments.draws < 2:
        parser.error("--draws is two or more: one draw has no spread")
    last = deviations(law, arguments.draws)
    if arguments.plot:
        plot(*last, arguments.plot)
    radii(law)
    final_accuracies(law, arguments.draws)
    wrong_starts(law)


def deviations(law, draws):
    """Network against recursion at every dimension; returns one pair of the last."""
    print(f"N = {SAMPLES}, m = {WIDTH}, alpha = {ALPHA}, delta = {DELTA}, lam = {LAM}, eta = {ETA},"
          f" {draws} draws (factor of one standard deviation)")  # fmt: skip
    print("d      " + "  ".join(f"{name:<15}" for name in WATCHED)
          + "  median end of phases I, II, III")  # fmt: skip
    logs = []
    for d in SIZES:
        pairs = [pair(law, d, seed) for seed in range(draws)]
        logs.append(np.log([[apart(*p, name) for name in WATCHED] for p in pairs]))
        print(f"{d:<6} " + "  ".join(f"{typical(column):<15}" for column in logs[-1].T)
              + f"  {median_ends([run for run, _ in pairs])}")  # fmt: skip
    memorised = np.array(logs)[:, :, WATCHED.index("memorised")]
    falls = np.exp(-np.diff(memorised.mean(axis=1)))
    # Sizes are drawn on their own: variances of the mean logarithms add.
    variances = memorised.var(axis=1, ddof=1) / draws
    bars = falls * np.sqrt(variances[1:] + variances[:-1])
    shown = ", ".join(f"{fall:.2f}({bar:.2f})" for fall, bar in zip(falls, bars, strict=True))
    print(f"memorised falls from one size to the next by {shown} (standard error)")
    return pairs[0]


def pair(law, d, seed):
    """Trajectories of the network and of the recursion from the same start."""
    rng = np.random.default_rng(seed)
    data = PatchModel(d, ALPHA).draw(SAMPLES, rng)
    run = train_network(
        law, data, STEPS, width=WIDTH, delta=DELTA, lam=LAM, eta=ETA, scale=SCALE, rng=rng,
        favoured=True, every=EVERY,
    )  # fmt: skip
    recursion = law.run(
        STEPS, alpha=ALPHA, delta=DELTA, lam=LAM, eta=ETA, every=EVERY, **run.initial()
    )
    return run.trajectory, recursion


def typical(logs):
    """Geometric mean, and the factor by which a draw differs from it."""
    return f"{np.exp(logs.mean()):.4f} (x{np.exp(logs.std(ddof=1)):.2f})"


def median_ends(runs):
    """Median over runs of the end of each phase; a phase that is not over ends last."""
    ends = np.array([run.phase_end.to_numpy() for run in runs])
    return " ".join(f"{t:.0f}" for t in np.median(np.where(np.isnan(ends), np.inf, ends), axis=0))


def apart(run, recursion, name):
    difference = run[name] - recursion[name]
    return float(np.sqrt((difference**2).mean() / (recursion[name] ** 2).mean()))


def radii(law):
    """Memorised noise or robust signal: which is first."""
    print("\ndelta  signal   robust signal  smallest V_i  end of phases I, II, III")
    for delta in (3.0, 3.5, 3.8, 3.9, 3.97, 3.99):
        run = law.run(
            12000, alpha=ALPHA, delta=delta, lam=LAM, eta=ETA, width=WIDTH, samples=SAMPLES,
            scale=0.05, rng=0, favoured=True, every=10,
        )  # fmt: skip
        end, ends = run.isel(step=-1), " ".join(f"{t:.0f}" for t in run.phase_end.to_numpy())
        print(f"{delta:<5}  {float(end.signal):<7.1f}  {float(end.robust_signal):<13.2e}  "
              f"{float(end.memorised.min()):<12.3f}  {ends}")  # fmt: skip


def final_accuracies(law, draws, d=1000, samples=20, width=20, steps=8000):
    """Alpha = d^0.249, noise d^-0.509, delta = alpha (1 - 1 / (sqrt(d) log d))."""
    alpha, noise = d**0.249, d**-0.509
    delta = alpha * (1 - 1 / (d**0.5 * np.log(d)))
    rows = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        model = PatchModel(d, alpha, noise)
        run = train_network(
            law, model.draw(samples, rng), steps, width=width, delta=delta, lam=LAM, eta=0.02,
            scale=0.2, rng=rng, favoured=True, every=100,
        )  # fmt: skip
        tests = [model.draw(4000, rng, run.data.signal) for _ in range(5)]
        found = [list(run.accuracies(test).values()) for test in tests]
        turned = [run.accuracies(test, 1.5 * alpha)["robust_test"] for test in tests]
        end = run.trajectory.isel(step=-1)
        rows.append(
            [
                *(100 * np.mean(found, axis=0)), 100 * np.mean(turned),
                float(end.signal), float(end.memorised.min()), float(end.robust_signal),
            ]
        )  # fmt: skip
    mean, bar = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / draws**0.5
    print(
        f"\nd = {d}, alpha = {alpha:.2f}, alpha - delta = {alpha - delta:.4f}, {draws} draws, "
        "20000 test points each"
    )
    print("per cent         clean train  robust train  clean test  robust test  at 1.5 alpha")
    print(f"measured here    {mean[0]:<11.1f}  {mean[1]:<12.1f}  {mean[2]:<10.1f}  "
          f"{f'{mean[3]:.1f}({bar[3]:.1f})':<11}  {mean[4]:.1f}")  # fmt: skip
    print("Li and Li        100          100           98.5        17.5         (second-hand)")
    print(f"alpha^3 U = {mean[5]:.2f}, smallest V_i = {mean[6]:.2f}, "
          f"(alpha - delta)^3 U = {mean[7]:.1e}")  # fmt: skip


def wrong_starts(law):
    """Starts at which the adversary's first move is the other one, at three step sizes."""
    print("\nstarts with U < 0: robust test accuracy (per cent), same eta times steps")
    for seed in (1, 5):
        accuracies = []
        for eta in (0.05, 0.01, 0.002):
            rng, steps = np.random.default_rng(seed), round(75 / eta)
            model = PatchModel(400, ALPHA)
            run = train_network(
                law, model.draw(10, rng), steps, width=10, delta=DELTA, lam=LAM, eta=eta,
                scale=0.2, rng=rng, every=steps,
            )  # fmt: skip
            assert float(run.trajectory.true_feature[0]) < 0
            test = model.draw(4000, rng, run.data.signal)
            accuracies.append(f"eta {eta}: {100 * run.accuracies(test)['robust_test']:.1f}")
        print(f"seed {seed}   " + "   ".join(accuracies))


def plot(run, recursion, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, colour, label in (
        ("signal", "C0", r"signal, $\alpha^3\mathcal{U}$"),
        ("memorised", "C1", r"noise, mean of $\mathcal{V}_i$"),
        ("robust_signal", "C2", r"signal under attack, $(\alpha-\delta)^3\mathcal{U}$"),
    ):
        for data, style in ((recursion, "-"), (run, "k:")):
            values = data[name].mean("sample") if "sample" in data[name].dims else data[name]
            kind = {"color": colour, "label": label} if style == "-" else {}
            axis.plot(data.step + 1, values, style, linewidth=1.8, **kind)
    for end in recursion.phase_end.to_numpy():
        axis.axvline(end + 1, color="0.7", linewidth=0.8)
    axis.set(xlabel="step + 1 (recursion in colour, network dotted)", xscale="log")
    axis.set_yscale("symlog", linthresh=1e-2)
    axis.set_ylim(-5e-3, 40)
    axis.legend(frameon=False, fontsize=8, loc="center left")
    figure.savefig(folder / "patch_dynamics.png", dpi=110)


if __name__ == "__main__":
    main()
