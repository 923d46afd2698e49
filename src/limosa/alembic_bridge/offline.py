"""Alembic's offline mode: the script that it writes for a range of revisions, without any database."""

from __future__ import annotations

import contextlib
import io
import traceback
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from alembic import command
from alembic.util import CommandError

from limosa.alembic_bridge.environment import ONE_AT_A_TIME, logging_kept
from limosa.alembic_bridge.project import AlembicProject, config_of, in_folder
from limosa.errors import LimosaError, RevisionFailed, UsageError
from limosa.model.revision import Direction, Revision


def offline_script(
    project: AlembicProject, direction: Direction, revisions: str, *, known: Collection[Revision]
) -> str:
    """Return what ``alembic upgrade REVISIONS --sql`` prints; ``known`` are the revisions on disk."""
    config = config_of(replace(project, url=None))
    if project.url is not None:
        # nobody connects, so the driver that the project names is the one that writes
        url = project.url.without_secrets().masked
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.output_buffer = written = io.StringIO()
    write = command.upgrade if direction is Direction.UPGRADE else command.downgrade
    with ONE_AT_A_TIME, contextlib.ExitStack() as stack:
        stack.enter_context(in_folder(project))
        stack.enter_context(logging_kept())
        try:
            write(config, revisions, sql=True)
        except LimosaError:
            raise
        except Exception as error:  # a revision may raise anything
            raise _told(error, direction, revisions, known) from error
    return written.getvalue()


def _told(
    error: Exception, direction: Direction, revisions: str, known: Collection[Revision]
) -> RevisionFailed | UsageError:
    found = _place(error, known)
    words = " ".join(str(error).split()) or type(error).__name__
    if found is None and isinstance(error, CommandError):
        return UsageError(
            f"Alembic cannot write this script: {words}",
            hint="REVISION is a target, or a range: FROM:TO; a way down needs the range",
            target=revisions,
        )
    named = words if isinstance(error, CommandError) else f"{type(error).__name__}: {words}"
    if found is None:
        return RevisionFailed(
            f"env.py failed in offline mode: {named}",
            hint="the statements of each revision, captured on a scratch copy: limosa plan",
        )
    revision, line = found
    plan = "limosa plan --down" if direction is Direction.DOWNGRADE else "limosa plan"
    return RevisionFailed(
        f"the {direction} of '{revision.id}' cannot be written as a script, in which nothing can be read "
        f"from a database: {named} [{revision.path}:{line}]",
        hint=f"see its statements, captured on a scratch copy: {plan} {revisions.rpartition(':')[2]}",
        revision=revision.id,
        path=str(revision.path),
        line=line,
    )


def _place(error: Exception, known: Collection[Revision]) -> tuple[Revision, int] | None:
    """Which revision was being written, and at which line."""
    by_file = {revision.path.resolve(): revision for revision in known}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        revision = by_file.get(Path(frame.filename).resolve())
        if revision is not None:
            return revision, frame.lineno or 0
    return None
