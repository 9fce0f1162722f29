"""The command plot."""

from __future__ import annotations

from pathlib import Path

import click

from asymp.atomic import replacing
from asymp.cli.options import open_theorem, theorem_options
from asymp.cli.output import output_file
from asymp.cli.ranges import read_arguments, read_pairs
from asymp.cli.run import Group
from asymp.plotting.style import FIGURES, require_matplotlib, save


def add_to(group: Group) -> None:
    """Register the command."""
    group.add_command(plot)


@click.command()
@theorem_options
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUES]...")
@output_file(FIGURES)
def plot(
    name: str,
    activation: str | None,
    options: tuple[str, ...],
    arguments: tuple[str, ...],
    path: Path,
) -> None:
    """Draw observables against one parameter, with a curve for each value of another.

    Observables are named by y, a comma list (default: the robust risk if there is one):

    \b
      asymp plot random-features-robust psi1=0.1:50:300:log psi2=2 eps=0.1,0.3 tau=0.5
          y=robust_risk,standard_risk -o risk.pdf
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from asymp.plotting.curves import draw, require_observable, scene_of
    from asymp.report.plan import headline

    require_matplotlib()
    pairs = read_pairs(arguments)
    wanted = pairs.pop("y", "")
    theorem = open_theorem(name, activation, options)
    observables = wanted.split(",") if wanted else [headline(theorem)]
    for observable in observables:
        require_observable(theorem, observable)
    given = read_arguments(pairs, theorem.parameters)
    scene = scene_of(theorem, theorem.solve(**given))
    with replacing(path) as temporary:
        save(draw(scene, observables), temporary)
    click.echo(f"wrote {path}", err=True)
