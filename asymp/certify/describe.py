"""Attributes of certified results: what was proved of which numbers."""

from __future__ import annotations

import flint
import xarray as xr

from asymp.certify.numbers import constant_enclosure
from asymp.certify.point import LADDER
from asymp.certify.system import Certifiable
from asymp.certify.verdict import Certificate
from asymp.lowering.versions import installed, versions
from asymp.solver.describe import flags

READ_AS = {
    "float": "every parameter is the exact binary value of its float",
    "decimal": "every parameter is the shortest decimal fraction that prints as its float",
}
ESTIMATED = "estimated"
CONDITIONAL = "every certificate is conditional on the estimated error of"
MEANINGS = {
    "error": "bound of the largest relative distance between a number given and the true one",
    "radius": "the root is the only one within this distance, in the logarithms of the state",
    "bits": "precision at which it was proved or given up",
}


def describe(dataset: xr.Dataset, theorem: Certifiable, reading: str) -> None:
    """Attach meanings and provenance to a certified result, in place."""
    for name, quantity in theorem.quantities.items():
        for end in ("lower", "upper"):
            if f"{name}_{end}" in dataset:
                dataset[f"{name}_{end}"].attrs |= {
                    "long_name": f"${quantity.latex}$, {end} end",
                    "meaning": f"{quantity.meaning}; {end} end of the enclosure",
                }
    for name, meaning in MEANINGS.items():
        if name in dataset:
            dataset[name].attrs["meaning"] = meaning
    flags(dataset["certificate"], [c.name for c in Certificate], first=0)
    flags(dataset["branch"], ["undecided", *theorem.kernel.branches], first=-1)
    dataset.attrs |= {
        "Conventions": "CF-1.11",
        "title": f"{theorem.title}: certificates",
        "theorem": theorem.id,
        "source": f"asymp {installed('asymp')}, python-flint {flint.__version__}",
        "versions": versions(),
        "parameters": READ_AS[reading],
        "constants": constants_text(theorem),
        "method": "Krawczyk's test in the logarithms of the state, ball arithmetic (Arb)",
    }


def constants_text(theorem: Certifiable) -> str:
    """How each constant entered; the proof rests on those whose error is only estimated."""
    methods = {s: constant_enclosure(c, LADDER[0])[1] for s, c in theorem.constants.items()}
    text = ", ".join(f"{symbol}: {method}" for symbol, method in methods.items())
    doubtful = [str(symbol) for symbol, method in methods.items() if method.startswith(ESTIMATED)]
    if doubtful:
        text += f"; {CONDITIONAL} {', '.join(doubtful)}"
    return text
