"""What ``check`` found: where the databases stand, then each difference on a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from limosa.cli.page import Line, Page, Tone
from limosa.cli.views.standing import WORDS
from limosa.model.check import Between, Verdict
from limosa.observe.wording import counted

if TYPE_CHECKING:
    from limosa.model.check import CheckReport

_TITLES = {
    Between.MODELS: "the models want of the database",
    Between.HISTORY: "the revisions define, and the database lacks",
}
_ENDS = {
    Verdict.AHEAD: "failed: a database is ahead of the revisions on disk ('limosa status' says more)",
    Verdict.BEHIND: "behind: 'limosa upgrade' applies what is pending",
    Verdict.PASSED: "passed",
}


def check_page(report: CheckReport) -> Page:
    """Show a check."""
    return tuple(_lines(report))


def _lines(report: CheckReport) -> Iterator[Line]:
    for status in report.databases:
        pending = f", {len(status.pending)} pending" if status.pending else ""
        yield Line(f"{status.url}: {WORDS[status.state]} ({status.current_revision or 'base'}{pending})")
    yield from (Line(f"note: {note}", Tone.WARNING) for note in report.notes)
    for between in Between:
        yield from _differences(report, between)
    for entry in report.accepted:
        yield Line(f"accepted: {entry.operation} ({entry.reason})", Tone.FAINT)
    for entry in report.unmatched:
        yield Line(f"accepts nothing any more: {entry.operation} ({entry.reason})", Tone.WARNING)
    yield _end(report)


def _differences(report: CheckReport, between: Between) -> Iterator[Line]:
    found = [drift for drift in report.differences if drift.between is between]
    is_of_several = len(report.databases) > 1
    if found:
        yield Line(f"{_TITLES[between]}:")
    for drift in found:
        where = f" [{drift.database}]" if is_of_several else ""
        yield Line(f"  {drift.operation}{where}", Tone.BAD)


def _end(report: CheckReport) -> Line:
    if report.verdict is Verdict.DRIFT:
        count = counted(len(report.differences), "difference")
        return Line(f"{count}: mend them, or accept them with 'limosa check --accept REASON'", Tone.BAD)
    if report.unchanged:
        return Line("passed: nothing has changed since the last check that passed", Tone.GOOD)
    compared = " and ".join(report.compared) or "nothing"
    end = _ENDS[report.verdict]
    if report.verdict is Verdict.PASSED:
        return Line(f"{end}: compared with {compared}", Tone.GOOD)
    return Line(end, Tone.WARNING)
