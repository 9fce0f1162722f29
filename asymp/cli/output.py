"""Files and folders that the command line writes: refused, if at all, before any work."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from asymp.errors import InvalidParameter

STORE = ".zarr"
"""Ending of a folder that is filled chunk by chunk, and resumed by the same command."""

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def output_file(endings: Iterable[str], otherwise: str = "") -> Decorator:
    """Option ``-o`` for a file with one of some endings.

    Parameters
    ----------
    endings : iterable of str
        Admissible endings with their dots.
    otherwise : str
        What happens without the option, for the help; without this the option is required.
    """
    allowed = tuple(endings)

    def checked(_: click.Context, __: click.Parameter, value: str | None) -> Path | None:
        return None if value is None else require_file(Path(value), allowed)

    alternative = f"; without it {otherwise}" if otherwise else ""
    return click.option(
        "-o", "path", metavar="FILE", callback=checked, required=not otherwise,
        help=f"File ({', '.join(allowed)}){alternative}.",
    )  # fmt: skip


def output_folder(default: str) -> Decorator:
    """Option ``-o`` for a folder."""

    def checked(_: click.Context, __: click.Parameter, value: str) -> Path:
        return require_folder(Path(value))

    return click.option(
        "-o", "folder", metavar="DIR", default=default, show_default=True, callback=checked,
        help="Folder to write into.",
    )  # fmt: skip


def require_file(path: Path, endings: tuple[str, ...]) -> Path:
    """Return the path if a file of an admissible kind can be written there.

    Raises
    ------
    click.UsageError
    """
    if path.suffix not in endings:
        raise click.UsageError(
            f"{path}: the ending {path.suffix!r} is none of {', '.join(endings)}"
        )
    reason = _why_not(path)
    if reason:
        raise click.UsageError(f"cannot write {path}: {reason}")
    return path


def store_of(path: Path | None) -> Path | None:
    """The path, if it is to be a store."""
    return path if path is not None and path.suffix == STORE else None


def overwriting(command: Command) -> Command:
    """Add the option ``--overwrite``."""
    option = click.option(
        "--overwrite", is_flag=True,
        help=f"A {STORE} folder that holds another computation makes way for this one.",
    )  # fmt: skip
    return option(command)


def storing(path: Path | None, overwrite: bool) -> dict[str, Any]:
    """Say to a computation where it is kept, if it is.

    Raises
    ------
    InvalidParameter
        If there is no store that could make way.
    """
    store = store_of(path)
    if overwrite and store is None:
        raise InvalidParameter(f"--overwrite is about stores: give -o NAME{STORE} too")
    return {"store": store, "overwrite": overwrite}


def require_folder(path: Path) -> Path:
    """Return the path if it is, or can become, a folder to write into.

    Raises
    ------
    click.UsageError
    """
    nearest = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise click.UsageError(f"cannot write into {path}: {nearest} is a file")
    if not _can_create_in(nearest):
        raise click.UsageError(f"cannot write into {path}: {nearest} is not writable")
    return path


def _why_not(path: Path) -> str:
    if path.suffix == STORE and path.is_dir():
        return ""  # It is resumed, if it holds the same computation.
    if path.is_dir():
        return "it is a folder"
    if path.exists() and not path.is_file():
        return "it is not a regular file"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.exists() and not os.access(path, os.W_OK):
        return "permission denied"
    return "" if _can_create_in(path.parent) else f"the folder {path.parent} is not writable"


def _can_create_in(folder: Path) -> bool:
    """Whether a file can really be made there (access bits say yes on read-only mounts)."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".asymp-"):
            return True
    except OSError:
        return False
