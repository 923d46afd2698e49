"""How names are written in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def quoted(names: Iterable[str], by: str = ", ") -> str:
    """Return the names in quotes, one after the other."""
    return by.join(f"'{name}'" for name in names)


def listed(parts: Iterable[str]) -> str:
    """Return the parts as a sentence has them: with commas, and the last with 'and'."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
