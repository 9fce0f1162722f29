"""Processor time of a call."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(job: Callable[[], object], rounds: int = 1) -> float:
    """Least processor time of a call over some rounds: others on the machine do not count."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)
