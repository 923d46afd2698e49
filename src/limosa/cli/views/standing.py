"""Where a database stands, and what verify found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Facts, Grid, Line, Page, Tone, row
from limosa.model.status import State
from limosa.observe.wording import counted

if TYPE_CHECKING:
    from limosa.model.history import AppliedRevision
    from limosa.model.status import Status
    from limosa.model.verify import VerifyReport

_TONES = {
    State.EMPTY: Tone.WARNING,
    State.UNVERSIONED: Tone.WARNING,
    State.BEHIND: Tone.WARNING,
    State.AT_HEAD: Tone.GOOD,
    State.AHEAD: Tone.BAD,
    State.DIVERGED: Tone.BAD,
    State.UNREACHABLE: Tone.BAD,
}
WORDS = {
    State.EMPTY: "empty: no table, and nothing is applied",
    State.UNVERSIONED: "unversioned: it has tables, and no version",
    State.BEHIND: "behind",
    State.AT_HEAD: "at head",
    State.AHEAD: "ahead: it stands at a revision that is not on disk",
    State.DIVERGED: "diverged: its versions and the files contradict each other",
    State.UNREACHABLE: "unreachable",
}


def status_page(status: Status) -> Page:
    """Show where the database stands, and what is pending."""
    pairs = [
        ("state", Line(WORDS[status.state], _TONES[status.state])),
        ("current", Line(", ".join(status.current) or "none")),
        ("head", Line(", ".join(status.heads) or "none")),
        ("environment", Line(status.environment)),
        ("database", Line(status.url)),
    ]
    if status.edited:
        told = f"{', '.join(status.edited)}: changed after being applied (limosa show {status.edited[0]})"
        pairs.append(("edited", Line(told, Tone.BAD)))
    if status.reason:
        pairs.insert(1, ("reason", Line(status.reason)))
    if status.recover:
        pairs.insert(2, ("to get back", Line(status.recover, Tone.STRONG)))
    page: Page = (Facts(tuple(pairs)),)
    if status.pending:
        rows = tuple(row(Line(one.revision, Tone.STRONG), one.message, one.path) for one in status.pending)
        title = Line(f"\n{counted(len(status.pending), 'pending revision')}:")
        page = (*page, title, Grid(("revision", "message", "file"), rows))
    return page


def current_page(current: tuple[AppliedRevision, ...]) -> Page:
    """Show the version rows, one a line, marked as Alembic does."""
    if not current:
        return (Line("no revision is applied", Tone.FAINT),)
    return tuple(_applied(one) for one in current)


def verify_page(report: VerifyReport) -> Page:
    """Show each check on a line, and how many failed."""
    lines = tuple(
        Line(
            f"{'pass' if check.passed else 'FAIL'}  {check.name}"
            + (f": {check.detail}" if check.detail else ""),
            Tone.PLAIN if check.passed else Tone.BAD,
        )
        for check in report.checks
    )
    failed = sum(not check.passed for check in report.checks)
    if failed:
        return (*lines, Line(f"{failed} of {counted(len(report.checks), 'check')} failed", Tone.BAD))
    return (*lines, Line(f"{counted(len(report.checks), 'check')} passed", Tone.GOOD))


def _applied(one: AppliedRevision) -> Line:
    if one.revision is None:
        return Line(f"{one.id} (not on disk)", Tone.BAD)
    mark = " (head)" if one.is_head else ""
    return Line(f"{one.id}{mark} {one.revision.message}".rstrip())
