"""Files that are written in one move: a reader sees the old one or the new one, never half."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Path of a temporary file beside ``path`` which takes its place on success alone.

    It may become a folder where there is none yet. The ending is kept, since writers choose their
    format by it; a link stays a link.
    """
    path = path.resolve()
    temporary = path.with_name(f".asymp-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text in one move, with Unix line ends everywhere."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
