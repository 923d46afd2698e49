"""Stopping a run: on SIGINT, SIGTERM and SIGHUP, or because another thread asks for it.

The first signal asks for a clean stop, the second stops at once. A handler that raised anywhere
would leave it unknown whether a COMMIT happened, so it only takes note, and raises where a
revision's own Python runs. The statement that runs is cancelled by a thread, woken by the file
descriptor that Python writes each signal to: Python calls handlers in the main thread alone, and
an event loop there may sleep through a signal that came just before it lay down (seen with
aiosqlite once in twenty times). Whoever asks from another thread has no handler, so that the
exception is put into the run's thread, in the same places and no others.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

_OURS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INSIST_EVERY_S = 0.2
_CURRENT: ContextVar[Stop | None] = ContextVar("limosa_stop", default=None)


class Stopped(BaseException):
    """Unwinds a revision; no ``except Exception`` in it can swallow this."""


class Stop:
    """Whether, and by which signal, this run was asked to stop."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        """None when it was not a signal that asked."""
        self._asked = threading.Event()
        self._handled = 0
        self._cancel: Callable[[], None] | None = None
        self._guard = threading.RLock()  # a signal handler may find it taken by its own thread
        self._may_raise = False
        self._thread: int | None = None
        self._was_thrown = False
        self._over: threading.Event | None = None
        """Set when the run is over; None while none listens."""

    @classmethod
    def current(cls) -> Stop:
        """The one that governs the call that this thread is in, or a new one."""
        return _CURRENT.get() or cls()

    @contextmanager
    def governing(self) -> Iterator[None]:
        """Let every run that begins inside the block be stopped by this one."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    @property
    def is_asked(self) -> bool:
        """Was this run asked to stop?"""
        return self._asked.is_set()

    @property
    def may_raise(self) -> bool:
        """True while a revision's own Python runs, and nothing of ours or of the driver's."""
        return self._may_raise

    @may_raise.setter
    def may_raise(self, value: bool) -> None:
        with self._guard:  # what is thrown under it arrives before it is left
            self._may_raise = value

    def ask(self) -> None:
        """Ask the run to stop, from any thread, and return at once; to ask again changes nothing."""
        self._asked.set()
        self._insist()

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
        """Let the block be stopped; in a thread other than the main one signals are not ours."""
        self._thread, self._over = threading.get_ident(), threading.Event()
        if self.is_asked:
            self._insist()
        is_main = threading.current_thread() is threading.main_thread()
        try:
            with self._signals() if is_main else _nothing():
                yield
        finally:
            self._over.set()
            self._over = None

    @contextmanager
    def _signals(self) -> Iterator[None]:
        receiver, sender = socket.socketpair()
        sender.setblocking(False)
        thread = threading.Thread(target=self._watch, args=(receiver,), name="limosa-signals", daemon=True)
        thread.start()
        # nohup lets a run outlive its terminal
        heard = [number for number in _OURS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._handle) for number in heard}
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
        has_come = False
        with receiver:
            while number := receiver.recv(1):
                if number[0] in _OURS and not has_come:
                    has_come = True
                    self._note(number[0])
                    self._insist()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._handled += 1
        self._note(number)
        if self._handled > 1 or self.may_raise:
            raise Stopped

    def _note(self, number: int) -> None:
        if self.signal is None:
            self.signal = signal.Signals(number)
        self._asked.set()

    def _insist(self) -> None:
        """Cancel until the run is over: a cancellation that comes before its statement does nothing."""
        over = self._over
        if over is not None:
            name = "limosa-stop"
            threading.Thread(target=self._cancel_until, args=(over,), name=name, daemon=True).start()

    def _cancel_until(self, over: threading.Event) -> None:
        while not over.is_set():
            self._raise_there()
            cancel = self._cancel
            if cancel is not None:
                cancel()
            over.wait(_INSIST_EVERY_S)

    def _raise_there(self) -> None:
        """Raise Stopped, once, in a revision's own Python; where a signal asked, its handler does."""
        with self._guard:
            if self._may_raise and not self._was_thrown and self.signal is None and self._thread is not None:
                self._was_thrown = True
                _throw(self._thread)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _throw(thread: int) -> None:
    import ctypes  # noqa: PLC0415  needed only where a thread asks

    # https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Stopped))
