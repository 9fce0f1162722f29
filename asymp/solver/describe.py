"""What a result says about itself: names, LaTeX, flag meanings, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from asymp.lowering.compiled import Kernel
from asymp.lowering.versions import installed, versions
from asymp.solver.status import Status

if TYPE_CHECKING:
    import xarray as xr

DIAGNOSTICS = {
    "residual": (r"$\max_i|F_i(x)/x_i-1|$", "relative residual of the fixed point"),
    "condition": (
        r"$\|(I-\partial\log F/\partial\log x)^{-1}\|_\infty$",
        "relative error of the state per relative error of the map",
    ),
    "evaluations": ("evaluations", "evaluations of the map"),
    "status": (
        "status",
        "; ".join(f"{s.name}: {s.sentence}" for s in Status)
        + ". Infinities of order parameters alone do not count",
    ),
    "branch": ("branch", "the part of the theorem that gave the answer"),
}


QUADRATURE = (
    "quadrature_error",
    "relative change of the map when the quadrature takes half its nodes; the error of the full "
    "rule is about the square of this",
)


class Described(Protocol):
    """What a result says of its theorem."""

    @property
    def id(self) -> str:
        """Identifier in the catalogue."""

    @property
    def conventions(self) -> Mapping[str, str]:
        """Where factors and normalisations sit, by subject."""

    @property
    def title(self) -> str:
        """Heading."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters by name."""

    @property
    def constants(self) -> Mapping[Any, Any]:
        """Values of the constant symbols, such as activation coefficients."""

    @property
    def order_parameters(self) -> Mapping[str, Any]:
        """Order parameters by name."""

    @property
    def observables(self) -> Mapping[str, Any]:
        """Observables by name."""


class Solvable(Described, Protocol):
    """What the solver needs to know of a theorem whose kernel is yet to be made."""

    @property
    def branches(self) -> Iterable[Any]:
        """Branches in order of precedence."""


def describe(dataset: xr.Dataset, theorem: Described, kernel: Kernel) -> None:
    """Attach meanings, LaTeX, flag meanings and provenance to a result, in place."""
    named = {**theorem.parameters, **theorem.order_parameters, **theorem.observables}
    for name, quantity in named.items():
        if name in dataset.variables:
            dataset[name].attrs |= {"long_name": f"${quantity.latex}$", "meaning": quantity.meaning}
    for name, (label, meaning) in DIAGNOSTICS.items():
        dataset[name].attrs |= {"long_name": label, "meaning": meaning}
    if QUADRATURE[0] in dataset.variables:
        dataset[QUADRATURE[0]].attrs |= {"long_name": "quadrature error", "meaning": QUADRATURE[1]}
    flags(dataset["status"], [s.name for s in Status], first=0)
    flags(dataset["branch"], ["none", *kernel.branches], first=-1)
    dataset.attrs |= {
        "Conventions": "CF-1.11",
        "title": theorem.title,
        "theorem": theorem.id,
        "source": f"asymp {installed('asymp')}",
        "equations": kernel.equations,
        "versions": versions(),
        "constants": constants_line(theorem.constants),
    }
    for subject, convention in theorem.conventions.items():
        dataset.attrs[f"convention_{subject.replace(' ', '_')}"] = convention


def constants_line(constants: Mapping[Any, Any]) -> str:
    """Constants with their values, as results carry them."""
    return ", ".join(f"{s} = {float(v)!r}" for s, v in constants.items())


def flags(array: xr.DataArray, words: list[str], first: int) -> None:
    """Attach the attributes of a CF flag variable."""
    array.attrs["flag_values"] = np.arange(first, first + len(words), dtype=np.int8)
    array.attrs["flag_meanings"] = " ".join(word.replace(" ", "_") for word in words)
