"""What the tests of faults share: processes of their own, and what is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 600.0  # seconds; a busy machine needs many, an idle one few


def environment(cache: Path) -> dict[str, str]:
    """This environment with a cache folder of its own."""
    return os.environ | {"ASYMP_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1"}


def heed_interrupts() -> None:
    """In the child: a test run in the background is told to ignore Ctrl-C, its commands are not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def started(command: list[str], cache: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a command as the leader of a group of its own, as a terminal does; nothing is left."""
    with subprocess.Popen(
        command, env=environment(cache), cwd=folder, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            for pid in members(process.pid):
                os.kill(pid, signal.SIGKILL)


def members(group: int) -> list[int]:
    """Living processes of a group; a zombie is not alive."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, own = entry.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(own) == group and state != "Z":
            found.append(int(entry.parent.name))
    return found


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def interrupt(process: subprocess.Popen[str], whole_group: bool = True) -> tuple[int, str]:
    """Press Ctrl-C, which reaches the whole group; exit code and standard error."""
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE)
    return process.returncode, error


def seconds_of(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
