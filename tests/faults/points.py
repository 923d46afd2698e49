"""Which of many points a test visits: a sample in the suite, all of them in ``make kill-sweep``."""

from __future__ import annotations

import os

EVERY = os.environ.get("KILL_SWEEP") == "every"


def spread(count: int, sample: int) -> list[int]:
    """Return the numbers 1 to ``count``, or so many of them, evenly spread, with the first and the last."""
    if EVERY or sample >= count:
        return list(range(1, count + 1))
    return [1 + round(n * (count - 1) / (sample - 1)) for n in range(sample)]
