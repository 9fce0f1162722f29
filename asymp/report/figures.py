"""The figures of a report: theory with simulations, and where a risk rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asymp.plotting.curves import NULL, Scene, axis_label, draw
from asymp.plotting.style import GREY, INK, STYLE, new_figure, require_matplotlib, scale
from asymp.report.plan import Plan, headline
from asymp.report.turning import Turns

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from asymp.api import Theorem

RISING, PLATEAU = "#e8a33d", "#c9c9c9"
MESH = (320, 160)  # points along the axis and of the family: some 0.2 s to solve
STEADY = 1e-12  # relative change from point to point that is rounding


def threshold(theorem: Theorem, plan: Plan) -> float | None:
    """Where there are as many features as samples, if that is a place on the axis."""
    ratios = getattr(theorem.problem.features, "ratios", None)
    return float(plan.fixed[ratios[1]]) if ratios and ratios[0] == plan.x else None


def risks(
    theorem: Theorem, plan: Plan, dataset: xr.Dataset, runs: xr.Dataset, turns: list[Turns]
) -> Figure:
    """Robust and standard risk: theory, simulation, and from where more features hurt."""
    scene = Scene(theorem, dataset, theorem.parameters[plan.x], theorem.parameters[plan.family])
    names = dict.fromkeys([headline(theorem), "standard_risk"])
    observables = [name for name in names if name in theorem.observables]
    figure = draw(scene, observables, runs)
    with require_matplotlib().rc_context(STYLE):
        for axes in figure.axes:
            _mark_threshold(axes, threshold(theorem, plan))
        _mark_minima(figure.axes[0], scene, turns)
    return figure


def _mark_threshold(axes: Axes, at: float | None) -> None:
    if at is None:
        return
    axes.axvline(at, color=INK, linewidth=0.6, alpha=0.5)
    axes.annotate(
        "$N = n$", (at, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -8),
        textcoords="offset points", fontsize="x-small", color=INK,
    )  # fmt: skip


def _mark_minima(axes: Axes, scene: Scene, turns: list[Turns]) -> None:
    for turn in turns:
        start = turn.hurts_from
        if start is not None:
            axes.plot(
                start.at, start.value, marker="v", markersize=6.5, color=scene.colours[turn.member],
                markeredgecolor="white", markeredgewidth=0.6, zorder=4,
            )  # fmt: skip
    if any(turn.hurts_from for turn in turns):
        axes.plot([], [], "v", color=GREY, markersize=5.5, label="rises again from here")
        axes.legend(loc="lower left", fontsize="x-small", handletextpad=0.1)


def rise_and_fall(theorem: Theorem, plan: Plan) -> Figure:
    """Where the headline observable rises along the axis, over the family's parameter."""
    name, family = headline(theorem), theorem.parameters[plan.family]
    top = 2 * float(np.max(plan.arguments[plan.family])) or 1.0
    along = np.geomspace(np.min(plan.arguments[plan.x]), np.max(plan.arguments[plan.x]), MESH[0])
    across = np.linspace(0.0, top, MESH[1] + 1)[1:]
    solved = theorem.solve(**{**plan.arguments, plan.x: along, plan.family: across})
    solved = solved.transpose(plan.family, plan.x)
    values, status = solved[name].values, solved["status"].values
    rising = values[:, 1:] > values[:, :-1] * (1 + STEADY)
    regions = np.where(status[:, 1:] == NULL, 2, np.where(rising, 1, 0))
    with require_matplotlib().rc_context(STYLE):
        figure, (axes,) = new_figure(1)
        _fill(axes, np.sqrt(along[1:] * along[:-1]), across, regions)
        scale(axes, "x", along)
        axes.set_xlabel(axis_label(theorem.parameters[plan.x]))
        axes.set_ylabel(axis_label(family))
        axes.set_title(name.replace("_", " "), loc="left", fontsize="medium")
        _mark_threshold(axes, threshold(theorem, plan))
    return figure


def _fill(axes: Axes, x: np.ndarray, y: np.ndarray, regions: np.ndarray) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = {"falls": "white", "rises": RISING, "estimator zero": PLATEAU}
    axes.pcolormesh(
        x, y, regions, cmap=ListedColormap(list(colours.values())), vmin=-0.5, vmax=2.5,
        rasterized=True,
    )  # fmt: skip
    patches = [
        Patch(facecolor=colour, edgecolor=GREY, linewidth=0.5, label=word)
        for word, colour in colours.items()
    ]
    axes.figure.legend(handles=patches, loc="outside right center", fontsize="small")
