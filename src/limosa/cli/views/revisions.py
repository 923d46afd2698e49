"""Revisions on disk: heads, branch points, history, one of them in full, and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Grid, Line, Page, Tone, facts, row
from limosa.model.edit import EditKind
from limosa.observe.wording import seconds, versions

if TYPE_CHECKING:
    from limosa.model.edit import Acceptance, Edit
    from limosa.model.history import HistoryEntry, LedgerEntry, RevisionDetail
    from limosa.model.revision import Revision


def heads_page(heads: tuple[Revision, ...]) -> Page:
    """Show the heads, one a line."""
    if not heads:
        return (Line("no revision on disk", Tone.FAINT),)
    return tuple(Line(f"{one.id}{_labels(one)} (head) {one.message}".rstrip()) for one in heads)


def branches_page(points: tuple[Revision, ...]) -> Page:
    """Show the revisions on which several others stand."""
    if not points:
        return (Line("no branch points", Tone.FAINT),)
    return tuple(Line(f"{one.id}{_labels(one)} (branchpoint) {one.message}".rstrip()) for one in points)


def pending_page(pending: tuple[Revision, ...]) -> Page:
    """Show what an upgrade would run, in its order."""
    if not pending:
        return (Line("nothing is pending", Tone.GOOD),)
    rows = tuple(row(Line(one.id, Tone.STRONG), one.message, str(one.path)) for one in pending)
    return (Grid(("revision", "message", "file"), rows),)


def history_page(entries: tuple[HistoryEntry, ...]) -> Page:
    """Show the revisions on disk, newest first, and when each was applied."""
    if not entries:
        return (Line("no revision on disk", Tone.FAINT),)
    rows = tuple(
        row(
            Line(one.revision.id, Tone.STRONG if one.is_current else Tone.PLAIN),
            ", ".join(one.revision.parents) or "base",
            one.revision.message,
            Line(_marks(one), Tone.BAD if _is_changed(one.edit) else Tone.GOOD),
            _moment(one.applied_at),
            one.applied_by,
        )
        for one in entries
    )
    return (Grid(("revision", "after", "message", "marks", "applied", "by"), rows),)


def ledger_page(entries: tuple[LedgerEntry, ...]) -> Page:
    """Show the ledger, newest first."""
    if not entries:
        return (Line("the ledger is empty", Tone.FAINT),)
    rows = tuple(
        row(
            str(one.seq),
            _moment(one.finished_at or one.started_at),
            one.direction,
            one.revision,
            f"{versions(one.from_versions)} -> {versions(one.to_versions)}",
            "" if one.duration_s is None else seconds(one.duration_s),
            Line(one.outcome, Tone.PLAIN if one.error is None else Tone.BAD),
            f"{one.actor}@{one.host}",
            one.tool,
        )
        for one in entries
    )
    columns = ("seq", "when", "direction", "revision", "versions", "took", "outcome", "who", "tool")
    return (Grid(columns, rows),)


def detail_page(detail: RevisionDetail) -> Page:
    """Show everything that is known of one revision, its source included."""
    one = detail.revision
    known = facts(
        revision=Line(one.id, Tone.STRONG),
        message=one.message,
        after=", ".join(one.parents) or "base",
        before=", ".join(detail.children) or "head",
        depends_on=", ".join(one.depends_on) or None,
        labels=", ".join(one.labels) or None,
        created=one.created,
        file=str(one.path),
        checksum=one.checksum,
    )
    ledger: Page = (Line(""), *ledger_page(detail.entries)) if detail.entries else ()
    return (known, *ledger, *_edit_lines(detail), Line(""), Line(detail.source))


def edit_lines(edit: Edit) -> Page:
    """Show how a revision differs from what was applied, and who accepted it."""
    tone = Tone.BAD if _is_changed(edit) else Tone.WARNING
    words = f"{edit.mark}, after {_moment(edit.applied_at)} when {edit.applied_by} applied it"
    lines = [Line(words, tone)]
    if edit.acceptance is not None:
        word = edit.acceptance
        lines.append(
            Line(f"accepted {_moment(word.accepted_at)} by {word.accepted_by}: {word.reason}", Tone.GOOD)
        )
    return (*lines, *((Line(edit.diff.rstrip("\n")),) if edit.diff else ()))


def accepted_page(acceptance: Acceptance) -> Page:
    """Say that an edit is accepted, by whom and why."""
    word = acceptance
    told = f"accepted {word.revision}, {_moment(word.accepted_at)} by {word.accepted_by}: {word.reason}"
    return (Line(told, Tone.GOOD),)


def _edit_lines(detail: RevisionDetail) -> Page:
    if detail.edit is not None:
        return (Line(""), *edit_lines(detail.edit))
    if detail.is_unkept:
        told = "what was applied is not known: no run of Limosa has kept its text (plain Alembic, or a stamp)"
        return (Line(""), Line(told, Tone.FAINT))
    return ()


def created_page(revision: Revision) -> Page:
    """Show the revision that was just written."""
    return (
        Line(f"created {revision.id} in {revision.path}", Tone.GOOD),
        Line("read it, complete both functions, then: limosa upgrade", Tone.FAINT),
    )


def _labels(revision: Revision) -> str:
    return f" ({', '.join(revision.labels)})" if revision.labels else ""


def _marks(entry: HistoryEntry) -> str:
    marks = {
        "current": entry.is_current,
        "head": entry.is_head,
        "branchpoint": entry.is_branch_point,
        "mergepoint": entry.is_merge,
    }
    names = [name for name, holds in marks.items() if holds]
    return ", ".join(names if entry.edit is None else [*names, entry.edit.mark])


def _is_changed(edit: Edit | None) -> bool:
    return edit is not None and edit.kind is EditKind.CHANGED and edit.acceptance is None


def _moment(iso: str | None) -> str:
    return "" if iso is None else iso[:19].replace("T", " ")
