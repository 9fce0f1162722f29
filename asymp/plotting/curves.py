r"""Observables along one parameter, with a curve for each value of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.plotting.style import GREY, STYLE, new_figure, palette, require_matplotlib, scale
from asymp.symbols import Quantity

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from asymp.api import Theorem

NULL, NO_MINIMISER = 1, 3  # asymp.solver.Status
HEADROOM = 8.0  # a peak is cut at so many times the median, or it would flatten all else


@dataclass(frozen=True)
class Scene:
    """A solved grid and who is drawn how.

    Parameters
    ----------
    theorem : Theorem
    dataset : xarray.Dataset
        What ``theorem.solve`` returned, over one or two parameters.
    x : Quantity
        The parameter along the horizontal axis.
    family : Quantity or None
        One curve for each of its values.
    """

    theorem: Theorem
    dataset: xr.Dataset
    x: Quantity
    family: Quantity | None

    @cached_property
    def colours(self) -> dict[float, Any]:
        """Colour of each curve, by the value of the family's parameter."""
        return palette([value for value, _ in self.curves(self.dataset)])

    def curves(self, dataset: xr.Dataset) -> list[tuple[float, xr.Dataset]]:
        """Value of the family's parameter and the data, for each curve."""
        if self.family is None:
            return [(0.0, dataset)]
        name = self.family.name
        return [(float(value), dataset.sel({name: value})) for value in dataset[name].values]

    @property
    def title(self) -> str:
        """The parameters that do not vary, defaults left out."""
        drawn = {self.x.name, self.family.name if self.family else ""}
        fixed = [
            f"${quantity.latex} = {float(self.dataset[name]):g}$"
            for name, quantity in self.theorem.parameters.items()
            if not (drawn & set(map(str, self.dataset[name].dims)))
            and float(self.dataset[name]) != quantity.default
        ]
        return ",  ".join(fixed)


def scene_of(theorem: Theorem, dataset: xr.Dataset) -> Scene:
    """The longest dimension along the axis; another, if there is one, labels the curves.

    Raises
    ------
    InvalidParameter
        If no parameter varies, or more than two do.
    """
    names = sorted(map(str, dataset["status"].dims), key=lambda name: -dataset.sizes[name])
    if not 1 <= len(names) <= 2:
        varied = ", ".join(names) or "none"
        raise InvalidParameter(f"a figure varies one or two parameters; here: {varied}")
    family = theorem.parameters[names[1]] if len(names) == 2 else None
    return Scene(theorem, dataset, theorem.parameters[names[0]], family)


def draw(scene: Scene, observables: Sequence[str], runs: xr.Dataset | None = None) -> Figure:
    """Draw a panel for each observable: theory as lines, simulations as points with error bars.

    Lines are dotted where the estimator is exactly zero and have gaps where a value is infinite
    or there is no minimiser.

    Parameters
    ----------
    scene : Scene
    observables : sequence of str
    runs : xarray.Dataset, optional
        What ``theorem.simulate`` returned, over the same parameters.

    Raises
    ------
    MissingExtra
        Without matplotlib.
    InvalidParameter
        For an unknown observable.
    """
    for name in observables:
        require_observable(scene.theorem, name)
    with require_matplotlib().rc_context(STYLE):
        figure, panels = new_figure(len(observables))
        for axes, name in zip(panels, observables, strict=True):
            _draw_theory(axes, scene, name)
            if runs is not None and f"{name}_mean" in runs:
                _draw_runs(axes, scene, runs, name)
            _label(axes, scene, name)
        _legend(figure, scene, runs)
        figure.suptitle(scene.title, fontsize="small", color=GREY)
    return figure


def require_observable(theorem: Theorem, name: str) -> None:
    """Raise unless the theorem has that observable or order parameter.

    Raises
    ------
    InvalidParameter
    """
    known = [*theorem.observables, *theorem.order_parameters]
    if name not in known:
        raise InvalidParameter(f"no observable {name!r}; there are: {', '.join(known)}")


def _draw_theory(axes: Axes, scene: Scene, name: str) -> None:
    for value, curve in scene.curves(scene.dataset):
        x, y = curve[scene.x.name].values, curve[name].values
        y = np.where(np.isfinite(y), y, np.nan)
        null = curve["status"].values == NULL
        # The dotted part takes its neighbours along, so that no gap shows.
        touching = null | np.append(null[1:], False) | np.insert(null[:-1], 0, False)
        colour = scene.colours[value]
        axes.plot(x, np.where(null, np.nan, y), color=colour)
        axes.plot(x, np.where(touching, y, np.nan), color=colour, linestyle=":")


def _draw_runs(axes: Axes, scene: Scene, runs: xr.Dataset, name: str) -> None:
    for value, run in scene.curves(runs):
        axes.errorbar(
            run[scene.x.name], run[f"{name}_mean"], run[f"{name}_sem"],
            color=scene.colours[value], linestyle="none", marker="o", markersize=3.6,
            markerfacecolor="white", markeredgewidth=0.9, elinewidth=0.9, capsize=2, zorder=3,
        )  # fmt: skip


def _label(axes: Axes, scene: Scene, name: str) -> None:
    quantity = {**scene.theorem.order_parameters, **scene.theorem.observables}[name]
    axes.set_xlabel(axis_label(scene.x))
    axes.margins(x=0.0)
    axes.set_ylabel(quantity.meaning)
    axes.set_title(name.replace("_", " "), loc="left", fontsize="medium")
    values = scene.dataset[name].values
    scale(axes, "x", scene.dataset[scene.x.name].values)
    scale(axes, "y", values)
    finite = values[np.isfinite(values)]
    if finite.size and finite.max() > HEADROOM * np.median(finite) > 0:
        axes.set_ylim(top=HEADROOM * float(np.median(finite)))


def axis_label(parameter: Quantity) -> str:
    """Meaning and symbol of a parameter, with the ratio that it is."""
    ratio = f" = {parameter.scaling}" if re.fullmatch(r"\w/\w", parameter.scaling) else ""
    return f"{parameter.meaning}  ${parameter.latex}{ratio}$"


def _legend(figure: Figure, scene: Scene, runs: xr.Dataset | None) -> None:
    """One legend for all panels, beside them."""
    from matplotlib.lines import Line2D

    marks = []
    if scene.family is not None:
        marks += [
            Line2D([], [], color=colour, label=f"${scene.family.latex} = {value:g}$")
            for value, colour in scene.colours.items()
        ]
    if bool((scene.dataset["status"] == NULL).any()):
        marks.append(Line2D([], [], color=GREY, linestyle=":", label="estimator zero"))
    if bool((scene.dataset["status"] == NO_MINIMISER).any()):
        marks.append(Line2D([], [], linestyle="none", label="gap: no minimiser"))
    if runs is not None:
        label = f"simulation, $d = {runs.attrs['d']}$\n($\\pm$ standard error)"
        marks.append(
            Line2D([], [], color=GREY, linestyle="none", marker="o", markersize=3.6,
                   markerfacecolor="white", label=label)
        )  # fmt: skip
    if marks:
        figure.legend(handles=marks, loc="outside right center", fontsize="small")
