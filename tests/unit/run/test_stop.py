"""A signal is taken note of and acted on whatever the main thread is at."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def asked_by_another_thread(stop: Stop, *, when: threading.Event) -> Iterator[None]:
    """Ask from another thread as soon as the event is set."""

    def ask() -> None:
        when.wait()
        stop.ask()

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    thread.join()


def test_another_thread_stops_a_revisions_own_python() -> None:
    """Python that sends no statement and never looks is left where it is, soon and once."""
    stop, began = Stop(), threading.Event()
    with asked_by_another_thread(stop, when=began), stop.listening():
        with pytest.raises(Stopped):
            spin(stop, began)
        stop.may_raise = False
        sum(range(100_000))  # a second one would arrive here
    assert stop.is_asked
    assert stop.signal is None


def spin(stop: Stop, began: threading.Event) -> None:
    """Do what a revision may do."""
    stop.may_raise = True
    began.set()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pass


def test_another_thread_never_raises_in_the_drivers_code() -> None:
    """Outside a revision's own Python the thread goes on, and its statement is cancelled until it ends."""
    stop, began, times = Stop(), threading.Event(), []
    twice = threading.Event()

    def cancel() -> None:
        times.append(time.monotonic())
        if len(times) > 1:  # the first came before the statement had begun
            twice.set()

    stop.on_ask(cancel)
    with asked_by_another_thread(stop, when=began), stop.listening():
        began.set()
        assert twice.wait(20)
        with pytest.raises(Stopped):
            stop.check()


def test_what_has_not_arrived_does_not_arrive_later() -> None:
    """An exception put into a thread arrives before that thread has left the revision's Python."""
    for _ in range(300):
        stop, began = Stop(), threading.Event()
        with asked_by_another_thread(stop, when=began), stop.listening():
            try:
                stop.may_raise = True
                began.set()
                stop.may_raise = False
            except Stopped:
                stop.may_raise = False
            for _ in range(50):
                time.sleep(0)
        assert stop.is_asked


def test_nothing_is_left_of_a_run_that_was_stopped() -> None:
    """The thread that cancels ends with the run, and a run that begins later is asked all the same."""
    stop = Stop()
    stop.ask()
    cancelled = threading.Event()
    stop.on_ask(cancelled.set)
    with stop.listening():
        assert cancelled.wait(20)
    end = time.monotonic() + 20
    while threads("limosa-stop") and time.monotonic() < end:
        time.sleep(0.001)
    assert not threads("limosa-stop")


def threads(name: str) -> list[str]:
    """Return the living threads of this name."""
    return [thread.name for thread in threading.enumerate() if thread.name == name]


def test_a_call_is_governed_by_the_stop_around_it() -> None:
    """Whoever holds the stop of a call reaches the run inside it; calls beside it have their own."""
    stop = Stop()
    with stop.governing():
        assert Stop.current() is stop
    assert Stop.current() is not stop
