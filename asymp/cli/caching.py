"""The command cache: generated kernels and stored theorems on disk."""

from __future__ import annotations

import click

from asymp.cli.run import Group


def add_to(group: Group) -> None:
    """Register the command."""
    group.add_command(cache)


@click.group(cls=Group)
def cache() -> None:
    """Folder of generated kernels: where it is, emptying it."""


@cache.command("path")
def path() -> None:
    """Print the folder (ASYMP_CACHE_DIR chooses another)."""
    from asymp.lowering.cache import cache_folder

    click.echo(str(cache_folder()))


@cache.command("clear")
def clear() -> None:
    """Delete kernels and stored theorems; the next solve derives and writes them anew."""
    from asymp.lowering.cache import cache_folder

    folder = cache_folder()
    kernels = sorted(folder.glob("asymp_kernel_*.py"))
    theorems = sorted(folder.glob("asymp_theorem_*.json"))
    machine_code = folder.glob("__pycache__/asymp_kernel_*")
    for file in (*kernels, *theorems, *machine_code):
        file.unlink(missing_ok=True)
    click.echo(f"deleted {len(kernels)} kernels and {len(theorems)} theorems from {folder}")
