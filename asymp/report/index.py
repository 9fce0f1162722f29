"""The page that says what a report found and links its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.plotting.curves import NULL
from asymp.report.plan import Plan, headline
from asymp.report.turning import Turns

if TYPE_CHECKING:
    import xarray as xr

    from asymp.api import Theorem

DIVERGES = 1e6  # a maximum above this is the grid's view of a pole
MEANINGS = {
    "derivation.pdf": "the derivation, step by step",
    "derivation.tex": "the same as LaTeX, for amsmath, amsthm and mathtools",
    "derivation.bib": "its references",
    "risk.pdf": "the first figure",
    "rise.pdf": "the second figure",
    "grid.nc": "the theory on the grid, with conventions and versions",
    "grid.csv": "the same as a table",
    "turning_points.csv": "minima and maxima along the axis",
    "simulation.nc": "the simulations, every repeat",
    "simulation.csv": "their means and standard errors",
    "check.txt": "every step, limit, law and audit, and its outcome",
    "check.json": "the same for machines",
}
STYLE = (
    "body{font:16px/1.5 Georgia,serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "img{max-width:100%}table{border-collapse:collapse;font-size:.95em}"
    "td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #ddd}code{font-size:.9em}"
)


def index_page(
    theorem: Theorem,
    plan: Plan,
    grid: xr.Dataset,
    turns: Sequence[Turns],
    checks: Mapping[str, Any],
    files: Sequence[str],
) -> str:
    """HTML of the index.

    Parameters
    ----------
    theorem : Theorem
    plan : Plan
    grid : xarray.Dataset
    turns : sequence of Turns
    checks : mapping
        The check report, as its JSON.
    files : sequence of str
        Names of the report's files.
    """
    name = headline(theorem)
    words = name.replace("_", " ")
    fixed = ", ".join(f"{key} = {value:g}" for key, value in plan.fixed.items())
    body = [
        f"<h1>{escape(theorem.title)}</h1>",
        f"<p><code>{escape(theorem.id)}</code>, {escape(theorem.status)}; {escape(fixed)}. "
        f"{_checks_sentence(checks)}</p>",
        _image("risk.png", _caption(files)),
        f"<h2>Where the {escape(words)} turns along {escape(plan.x)}</h2>",
        _table(_turn_rows(plan, grid, turns, name)),
        *([_image("rise.png", f"Where the {words} rises along {plan.x}.")] if plan.family else []),
        "<h2>Files</h2>",
        _table([("file", "what it holds"), *_file_rows(files)]),
    ]
    head = f"<title>{escape(theorem.title)}</title><style>{STYLE}</style>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _caption(files: Sequence[str]) -> str:
    if "simulation.nc" in files:
        return "Theory (lines) and simulation (points with standard errors)."
    return "Theory; the theorem comes without a finite problem to simulate."


def _checks_sentence(checks: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{count} {word}" for word, count in checks["counts"].items())
    return f"Checks: {escape(counts)}."


def _image(name: str, caption: str) -> str:
    return f'<p><img src="{name}" alt="{escape(caption)}"><br>{escape(caption)}</p>'


def _turn_rows(
    plan: Plan, grid: xr.Dataset, turns: Sequence[Turns], name: str
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (plan.family or "curve", "peak", "rises again from", f"least {name} on the grid")
    ]
    for turn in turns:
        curve = grid.sel({plan.family: turn.member}) if plan.family else grid
        rows.append((
            f"{turn.member:g}" if plan.family else "",
            _place(plan, turn.peak),
            _place(plan, turn.hurts_from) or "does not, within the range",
            _least(plan, curve, name),
        ))  # fmt: skip
    return rows


def _place(plan: Plan, point: Any) -> str:
    if point is None:
        return ""
    value = "diverges" if point.value > DIVERGES else f"{point.value:.4g}"
    return f"{plan.x} = {point.at:.4g} ({value})"


def _least(plan: Plan, curve: xr.Dataset, name: str) -> str:
    """The least value, and whether it is an end of the range or the null phase."""
    values = np.where(np.isfinite(curve[name].values), curve[name].values, np.inf)
    if np.isinf(values).all():
        return "there is no minimiser"
    best = int(np.argmin(values))
    text = f"{values[best]:.4g} at {plan.x} = {float(curve[plan.x][best]):.4g}"
    if int(curve["status"][best]) == NULL:
        return f"{values[best]:.4g}, where the estimator is zero"
    return text + (", an end of the range" if best in (0, values.size - 1) else "")


def _file_rows(files: Iterable[str]) -> list[tuple[str, str]]:
    return [(f'<a href="{name}">{name}</a>', MEANINGS.get(name, "")) for name in files
            if name in MEANINGS]  # fmt: skip


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    head, *rest = rows
    cells = ["<tr>" + "".join(f"<th>{c}</th>" for c in head) + "</tr>"]
    cells += ["<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rest]
    return "<table>" + "\n".join(cells) + "</table>"
