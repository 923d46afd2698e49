"""The exit codes of the command: one enum, documented, stable."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller when it ends."""

    OK = 0
    """It was done, or there was nothing to do."""
    FAILURE = 1
    """It failed; the message says what, where and what next."""
    USAGE = 2
    """The command line or the settings are wrong, or nobody said yes."""
    BEHIND = 3
    """``check``, ``status --exit-code``, ``wait``: an upgrade would take the database to the head."""
    DRIFT = 4
    """An applied revision was changed since, or the schema is not what the models or revisions make."""
    FINDINGS = 5
    """Reserved: the linter or a policy objects."""
    LOCKED = 6
    """Another runner holds the lock, or took it away."""
    LOCK_RETRIES_USED_UP = 7
    """A table's lock was not to be had within the budget."""
    PARTIAL_STATE = 8
    """A step is half done and a person must look."""
    UNPROVEN = 9
    """Reserved: a proof, a backup or an approval is missing."""
    AHEAD = 10
    """The database is at a revision that is not on disk."""
    BACKFILL_PENDING = 11
    """Reserved: rows are still to be filled in."""
    HUNG_UP = 129
    """SIGHUP stopped it: its terminal went away."""
    INTERRUPTED = 130
    """SIGINT (Ctrl-C) stopped it."""
    TERMINATED = 143
    """SIGTERM stopped it."""
