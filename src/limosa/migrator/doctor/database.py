"""The databases: reached, judged, and whether a run could begin there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from limosa.config import Settings
from limosa.errors import Unreachable
from limosa.ledger.ledger import Ledger
from limosa.migrator.looking import with_way_back
from limosa.migrator.project import Project
from limosa.model.doctor import Examined, Health
from limosa.model.status import State, Status
from limosa.observe.wording import counted
from limosa.run.request import Target


def databases(settings: Settings) -> Iterator[Examined]:
    """Each database that env.py connects to."""
    project = Project(settings)
    for target in project.databases.targets:
        try:
            yield from _examined(project, target)
        except Unreachable as error:
            yield Examined("database", Health.MISSING, error.message, error.hint)


def _examined(project: Project, target: Target) -> Iterator[Examined]:
    engine, url = project.databases.engine(target), target.url
    place = engine.lock_file(url)
    if place is not None:
        yield _lock(place)
    if not project.databases.exists(target):
        yield Examined("database", Health.GOOD, f"{url.masked}: not there yet, the first upgrade makes it")
        return
    with project.databases.session(target) as session:
        driver = url.synchronous().driver or "sqlite3"
        server = f"{engine.server_version(session)}, driver {driver}"
        yield Examined("database", Health.GOOD, f"{url.masked}: {server}")
        engine.identity(session)
        rows = project.databases.rows(target, session)
        has_tables = bool(engine.tables(session))
        ledger = Ledger(engine)
        has_ledger = ledger.exists(session)
        entries = len(ledger.entries(session)) if has_ledger else 0
        may_create = has_ledger or engine.may_create_tables(session)
    judged = project.judge.judge(url, rows, has_tables=has_tables)
    status = with_way_back(project, target, judged)
    is_well = status.state in {State.AT_HEAD, State.BEHIND, State.EMPTY}
    at = f"{status.state.value.replace('_', ' ')}, at {', '.join(rows) or 'no revision'}"
    pending = f", {counted(len(status.pending), 'pending revision')}" if status.pending else ""
    yield Examined("version", Health.GOOD if is_well else Health.NOTE, f"{at}{pending}", _next(status))
    if has_ledger:
        yield Examined("ledger", Health.GOOD, f"our tables are there, with {counted(entries, 'step')}")
    elif may_create:
        yield Examined("ledger", Health.GOOD, "our tables are not there yet, the first upgrade makes them")
    else:
        yield Examined(
            "ledger",
            Health.MISSING,
            "our tables are not there, and this user may not make them",
            engine.creation_grant(url),
        )


def _lock(place: Path) -> Examined:
    folder = place.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Examined("runner lock", Health.GOOD, f"beside the database, in '{folder}'")
    reason = "cannot be written to" if folder.is_dir() else "does not exist"
    remedy = f"make '{folder}' writable for this user" if folder.is_dir() else f"mkdir -p '{folder}'"
    return Examined("runner lock", Health.MISSING, f"the folder '{folder}' {reason}", remedy)


def _next(status: Status) -> str | None:
    hint = {
        State.UNVERSIONED: "say where it stands: limosa stamp REVISION",
        State.AHEAD: "get the code that has the revision: git pull",
        State.DIVERGED: "limosa history --all shows who did what",
        State.BEHIND: "limosa upgrade",
    }.get(status.state)
    return f"{hint}; or: {status.recover}" if hint and status.recover else hint
