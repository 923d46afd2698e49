"""Revisions that were edited after they were applied: found, told, and accepted."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from limosa.errors import RevisionEdited, UsageError
from limosa.migrator.project import Project
from limosa.model.edit import Acceptance, Applied, Edit, EditKind, fingerprint_of

if TYPE_CHECKING:
    from limosa.engines.base import OpenSession
    from limosa.ledger.ledger import Ledger
    from limosa.ledger.sources import Sources
    from limosa.model.imported import Imported
    from limosa.run.request import Target

_LISTED = 5


class _Record(NamedTuple):
    """One database's ledger, open, and where that database stands."""

    session: OpenSession
    ledger: Ledger
    rows: tuple[str, ...]

    @property
    def sources(self) -> Sources:
        """The texts in it."""
        return self.ledger.sources

    def applied(self, project: Project) -> list[Applied]:
        """What was applied here; what plain Alembic ran since, its text is not kept yet."""
        moves = self.ledger.unexplained(self.session)
        told = project.explain([(before, after) for _, before, after in moves]) if moves else ()
        since = {one[0] for one in told if one is not None}
        return [one for one in self.sources.applied(self.session) if one.revision not in since]

    def edits(self, project: Project) -> list[tuple[Applied, Edit]]:
        """Compare what was applied here with what is on disk."""
        accepted = self.sources.acceptances(self.session)
        return list(_compared(project, self.rows, self.applied(project), accepted))


def examine(
    project: Project, rows: tuple[str, ...], applied: Sequence[Applied], accepted: Sequence[Acceptance]
) -> tuple[str, ...]:
    """Refuse revisions that were changed since they were applied; warn of those that only look different."""
    found = [edit for _, edit in _compared(project, rows, applied, accepted) if not edit.acceptance]
    changed = [edit for edit in found if edit.kind is EditKind.CHANGED]
    if changed:
        raise refusal(changed)
    if not found:
        return ()
    names = _listed([edit.revision for edit in found])
    return (f"edited since applied, in layout, comments or docstrings only: {names}",)


def edits(project: Project, *, with_diff: bool = False) -> tuple[Edit, ...]:
    """All applied revisions that are not, letter by letter, what is on disk, in the order of applying."""
    found: dict[str, Edit] = {}
    for target in project.databases.targets:
        with _record(project, target) as record:
            for applied, edit in record.edits(project) if record else ():
                if record and edit.revision not in found:
                    diff = _diff(project, record, applied) if with_diff else None
                    found[edit.revision] = replace(edit, diff=diff)
    return tuple(found.values())


def unkept(project: Project) -> tuple[str, ...]:
    """Applied revisions of whose text nothing was kept, so that an edit of them cannot be told."""
    found: dict[str, None] = {}
    for target in project.databases.targets:
        rows = [row for row in project.databases.rows_of(target) if row in project.graph.revisions]
        with _record(project, target) as record:
            kept = {one.revision for one in record.applied(project)} if record else set()
        present = project.graph.ancestors(*rows) if rows else frozenset()
        found |= dict.fromkeys(name for name in project.graph.revisions if name in present - kept)
    return tuple(found)


def accept(project: Project, revision: str, *, reason: str) -> Acceptance:
    """Write down why an applied revision was edited; exactly this edit is not spoken of again."""
    on_disk = project.graph.get(revision)
    if not reason.strip():
        raise UsageError("the reason is empty", hint=f"limosa accept {on_disk.id} --reason 'why it is right'")
    accepted: Acceptance | None = None
    for target in project.databases.targets:
        with _record(project, target) as record:
            for _, edit in record.edits(project) if record else ():
                if record and edit.revision == on_disk.id:
                    accepted = edit.acceptance or _accepted(project, record, edit, reason.strip())
    if accepted is None:
        raise UsageError(
            f"there is nothing to accept: revision '{on_disk.id}' is not known to have been edited since",
            hint=f"what is known of it: limosa show {on_disk.id}",
            revision=on_disk.id,
        )
    return accepted


