"""The verb that looks for drift between the models, the revisions and the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from limosa.drift.baseline import Baseline, accept, read_baseline
from limosa.errors import ConfigError, UsageError
from limosa.migrator.project import Project
from limosa.migrator.unchanged import Unchanged
from limosa.model.check import Between, CheckReport, Drift, Verdict
from limosa.model.status import State, Status
from limosa.observe.wording import counted

if TYPE_CHECKING:
    from limosa.alembic_bridge.comparison import Comparison
    from limosa.drift.imported import Beginning
    from limosa.run.request import Target

_AHEAD = frozenset({State.AHEAD, State.DIVERGED})


@dataclass(slots=True)
class _Found:
    """What a check has found so far."""

    databases: tuple[Status, ...]
    compared: list[Between] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check(project: Project, *, history: bool, full: bool, reason: str | None) -> CheckReport:
    """Compare, or find that nothing has changed since that passed; raise Unreachable."""
    baseline = read_baseline(project.settings.root)
    unchanged = Unchanged(project, history=history)
    known = None if full or reason is not None else unchanged.report()
    if known is not None:
        return known
    unchanged.before()
    report = _report(_compared(project, unchanged.beginning if history else None), baseline, reason)
    unchanged.after(report)
    return report


def _compared(project: Project, replaying: Beginning | None) -> _Found:
    """Compare with the models, and with the history if there is a beginning from which it may be replayed."""
    targets = project.databases.targets
    found = _Found(tuple(_standing(project, target) for target in targets))
    heads = project.graph.heads
    if len(heads) > 1:
        found.notes.append(f"the revisions have {counted(len(heads), 'head')}: {', '.join(sorted(heads))}")
    if any(status.state in _AHEAD for status in found.databases):
        found.notes.append("nothing was compared: no revision on disk says what the database should be")
        return found
    if any(status.needs_migration for status in found.databases):
        found.notes.append("the models were not compared: the database is behind, and they are not")
    else:
        _compare_models(project, targets, found)
    if replaying is not None and len(targets) > 1:
        raise ConfigError(
            f"env.py connects to {len(targets)} databases, and a history can be replayed for one",
            hint="compare with the models alone: limosa check; or name one database: --url",
        )
    if replaying is not None:
        from limosa.migrator.replaying import history_drift  # noqa: PLC0415  scratch databases, seldom asked for

        for target, status in zip(targets, found.databases, strict=True):
            found.drift += history_drift(project, target, status, replaying)
        found.compared.append(Between.HISTORY)
    return found


def _standing(project: Project, target: Target) -> Status:
    rows, has_tables = project.databases.look(target)
    return project.judge.judge(target.url, rows, has_tables=has_tables)


def _compare_models(project: Project, targets: Sequence[Target], found: _Found) -> None:
    from limosa.alembic_bridge.comparison import compare  # noqa: PLC0415  imports Alembic
    from limosa.drift.unregistered import loaded_from, unregistered  # noqa: PLC0415  likewise
    from limosa.engines.registry import engine_for  # noqa: PLC0415

    databases = project.databases
    if not all(map(databases.exists, targets)):
        found.notes.append("the models were not compared: there is no database yet")
        return
    root = project.settings.root
    places = {_place(project, target): target for target in targets}
    with databases.handed():
        comparisons = compare(databases.environment(), place=lambda work: engine_for(work.url).place(work))
    for comparison in comparisons:
        target = _target_of(comparison, places)
        found.drift += [
            Drift(Between.MODELS, each.operation, target.url.masked) for each in comparison.differences
        ]
        if not comparison.has_models:
            found.notes.append("env.py gives no target_metadata: there are no models to compare")
            continue
        missing = unregistered(loaded_from(root), root)
        found.drift += [Drift(Between.MODELS, each.operation, target.url.masked) for each in missing]
        if not comparison.are_types_compared:
            found.notes.append("env.py sets compare_type to False: the types of columns were not compared")
    if any(comparison.has_models for comparison in comparisons):
        found.compared.append(Between.MODELS)
    found.notes[:] = dict.fromkeys(found.notes)


def _place(project: Project, target: Target) -> str:
    with project.databases.session(target) as session:
        return project.databases.engine(target).place(session)


def _target_of(comparison: Comparison, places: Mapping[str, Target]) -> Target:
    if comparison.place not in places:
        told = ", ".join(target.url.masked for target in places.values())
        raise ConfigError(
            f"env.py connects to {comparison.url.masked}, and this check was told {told}",
            hint="let env.py read its URL from 'sqlalchemy.url' of Alembic's configuration, or from the "
            "variable named by 'url_variable', or leave out --url so that env.py decides",
        )
    return places[comparison.place]


def _report(found: _Found, baseline: Baseline, reason: str | None) -> CheckReport:
    differences, accepted = baseline.sorted_out(found.drift)
    if reason is not None:
        if not differences:
            raise UsageError(
                "there is nothing to accept: no difference was found that is not accepted already",
                hint="see what was compared: limosa check",
            )
        baseline = accept(baseline, differences, reason)
        differences, accepted = baseline.sorted_out(found.drift)
    return CheckReport(
        verdict=_verdict(found, differences),
        unchanged=False,
        databases=found.databases,
        compared=tuple(found.compared),
        differences=differences,
        accepted=accepted,
        unmatched=baseline.unmatched(accepted, found.compared),
        notes=tuple(found.notes),
    )


def _verdict(found: _Found, differences: Sequence[Drift]) -> Verdict:
    if any(status.state in _AHEAD for status in found.databases):
        return Verdict.AHEAD
    if differences:
        return Verdict.DRIFT
    return Verdict.BEHIND if any(status.needs_migration for status in found.databases) else Verdict.PASSED
