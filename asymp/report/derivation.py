"""The derivation as files: LaTeX, bibliography and, where TeX is installed, PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from asymp.document import build_pdf, write_bibliography
from asymp.report.files import write_text

if TYPE_CHECKING:
    from asymp.api import Theorem


def write_derivation(
    theorem: Theorem,
    path: Path,
    *,
    fragment: bool = False,
    rename: Mapping[str, str] | None = None,
    pdf: bool = False,
) -> Iterator[Path]:
    """Write the document, its ``.bib`` beside it and, if wanted, its PDF; yield each file.

    Parameters
    ----------
    theorem : Theorem
    path : Path
        The ``.tex`` file.
    fragment, rename
        As for :meth:`asymp.Theorem.latex`.
    pdf : bool
        Also build the PDF.
    """
    write_text(path, theorem.latex(fragment=fragment, rename=rename))
    yield path
    bibliography = path.with_suffix(".bib")
    write_text(bibliography, write_bibliography(theorem))
    yield bibliography
    if pdf:
        yield build_pdf(path)
