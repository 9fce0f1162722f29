"""Configuration of the documentation: nothing is fetched while it is built."""

from __future__ import annotations

from pathlib import Path

import asymp

project = "asymp"
author = "The asymp developers"
project_copyright = "2026, the asymp developers"
version = release = asymp.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_generated"]
html_theme = "furo"
html_title = "asymp"
html_static_path = ["_static"]
autodoc_typehints = "none"  # NumPy docstrings say it with meaning
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
# The catalogue's file names are given as console text.
suppress_warnings = ["misc.highlighting_failure"]


def symbol_table(theorem: asymp.Theorem) -> str:
    """Parameters, order parameters and observables of a theorem, as a table."""
    rows = ["| name | symbol | domain | meaning |", "| --- | --- | --- | --- |"]
    for quantities in (theorem.parameters, theorem.order_parameters, theorem.observables):
        for name, quantity in quantities.items():
            domain = f"${asymp_latex(quantity.domain)}$"
            rows.append(f"| `{name}` | ${quantity.latex}$ | {domain} | {quantity.meaning} |")
    return "\n".join(rows) + "\n"


def asymp_latex(expression: object) -> str:
    """LaTeX of a SymPy object."""
    import sympy

    return str(sympy.latex(expression))


def convention_table(theorem: asymp.Theorem) -> str:
    """What the theorem's file says of its conventions."""
    rows = [f"| {what} | {text} |" for what, text in theorem.conventions.items()]
    return "\n".join(["| | |", "| --- | --- |", *rows]) + "\n"


def generate(app: object) -> None:
    """Write the tables that pages include."""
    folder = Path(__file__).parent / "_generated"
    folder.mkdir(exist_ok=True)
    theorem = asymp.theorem("random-features-robust")
    (folder / "symbols.md").write_text(symbol_table(theorem), encoding="utf-8")
    (folder / "conventions.md").write_text(convention_table(theorem), encoding="utf-8")


def setup(app: object) -> None:
    """Generate the tables before the pages are read."""
    app.connect("builder-inited", generate)  # type: ignore[attr-defined]
