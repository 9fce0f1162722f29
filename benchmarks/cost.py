"""Cost against grid size, number of order parameters, and order of the quadrature.

    python benchmarks/cost.py [--plot docs/_static]

Single thread, warm, processor time, the least of a few rounds; seeded points. With ``--plot`` each
table is also drawn, as ``cost_grid.png``, ``cost_unknowns.png`` and ``cost_order.png``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from quadrature import RANGES
from quadrature import workload as quadrature_workload
from timing import seconds
from wide_grid import workload as wide_workload

import asymp
from asymp.lowering import compile_branches
from asymp.reductions.system import Branch, FixedPoint
from asymp.solver.grid import kernel_of
from asymp.solver.points import solve_points

Table = list[tuple[Any, ...]]
SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000)
UNKNOWNS = tuple(range(1, 9))
ORDERS = (8, 12, 16, 20, 24, 32, 48, 64)
INTEGRATED = "logistic-ridge"
POINTS = 400


def grid_table() -> Table:
    """Theorem, points, microseconds a point by ``solve`` and by the solver alone."""
    rows: Table = []
    for name in ("random-features-robust", INTEGRATED):
        theorem = asymp.theorem(name)
        kernel, constants = kernel_of(theorem), [float(v) for v in theorem.constants.values()]
        for size in SIZES if name not in RANGES else SIZES[:-2]:
            if name in RANGES:
                points = quadrature_workload(theorem, size)
                given = dict(zip(kernel.parameters, points.T, strict=True))
            else:
                given = wide_workload(size)
                full = given | {"eps_test": given["eps"], "rho": np.ones(size)}
                points = np.column_stack([full[n] for n in kernel.parameters])
            paired = {n: paired_array(v) for n, v in given.items()}
            whole = seconds(
                lambda g=paired, t=theorem: t.solve(**g, throw=False, progress=False), 5
            )
            alone = seconds(lambda p=points, k=kernel, c=constants: solve_points(k, p, c), 5)
            rows.append((name, size, whole / size * 1e6, alone / size * 1e6))
    return rows


def paired_array(values: np.ndarray) -> Any:
    """One dimension for all parameters: a list of points, not a product."""
    import xarray as xr

    return xr.DataArray(values, dims="point")


def ring(size: int) -> Any:
    r"""Kernel of :math:`x_i=a/(1+x_i+\frac12e^{-x_{i+1}})`, indices modulo the size."""
    a = sp.Symbol("a", positive=True)
    x = [sp.Symbol(f"x{i}", positive=True) for i in range(size)]
    maps = [a / (1 + x[i] + sp.exp(-x[(i + 1) % size]) / 2) for i in range(size)]
    system = FixedPoint(tuple(x), (), tuple(maps), tuple(sp.Integer(1) for _ in x))
    values = {s.name: s for s in x}
    return compile_branches((Branch("ring", sp.true, (), system, values),), (a,), (), "Ring")


def unknowns_table() -> Table:
    """Order parameters, evaluations a point, nanoseconds an evaluation, microseconds a point."""
    points = 10 ** np.random.default_rng(1).uniform(-2, 2, (20_000, 1))
    rows: Table = []
    for size in UNKNOWNS:
        kernel = ring(size)
        found = solve_points(kernel, points, [])
        assert not found.status.any()
        each = seconds(lambda k=kernel: solve_points(k, points, []), 5) / len(points)
        count = found.evaluations.mean()
        rows.append((size, count, each / count * 1e9, each * 1e6))
    return rows


def of_order(order: int) -> tuple[float, np.ndarray]:
    """Seconds a point and values where every piece takes one rule of that many nodes."""
    from asymp import special
    from asymp.special import panel

    if order:
        tails = [panel.tail(0, side, order) for side in (0.0, 1.0)]
        for name, table in panel.tables([panel.gauss(order), *tails]).items():
            setattr(special, name, table)
    theorem = asymp.theorem(INTEGRATED)
    kernel, rows = kernel_of(theorem), quadrature_workload(theorem, POINTS)
    found = solve_points(kernel, rows, [])
    each = seconds(lambda: solve_points(kernel, rows, []), 5) / POINTS
    names = list(kernel.values)
    return each, found.values[:, [names.index(n) for n in ("V", "m", "q_perp")]]


def order_table() -> Table:
    """Nodes a piece, microseconds a point, largest relative error; last the adaptive rules."""
    with tempfile.TemporaryDirectory() as folder:
        results = {order: elsewhere(order, Path(folder)) for order in (*ORDERS, 0, 96)}
    exact = results.pop(96)[1]
    return [
        (order or "as needed", each * 1e6, float(np.nanmax(np.abs(values / exact - 1))))
        for order, (each, values) in results.items()
    ]


def elsewhere(order: int, folder: Path) -> tuple[float, np.ndarray]:
    """The same in a new process, since a kernel's tables are compiled into it."""
    target = folder / f"{order}.npz"
    environment = os.environ | {"ASYMP_CACHE_DIR": str(folder / str(order))}
    command = [sys.executable, __file__, "--order", str(order), "--to", str(target)]
    subprocess.run(command, check=True, env=environment)
    with np.load(target) as found:
        return float(found["each"]), found["values"]


