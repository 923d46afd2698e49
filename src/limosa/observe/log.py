"""The log sink: one line for each event through the standard library's logging, for CI and for services."""

from __future__ import annotations

import logging

from limosa.model.events import (
    Event,
    LockAcquired,
    LockWaiting,
    RunFinished,
    StatementFinished,
    StatementStarted,
    StepRetried,
)
from limosa.model.run import Outcome
from limosa.observe.sentence import sentence

_LEVELS: dict[type[Event], int] = {
    LockAcquired: logging.DEBUG,
    LockWaiting: logging.WARNING,
    StatementStarted: logging.DEBUG,
    StatementFinished: logging.DEBUG,
    StepRetried: logging.WARNING,
}
_TROUBLE = frozenset({Outcome.FAILED, Outcome.INTERRUPTED})


class LogSink:
    """Logs events under the logger ``limosa.run``; the event itself is in the record's ``event``."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._log = logger or logging.getLogger("limosa.run")

    def __call__(self, event: Event) -> None:
        """Log one event."""
        level = _level(event)
        if self._log.isEnabledFor(level):
            self._log.log(level, "%s", sentence(event), extra={"event": event})


def _level(event: Event) -> int:
    if isinstance(event, RunFinished) and event.report.outcome in _TROUBLE:
        return logging.ERROR
    if isinstance(event, StatementFinished) and event.error:
        return logging.WARNING
    return _LEVELS.get(type(event), logging.INFO)
