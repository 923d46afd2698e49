"""What is wrong with the revision files, and what to do about each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Line, Page, Tone
from limosa.model.validate import Severity
from limosa.observe.wording import counted

if TYPE_CHECKING:
    from limosa.model.validate import Problem, Validation


def validation_page(found: Validation) -> Page:
    """Show each problem with its hint and, of an edit, the difference."""
    lines = [line for problem in found.problems for line in _problem(problem)]
    lines += [Line(f"note: {note}", Tone.FAINT) for note in found.notes]
    files, errors = counted(found.revisions, "revision"), len(found.errors)
    warnings = len(found.problems) - errors
    if not found.problems:
        return (*lines, Line(f"{files}, no problem", Tone.GOOD))
    told = f"{files}, {counted(errors, 'error')}, {counted(warnings, 'warning')}"
    return (*lines, Line(told, Tone.BAD if errors else Tone.WARNING))


def _problem(problem: Problem) -> Page:
    tone = Tone.BAD if problem.severity is Severity.ERROR else Tone.WARNING
    lines = [Line(f"{problem.severity}: {problem.message}", tone)]
    if problem.severity is Severity.WARNING:
        lines += [Line(f"  in {path}") for path in problem.paths]
    if problem.hint:
        lines.append(Line(f"  hint: {problem.hint}"))
    if problem.edit is not None and problem.edit.diff:
        lines += [Line(f"  {line}", Tone.FAINT) for line in problem.edit.diff.splitlines()]
    return tuple(lines)
