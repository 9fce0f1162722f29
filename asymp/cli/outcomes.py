"""Results of solving for a reader: how points ended, and one point as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from asymp.cli.text import columns, digits
from asymp.errors import NotConverged
from asymp.solver.status import Status

if TYPE_CHECKING:
    import xarray as xr

    from asymp.solver.describe import Described


def outcomes(dataset: xr.Dataset) -> str:
    """How many points ended how, e.g. ``"50 points: 48 converged, 2 null"``."""
    counts = np.bincount(dataset["status"].values.ravel(), minlength=len(Status))
    parts = [f"{counts[status]} {status.name}" for status in Status if counts[status]]
    return f"{dataset['status'].size} points: {', '.join(parts)}"


def require_answer(point: Mapping[str, float]) -> None:
    """Raise for a point that has none, after its table was shown."""
    status = Status(int(point["status"]))
    if status > Status.infinite:
        raise NotConverged(f"{status.name}: {status.sentence}")


def point_table(theorem: Described, point: Mapping[str, float]) -> str:
    """One point for a reader: name, value, meaning.

    Parameters
    ----------
    theorem : Described
    point : mapping of str to float
        What :func:`asymp.solver.point.solve_point` gives.
    """
    rows = [("name", "value", "meaning")]
    for quantities in (theorem.parameters, theorem.observables, theorem.order_parameters):
        rows += [(n, digits(point[n]), q.meaning) for n, q in quantities.items()]
    status = Status(int(point["status"]))
    residual = "max |F(x)/x - 1|; relative error is about residual times condition"
    rows.append(("status", status.name, status.sentence))
    rows.append(("residual", digits(point["residual"], 2), residual))
    rows.append(("condition", digits(point["condition"], 3), ""))
    return columns(rows)
