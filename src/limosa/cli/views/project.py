"""What ``init`` wrote, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Line, Page, Tone

if TYPE_CHECKING:
    from limosa.config.scaffold import Scaffold
    from limosa.model.handbook import ExportReport


def export_page(report: ExportReport) -> Page:
    """Say what happened in the folder."""
    written, unchanged, removed = map(len, (report.written, report.unchanged, report.removed))
    counts = f"{written} written, {unchanged} unchanged, {removed} removed"
    return (Line(f"{report.folder / 'index.md'}: {counts}", Tone.GOOD),)


def scaffold_page(scaffold: Scaffold) -> Page:
    """Say what was written, and what the person does next."""
    if scaffold.adopts is None:
        title = Line(f"new project in {scaffold.root}", Tone.GOOD)
    else:
        title = Line(f"adopted {scaffold.adopts}, which stays as it is", Tone.GOOD)
    written = tuple(Line(f"  wrote {path.relative_to(scaffold.root)}") for path, _ in scaffold.files)
    steps = tuple(Line(f"  {number}. {step}") for number, step in enumerate(scaffold.next_steps, 1))
    return (title, *written, Line("next:"), *steps)
