"""Makes a baseline from what revisions make, and proves it before anything is moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from limosa.engines.base import OpenSession, opened
from limosa.engines.dumping import dumper_for
from limosa.engines.registry import engine_for
from limosa.model.limits import Limits
from limosa.model.schema import Schema
from limosa.model.session import Query, VersionTable
from limosa.model.url import DatabaseURL
from limosa.plan.clearing import droppable
from limosa.rehearse.snapshot import (
    Ground,
    Made,
    prepare,
    reason_why_unequal,
    seen,
    tell,
    unproven,
    version_table,
)
from limosa.rehearse.stage import Stage
from limosa.run.held import Emit
from limosa.run.request import Request
from limosa.scratch import scratch_database

_NO_BODIES = {
    "postgresql": ("SET LOCAL check_function_bodies = false", "SET LOCAL check_function_bodies = true")
}
"""A function may come before what its body names."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What a baseline sends, up and down."""

    up: tuple[str, ...]
    down: tuple[str, ...]
    made: Made


@dataclass(frozen=True, slots=True)
class Trial:
    """A project whose only revision is the baseline."""

    stage: Stage
    up: Request
    down: Request


def statements_of(ground: Ground, stage: Stage, request: Request, emit: Emit) -> Statements:
    """Run revisions on an empty database and return what makes the same at once."""
    with scratch_database(ground.backend, ground.major) as url:
        program = prepare(url, ground)
        empty = _schema(url, None)
        stage.run(url, request, emit)
        table = version_table(url, stage)
        dumper = dumper_for(url)
        script = tell(lambda: dumper.contents(url, program=program, version_table=table))
        before, after = _NO_BODIES.get(ground.backend, (None, None))
        up = [*([before] if before else []), *dumper.statements(script), *([after] if after else [])]
        return Statements(tuple(up), _drops(url, table, empty), seen(url, dumper, program, table))


def prove(ground: Ground, expected: Made, make_trial: Callable[[], Trial], emit: Emit) -> None:
    """See that the baseline makes the same, and takes all of it away again."""
    trial = make_trial()
    with scratch_database(ground.backend, ground.major) as url:
        program = prepare(url, ground)
        empty = _schema(url, None)
        trial.stage.run(url, trial.up, emit)
        table = version_table(url, trial.stage)
        reason = reason_why_unequal(expected, seen(url, dumper_for(url), program, table))
        if reason is not None:
            raise unproven("baseline", reason)
        trial.stage.run(url, trial.down, emit)
        left = empty.difference(_schema(url, table))
        if left:
            raise unproven("baseline", f"its downgrade leaves something behind: {left[0].sentence}")


def _schema(url: DatabaseURL, table: VersionTable | None) -> Schema:
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="limosa-squash") as session:
        return engine.schema(session, table)


def _drops(url: DatabaseURL, table: VersionTable, empty: Schema) -> tuple[str, ...]:
    """Return the statements that drop all that was not there at first."""
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="limosa-squash") as session:
        there_before = set(empty.objects)
        made = Schema.of(one for one in engine.schema(session, table).objects if one not in there_before)
        recorder = _Recorder(session)
        engine.drop(recorder, droppable(made))
        return tuple(recorder.sent)


class _Recorder:
    """A session that writes down what it is asked to change, and changes nothing."""

    def __init__(self, session: OpenSession) -> None:
        self._session = session
        self.sent: list[str] = []

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return self._session.rows(query, **values)

    def change(self, query: Query, /, **values: Any) -> int:  # noqa: ARG002
        """Write the statement down."""
        self.sent.append(str(query))
        return 0
