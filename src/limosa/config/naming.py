"""The next id in a project's own sequence; the file's name is Alembic's to make, from the message."""

from __future__ import annotations

import re
from collections.abc import Collection

from limosa.errors import ConfigError

_FIRST_ID = "001"
_SEQUENTIAL = re.compile(r"(?P<prefix>[A-Za-z]{0,2})(?P<digits>\d{1,6})")


def next_id(existing: Collection[str], *, first: str | None = None) -> str | None:
    """Return the next id of the sequence that most ids are in, in its width; None where they are in none.

    A project without revisions begins with ``first``, or with 001; ConfigError where none can be counted on
    from that. None means: take a random id, as Alembic does.
    """
    if not existing:
        return _FIRST_ID if first is None else _counted(first)
    matches = [match for match in map(_SEQUENTIAL.fullmatch, existing) if match]
    if 2 * len(matches) <= len(existing):
        return None
    prefixes = [match["prefix"] for match in matches]
    prefix = max(set(prefixes), key=lambda one: (prefixes.count(one), one))
    digits = [match["digits"] for match in matches if match["prefix"] == prefix]
    width = max(len(one) for one in digits)
    return f"{prefix}{max(int(one) for one in digits) + 1:0{width}d}"


def _counted(first: str) -> str:
    if not _SEQUENTIAL.fullmatch(first):
        raise ConfigError(
            f"'first_id' is '{first}', and no next one can be counted from that",
            hint="write digits, with one or two letters before them at most: 0001, or m001",
            setting="first_id",
        )
    return first
