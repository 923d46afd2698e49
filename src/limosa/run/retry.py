"""How long to wait for a lock, and between two tries: short at first, then rising, always with jitter."""

from __future__ import annotations

import random

from limosa.model.limits import Limits

_FIRST_DELAY_S = 0.05
_MOST_DELAY_S = 15.0


def lock_timeout_ms(attempt: int, limits: Limits) -> int:
    """Return the lock timeout of this attempt (from 1): doubling, never above the most, never none."""
    return min(limits.lock_timeout_first_ms * (1 << min(attempt - 1, 20)), limits.lock_timeout_most_ms)


def delay_s(attempt: int, *, chance: random.Random | None = None) -> float:
    """Return how long to wait after this attempt (from 1) failed: half fixed, half jitter."""
    most = min(_FIRST_DELAY_S * (1 << min(attempt, 20)), _MOST_DELAY_S)
    uniform = random.uniform if chance is None else chance.uniform
    return most / 2 + uniform(0, most / 2)
