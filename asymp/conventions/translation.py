"""A theorem in the letters of another paper: parameters both ways, and the solver in them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr

from asymp.conventions.convention import Convention, convention_of
from asymp.errors import InvalidParameter, InvalidProblem
from asymp.solver.arguments import plain
from asymp.symbols import latex_name

HIDDEN = "their_"  # dimensions while ours are solved: a letter of theirs may be another of ours
KEPT = ("status", "residual", "condition", "evaluations", "branch")


def translate(theorem: Any, to: str) -> Translation:
    """Translation of a theorem to a convention that its file or its author gives.

    Raises
    ------
    InvalidParameter
        If there is none of that name.
    """
    known = {c.name: c for c in map(convention_of, theorem.translations)}
    if to not in known:
        close = difflib.get_close_matches(to, known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        listed = ", ".join(known) or "none"
        raise InvalidParameter(f"no convention {to!r} of {theorem.id}: {hint}there are: {listed}")
    return Translation(theorem, known[to])


@dataclass(frozen=True)
class Translation:
    """A theorem in the letters of another paper.

    Parameters
    ----------
    theorem : Theorem
    convention : Convention

    Raises
    ------
    InvalidProblem
        If the convention speaks of parameters that the theorem does not have, or leaves one open.

    Examples
    --------
    >>> import asymp
    >>> paper = Convention(
    ...     "paper", asymp.Source("k", "Paper"),
    ...     {"gamma": "1/alpha", "lam": "zeta", "noise": "tau**2"},
    ...     observables={"excess": "standard_risk - tau**2"}, fixed={"rho": 1})
    >>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> theirs = Translation(thm, paper)
    >>> theirs.parameters(alpha=2.0, zeta=0.5, tau=0.5)
    {'gamma': 0.5, 'lam': 0.5, 'noise': 0.25}
    >>> theirs.back(gamma=0.5, lam=0.5, noise=0.25)
    {'alpha': 2.0, 'zeta': 0.5, 'tau': 0.5, 'rho': 1.0}
    >>> round(float(theirs.solve(gamma=0.5, lam=0.5, noise=0.25).excess), 6)
    0.258883
    """

    theorem: Any
    convention: Convention

    def __post_init__(self) -> None:
        c, parameters = self.convention, self.theorem.parameters
        named = {*c.ours, *c.fixed}
        strange = sorted(named - set(parameters))
        if strange:
            raise InvalidProblem(
                f"convention {c.name!r} uses {strange[0]!r}; the parameters of {self.theorem.id} "
                f"are {', '.join(parameters)}"
            )
        open_ones = [n for n, p in parameters.items() if n not in named and p.default is None]
        if open_ones:
            raise InvalidProblem(
                f"convention {c.name!r} leaves {open_ones[0]!r} open: give it a letter or fix it"
            )
        numbers = {*parameters, *self.theorem.order_parameters, *self.theorem.observables}
        for name, value in c.observed.items():
            unknown = sorted({s.name for s in value.free_symbols} - numbers)
            if unknown:
                raise InvalidProblem(
                    f"convention {c.name!r}: observable {name!r} uses {unknown[0]!r}, "
                    "which the theorem does not give"
                )

    def parameters(self, **ours: Any) -> dict[str, Any]:
        """Their letters at values of our parameters; arrays broadcast.

        Raises
        ------
        InvalidParameter
            For an unknown or missing name, a value outside its domain, or one of which the paper
            does not speak.
        """
        given = _checked(ours, self.theorem.parameters, f"parameters of {self.theorem.id}")
        for name, value in given.items():
            self.theorem.parameters[name].require(value)
        for name, parameter in self.theorem.parameters.items():
            if name not in given and parameter.default is not None:
                default = parameter.default
                given[name] = given.get(default) if isinstance(default, str) else float(default)
        for name, value in self.convention.fixed.items():
            if name in ours and not bool(np.all(np.asarray(given[name]) == value)):
                raise InvalidParameter(
                    f"{self.convention.name} speaks of {name} = {value:g} alone, not of "
                    f"{name} = {_first(given[name], value):g}"
                )
        return _evaluated(self.convention.forward, given, "parameter")

    def back(self, **theirs: Any) -> dict[str, Any]:
        """Our parameters at values of their letters; arrays broadcast.

        A letter may be left out if what depends on it has a default of ours.

        Raises
        ------
        InvalidParameter
            For an unknown or missing letter, or a value that is outside our domain.
        """
        given = _checked(theirs, self.convention.parameters, f"letters of {self.convention.name}")
        wanted = {}
        for name, value in self.convention.inverse.items():
            lacking = sorted({s.name for s in value.free_symbols} - set(given))
            if not lacking:
                wanted[name] = value
            elif self.theorem.parameters[name].default is None:
                raise InvalidParameter(
                    f"{lacking[0]} is missing: {name} = {value} needs it; the letters of "
                    f"{self.convention.name} are {', '.join(self.convention.parameters)}"
                )
        found = _evaluated(wanted, given, "letter")
        found |= {name: float(value) for name, value in self.convention.fixed.items()}
        for name, value in found.items():
            self.theorem.parameters[name].require(value)
        return {n: found[n] for n in self.theorem.parameters if n in found}

    def solve(
        self, *, throw: bool = True, progress: bool | None = None, **theirs: Any
    ) -> xr.Dataset:
        """Solve in their letters, as :meth:`asymp.Theorem.solve` does in ours.

        Returns
        -------
        xarray.Dataset
            Their observables over their letters, with ``status``, ``residual`` and ``condition``.
        """
        given = {name: _labelled(name, value) for name, value in theirs.items()}
        solved = self.theorem.solve(throw=throw, progress=progress, **self.back(**given))
        numbers = {str(n): solved[n] for n in (*solved.data_vars, *solved.coords)}
        data = _evaluated(self.convention.observed, numbers, "observable")
        kept = {n: solved[n] for n in KEPT}
        found = xr.Dataset({n: _shown(xr.DataArray(a)) for n, a in {**data, **kept}.items()})
        found = found.assign_coords({n: _shown(a) for n, a in given.items()})
        for name in data:
            found[name].attrs["meaning"] = self.convention.meanings.get(name, name)
        return found.assign_attrs(
            theorem=self.theorem.id,
            convention=self.convention.name,
            convention_source=self.convention.source.citation,
        )

    def latex(self) -> str:
        """Table of their letters in ours and ours in theirs."""
        c = self.convention
        rows = [
            f"${c.letter_latex(n)}$ & ${_latex(e)}$ & {c.meanings.get(n, '')}"
            for n, e in {**c.forward, **c.observed}.items()
        ]
        theirs = {sp.Symbol(n, positive=True): c.letter_latex(n) for n in c.parameters}
        back = [
            f"${latex_name(n)}={sp.latex(e, symbol_names=theirs)}$" for n, e in c.inverse.items()
        ]
        back += [f"${latex_name(n)}={sp.latex(sp.nsimplify(v))}$" for n, v in c.fixed.items()]
        key = rf"\cite{{{c.source.key}}}"
        return "\n".join([
            r"\begin{tabular}{@{}lll@{}}", r"\hline", rf"{key} & here & meaning \\", r"\hline",
            *(row + r" \\" for row in rows), r"\hline",
            rf"\multicolumn{{3}}{{@{{}}l@{{}}}}{{Back: {', '.join(back)}.}} \\", r"\hline",
            r"\end{tabular}",
        ])  # fmt: skip

    def __str__(self) -> str:
        """The letters as text."""
        c = self.convention
        rows = [f"{n} = {e}" for n, e in {**c.forward, **c.observed}.items()]
        back = [f"{n} = {e}" for n, e in {**c.inverse, **c.fixed}.items()]
        width = max(map(len, rows))
        filled = [*back, *[""] * (len(rows) - len(back))]
        lines = [
            f"{left:<{width}}   {right}".rstrip()
            for left, right in zip([*rows, *[""] * (len(filled) - len(rows))], filled, strict=True)
        ]
        return "\n".join([f"{self.theorem.id} in the letters of {c.name} ({c.source.citation})",
                          *lines])  # fmt: skip


def _checked(given: Mapping[str, Any], known: Iterable[str], what: str) -> dict[str, Any]:
    """Numbers by known names; arrays as they are."""
    names = list(known)
    for name, value in given.items():
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise InvalidParameter(f"unknown name {name!r}: {hint}the {what} are "
                                   f"{', '.join(names)}")  # fmt: skip
        if not isinstance(value, xr.DataArray) and np.asarray(value).dtype.kind not in "iuf":
            raise InvalidParameter(f"{name} = {value!r} is not a real number or an array of them")
    return {n: v if isinstance(v, xr.DataArray) else _number(v) for n, v in given.items()}


def _number(value: Any) -> Any:
    array = np.asarray(value, dtype=float)
    return array if array.ndim else float(array)


def _first(values: Any, usual: float) -> float:
    flat = np.ravel(np.asarray(values, dtype=float))
    return float(flat[flat != usual][0])


def _labelled(name: str, value: Any) -> xr.DataArray:
    """Argument on a dimension of its own hidden name; labelled arrays keep theirs."""
    array = value if isinstance(value, xr.DataArray) else plain(name, value)
    bare = array.drop_vars(list(array.coords))
    return bare.rename({d: HIDDEN + str(d) for d in bare.dims}).rename(None)


def _shown(array: xr.DataArray) -> xr.DataArray:
    """Array on the dimensions that the user knows, without coordinates in our letters."""
    bare = array.drop_vars(list(array.coords))
    return bare.rename({d: str(d).removeprefix(HIDDEN) for d in bare.dims})


@lru_cache(maxsize=256)
def _function(value: sp.Expr) -> tuple[tuple[str, ...], Any]:
    symbols = sorted(value.free_symbols, key=lambda s: str(s.name))
    return tuple(s.name for s in symbols), sp.lambdify(symbols, value, "numpy")


def _evaluated(
    wanted: Mapping[str, sp.Expr], given: Mapping[str, Any], what: str
) -> dict[str, Any]:
    """Values of expressions at numbers, arrays or labelled arrays."""
    found = {}
    for name, value in wanted.items():
        names, function = _function(sp.sympify(value))
        missing = [n for n in names if given.get(n) is None]
        if missing:
            raise InvalidParameter(f"{what} {missing[0]!r} is missing: {name} = {value} needs it")
        with np.errstate(all="ignore"):
            result = function(*(given[n] for n in names))
        found[name] = result if isinstance(result, xr.DataArray) else _number(result)
    return found


def _latex(value: sp.Expr) -> str:
    names = {s: _our_latex(s.name) for s in value.free_symbols}
    return str(sp.latex(value, symbol_names=names))


def _our_latex(name: str) -> str:
    return rf"\mathrm{{{name.replace('_', ' ')}}}" if len(name) > 8 else latex_name(name)