def refusal(changed: Sequence[Edit]) -> RevisionEdited:
    """Say which revisions are not what was applied, and what to do."""
    first = changed[0]
    paths = tuple(dict.fromkeys(path for edit in changed for path in edit.paths))
    if len(changed) == 1:
        what = f"revision '{first.revision}' was changed after it was applied"
    else:
        what = f"{len(changed)} revisions were changed after they were applied: "
        what += _listed([edit.revision for edit in changed])
    return RevisionEdited(
        f"{what} ({first.applied_at[:19].replace('T', ' ')} by {first.applied_by}), in {', '.join(paths)}",
        hint=f"see what changed: limosa show {first.revision}; "
        f"then put the file back, or say why it is right: limosa accept {first.revision} --reason '...'",
        revisions=tuple(edit.revision for edit in changed),
        paths=paths,
    )


@contextmanager
def _record(project: Project, target: Target) -> Iterator[_Record | None]:
    """Open the ledger of a database, where there is one."""
    from limosa.ledger.ledger import Ledger  # noqa: PLC0415  examine() is handed what it needs

    databases = project.databases
    if not databases.exists(target):
        yield None
        return
    ledger = Ledger(databases.engine(target))
    with databases.session(target) as session:
        has_ledger = ledger.exists(session)
        yield _Record(session, ledger, databases.rows(target, session)) if has_ledger else None


def _compared(
    project: Project, rows: tuple[str, ...], applied: Sequence[Applied], accepted: Sequence[Acceptance]
) -> Iterator[tuple[Applied, Edit]]:
    graph = project.graph
    known = [row for row in rows if row in graph.revisions]
    present = graph.ancestors(*known) if known else frozenset()
    words = {(word.revision, word.applied, word.on_disk): word for word in accepted}
    for one in applied:
        edit = _edit(project, one) if one.revision in present else None
        if edit is not None and not _was_squashed(project, one):
            word = words.get((edit.revision, edit.applied, edit.on_disk))
            yield one, replace(edit, acceptance=word)


def _was_squashed(project: Project, applied: Applied) -> bool:
    from limosa.migrator.squashed import is_original  # noqa: PLC0415  only what was edited may have been

    return is_original(project, applied)


def _edit(project: Project, applied: Applied) -> Edit | None:
    """Compare one revision with what was applied; nothing is parsed as long as no text differs."""
    graph, before, name = project.graph, applied.imported, applied.revision
    is_same_text = applied.source in (graph.digest(name), None) or applied.source == _digest(
        graph.source(name)
    )
    imports = project.imports if before is None else project.imports.where_found_before(before)
    moved = () if before is None else imports.differing(before)
    if is_same_text and not moved:
        return None
    on_disk, now = graph.revisions[name], imports.of(graph.source(name), like=before)
    is_changed = _checksum(now) != _checksum(before)
    if not is_changed:
        # what changed in a module and does not reach the revision is none of its business
        moved = tuple(module for module in moved if imports.is_alike(module))
    if is_same_text and not moved:
        return None
    return Edit(
        revision=name,
        kind=EditKind.CHANGED if is_changed or on_disk.checksum != applied.checksum else EditKind.COSMETIC,
        paths=(*(() if is_same_text else (str(on_disk.path),)), *(module.path for module in moved)),
        applied_at=applied.applied_at,
        applied_by=applied.applied_by,
        applied=applied.fingerprint,
        on_disk=fingerprint_of(on_disk.checksum, now),
    )


def _accepted(project: Project, record: _Record, edit: Edit, reason: str) -> Acceptance:
    with record.session.transaction():
        record.sources.accept(record.session, edit, text=project.graph.source(edit.revision), reason=reason)
    return record.sources.acceptances(record.session)[-1]


def _diff(project: Project, record: _Record, applied: Applied) -> str:
    """From what was applied to what is on disk, file by file."""
    on_disk = project.graph.revisions[applied.revision]
    when = applied.applied_at[:19].replace("T", " ")
    parts = [_one_diff(record, applied.source, str(on_disk.path), project.graph.source(on_disk.id), when)]
    if applied.imported is not None:
        imports = project.imports.where_found_before(applied.imported)
        parts += [
            _one_diff(record, module.digest, module.path, imports.text(module.name), when)
            for module in imports.differing(applied.imported)
        ]
    return "".join(parts)


def _one_diff(record: _Record, digest: str | None, path: str, now: str | None, when: str) -> str:
    before = None if digest is None else record.sources.body(record.session, digest)
    lines = difflib.unified_diff(
        (before or "").splitlines(),
        (now or "").splitlines(),
        f"{path} (applied {when})",
        f"{path} (on disk)" if now is not None else "(no longer there)",
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(imported: Imported | None) -> str | None:
    return None if imported is None else imported.checksum


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} others"
