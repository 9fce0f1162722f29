"""Manifests on disk: written in one move, believed only when sealed and fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from asymp.atomic import write_text
from asymp.lowering.cache import own_folder
from asymp.manifest.content import packed, unpacked
from asymp.manifest.fingerprint import PACKAGE, fingerprint, named
from asymp.manifest.reach import stands_alone
from asymp.solver.describe import Solvable
from asymp.solver.kernels import kernel_of
from asymp.solver.stored import StoredTheorem

T = TypeVar("T", bound=Solvable)
NAME = "asymp_theorem_{}.json"


def recalled(path: Path, options: Mapping[str, Any], derive: Callable[[], T]) -> T | StoredTheorem:
    """Return a theorem as it is stored, else derive it and store what solving it needs.

    Parameters
    ----------
    path : Path
        The theorem's file.
    options : mapping
        Options of the file's function, as the command line reads them: numbers, text and lists.
    derive : callable
        Gives the theorem.
    """
    text = path.read_bytes()
    name = NAME.format(digest(str(PACKAGE), str(path), named(options))[:16])
    mark = fingerprint(text, options)
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return unpacked(opened((own_folder() / name).read_text(encoding="utf-8"), mark))
    theorem = derive()
    if stands_alone(text):
        kernel = kernel_of(theorem)
        # Where no file can be written, or a value has no JSON form, it is derived each time.
        with suppress(OSError, TypeError, ValueError):
            content = {"path": str(path), **packed(theorem, kernel)}
            write_text(own_folder() / name, sealed(content, mark))
            forget_lost(own_folder())
    return theorem


def forget_lost(folder: Path) -> None:
    """Delete the manifests of theorem files that are no longer there."""
    for file in folder.glob(NAME.format("*")):
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            if not Path(json.loads(file.read_text(encoding="utf-8"))["content"]["path"]).exists():
                file.unlink()


def sealed(content: Mapping[str, Any], mark: str) -> str:
    """Content with its hash and the fingerprint of what it was made from."""
    text = json.dumps(content, allow_nan=False)
    return f'{{"fingerprint": "{mark}", "sum": "{digest(text)}", "content": {text}}}\n'


def opened(text: str, mark: str) -> Any:
    """Content of a sealed manifest.

    Raises
    ------
    ValueError
        If it is damaged, or made from something else.
    """
    entry = json.loads(text)
    content = entry["content"]
    if entry["fingerprint"] != mark or entry["sum"] != digest(json.dumps(content)):
        raise ValueError("damaged, foreign or out of date")
    return content


def digest(*texts: str) -> str:
    """SHA-256 of the texts in hexadecimal digits."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