def told(title: str, table: Table, form: str) -> None:
    """Print a table."""
    print(title)
    for row in table:
        print("  " + form.format(*row))
    print(flush=True)


def drawn(folder: Path, name: str, label: str, draw: Callable[[Any], None]) -> None:
    """Draw one figure on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
    draw(axes)
    axes.set(xlabel=label)
    axes.grid(alpha=0.3)
    figure.savefig(folder / f"cost_{name}.png", dpi=150)


def draw_all(folder: Path, grid: Table, unknowns: Table, orders: Table) -> None:
    """Draw the three figures."""

    def by_grid(axes: Any) -> None:
        for name, mark in (("random-features-robust", "o"), (INTEGRATED, "s")):
            rows = [r for r in grid if r[0] == name]
            sizes = [r[1] for r in rows]
            axes.loglog(sizes, [r[2] for r in rows], mark + "-", label=f"{name}, solve")
            axes.loglog(sizes, [r[3] for r in rows], mark + ":", label=f"{name}, solver alone")
        axes.set(ylabel="µs a point")
        axes.legend(fontsize=7)

    def by_unknowns(axes: Any) -> None:
        axes.plot([r[0] for r in unknowns], [r[2] for r in unknowns], "o-")
        axes.set(ylabel="ns an evaluation", ylim=(0, None))

    def by_order(axes: Any) -> None:
        *fixed, chosen = orders
        axes.plot([r[0] for r in fixed], [r[1] for r in fixed], "o-", label="cost")
        axes.axhline(chosen[1], ls="--", lw=1, label="cost, as many as needed")
        axes.set(ylabel="µs a point", ylim=(0, None))
        other = axes.twinx()
        other.semilogy([r[0] for r in fixed], [r[2] for r in fixed], "C1s:", label="error")
        other.axhline(chosen[2], color="C1", ls="-.", lw=1, label="error, as many as needed")
        other.set(ylabel="largest relative error")
        lines = [*axes.get_lines(), *other.get_lines()]
        axes.legend(lines, [line.get_label() for line in lines], fontsize=7, loc="center right")

    drawn(folder, "grid", "points", by_grid)
    drawn(folder, "unknowns", "order parameters", by_unknowns)
    drawn(folder, "order", "nodes a piece", by_order)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, help="folder for the figures")
    parser.add_argument("--order", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.to:
        each, values = of_order(options.order)
        np.savez(options.to, each=each, values=values)
        return
    grid, unknowns, orders = grid_table(), unknowns_table(), order_table()
    told("theorem, points, us a point: solve, solver alone", grid, "{:24s}{:7d}{:10.2f}{:10.2f}")
    form = "{:3d}{:9.2f}{:9.1f}{:9.3f}"
    told("order parameters, evaluations, ns an evaluation, us a point", unknowns, form)
    told("nodes a piece, us a point, largest error", orders, "{!s:>10}{:9.2f}{:12.1e}")
    if options.plot:
        draw_all(options.plot, grid, unknowns, orders)


if __name__ == "__main__":
    main()
