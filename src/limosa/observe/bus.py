"""The bus hands each event to every sink; a sink that fails is dropped, and the run goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from limosa.model.events import Event

Sink: TypeAlias = "Callable[[Event], None]"
"""Whatever wants to know: it is called in the order of the events, by one thread at a time."""

_log = logging.getLogger(__name__)


class Bus:
    """Calls every sink with every event; itself a sink."""

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self._sinks = list(sinks)
        # Re-entrant, because a sink or a signal handler may send an event of its own.
        self._lock = threading.RLock()

    def subscribe(self, sink: Sink) -> None:
        """Send events to this sink, too, from now on."""
        with self._lock:
            self._sinks.append(sink)

    def __call__(self, event: Event) -> None:
        """Hand the event to every sink."""
        with self._lock:
            for sink in tuple(self._sinks):
                try:
                    sink(event)
                except Exception:  # noqa: BLE001  # a broken log must never break a migration
                    self._drop(sink)

    def _drop(self, sink: Sink) -> None:
        self._sinks = [kept for kept in self._sinks if kept is not sink]
        _log.exception("a sink failed and was dropped: %r", sink)
