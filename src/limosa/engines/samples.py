"""Values for trial rows: unlike any that an application wrote, and short enough for any column."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

_TAG = "limosa-"
_TRIES = 4


def texts(length: int | None = None) -> tuple[str, ...]:
    """Return random texts that fit into the length."""
    longest = 24 if length is None else length
    tag = _TAG if longest > 2 * len(_TAG) else ""
    return tuple(f"{tag}{secrets.token_hex(12)}"[:longest] for _ in range(_TRIES))


def integers(most: int) -> tuple[int, ...]:
    """Return 1, 2 and random numbers up to the largest that the type holds."""
    return (1, 2, *(secrets.randbelow(most) + 1 for _ in range(_TRIES))) if most > 1 else (min(most, 1), 0)


def days() -> tuple[str, ...]:
    """Return today and tomorrow."""
    return tuple(moment[:10] for moment in moments())


def moments() -> tuple[str, ...]:
    """Return now and a day later, as ISO writes them, without a zone."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    return now.isoformat(sep=" "), (now + timedelta(days=1)).isoformat(sep=" ")
