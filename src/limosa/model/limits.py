"""How long a run may wait, and for what; every figure has its unit in its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Timeouts and budgets of a run.

    A statement that waits for its lock holds up everyone behind it, so ``lock_timeout``
    starts short and rises; the whole revision is retried within ``lock_budget_s``.
    """

    lock_timeout_first_ms: int = 50
    """How long a statement may wait for its lock in the first attempt; doubled with each further one."""
    lock_timeout_most_ms: int = 1000
    """The longest that a statement may wait for its lock in any attempt."""
    lock_budget_s: float = 900.0
    """How long a revision is tried again after its lock was not to be had."""
    runner_wait_s: float = 600.0
    """How long to wait for another runner to finish."""
    queue_limit: int = 10
    """More sessions than this waiting behind our statement, and the watchdog cancels it."""
    reconnect_s: float = 300.0
    """How long a server that went away in mid-run may stay away."""
    connect_s: float = 10.0
    """How long one attempt to connect may take."""
    sqlite_busy_s: float = 5.0
    """How long one attempt to begin on a busy SQLite file may take."""
