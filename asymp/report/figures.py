"""The figures of a report: theory with simulations, and where an observable rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asymp.plotting.curves import NO_MINIMISER, NULL, Scene, axis_label, draw
from asymp.plotting.style import GREY, INK, STYLE, new_figure, require_matplotlib, scale
from asymp.report.plan import Plan, headline, observables_of
from asymp.report.turning import Turns

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from asymp.api import Theorem
    from asymp.symbols import Parameter

RISING, PLATEAU, NOTHING = "#e8a33d", "#c9c9c9", "#efe6f5"
MESH = (320, 160)  # points along the axis and of the family
PATIENCE = 20.0  # seconds to solve the mesh in, coarser if need be
COARSEST = 24
STEADY = 1e-12  # relative change from point to point that is rounding


def threshold(theorem: Theorem, plan: Plan) -> float | None:
    """Where there are as many features as samples, if that is a place on the axis."""
    ratios = getattr(getattr(theorem.problem, "features", None), "ratios", None)
    return float(plan.fixed[ratios[1]]) if ratios and ratios[0] == plan.x else None


def risks(
    theorem: Theorem,
    plan: Plan,
    dataset: xr.Dataset,
    runs: xr.Dataset | None,
    turns: list[Turns],
) -> Figure:
    """The first observables: theory, simulation, and from where more along the axis hurts."""
    family = theorem.parameters[plan.family] if plan.family else None
    scene = Scene(theorem, dataset, theorem.parameters[plan.x], family)
    figure = draw(scene, observables_of(theorem), runs)
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


def mesh(cost: float) -> tuple[int, int]:
    """Points along the axis and of the family, given the seconds that a point costs."""
    share = min(1.0, (PATIENCE / max(cost, 1e-9) / (MESH[0] * MESH[1])) ** 0.5)
    wide, high = (max(COARSEST, int(share * count)) for count in MESH)
    return wide, high


def rise_and_fall(theorem: Theorem, plan: Plan, cost: float = 0.0) -> Figure:
    """Where the headline observable rises along the axis, over the family's parameter.

    Parameters
    ----------
    theorem : Theorem
    plan : Plan
        It has a family.
    cost : float
        Seconds that a point costs.
    """
    assert plan.family is not None
    name, family = headline(theorem), theorem.parameters[plan.family]
    wide, high = mesh(cost)
    ends = np.min(plan.arguments[plan.x]), np.max(plan.arguments[plan.x])
    along = (np.geomspace if ends[0] > 0 else np.linspace)(*ends, wide)
    across = _across(plan.arguments[plan.family], family, high)
    solved = theorem.solve(**{**plan.arguments, plan.x: along, plan.family: across})
    solved = solved.transpose(plan.family, plan.x)
    values, status = solved[name].values, solved["status"].values
    rising = values[:, 1:] > values[:, :-1] + STEADY * np.abs(values[:, :-1])
    regions = np.where(status[:, 1:] == NULL, 2, np.where(rising, 1, 0))
    regions[status[:, 1:] == NO_MINIMISER] = 3
    with require_matplotlib().rc_context(STYLE):
        figure, (axes,) = new_figure(1)
        middle = np.sqrt(along[1:] * along[:-1]) if ends[0] > 0 else (along[1:] + along[:-1]) / 2
        _fill(axes, middle, across, regions)
        scale(axes, "x", along)
        axes.set_xlabel(axis_label(theorem.parameters[plan.x]))
        axes.set_ylabel(axis_label(family))
        axes.set_title(name.replace("_", " "), loc="left", fontsize="medium")
        _mark_threshold(axes, threshold(theorem, plan))
    return figure


def _across(values: np.ndarray, family: Parameter, count: int) -> np.ndarray:
    """Values of the family, up to twice the largest drawn if the domain has no end."""
    end = family.domain.end
    top = float(np.max(values)) if end.is_finite else 2 * float(np.max(values)) or 1.0
    low = 0.0 if float(np.min(values)) == 0 or not end.is_finite else float(np.min(values))
    return np.linspace(low, top, count + 1)[1:]


def _fill(axes: Axes, x: np.ndarray, y: np.ndarray, regions: np.ndarray) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = {
        "falls": "white", "rises": RISING, "estimator zero": PLATEAU, "no minimiser": NOTHING,
    }  # fmt: skip
    axes.pcolormesh(
        x, y, regions, cmap=ListedColormap(list(colours.values())), vmin=-0.5, vmax=3.5,
        rasterized=True,
    )  # fmt: skip
    patches = [
        Patch(facecolor=colour, edgecolor=GREY, linewidth=0.5, label=word)
        for number, (word, colour) in enumerate(colours.items())
        if number < 2 or (regions == number).any()
    ]
    axes.figure.legend(handles=patches, loc="outside right center", fontsize="small")
