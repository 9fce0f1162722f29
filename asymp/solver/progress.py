"""A progress bar that appears only when there is something to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0  # seconds before a bar appears unasked
FEW = 10_000  # points that are done long before that


@contextmanager
def progress_bar(
    total: int, wanted: bool | None, doing: str = "solving", few: int = FEW
) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told how many points have been finished.

    Parameters
    ----------
    total : int
        Number of points.
    wanted : bool or None
        Whether to show a bar; None: on a terminal, after a second.
    doing : str
        What the bar is labelled with.
    few : int
        Number of points that are done too soon for a bar.
    """
    if wanted is False or (wanted is None and total <= few):
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    shown = Progress(console=console, transient=console.is_terminal)
    task = shown.add_task(doing, total=total)
    start = time.monotonic()
    if wanted:
        shown.start()

    def advance(count: int) -> None:
        shown.advance(task, count)
        late = time.monotonic() - start > PATIENCE and not shown.finished
        if late and console.is_terminal and not shown.live.is_started:
            shown.start()

    try:
        yield advance
    finally:
        if shown.live.is_started:
            shown.stop()
