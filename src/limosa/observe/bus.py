"""The bus hands each event to the sinks that hear its kind; a sink that fails is dropped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from limosa.model.events import Event

Sink: TypeAlias = "Callable[[Event], None]"
"""Whatever wants to know: it is called in the order of the events, by one thread at a time.

One with an attribute ``kinds``, a tuple of classes of events, is called with those alone.
"""

_log = logging.getLogger(__name__)


class Bus:
    """Calls every sink with every event; itself a sink."""

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self._sinks = list(sinks)
        self._hearing: dict[type[Event], tuple[Sink, ...]] = {}
        """Who hears which kind, as far as it was asked: most events of a run are heard by nobody."""
        # Re-entrant, because a sink or a signal handler may send an event of its own.
        self._lock = threading.RLock()

    def subscribe(self, sink: Sink) -> None:
        """Send events to this sink, too, from now on."""
        with self._lock:
            self._sinks.append(sink)
            self._hearing = {}

    def __call__(self, event: Event) -> None:
        """Hand the event to every sink that hears it."""
        hearing = self._hearing.get(type(event))
        if hearing is None:
            hearing = self._find(type(event))
        if not hearing:
            return
        with self._lock:
            for sink in hearing:
                try:
                    sink(event)
                except Exception:  # noqa: BLE001  # a broken log must never break a migration
                    self._drop(sink)

    def _find(self, kind: type[Event]) -> tuple[Sink, ...]:
        with self._lock:
            found = tuple(sink for sink in self._sinks if issubclass(kind, getattr(sink, "kinds", kind)))
            self._hearing[kind] = found
            return found

    def _drop(self, sink: Sink) -> None:
        self._sinks = [kept for kept in self._sinks if kept is not sink]
        self._hearing = {}
        _log.exception("a sink failed and was dropped: %r", sink)
