"""A signal is taken note of and acted on whatever the main thread is at."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from limosa.run.stop import Stop, Stopped


def test_a_signal_that_the_main_thread_sleeps_through_cancels() -> None:
    """The kernel wakes another thread, and the main one sleeps on: what runs is cancelled all the same."""
    stop, cancelled, is_blocked = Stop(), threading.Event(), threading.Event()

    def send() -> None:
        is_blocked.wait()
        os.kill(os.getpid(), signal.SIGTERM)

    sender = threading.Thread(target=send)
    sender.start()
    with stop.listening():
        stop.on_ask(cancelled.set)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            is_blocked.set()
            assert cancelled.wait(20)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    sender.join()

    assert stop.signal is signal.SIGTERM
    with pytest.raises(Stopped):
        stop.check()


def test_first_signal_raises_only_where_it_may_and_the_second_anywhere() -> None:
    """Outside a revision's own Python the first one is only noted."""
    stop = Stop()
    with stop.listening():
        signal.raise_signal(signal.SIGINT)
        assert stop.is_asked
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGINT)

    inside = Stop()
    with inside.listening():
        inside.may_raise = True
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGTERM)
    assert inside.signal is signal.SIGTERM


def test_handlers_are_given_back() -> None:
    """After the run the application's own handlers and its wake-up descriptor are as they were."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Stop().listening():
        assert signal.getsignal(signal.SIGINT) is not before[0]

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1
