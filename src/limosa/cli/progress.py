"""A run as it goes, on stderr: a bar on a terminal, a line for each fact elsewhere, nothing with --quiet."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from limosa.model.events import (
    Event,
    LockAcquired,
    LockWaiting,
    Notice,
    RunFinished,
    RunStarted,
    SnapshotLoaded,
    StatementFinished,
    StatementStarted,
    StepFinished,
    StepRetried,
    StepStarted,
    WaitingFor,
)
from limosa.observe.sentence import sentence
from limosa.observe.wording import shortened

if TYPE_CHECKING:
    from rich.progress import Progress

    from limosa.config import Display
    from limosa.observe.bus import Sink

_ALWAYS = (
    WaitingFor,
    LockWaiting,
    Notice,
    RunStarted,
    SnapshotLoaded,
    StepStarted,
    StepRetried,
    StepFinished,
)
_WITH_BAR = (WaitingFor, LockWaiting, Notice, SnapshotLoaded, StepRetried)
_STATEMENT_WIDTH = 60


@contextlib.contextmanager
def progress(display: Display) -> Iterator[tuple[Sink, ...]]:
    """Give the sinks that show a run to a person or to a log."""
    if display.quiet:
        yield ()
    elif sys.stderr.isatty():
        with bar(display) as sink:
            yield (sink,)
    else:
        yield (Lines(_to_stderr, verbose=display.verbose),)


class Lines:
    """Writes a line for each fact that a log wants; with ``verbose``, each statement with its time."""

    def __init__(
        self, write: Callable[[str], None], *, verbose: bool, kinds: tuple[type[Event], ...] = _ALWAYS
    ) -> None:
        self._write = write
        self._kinds: tuple[type[Event], ...] = (*kinds, StatementFinished) if verbose else kinds
        self.kinds = (*self._kinds, LockAcquired)
        """What the bus need hand over."""

    def __call__(self, event: Event) -> None:
        """Write the event's line, if it has one."""
        if isinstance(event, self._kinds) or (isinstance(event, LockAcquired) and event.waited_s >= 1):
            self._write(sentence(event))


class Bar:
    """Moves a bar of rich: steps done, the revision and the statement that run, the time gone and left."""

    def __init__(self, shown: Progress, lines: Lines) -> None:
        self._shown = shown
        self._lines = lines
        self._task = shown.add_task("", start=False, visible=False, statement="")

    def __call__(self, event: Event) -> None:
        """Show the event."""
        self._lines(event)
        if isinstance(event, RunStarted):
            self._shown.update(self._task, total=len(event.plan.steps), visible=bool(event.plan.steps))
            self._shown.start_task(self._task)
        elif isinstance(event, StepStarted):
            revision = event.step.revision
            self._shown.update(self._task, description=f"{revision.id} {revision.message}", statement="")
        elif isinstance(event, StatementStarted):
            self._shown.update(self._task, statement=shortened(event.sql, width=_STATEMENT_WIDTH))
        elif isinstance(event, StepFinished):
            self._shown.update(self._task, completed=event.index, statement="")
        elif isinstance(event, RunFinished):
            self._shown.update(self._task, visible=False)


@contextlib.contextmanager
def bar(display: Display) -> Iterator[Bar]:
    """Show a bar for as long as the run takes, whatever its end."""
    from rich.markup import escape  # noqa: PLC0415  # rich is slow to load
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column  # noqa: PLC0415

    from limosa.cli.terminal import console  # noqa: PLC0415

    narrow = Column(no_wrap=True, overflow="ellipsis", ratio=1)

    screen = console(sys.stderr, has_color=display.has_color)
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[statement]}", style="dim", markup=False, table_column=narrow),
        console=screen,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    kinds = (*_WITH_BAR, StepFinished)
    lines = Lines(lambda line: screen.print(escape(line)), verbose=display.verbose, kinds=kinds)
    with shown:
        yield Bar(shown, lines)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
