"""The exit codes of the command: one enum, documented, stable."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller when it ends."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    BEHIND = 3
    DRIFT = 4
    FINDINGS = 5
    LOCKED = 6
    LOCK_RETRIES_USED_UP = 7
    PARTIAL_STATE = 8
    UNPROVEN = 9
    AHEAD = 10
    BACKFILL_PENDING = 11
    INTERRUPTED = 130
    TERMINATED = 143
