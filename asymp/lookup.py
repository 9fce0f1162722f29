"""Theorems by name: the catalogue's and a user's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asymp.api import Problem, Theorem
from asymp.errors import InvalidProblem
from asymp.problem.statement import ProblemStatement

if TYPE_CHECKING:
    from asymp.catalogue_files import Entry


def theorems() -> list[str]:
    """Ids of the catalogue, those of ``ASYMP_PATH`` included.

    Examples
    --------
    >>> import asymp
    >>> "random-features-robust" in asymp.theorems()
    True
    """
    from asymp.catalogue_files import catalogue

    return sorted(catalogue())


def theorem(name: str | Path, **options: Any) -> Theorem:
    """Theorem of the catalogue by id, or of a file by path.

    Parameters
    ----------
    name : str or Path
        An id of :func:`theorems`, or the path of a Python file. Loading a file runs its code.
    **options
        Passed to the file's ``problem`` or ``theorem`` function, e.g. ``activation="tanh"``.

    Raises
    ------
    UnknownTheorem
        If there is no such id or file; the message names the closest ids.
    InvalidProblem
        If the file lacks both functions or does not take the options.
    """
    from asymp.catalogue_files import load

    entry = load(name)
    found = _made(entry, options)
    # A stated theorem may hold the file's claims already.
    claims = {
        kind: tuple(c for c in entry.claims(kind, **options) if c not in getattr(found, kind))
        for kind in ("limits", "laws", "audits", "translations")
    }
    return found.with_claims(
        limits=claims["limits"],
        laws=claims["laws"],
        audits=claims["audits"],
        sources=tuple(dict.fromkeys((*found.sources, *entry.sources))),
        conventions={**found.conventions, **entry.conventions},
        translations=(*found.translations, *claims["translations"]),
        ranges=entry.ranges,
    )


def _made(entry: Entry, options: Mapping[str, Any]) -> Theorem:
    """The theorem of a catalogue file, without the claims that stand in the file."""
    made = entry.made(**options)
    if entry.is_stated:
        if not isinstance(made, Theorem):
            raise InvalidProblem(f"{entry.path}: theorem() returned {made!r}, not an asymp.Theorem")
        return replace(made, id=entry.id, title=str(entry.names.get("title", made.title)))
    if not isinstance(made, ProblemStatement):
        raise InvalidProblem(f"{entry.path}: problem() returned {made!r}, not an asymp.Problem")
    fields_of = {f.name: getattr(made, f.name) for f in fields(ProblemStatement)}
    return Problem(**fields_of).derive(id=entry.id, title=entry.title)
