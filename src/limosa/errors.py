"""Every error that Limosa raises, under one root, each with fields, a stable code and a hint.

::

    LimosaError
    ├── ConfigError             settings or the Alembic project are wrong (yours to fix)
    ├── UsageError              the command line or the arguments make no sense
    ├── GraphError              the revision files contradict each other
    │   ├── RevisionNotFound
    │   ├── AmbiguousRevision
    │   └── SeveralHeads
    ├── Unreachable             the database does not answer, or is none
    │   └── AccessDenied        it answers, and refuses the user or the password
    ├── Locked                  another runner holds the lock
    ├── LockRetriesUsedUp       a table's lock was not to be had within the budget
    ├── RevisionFailed          a revision raised, or the server refused a statement
    ├── UnprovenSnapshot        a snapshot does not make what its revisions make; it was not written
    ├── DataLoss                rows would have vanished; nothing was committed
    ├── FenceLost               this runner's lock was taken away; nothing was committed
    ├── PartialState            a step is half done and its state cannot be told
    ├── Behind                  the database lacks revisions that the code needs
    ├── Ahead                   the database is at a revision that is not on disk
    ├── ProgramMissing          psql, sqlite3 or another program is not to be found
    ├── OperationRefused        an operation of limosa.online cannot do what it was told
    │   ├── DuplicateRows       rows are in the way of a unique index
    │   └── NameTaken           something else has the name that it was to make
    ├── RevisionEdited          a revision is not what was applied under its name
    ├── Declined                a person or a policy said no
    └── Interrupted             SIGINT, SIGTERM or SIGHUP

A message starts in lower case, has no full stop and quotes names; the hint holds the
next command. Callers read fields, never text.
"""

from __future__ import annotations

from typing import Any, ClassVar

from limosa.model.exit_code import ExitCode


class LimosaError(Exception):
    """The root: whatever goes wrong in Limosa can be caught as this."""

    code: ClassVar[str] = "limosa"
    exit_code: ExitCode = ExitCode.FAILURE

    def __init__(self, message: str, *, hint: str | None = None, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.fields)


def _rebuild(kind: type[LimosaError], message: str, hint: str | None, fields: dict[str, Any]) -> LimosaError:
    return kind(message, hint=hint, **fields)


class ConfigError(LimosaError):
    """The settings, or the Alembic project, are wrong; fields: ``path``, ``setting``."""

    code = "config"
    exit_code = ExitCode.USAGE


class UsageError(LimosaError):
    """The arguments make no sense together."""

    code = "usage"
    exit_code = ExitCode.USAGE


class GraphError(LimosaError):
    """The revision files contradict each other; fields: ``paths``."""

    code = "graph"


class RevisionNotFound(GraphError):
    """No revision on disk answers to this name; fields: ``revision``."""

    code = "revision-not-found"
    exit_code = ExitCode.USAGE


class AmbiguousRevision(GraphError):
    """A shortened id fits several revisions; fields: ``revision``, ``candidates``."""

    code = "revision-ambiguous"
    exit_code = ExitCode.USAGE


class SeveralHeads(GraphError):
    """One head was asked for and there are several; fields: ``heads``, ``paths``."""

    code = "several-heads"


class Unreachable(LimosaError):
    """The database does not answer, or the file is no database; fields: ``url`` (masked)."""

    code = "unreachable"


class AccessDenied(Unreachable):
    """The server answers and refuses the user, the password or the right; fields: ``url``."""

    code = "access-denied"


class Locked(LimosaError):
    """Another runner works on this database; fields: ``holder``, ``waited_s``."""

    code = "locked"
    exit_code = ExitCode.LOCKED


class LockRetriesUsedUp(LimosaError):
    """A lock was not to be had within the budget; fields: ``revision``, ``blocker``, ``attempts``."""

    code = "lock-retries-used-up"
    exit_code = ExitCode.LOCK_RETRIES_USED_UP


class RevisionFailed(LimosaError):
    """A revision raised or a statement was refused; fields: revision, path, line, statement."""

    code = "revision-failed"


class UnprovenSnapshot(LimosaError):
    """A database made from the snapshot is not what the revisions make, so none was written."""

    code = "unproven-snapshot"


class DataLoss(LimosaError):
    """Rows or references would have vanished, so nothing was committed; fields: table, before, after."""

    code = "data-loss"


class FenceLost(LimosaError):
    """This runner's lock was taken away, so nothing more was committed; fields: ``run``."""

    code = "fence-lost"
    exit_code = ExitCode.LOCKED


class PartialState(LimosaError):
    """A step is half done and what is there cannot be told; fields: revision, ordinal, evidence."""

    code = "partial-state"
    exit_code = ExitCode.PARTIAL_STATE


class Behind(LimosaError):
    """The database lacks revisions that the code needs; fields: ``current``, ``missing``."""

    code = "behind"
    exit_code = ExitCode.BEHIND


class Ahead(LimosaError):
    """The database is at a revision that is not on disk; fields: ``revision``."""

    code = "ahead"
    exit_code = ExitCode.AHEAD


class ProgramMissing(LimosaError):
    """A program that this needs is not on this machine; fields: ``program``."""

    code = "program-missing"


class OperationRefused(LimosaError):
    """An operation of ``limosa.online`` cannot do this, and has changed nothing; fields: ``operation``."""

    code = "operation-refused"


class DuplicateRows(OperationRefused):
    """Rows have the same values, so a unique index cannot be; fields: ``table``, ``values``, ``query``."""

    code = "duplicate-rows"


class NameTaken(OperationRefused):
    """Something else has the name that was to be given; fields: ``name``, ``found``, ``wanted``."""

    code = "name-taken"


class RevisionEdited(LimosaError):
    """Revisions were changed after they were applied; fields: ``revisions``, ``paths``."""

    code = "revision-edited"
    exit_code = ExitCode.DRIFT


class Declined(LimosaError):
    """A person, or the lack of ``--yes``, stopped it before anything was done."""

    code = "declined"
    exit_code = ExitCode.USAGE


class Interrupted(LimosaError):
    """A signal stopped the run between two steps, or undid the one that ran; fields: ``signal``."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str, *, hint: str | None = None, **fields: Any) -> None:
        super().__init__(message, hint=hint, **fields)
        codes = {"SIGTERM": ExitCode.TERMINATED, "SIGHUP": ExitCode.HUNG_UP}
        self.exit_code = codes.get(str(fields.get("signal")), ExitCode.INTERRUPTED)
