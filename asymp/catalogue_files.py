"""Catalogue files, discovered as data by path: the package's, and those of ``ASYMP_PATH``."""

from __future__ import annotations

import difflib
import inspect
import os
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from asymp.errors import AsympError, InvalidProblem, UnknownTheorem


@dataclass(frozen=True)
class Entry:
    """What a catalogue file defines: a function ``problem``, or ``theorem`` if it is stated."""

    id: str
    title: str
    build: Callable[..., Any]
    is_stated: bool
    path: Path
    names: Mapping[str, Any]
    sources: tuple[Any, ...]
    conventions: Mapping[str, str]

    def made(self, **options: Any) -> Any:
        """What the file's function returns for these options."""
        try:
            inspect.signature(self.build).bind(**options)
        except TypeError as error:
            known = ", ".join(inspect.signature(self.build).parameters) or "none"
            raise InvalidProblem(
                f"theorem {self.id!r}: {error}; its options are: {known}"
            ) from None
        try:
            return self.build(**options)
        except AsympError:
            raise
        except Exception as error:
            raise InvalidProblem(f"{self.path}: {type(error).__name__}: {error}") from error

    def claims(self, kind: str, **options: Any) -> tuple[Any, ...]:
        """``limits``, ``laws`` or ``audits`` of the file; a function takes the same options."""
        given = self.names.get(kind, ())
        return tuple(given(**options) if callable(given) else given)

    @property
    def ranges(self) -> dict[str, Any]:
        """Where the file says that random points are to be drawn."""
        given = self.names.get("ranges", {})
        return dict(given) if isinstance(given, Mapping) else {}


def folders() -> list[Path]:
    """Folders searched: ``ASYMP_PATH`` first, then the installed catalogue or the checkout's."""
    own = os.environ.get("ASYMP_PATH", "").split(os.pathsep)
    here = Path(__file__).parent
    packaged = [here / "catalogue", here.parent / "derivations"]
    return [Path(p) for p in own if p] + [p for p in packaged if p.is_dir()][:1]


def catalogue() -> dict[str, Path]:
    """Ids and their files; an earlier folder wins."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                found.setdefault(path.stem.replace("_", "-"), path)
    return found


def load(name: str | Path) -> Entry:
    """Entry of an id or of a file.

    Raises
    ------
    UnknownTheorem
        If there is neither.
    """
    return _read(find(name))


def find(name: str | Path) -> Path:
    """File of an id, or the file itself.

    Raises
    ------
    UnknownTheorem
        If there is neither.
    """
    known = catalogue()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.suffix == ".py" and path.is_file():
        return path.resolve()
    close = difflib.get_close_matches(str(name), known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(known)}"
    raise UnknownTheorem(f"no theorem {str(name)!r} and no file of that name; {hint}")


def _read(path: Path) -> Entry:
    return _read_version(path, path.stat().st_mtime_ns)


def _is_own(function: Any) -> bool:
    """Whether a name is a function of the file, not ``asymp.theorem`` imported into it."""
    return callable(function) and not str(function.__module__).startswith("asymp.")


@lru_cache(maxsize=64)
def _read_version(path: Path, modified: int) -> Entry:
    """Run a file once for each version of it."""
    try:
        names = runpy.run_path(str(path), run_name=f"asymp_catalogue_{path.stem}")
    except AsympError:
        raise
    except Exception as error:
        raise InvalidProblem(f"{path}: {type(error).__name__}: {error}") from error
    made = [word for word in ("problem", "theorem") if _is_own(names.get(word))]
    if not made:
        raise InvalidProblem(
            f"{path} defines no function `problem` that returns an asymp.Problem, "
            "and none `theorem` that returns an asymp.Theorem"
        )
    if len(made) == 2:
        raise InvalidProblem(f"{path} defines both `problem` and `theorem`: keep one")
    identifier = path.stem.replace("_", "-")
    return Entry(
        id=identifier,
        title=str(names.get("title", identifier)),
        build=names[made[0]],
        is_stated=made == ["theorem"],
        path=path,
        names=names,
        sources=tuple(names.get("sources", ())),
        conventions=dict(names.get("conventions", {})),
    )
