"""Lock timeouts rise and stay short; pauses rise, with jitter."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from limosa.model.limits import Limits
from limosa.run.retry import delay_s, lock_timeout_ms


def test_lock_timeouts_double_up_to_the_most() -> None:
    """50 ms at first, a second at the most."""
    assert [lock_timeout_ms(n, Limits()) for n in range(1, 8)] == [50, 100, 200, 400, 800, 1000, 1000]


@given(attempt=st.integers(1, 10**9), first=st.integers(1, 500), most=st.integers(1, 5000))
def test_a_lock_timeout_is_never_off(attempt: int, first: int, most: int) -> None:
    """No attempt, however late, waits without a timeout or longer than the most."""
    limits = Limits(lock_timeout_first_ms=first, lock_timeout_most_ms=most)

    assert 1 <= lock_timeout_ms(attempt, limits) <= most


@given(attempt=st.integers(1, 10**9), seed=st.integers())
def test_pauses_are_bounded_and_jittered(attempt: int, seed: int) -> None:
    """A pause is at least half of what its attempt allows, and never above fifteen seconds."""
    pause = delay_s(attempt, chance=random.Random(seed))
    most = min(0.05 * 2 ** min(attempt, 20), 15)

    assert most / 2 <= pause <= most
