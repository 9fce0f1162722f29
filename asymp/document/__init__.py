"""Documents: a theorem as LaTeX, its bibliography, the PDF, and a summary for terminals."""

from asymp.document.bibliography import write_bibliography
from asymp.document.build import build_pdf
from asymp.document.summary import summary
from asymp.document.write import write_document

__all__ = ["build_pdf", "summary", "write_bibliography", "write_document"]
