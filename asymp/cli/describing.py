"""Commands that show what the catalogue holds: list, show, latex, cite."""

from __future__ import annotations

from pathlib import Path

import click

from asymp.atomic import write_text
from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_file
from asymp.cli.ranges import read_pairs
from asymp.cli.run import Group
from asymp.cli.text import columns
from asymp.errors import InvalidParameter


def add_to(group: Group) -> None:
    """Register the commands."""
    for command in (list_theorems, show, latex, cite):
        group.add_command(command)


@click.command("list")
def list_theorems() -> None:
    """Theorems of the catalogue, those of ASYMP_PATH included."""
    from asymp.catalogue_files import catalogue, load

    entries = [load(name) for name in sorted(catalogue())]
    click.echo(columns([("id", "title"), *((entry.id, entry.title) for entry in entries)]))


@click.command()
@theorem_options
def show(name: str, activation: str | None, options: tuple[str, ...]) -> None:
    """Show a theorem: problem, parameters, equations, phases."""
    click.echo(str(open_theorem(name, activation, options)))


@click.command()
@theorem_options
@output_file([".tex"], otherwise="the document is printed")
@click.option("--fragment", is_flag=True, help=r"Without preamble, for \input.")
@click.option("--pdf", is_flag=True, help="Also build the PDF, with latexmk.")
@click.option(
    "--rename", multiple=True, metavar="NAME=LATEX", help=r"LaTeX of a symbol, e.g. psi1=\gamma."
)
def latex(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    path: Path | None,
    fragment: bool,
    pdf: bool,
    rename: tuple[str, ...],
) -> None:
    """Write the derivation as LaTeX, with its bibliography beside it."""
    if pdf and path is None:
        raise InvalidParameter("--pdf needs -o FILE.tex: the PDF is written beside it")
    if pdf and fragment:
        raise InvalidParameter("--pdf and --fragment exclude each other")
    from asymp.report.derivation import require_latex, write_derivation

    if pdf:
        require_latex()
    theorem = open_theorem(name, activation, options)
    renamed = read_pairs(rename) or None
    if path is None:
        click.echo(theorem.latex(fragment=fragment, rename=renamed))
        return
    for written in write_derivation(theorem, path, fragment=fragment, rename=renamed, pdf=pdf):
        click.echo(f"wrote {written}", err=True)


@click.command()
@theorem_options
@output_file([".bib"], otherwise="the entries are printed")
def cite(name: str, activation: str | None, options: tuple[str, ...], path: Path | None) -> None:
    """Print BibTeX of the works that a theorem rests on."""
    from asymp.document import write_bibliography

    text = write_bibliography(open_theorem(name, activation, options))
    if path is None:
        click.echo(text.rstrip("\n"))
    else:
        write_text(path, text)
