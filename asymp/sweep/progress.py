"""The bar of a sweep, in points: what the store held already counts as done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def shown(total: int, wanted: bool | None) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told how many points are done.

    Parameters
    ----------
    total : int
    wanted : bool or None
        Whether to show a bar; None: on a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), "points", TimeRemainingColumn())
    hidden = not (console.is_terminal if wanted is None else wanted)
    with Progress(*columns, console=console, disable=hidden) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)
