"""Waiting until a database is there, or has come as far as the code needs it; and making sure that it has.

Each look is a connection of its own without a transaction that outlives a statement; between
two looks nothing is held.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from limosa.errors import Ahead, Behind, Interrupted, LimosaError, Unreachable
from limosa.migrator import looking
from limosa.migrator.project import Project
from limosa.migrator.standing import worst
from limosa.model.events import WaitingFor
from limosa.model.health import Health, HealthPolicy, HealthReport, Mode
from limosa.model.status import State, Status
from limosa.observe.wording import seconds, versions
from limosa.run.stop import Stop, Stopped

Lack: TypeAlias = Callable[[Status], LimosaError | None]
"""What a database lacks, as the error that it would be to wait no longer; None if nothing."""

_FIRST_DELAY_S = 0.1
_MOST_DELAY_S = 2.0
_NAMED = 5
"""How many missing revisions are named; the rest is counted."""


def health(project: Project, policy: HealthPolicy, *, timeout_s: float) -> HealthReport:
    """Look once."""
    started = time.monotonic()
    status = worst(looking.statuses(project, in_brief=True, connect_s=timeout_s))
    return policy.judge(status, latency_s=time.monotonic() - started)


def wait(project: Project, *, at: str | None, timeout_s: float) -> Status:
    """Wait until the database answers, or is at a revision or beyond it."""
    wanted = () if at is None else project.graph.resolve(at)
    return _until(project, partial(_lacks_revision, project, wanted), timeout_s)


def ensure(project: Project, *, mode: Mode, policy: HealthPolicy, timeout_s: float) -> Status:
    """Return where the database stands if the policy lets the application start on it; raise otherwise."""
    if mode == "check":
        status = worst(looking.statuses(project, in_brief=True))
        error = _unfit(policy, status)
        if error is not None:
            raise _told(project, error)
        return status
    if mode == "wait":
        return _until(project, partial(_unfit, policy), timeout_s)
    from limosa.migrator.changing import upgrade  # noqa: PLC0415  who only looks needs no executor

    status = _until(project, _unreachable, timeout_s)
    if policy.judge(status).health in {Health.BEHIND, Health.UNVERSIONED}:
        upgrade(project, "heads")
    return ensure(project, mode="check", policy=policy, timeout_s=timeout_s)


def _until(project: Project, lack: Lack, timeout_s: float) -> Status:
    started, missing, pause = time.monotonic(), "nothing was looked at yet", _FIRST_DELAY_S
    with project.stoppable() as stop, stop.listening():
        try:
            while True:
                found = _look(project, stop, timeout_s - (time.monotonic() - started))
                error = next(filter(None, map(lack, found)), None)
                if error is None:
                    return worst(found)
                waited = time.monotonic() - started
                if waited >= timeout_s or isinstance(error, Ahead):
                    raise _told(project, _given_up(error, waited))
                if error.message != missing:
                    missing = error.message
                    project.bus(WaitingFor(missing, waited))
                stop.sleep(min(random.uniform(pause / 2, pause), timeout_s - waited))  # noqa: S311  jitter
                pause = min(pause * 1.5, _MOST_DELAY_S)
        except Stopped:
            name = "request" if stop.signal is None else stop.signal.name
            raise Interrupted(
                f"stopped by {name} while waiting: {missing}",
                hint="nothing was changed; 'limosa status' shows where the database stands",
                signal=name,
            ) from None


def _look(project: Project, stop: Stop, rest_s: float) -> tuple[Status, ...]:
    """Look; who only looks may be stopped anywhere, in a connection that is being made, too."""
    stop.may_raise = True
    try:
        stop.check()
        return looking.statuses(project, in_brief=True, connect_s=rest_s)
    finally:
        stop.may_raise = False


def _given_up(error: LimosaError, waited_s: float) -> LimosaError:
    waited = f" (waited {seconds(waited_s)})" if waited_s >= _MOST_DELAY_S else ""
    return type(error)(f"{error.message}{waited}", hint=error.hint, **error.fields)


def _told(project: Project, error: LimosaError) -> LimosaError:
    if not isinstance(error, Ahead):
        return error
    from limosa.migrator.ahead import told  # noqa: PLC0415  seldom needed

    return told(project, error)


def _unreachable(status: Status) -> LimosaError | None:
    if status.state is not State.UNREACHABLE:
        return None
    return Unreachable(
        status.reason or "the database does not answer",
        hint="check that the database runs and that the URL is right: limosa doctor",
        url=status.url,
    )


def _unfit(policy: HealthPolicy, status: Status) -> LimosaError | None:
    """Why the application may not start on this database."""
    report = policy.judge(status)
    if report.is_startable:
        return None
    if report.health is Health.UNREACHABLE:
        return _unreachable(status)
    if report.health in {Health.AHEAD, Health.DIVERGED}:
        return _ahead(status)
    return _behind(status, report.pending)


def _lacks_revision(project: Project, wanted: tuple[str, ...], status: Status) -> LimosaError | None:
    """What is missing of the revisions; a database that is beyond them has them."""
    if status.state is State.UNREACHABLE:
        return _unreachable(status)
    graph = project.graph
    known = [row for row in status.current if row in graph.revisions]
    missing = set(wanted) - (graph.ancestors(*known) if known else frozenset())
    if not missing:
        return None
    if len(known) < len(status.current):
        return None if missing <= _applied(project) else _ahead(status)
    on_the_way = graph.ancestors(*missing)
    return _behind(status, tuple(p.revision for p in status.pending if p.revision in on_the_way))


def _applied(project: Project) -> frozenset[str]:
    """The revisions that are applied by what the ledger says, those that are not on disk included."""
    last = {
        entry.revision: entry for entry in reversed(looking.record(project)) if entry.outcome == "applied"
    }
    return frozenset(name for name, entry in last.items() if name and entry.direction == "upgrade")


def _behind(status: Status, missing: tuple[str, ...]) -> Behind:
    rest = len(missing) - _NAMED
    named = ", ".join(missing[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    return Behind(
        f"the database is at {versions(status.current)}; missing: {named or 'a version'}",
        hint="run 'limosa upgrade', or see whether whoever does is at it: limosa history",
        current=status.current,
        missing=missing,
    )


def _ahead(status: Status) -> Ahead:
    return Ahead(
        f"the database is at {versions(status.current)}: {status.reason or 'this code does not know it'}",
        hint="get the code that has it (git pull); what is here: limosa heads",
        revision=next(iter(status.current), None),
        revisions=status.current,
    )
