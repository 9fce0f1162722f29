"""Interrupts that last: Ctrl-C reaches the command even where Python would forget it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

PAUSE = 0.05  # seconds; a callback of the compiler, where no exception can go on, takes far fewer


@contextmanager
def lasting_interrupts() -> Iterator[None]:
    """Send an interrupt again that was swallowed in the body.

    Python raises :class:`KeyboardInterrupt` wherever the main thread happens to be. From a
    function that was called by C (LLVM calls such ones while it compiles) or a finaliser no
    exception can go on: Python reports it to ``sys.unraisablehook`` and forgets it. Here it is not
    reported but sent once more a moment later, as often as need be. Whatever has come of the body
    by its end may have been caused by the gap, and gives way to the interrupt.

    Raises
    ------
    KeyboardInterrupt
        At the end at the latest.
    """
    watch = Watch(sys.unraisablehook)
    watch.thread.start()
    # No code in Python, in which the next interrupt could be lost in its turn.
    sys.unraisablehook = watch.reports.put
    try:
        yield
    finally:
        sys.unraisablehook = watch.usual
        if watch.finish():
            raise KeyboardInterrupt


class Watch:
    """A thread that reads the reports of swallowed exceptions, and answers them.

    Parameters
    ----------
    usual : callable
        Takes the reports of everything but interrupts.
    """

    def __init__(self, usual: Callable[[Any], object]) -> None:
        self.usual = usual
        self.reports: SimpleQueue[Any] = SimpleQueue()
        self.thread = threading.Thread(target=self._answer, daemon=True)
        self._ended = threading.Event()
        self._found = False

    def finish(self) -> bool:
        """End the thread; whether there was an interrupt among the reports."""
        self._ended.set()
        self.reports.put(None)
        self.thread.join()
        return self._found

    def _answer(self) -> None:
        while self._answer_some():
            pass

    def _answer_some(self) -> bool:
        """Answer what is reported within a moment; whether there may be more."""
        reports = [self.reports.get()]
        self._ended.wait(PAUSE)
        reports += [self.reports.get() for _ in range(self.reports.qsize())]
        interrupts = [r for r in reports if r and issubclass(r.exc_type, KeyboardInterrupt)]
        for report in reports:
            if report and report not in interrupts:
                self.usual(report)
        self._found = self._found or bool(interrupts)
        if interrupts and not self._ended.is_set():
            interrupt_main_thread()
        return None not in reports


def interrupt_main_thread() -> None:
    """Do to the main thread what Ctrl-C does, also while it waits in a call of the system."""
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main()
    else:
        import signal

        ident = threading.main_thread().ident
        assert ident is not None  # It has been started.
        signal.pthread_kill(ident, signal.SIGINT)
