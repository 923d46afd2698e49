"""SIGINT and SIGTERM during a run: the first asks for a clean stop, the second stops at once.

A handler that raised anywhere would leave it unknown whether a COMMIT happened, so it only
takes note, cancels the statement that runs, and raises where a revision's own Python runs.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """Unwinds a revision; no ``except Exception`` in it can swallow this."""


class Stop:
    """Whether, and by which signal, this run was asked to stop."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.may_raise = False
        """True while a revision's own Python runs, and nothing of ours or of the driver's."""
        self._asked = threading.Event()
        self._cancel: Callable[[], None] | None = None

    @property
    def is_asked(self) -> bool:
        """Was this run asked to stop?"""
        return self._asked.is_set()

    def check(self) -> None:
        """Raise Stopped if this run was asked to stop."""
        if self.is_asked:
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until somebody asks to stop; raise Stopped then."""
        if self._asked.wait(seconds):
            raise Stopped

    def on_ask(self, cancel: Callable[[], None] | None) -> None:
        """Say what cancels the statement that runs."""
        self._cancel = cancel

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle the signals inside the block; in a thread other than the main one they are not ours."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.signal(s, self._handle) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.is_asked:
            raise Stopped
        self.signal = signal.Signals(number)
        self._asked.set()
        if self._cancel is not None:
            # in a thread: the main one may hold the very lock that cancelling needs
            threading.Thread(target=self._cancel, name="limosa-cancel", daemon=True).start()
        if self.may_raise:
            raise Stopped
