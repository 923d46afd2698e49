"""SIGINT and SIGTERM during a run: the first asks for a clean stop, the second stops at once.

A handler that raised anywhere would leave it unknown whether a COMMIT happened, so it only
takes note, and raises where a revision's own Python runs. The statement that runs is cancelled
by a thread, woken by the file descriptor that Python writes each signal to: Python calls
handlers in the main thread alone, and an event loop there may sleep through a signal that came
just before it lay down (seen with aiosqlite once in twenty times).
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_OURS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Unwinds a revision; no ``except Exception`` in it can swallow this."""


class Stop:
    """Whether, and by which signal, this run was asked to stop."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.may_raise = False
        """True while a revision's own Python runs, and nothing of ours or of the driver's."""
        self._asked = threading.Event()
        self._handled = 0
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
        receiver, sender = socket.socketpair()
        sender.setblocking(False)
        thread = threading.Thread(target=self._watch, args=(receiver,), name="limosa-signals", daemon=True)
        thread.start()
        before = {number: signal.signal(number, self._handle) for number in _OURS}
        descriptor = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in before.items():
                signal.signal(number, handler)
            sender.close()  # and with it ends the thread, unless it waits for a server that is gone

    def _watch(self, receiver: socket.socket) -> None:
        """Cancel what runs when the first signal comes; end when the other end is closed."""
        was_cancelled = False
        with receiver:
            while number := receiver.recv(1):
                if number[0] in _OURS and not was_cancelled:
                    was_cancelled = True
                    self._note(number[0])
                    if self._cancel is not None:
                        self._cancel()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._handled += 1
        self._note(number)
        if self._handled > 1 or self.may_raise:
            raise Stopped

    def _note(self, number: int) -> None:
        if self.signal is None:
            self.signal = signal.Signals(number)
        self._asked.set()
