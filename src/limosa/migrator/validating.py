"""The verb that looks for everything that is wrong with the revision files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from limosa.alembic_bridge.executing import unfit_files
from limosa.config import alembic_facts
from limosa.errors import GraphError, LimosaError
from limosa.graph import Graph
from limosa.graph.checks import contradictions
from limosa.graph.raw import Links
from limosa.graph.reading import read_each
from limosa.graph.refusals import several_heads
from limosa.graph.source import does_nothing
from limosa.migrator.edits import edits, refusal, unkept
from limosa.migrator.project import Project, executed_by
from limosa.model.edit import Edit, EditKind
from limosa.model.revision import Revision
from limosa.model.validate import Problem, Severity, Validation
from limosa.observe.wording import counted


def validate(project: Project, *, is_files_only: bool) -> Validation:
    """Look at every file by itself, at all of them together, and at what was applied."""
    facts = alembic_facts(project.settings)
    revisions, wrong = read_each(
        facts.version_locations,
        recursive=facts.recursive_version_locations,
        fallback=executed_by(facts.prepend_sys_path),
    )
    links = [Links(r.id, r.parents, r.depends_on, r.labels, str(r.path)) for r in revisions]
    # a file that cannot be read is told as such, and not as a gap as well
    clashes = [error for error in contradictions(links) if not (wrong and "missing" in error.fields)]
    problems = [_problem("graph", error) for error in (*wrong, *clashes)]
    if not problems:
        problems += _heads(Graph.of(revisions))
    problems += _functions(revisions)
    problems += _executions(project, revisions)
    notes: list[str] = []
    if is_files_only:
        notes.append("edits after applying were not looked for: no database was asked")
    elif any(problem.subject == "graph" for problem in problems):
        notes.append("edits after applying were not looked for: mend the graph first")
    else:
        problems += _asked(lambda: _edits(project, notes), notes)
    return Validation(len(revisions) + len(wrong), tuple(problems), tuple(notes))


def _heads(graph: Graph) -> Iterator[Problem]:
    """Several heads are meant where each has a branch label of its own."""
    labels = [graph.labels(head) for head in graph.heads]
    are_meant = all(mine.difference(*(other for other in labels if other is not mine)) for mine in labels)
    if len(graph.heads) > 1 and not are_meant:
        yield _problem("graph", several_heads(graph.shape, "head", graph.heads))


def _functions(revisions: Iterable[Revision]) -> Iterator[Problem]:
    for one in revisions:
        path = str(one.path)
        for name, is_there in (("upgrade", one.has_upgrade), ("downgrade", one.has_downgrade)):
            if not is_there:
                message = f"'{path}' has no {name}()"
                hint = f"write it; if revision '{one.id}' has nothing to do there, let it 'pass'"
                yield Problem("functions", Severity.ERROR, message, hint, (path,))
        nothing = does_nothing(one.path.read_bytes(), path)
        if "downgrade" in nothing and one.has_upgrade and "upgrade" not in nothing:
            message = f"downgrade() of revision '{one.id}' does nothing, and upgrade() does something"
            hint = "take back there what upgrade() does, or raise an error that says why it cannot be"
            yield Problem("functions", Severity.WARNING, message, hint, (path,))


def _executions(project: Project, revisions: Iterable[Revision]) -> Iterator[Problem]:
    facts, root = alembic_facts(project.settings), project.settings.root
    scripts = facts.script_location
    # the last ones are for an env.py that extends sys.path itself, as in Project.imports
    search: list[Path | str] = [*facts.prepend_sys_path, *sys.path, root, scripts.parent, scripts]
    files = [one.path for one in revisions]
    for error in unfit_files(files, root=root, search=[str(Path(one).absolute()) for one in search]):
        yield _problem("execution", error)


def _edits(project: Project, notes: list[str]) -> Iterator[Problem]:
    for edit in edits(project, with_diff=True):
        if edit.acceptance is None:
            yield _edited(edit)
    lost = unkept(project)
    if lost:
        notes.append(
            f"of {counted(len(lost), 'applied revision')} no text was kept, so that edits cannot be told: "
            "plain Alembic applied them, or a stamp stands for them"
        )


def _edited(edit: Edit) -> Problem:
    error = refusal([edit])
    if edit.kind is EditKind.CHANGED:
        return Problem("edited", Severity.ERROR, error.message, error.hint, edit.paths, edit=edit)
    message = f"revision '{edit.revision}' was edited after it was applied, in layout or comments only"
    return Problem("edited", Severity.WARNING, message, error.hint, edit.paths, edit=edit)


def _asked(find: Callable[[], Iterator[Problem]], notes: list[str]) -> list[Problem]:
    try:
        return list(find())
    except LimosaError as error:
        notes.append(f"edits after applying were not looked for: {error.message}")
        return []


def _problem(subject: str, error: GraphError) -> Problem:
    fields = error.fields
    paths, line = tuple(fields.get("paths", ())), fields.get("line")
    return Problem(subject, Severity.ERROR, error.message, error.hint, paths, line)
