"""A database that is ahead: what it says of the revisions that no file here defines, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.errors import Ahead, LimosaError
from limosa.graph import Graph
from limosa.graph.reading import read_revision
from limosa.ledger.ledger import Ledger
from limosa.migrator.project import Project
from limosa.model.imported import Imported, ImportedModule
from limosa.model.revision import Revision
from limosa.model.status import Status, UnknownRevision
from limosa.plan.retreat import plan_retreat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from limosa.engines.base import OpenSession
    from limosa.ledger.sources import Move, Sources, Stored
    from limosa.run.request import Target


@dataclass
class Unknown:
    """What one database tells of the revisions that it has and no file here defines."""

    rows: tuple[str, ...] = ()
    revisions: list[UnknownRevision] = field(default_factory=list)
    """One for each version row that is not on disk."""
    kept: dict[str, tuple[Revision, Stored]] = field(default_factory=dict)
    """Those rows, and what lies between them and the files here, as far as their texts are kept."""
    modules: dict[str, ImportedModule] = field(default_factory=dict)
    """Modules that these import and that are not on disk either."""
    lacking: list[str] = field(default_factory=list)
    """Why what is kept does not do, a sentence each."""

    @property
    def count(self) -> int:
        """How many revisions are known not to be on disk."""
        return len({one.revision for one in self.revisions} | set(self.kept))


def look(project: Project, target: Target) -> Unknown:
    """Read what the database says of its unknown revisions."""
    databases = project.databases
    if not databases.exists(target):
        return Unknown()
    with databases.session(target) as session:
        found = Unknown(databases.rows(target, session))
        names = [row for row in found.rows if row not in project.graph.revisions]
        ledger = Ledger(databases.engine(target))
        sources = ledger.sources if names and ledger.exists(session) else None
        for name in names:
            move = None if sources is None else sources.last_move(session, name)
            stored = None if sources is None else sources.last_source(session, name)
            found.revisions.append(_unknown(name, move, stored))
        _follow(project, found, names, sources, session)
    return found


def told(project: Project, error: Ahead) -> Ahead:
    """Say who brought the database there, with what, and how to get it back."""
    for target in project.databases.targets:
        found = look(project, target)
        if found.revisions:
            return refusal(project, found)
    return error


def refusal(project: Project, found: Unknown) -> Ahead:
    """Say all that is known, and what to do."""
    command = recovery(project, found)
    if command.startswith("limosa"):
        hint = f"get the code that has it (git pull), or go down with what is kept in the database: {command}"
    else:
        hint = f"{'; '.join([*found.lacking, 'get the code that has it'])}: {command}"
    return Ahead(
        sentence(found),
        hint=hint,
        revision=found.revisions[0].revision,
        revisions=tuple(one.revision for one in found.revisions),
        unknown=tuple(found.revisions),
        command=command,
    )


def with_unknown(project: Project, target: Target, status: Status) -> Status:
    """Add to a judgement what the database says of its unknown revisions."""
    found = look(project, target)
    if not found.revisions:
        return status
    return replace(
        status,
        unknown=tuple(found.revisions),
        recover=recovery(project, found),
        reason="; ".join([sentence(found), *found.lacking]),
    )


def sentence(found: Unknown) -> str:
    """Say where the database stands, and who brought it there."""
    listed = ", ".join(f"'{one.revision}'" for one in found.revisions)
    parts = [f"the database is at revision {listed}, which no file here defines"]
    for one in found.revisions:
        if one.applied_at is None:
            parts.append(f"nothing in it says who applied '{one.revision}'")
        else:
            when = one.applied_at[:19].replace("T", " ")
            origin = f" from {one.path}" if one.path else ""
            parts.append(f"{one.applied_by} applied '{one.revision}' at {when} with {one.tool}{origin}")
    if found.count > len(found.revisions):
        parts.append(f"it is {found.count} revisions ahead")
    return "; ".join(parts)


def recovery(project: Project, found: Unknown) -> str:
    """Return the exact command to get back to what is on disk."""
    if not found.lacking:
        try:
            plans = plan_retreat(whole_graph(project, found), project.graph.revisions, found.rows)
        except LimosaError:  # what is kept and what is on disk contradict each other
            plans = ()
        if plans:
            return " && ".join(f"limosa downgrade {plan.target}" for plan in plans)
    names = [Path(one.path).name for one in found.revisions if one.path]
    return f"git log --all -- '*{names[0] if names else found.revisions[0].revision}*'"


def whole_graph(project: Project, found: Unknown, revisions: Iterable[Revision] | None = None) -> Graph:
    """Join the revisions on disk with those that are kept."""
    on_disk = project.graph
    kept = [revision for revision, _ in found.kept.values()] if revisions is None else list(revisions)
    graph = Graph.of([*on_disk.revisions.values(), *kept])
    graph.digest = lambda name: on_disk.digest(name) if name in on_disk.revisions else None
    return graph


def _unknown(name: str, move: Move | None, stored: Stored | None) -> UnknownRevision:
    return UnknownRevision(
        revision=name,
        applied_at=None if move is None else move.at,
        applied_by=None if move is None else move.by,
        tool=None if move is None else move.tool,
        path=None if stored is None else stored.path,
        is_kept=stored is not None,
    )


def _follow(
    project: Project, found: Unknown, names: list[str], sources: Sources | None, session: OpenSession
) -> None:
    """Go down from the unknown rows to what is on disk, by the texts that are kept."""
    todo = list(names)
    while todo:
        name = todo.pop()
        if name in found.kept or name in project.graph.revisions:
            continue
        stored = None if sources is None else sources.last_source(session, name)
        if sources is None or stored is None:
            found.lacking.append(_why_lacking(found, name))
            continue
        try:
            revision = read_revision(stored.body.encode(), stored.path)
        except LimosaError as error:
            found.lacking.append(f"the text that is kept of '{name}' cannot be used: {error.message}")
            continue
        found.kept[name] = revision, stored
        if stored.imported is not None:
            _lend(project, found, name, stored.body, stored.imported, sources, session)
        todo += [*revision.parents, *(one for one in revision.depends_on if not _is_label(project, one))]


def _is_label(project: Project, name: str) -> bool:
    return name in project.graph.shape.label_owners


def _why_lacking(found: Unknown, name: str) -> str:
    for one in found.revisions:
        if one.revision == name and one.tool == "alembic":
            return f"the text of '{name}' was not kept: plain Alembic applied it"
    return f"the text of '{name}' is not kept in the database"


def _lend(
    project: Project,
    found: Unknown,
    name: str,
    body: str,
    imported: Imported,
    sources: Sources,
    session: OpenSession,
) -> None:
    """See that what the revision imports is as it was, with modules that are gone lent from the ledger."""
    imports = project.imports.where_found_before(imported)
    for module in imports.differing(imported):
        if imports.text(module.name) is None:
            text = sources.body(session, module.digest)
            if text is not None:
                found.modules.setdefault(module.name, replace(module, text=text))
    now = imports.lending(found.modules.values()).of(body, like=imported)
    if now is None or now.checksum != imported.checksum:
        paths = ", ".join(f"'{module.path}'" for module in imports.differing(imported))
        found.lacking.append(f"'{name}' imports what is no longer as it was: {paths}")
