"""Where a project's revisions run on a scratch database: the very executor, and env.py led there alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from limosa.alembic_bridge.environment import Environment
from limosa.errors import RevisionFailed
from limosa.model.run import RunReport
from limosa.model.session import VersionTable
from limosa.model.url import DatabaseURL
from limosa.run.executor import Executor
from limosa.run.held import Emit
from limosa.run.request import Request, Target


@dataclass(frozen=True, slots=True)
class Stage:
    """What a project hands over so that a rehearsal can run its revisions."""

    handed: Callable[[DatabaseURL], AbstractContextManager[None]]
    """Lets env.py see this scratch database in place of the project's own, for the length of a block."""
    environment: Callable[[DatabaseURL], Environment]
    """The project's env.py, which can connect to this scratch database and to nothing else."""
    upgrade_to: Callable[[str], Request]
    """An upgrade to this revision."""
    version_table: VersionTable | None = None
    """Where env.py names it itself."""

    def run(self, url: DatabaseURL, request: Request, emit: Emit) -> RunReport:
        """Run a request on a scratch database."""
        # under a name of its own, so that no other database can be taken for this one
        target = Target(url, f"scratch-{secrets.token_hex(8)}", self.version_table)
        with self.handed(url):
            try:
                return Executor([target], request, lambda: self.environment(url), emit=emit).run()[0]
            except RevisionFailed as error:
                raise _told(error, url) from error.__cause__

    def replay(self, url: DatabaseURL, rows: tuple[str, ...]) -> None:
        """Take an empty database up to these version rows."""
        for row in rows:
            self.run(url, self.upgrade_to(row), lambda _: None)


def _told(error: RevisionFailed, url: DatabaseURL) -> RevisionFailed:
    """Say that it happened on a scratch database, and that the project's own is as it was."""
    path, line = error.fields.get("path"), error.fields.get("line")
    # what became of the step concerns nobody here
    what = error.message.rpartition("; ")[0] if path else error.message
    where = f"{path}:{line}" if line else f"{path}"
    hint = f"mend {where}; the database itself was not touched" if path else error.hint
    message = url.strike_from(f"on a scratch database, in which are no rows but the revisions' own, {what}")
    return RevisionFailed(message, hint=hint, **error.fields)
