"""What the doctor found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Grid, Line, Page, Tone, row
from limosa.model.doctor import Health
from limosa.observe.wording import counted

if TYPE_CHECKING:
    from limosa.model.doctor import DoctorReport

_TONES = {Health.GOOD: Tone.GOOD, Health.NOTE: Tone.WARNING, Health.MISSING: Tone.BAD}
_WORDS = {Health.GOOD: "ok", Health.NOTE: "note", Health.MISSING: "MISSING"}


def doctor_page(report: DoctorReport) -> Page:
    """Show the settings, what was looked at, and what to do."""
    settings = tuple(row(one.name, one.value, Line(one.origin, Tone.FAINT)) for one in report.settings)
    found = tuple(
        row(Line(_WORDS[one.health], _TONES[one.health]), one.name, one.found) for one in report.examined
    )
    page: Page = (Grid(("setting", "value", "from"), settings), Line("")) if settings else ()
    page = (*page, Grid(("", "what", "found"), found))
    remedies = tuple(Line(f"  {one.name}: {one.remedy}") for one in report.examined if one.remedy is not None)
    if remedies:
        page = (*page, Line("\nwhat to do:"), *remedies)
    missing = sum(one.health is Health.MISSING for one in report.examined)
    if missing:
        return (*page, Line(f"\n{counted(missing, 'thing')} missing: migrations cannot run here", Tone.BAD))
    return (*page, Line("\nall that is needed is here", Tone.GOOD))
