"""Events in words, and the log sink that writes them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from limosa.model import events
from limosa.model.plan import Plan, Step
from limosa.model.revision import Direction, Revision
from limosa.model.run import Blocker, Holder, Outcome, RunReport, StepReport
from limosa.observe.log import LogSink
from limosa.observe.sentence import sentence
from limosa.observe.wording import seconds, shortened

REVISION = Revision("002", ("001",), (), (), "add owner", "", Path("002.py"), None, "c", True, True)
STEP = Step(Direction.UPGRADE, REVISION, ("001",), ("002",))
PLAN = Plan(Direction.UPGRADE, "head", ("001",), ("002",), (STEP,))
STAMP = Plan(Direction.UPGRADE, "head", ("001",), ("002",), ())
STEP_REPORT = StepReport("002", "add owner", Direction.UPGRADE, 0.25, 3, 1)


def report(outcome: Outcome) -> RunReport:
    """Build the report of a run that took one step."""
    return RunReport(7, outcome, ("001",), ("002",), (STEP_REPORT,), 1.25, 0.0, "sqlite:///x.db")


EVENTS: list[tuple[events.Event, str, int]] = [
    (events.WaitingFor("r2 is missing", 2.0), "waiting (2.0 s so far): r2 is missing", logging.INFO),
    (
        events.LockWaiting(Holder("db1", 42, "ann", "2026-01-01", "running 003"), 2.0),
        "waiting for another runner (2.0 s so far): ann@db1 (pid 42), since 2026-01-01, running 003",
        logging.WARNING,
    ),
    (events.LockAcquired(0.01), "got the runner lock", logging.DEBUG),
    (events.LockAcquired(12.5), "got the runner lock after 12.5 s", logging.DEBUG),
    (events.Notice("reconnected"), "reconnected", logging.INFO),
    (events.RunStarted(7, PLAN), "run 7: upgrade from 001 to 002, 1 revision", logging.INFO),
    (events.RunStarted(8, STAMP), "run 8: stamp from 001 to 002", logging.INFO),
    (
        events.SnapshotLoaded("002.sqlite.sql", 2, 0.05),
        "made from snapshot 002.sqlite.sql in 50 ms, in place of 2 revisions",
        logging.INFO,
    ),
    (events.StepStarted(STEP, 1, 3, 1), "[1/3] upgrade 002 add owner", logging.INFO),
    (events.StepStarted(STEP, 1, 3, 2), "[1/3] upgrade 002 add owner (attempt 2)", logging.INFO),
    (events.StatementStarted("002", 1, "ALTER TABLE\n t"), "002.1 ALTER TABLE t", logging.DEBUG),
    (
        events.StatementFinished("002", 1, "UPDATE t", 0.5, 10, None),
        "002.1 UPDATE t: 500 ms, 10 rows",
        logging.DEBUG,
    ),
    (
        events.StatementFinished("002", 1, "UPDATE t", 0.5, -1, "no such table"),
        "002.1 UPDATE t: failed after 500 ms: no such table",
        logging.WARNING,
    ),
    (
        events.StepRetried("002", 1, 0.2, 50, Blocker(9, "bob", "psql", "idle", 3.0, "SELECT 1")),
        (
            "002: no lock within 50 ms (attempt 1), again in 200 ms, blocked by pid 9 'psql' of user 'bob', "
            "idle, in its transaction for 3.0 s: SELECT 1"
        ),
        logging.WARNING,
    ),
    (events.StepFinished(STEP_REPORT, 1, 3), "[1/3] 002 done in 250 ms, 3 statements", logging.INFO),
    (events.RunFinished(report(Outcome.APPLIED)), "run 7 finished after 1.2 s, at 002", logging.INFO),
    (events.RunFinished(report(Outcome.FAILED)), "run 7 failed after 1.2 s, at 002", logging.ERROR),
]


@pytest.mark.parametrize(("event", "text", "level"), EVENTS, ids=[type(e).__name__ for e, _, _ in EVENTS])
def test_event_is_one_line_of_log(
    event: events.Event, text: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Each event is logged as its sentence, at its level, with the event itself in the record."""
    with caplog.at_level(logging.DEBUG, logger="limosa.run"):
        LogSink()(event)

    assert [(r.getMessage(), r.levelno, r.event) for r in caplog.records] == [(text, level, event)]  # type: ignore[attr-defined]


def test_every_event_has_its_sentence() -> None:
    """An event added to the model without a sentence shows here."""
    classes = [value for value in vars(events).values() if isinstance(value, type)]
    known = {kind for kind in classes if issubclass(kind, events.Event) and kind is not events.Event}

    assert known == {type(event) for event, _, _ in EVENTS}
    assert all(sentence(event) != type(event).__name__ for event, _, _ in EVENTS)


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [(0.0004, "0 ms"), (0.25, "250 ms"), (59.94, "59.9 s"), (61, "1 min 01 s"), (3725, "1 h 02 min")],
)
def test_durations_are_readable(duration_s: float, text: str) -> None:
    """A duration is written in the unit that people would use."""
    assert seconds(duration_s) == text


def test_shortened_statement_fits() -> None:
    """A long statement is one line, cut to the width, with a sign of the cut."""
    assert shortened("SELECT\n  1", width=20) == "SELECT 1"
    assert shortened("x" * 30, width=20) == "x" * 19 + "…"
