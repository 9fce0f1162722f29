"""The derivation as files: LaTeX, bibliography and PDF."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from asymp.atomic import replacing, write_text
from asymp.document import build_pdf, write_bibliography
from asymp.errors import MissingExtra

if TYPE_CHECKING:
    from asymp.api import Theorem


def has_latex() -> bool:
    """Whether a PDF can be built here."""
    return shutil.which("latexmk") is not None


def require_latex() -> None:
    """Raise unless a PDF can be built, before any long work.

    Raises
    ------
    MissingExtra
    """
    if not has_latex():
        raise MissingExtra("a PDF needs latexmk and LaTeX; without --pdf the .tex file is written")


def write_derivation(
    theorem: Theorem,
    path: Path,
    *,
    fragment: bool = False,
    rename: Mapping[str, str] | None = None,
    pdf: bool = False,
) -> list[Path]:
    """Write the document, its ``.bib`` beside it and, if wanted, its PDF.

    Parameters
    ----------
    theorem : Theorem
    path : Path
        The ``.tex`` file.
    fragment, rename
        As for :meth:`asymp.Theorem.latex`.
    pdf : bool
        Also build the PDF.

    Returns
    -------
    list of Path
        The files written.
    """
    bibliography = path.with_suffix(".bib")
    write_text(path, theorem.latex(fragment=fragment, rename=rename))
    write_text(bibliography, write_bibliography(theorem))
    return [path, bibliography, *([_built(path)] if pdf else [])]


def _built(path: Path) -> Path:
    """PDF beside the document, without the files that TeX leaves behind."""
    target = path.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(path, folder))
        with replacing(target) as temporary:
            shutil.copy(build_pdf(copy), temporary)
    return target
