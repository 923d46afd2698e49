"""Figures, durations and statements as people read them; imports nothing, for it serves every command."""

from __future__ import annotations

_MINUTE_S = 60


def versions(ids: tuple[str, ...]) -> str:
    """Name version rows; no row at all is the base."""
    return ", ".join(ids) or "base"


def seconds(duration_s: float) -> str:
    """Write a duration as people read it."""
    if duration_s < 1:
        return f"{duration_s * 1000:.0f} ms"
    if duration_s < _MINUTE_S:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shortened(sql: str, *, width: int) -> str:
    """Put a statement on one line of at most this width."""
    line = " ".join(sql.split())
    return line if len(line) <= width else line[: width - 1] + "…"
