r"""Building the PDF with the latexmk of the machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from asymp.errors import AsympError, MissingExtra


def build_pdf(tex_path: str | Path) -> Path:
    """Run latexmk on a document and return the path of the PDF beside it.

    Parameters
    ----------
    tex_path : str or Path
        A file that :func:`asymp.document.write_document` wrote.

    Raises
    ------
    MissingExtra
        If latexmk is not installed.
    AsympError
        If TeX reports an error; the message holds its lines.
    """
    path = Path(tex_path).resolve()
    if shutil.which("latexmk") is None:
        raise MissingExtra(
            "building a PDF needs latexmk and LaTeX; install them from your system's packages "
            "(on Debian: apt-get install latexmk texlive-latex-recommended), or use the .tex file"
        )
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", path.name]
    run = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)
    if run.returncode != 0:
        raise AsympError(f"latexmk failed on {path.name}: {_complaint(path)}")
    return path.with_suffix(".pdf")


def _complaint(path: Path) -> str:
    """First error of the log with the line it points to."""
    log = path.with_suffix(".log")
    if not log.is_file():
        return "no log was written"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [i for i, line in enumerate(lines) if line.startswith("!")]
    return " ".join(lines[errors[0] : errors[0] + 3]) if errors else f"see {log.name}"
