"""Progress: lines for a log, a bar for a person, silence with --quiet."""

from __future__ import annotations

import sys

import pytest

from limosa.cli.progress import Lines, bar, progress
from limosa.config import Display
from limosa.model.events import (
    Event,
    LockAcquired,
    LockWaiting,
    Notice,
    RunFinished,
    RunStarted,
    StatementFinished,
    StatementStarted,
    StepFinished,
    StepRetried,
    StepStarted,
)
from limosa.model.plan import Plan, Step
from limosa.model.revision import Direction
from tests.unit.cli.test_pages import REPORT, SECOND, STEP

PLANNED = Step(Direction.UPGRADE, SECOND, ("001",), ("002",))
RUN: list[Event] = [
    LockWaiting(None, 0.1),
    LockAcquired(0.2),
    RunStarted(2, Plan(Direction.UPGRADE, "head", ("001",), ("002",), (PLANNED,))),
    StepStarted(PLANNED, 1, 1, 1),
    StatementStarted("002", 1, "ALTER TABLE [red]t[/red]"),
    StatementFinished("002", 1, "ALTER TABLE [red]t[/red]", 0.02, -1, None),
    StepRetried("002", 1, 0.1, 50, None),
    Notice("an orphan ended"),
    StepFinished(STEP, 1, 1),
    RunFinished(REPORT),
]


def test_pipe_gets_a_line_for_each_fact(capsys: pytest.CaptureFixture[str]) -> None:
    """Start, finish, retry, wait and notice are a line on stderr each; statements are none."""
    with progress(Display()) as sinks:
        for event in RUN:
            for sink in sinks:
                sink(event)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "waiting for another runner (100 ms so far): whose name is not known",
        "run 2: upgrade from 001 to 002, 1 revision",
        "[1/1] upgrade 002 add owner",
        "002: no lock within 50 ms (attempt 1), again in 100 ms",
        "an orphan ended",
        "[1/1] 002 done in 500 ms, 3 statements",
    ]


def test_verbose_adds_each_statement_with_its_time() -> None:
    """With --verbose a statement is a line, written when it came back."""
    lines: list[str] = []
    sink = Lines(lines.append, verbose=True)
    for event in RUN:
        sink(event)

    assert "002.1 ALTER TABLE [red]t[/red]: 20 ms" in lines


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet nobody listens."""
    with progress(Display(quiet=True)) as sinks:
        assert sinks == ()

    assert capsys.readouterr().err == ""


def test_bar_shows_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal waits, retries and finished steps stay on the screen above the bar."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with bar(Display()) as sink:
        for event in RUN:
            sink(event)

    shown = capsys.readouterr().err
    assert "an orphan ended" in shown
    assert "[1/1] 002 done in 500 ms, 3 statements" in shown
    assert "run 2: upgrade" not in shown


def test_bar_ends_with_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that raises leaves no bar behind, and its error comes through."""

    def run() -> None:
        with bar(Display()) as sink:
            sink(RUN[2])
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        run()
    assert "\x1b" not in capsys.readouterr().err
