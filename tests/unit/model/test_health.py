"""A state of the database becomes a health, and a policy says what follows from it."""

from __future__ import annotations

import pytest

from limosa.model.health import Health, HealthPolicy
from limosa.model.status import PendingRevision, State, Status


def status(state: State, *, pending: int = 0) -> Status:
    """Return where some database stands."""
    return Status(
        state=state,
        current_revision=None,
        head_revision=None,
        current=("r1",),
        heads=("r2",),
        pending=tuple(PendingRevision(f"r{n}", "", "") for n in range(pending)),
        is_initialized=True,
        is_up_to_date=state is State.AT_HEAD,
        needs_migration=pending > 0,
        engine="sqlite",
        environment="test",
        url="sqlite:///x.db",
        reason="why",
    )


@pytest.mark.parametrize(
    ("state", "pending", "health", "is_fit"),
    [
        (State.AT_HEAD, 0, Health.AT_HEAD, True),
        (State.AHEAD, 0, Health.AHEAD, True),
        (State.BEHIND, 2, Health.BEHIND, False),
        (State.EMPTY, 2, Health.BEHIND, False),
        (State.UNVERSIONED, 2, Health.UNVERSIONED, False),
        (State.DIVERGED, 0, Health.DIVERGED, False),
        (State.UNREACHABLE, 0, Health.UNREACHABLE, False),
        (State.EMPTY, 0, Health.AT_HEAD, True),  # a project without revisions
        (State.UNVERSIONED, 0, Health.AT_HEAD, True),
    ],
)
def test_the_default_policy(state: State, pending: int, health: Health, *, is_fit: bool) -> None:
    """Behind, unversioned and unreachable are not ready, ahead stays so; nothing restarts a process."""
    report = HealthPolicy().judge(status(state, pending=pending), latency_s=0.5)

    assert (report.health, report.is_ready, report.is_startable) == (health, is_fit, is_fit)
    assert report.is_live
    assert report.pending == tuple(f"r{n}" for n in range(pending))
    assert (report.current, report.heads, report.latency_s) == (("r1",), ("r2",), 0.5)
    assert (report.reason, report.url) == ("why", "sqlite:///x.db")


def test_a_policy_of_ones_own() -> None:
    """Each of the three questions has its own set of states."""
    policy = HealthPolicy(
        live=frozenset({Health.AT_HEAD}), ready=frozenset({Health.BEHIND}), startable=frozenset()
    )

    behind, there = policy.judge(status(State.BEHIND, pending=1)), policy.judge(status(State.AT_HEAD))

    assert (behind.is_live, behind.is_ready, behind.is_startable) == (False, True, False)
    assert (there.is_live, there.is_ready, there.is_startable) == (True, False, False)
