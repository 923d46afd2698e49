"""What a reset drops, and what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Line, Page, Tone
from limosa.cli.views.runs import report_page
from limosa.observe.wording import versions

if TYPE_CHECKING:
    from limosa.model.reset import Clearance, ResetReport


def clearance_page(clearance: Clearance, verb: str) -> Page:
    """Name what goes from one database and what stays."""
    title = Line(f"{clearance.url}, at {versions(clearance.before)}:")
    gone = tuple(Line(f"  {verb} {one}", Tone.WARNING) for one in clearance.dropped)
    nothing = () if gone else (Line("  nothing to drop", Tone.FAINT),)
    stays = tuple(
        Line(f"  left {one}, which no revision creates by name", Tone.FAINT) for one in clearance.left
    )
    return (title, *gone, *nothing, *stays)


def reset_page(report: ResetReport) -> Page:
    """Say what was dropped, and where the database stands again."""
    pages = [clearance_page(one, "dropped") for one in report.cleared]
    return (*(line for page in pages for line in page), *report_page(report.upgraded))
