"""The bus: every sink hears every event, and none can stop a run."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from limosa.model.events import Event, LockAcquired, Notice, StepRetried
from limosa.observe.bus import Bus

if TYPE_CHECKING:
    import pytest


def test_every_sink_hears_every_event_in_order() -> None:
    """Sinks given at the start and those subscribed later hear the events in order."""
    first: list[Event] = []
    second: list[Event] = []
    bus = Bus([first.append])
    bus(Notice("one"))
    bus.subscribe(second.append)
    bus(Notice("two"))

    assert first == [Notice("one"), Notice("two")]
    assert second == [Notice("two")]


def test_failing_sink_is_dropped_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A sink that raises neither stops the others nor is called again."""
    calls: list[Event] = []
    heard: list[Event] = []

    def broken(event: Event) -> None:
        calls.append(event)
        raise RuntimeError("disk full")

    bus = Bus([broken, heard.append])
    with caplog.at_level(logging.ERROR):
        bus(Notice("one"))
        bus(Notice("two"))

    assert calls == [Notice("one")]
    assert heard == [Notice("one"), Notice("two")]
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_a_sink_hears_the_kinds_that_it_names() -> None:
    """Events of a class below count, others do not reach it; whoever names none hears all."""

    class Choosy:
        kinds = (Notice, LockAcquired)

        def __init__(self) -> None:
            self.heard: list[Event] = []

        def __call__(self, event: Event) -> None:
            self.heard.append(event)

    class Louder(Notice):
        """A kind of notice."""

    choosy, late = Choosy(), Choosy()
    everything: list[Event] = []
    events = [Notice("one"), StepRetried("a", 1, 0.1, 50, None), Louder("two"), LockAcquired(0.0)]
    bus = Bus([choosy, everything.append])
    for event in events:
        bus(event)
    bus.subscribe(late)
    bus(Notice("three"))

    assert choosy.heard == [events[0], events[2], events[3], Notice("three")]
    assert everything == [*events, Notice("three")]
    assert late.heard == [Notice("three")]


def test_a_sink_may_send_an_event() -> None:
    """An event sent from inside a sink arrives, instead of deadlocking the run."""
    heard: list[str] = []
    bus = Bus()

    def echo(event: Event) -> None:
        assert isinstance(event, Notice)
        heard.append(event.text)
        if event.text == "one":
            bus(Notice("two"))

    bus.subscribe(echo)
    bus(Notice("one"))

    assert heard == ["one", "two"]


def test_sinks_are_called_by_one_thread_at_a_time() -> None:
    """Events of several threads reach a sink one after another."""
    inside = threading.Lock()
    overlaps: list[Event] = []
    heard: list[Event] = []

    def sink(event: Event) -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(event)
            return
        heard.append(event)
        inside.release()

    bus = Bus([sink])

    def send() -> None:
        for _ in range(200):
            bus(Notice("x"))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(heard) == 800
    assert overlaps == []
