"""How figures look, and how they are saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

STYLE = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "svg.hashsalt": "asymp",
}
GREY, INK = "#808080", "#303030"
FIGURES = (".pdf", ".png", ".svg")
WIDE = 5.0  # values whose ends differ by more than this factor are drawn on a log axis
UNDATED = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}, ".png": {}}


def require_matplotlib() -> Any:
    """Matplotlib, or a one-line error that says how to install it.

    Raises
    ------
    MissingExtra
    """
    try:
        import matplotlib as mpl
        import matplotlib.figure
    except ImportError:
        raise MissingExtra("figures need matplotlib: pip install 'asymp[plot]'") from None
    return mpl


def new_figure(panels: int) -> tuple[Figure, Sequence[Axes]]:
    """Figure with panels side by side; used within ``rc_context(STYLE)``.

    It belongs to no window and no global state.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.7 * panels + 1.3, 3.6), layout="constrained")
    axes: Sequence[Axes] = figure.subplots(1, panels, squeeze=False, sharex=True)[0]
    return figure, axes


def palette(values: Sequence[float]) -> dict[float, Any]:
    """Colour of each value: ordered, and apart from each other for any colour vision."""
    from matplotlib import colormaps

    places = np.linspace(0.0, 0.9, max(len(values), 2))
    return {value: colormaps["viridis"](t) for value, t in zip(values, places, strict=False)}


def scale(axes: Axes, which: str, values: np.ndarray) -> None:
    """Log axis, with plain numbers at 1, 2 and 5, for positive values over a wide range."""
    finite = values[np.isfinite(values)]
    if finite.size == 0 or finite.min() <= 0 or finite.max() < WIDE * finite.min():
        return
    axes.set(**{f"{which}scale": "log"})
    axis: Axis = getattr(axes, f"{which}axis")
    decades = np.log10(finite.max() / finite.min())
    _ticks(axis, (1, 2, 5) if decades < 2.5 else (1,))


def _ticks(axis: Axis, digits: Sequence[float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=digits))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def save(figure: Figure, path: Path) -> None:
    """Write a figure; the same figure gives the same bytes."""
    with require_matplotlib().rc_context(STYLE):
        figure.savefig(path, dpi=150, metadata=UNDATED[path.suffix])
