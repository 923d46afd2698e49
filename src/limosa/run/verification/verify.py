"""All checks of a project's databases, in the order in which a person would make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from limosa.alembic_bridge.comparison import Comparison
from limosa.engines.base import Engine, OpenSession, opened
from limosa.engines.inspection import Inspection, inspection_of
from limosa.engines.registry import engine_for
from limosa.model.limits import Limits
from limosa.model.session import VersionTable
from limosa.model.status import State, Status
from limosa.model.url import DatabaseURL
from limosa.model.verify import Check, VerifyReport
from limosa.run.request import Target
from limosa.run.verification.likeness import Likeness
from limosa.run.verification.lookups import lookup_checks
from limosa.run.verification.trial import trial_checks

Judge = Callable[[tuple[str, ...]], Status]
Compare = Callable[[], Sequence[Comparison]]


def verify(targets: Sequence[Target], *, judge: Judge, compare: Compare, limits: Limits) -> VerifyReport:
    """Check each database; nothing is changed, and an unreachable one raises Unreachable.

    ``judge`` says where version rows stand among the revisions, ``compare`` runs env.py and
    compares the models.
    """
    compared = cache(lambda: tuple(compare()))
    checks: list[Check] = []
    for target in targets:
        prefix = f"{target.url.database}: " if len(targets) > 1 else ""
        found = _of(target, judge, compared, limits)
        checks.extend(Check(prefix + check.name, check.passed, check.detail) for check in found)
    return VerifyReport(tuple(checks))


def _of(target: Target, judge: Judge, compared: Compare, limits: Limits) -> Iterator[Check]:
    engine = engine_for(target.url)
    if not engine.exists(target.url):
        yield Check("revision", False, f"there is no database at {target.url.masked} yet")
        return
    with opened(engine, target.url, limits=limits, application="limosa") as session:
        versions = target.version_table or _version_table(engine, session)
        yield _revision(judge(engine.versions(session, versions)))
        comparison = _merged([c for c in compared() if _is_same(c.url, target.url)] or compared(), target.url)
        yield from _inspected(inspection_of(engine, session), comparison, versions, limits)


def _inspected(
    inspection: Inspection, comparison: Comparison, versions: VersionTable, limits: Limits
) -> Iterator[Check]:
    tables = {name: table for name, table in inspection.tables().items() if name.name != versions.name}
    likeness = Likeness(comparison, tables, inspection.default_schema)
    yield from likeness.checks()
    labels = {name: likeness.label(name) for name in likeness.names}
    yield from trial_checks(inspection, tables, labels, limits=limits)
    yield from lookup_checks(inspection, tables, likeness, limits=limits)
    yield from inspection.soundness(likeness.schemas)


def _version_table(engine: Engine, session: OpenSession) -> VersionTable:
    found = engine.version_tables(session, "alembic_version")
    return found[0] if found else VersionTable()


def _revision(status: Status) -> Check:
    at = ", ".join(status.current) or "no revision"
    if status.state is State.AT_HEAD:
        return Check("revision", True, f"at head: {at}")
    if status.pending:
        pending = ", ".join(one.revision for one in status.pending)
        detail = f"at {at}; pending: {pending}; 'limosa upgrade' applies them"
        return Check("revision", False, detail)
    if status.reason is None and not status.heads:
        return Check("revision", True, "the project has no revisions yet")
    detail = f"at {at}: {status.reason or status.state.value}; 'limosa history' shows what is on disk"
    return Check("revision", False, detail)


def _is_same(one: DatabaseURL, other: DatabaseURL) -> bool:
    """Do both lead to one database, as far as URLs can tell? The driver and the secrets do not matter."""
    return (one.backend, one.database) == (other.backend, other.database) and all(
        a == b or a is None or b is None for a, b in ((one.host, other.host), (one.port, other.port))
    )


def _merged(compared: Sequence[Comparison], url: DatabaseURL) -> Comparison:
    """Several metadata, or several runs of env.py's, on one database."""
    return Comparison(
        url=url,
        has_models=any(c.has_models for c in compared),
        tables=tuple(table for c in compared for table in c.tables),
        differences=tuple(difference for c in compared for difference in c.differences),
        are_types_compared=all(c.are_types_compared for c in compared),
    )
