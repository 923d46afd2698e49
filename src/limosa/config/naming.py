"""Names for a new revision: the next id in the project's own sequence, and a snake_case file name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime

FIRST_ID = "001"
_SEQUENTIAL = re.compile(r"(?P<prefix>[A-Za-z]{0,2})(?P<digits>\d{1,6})")
_WORD = re.compile(r"[^\W_]+")
_DEFAULT_TEMPLATE = "%(rev)s_%(slug)s"


def next_id(existing: Collection[str]) -> str | None:
    """Return the next id of the sequence that most ids are in, in its width; None where they are in none.

    A project without revisions begins with 001. None means: take a random id, as Alembic does.
    """
    if not existing:
        return FIRST_ID
    matches = [match for match in map(_SEQUENTIAL.fullmatch, existing) if match]
    if 2 * len(matches) <= len(existing):
        return None
    prefixes = [match["prefix"] for match in matches]
    prefix = max(set(prefixes), key=lambda one: (prefixes.count(one), one))
    digits = [match["digits"] for match in matches if match["prefix"] == prefix]
    width = max(len(one) for one in digits)
    return f"{prefix}{max(int(one) for one in digits) + 1:0{width}d}"


def slug(message: str, *, ticket: str | None = None, limit: int = 40) -> str:
    """Return the message in snake_case behind its ticket, cut between words; letters lose their accents."""
    words = [word.lower() for word in _WORD.findall(_plain(f"{ticket or ''} {message}"))]
    text = "_".join(words)
    if len(text) <= limit:
        return text
    return text[: limit + 1].rpartition("_")[0] or text[:limit]


def file_name(
    revision: str, words: str, *, template: str | None, existing: Mapping[str, str], now: datetime
) -> str:
    """Return the name of a new revision's file, with folders where the template has some.

    ``template`` is the project's own ``file_template``; without one the names of the
    ``existing`` files (stem by id) tell what stands between id and words.
    """
    chosen = template or _template_of(existing)
    parts = {"rev": revision, "slug": words, "epoch": int(now.timestamp())}
    for name in ("year", "month", "day", "hour", "minute", "second"):
        parts[name] = getattr(now, name)
    stem = chosen % parts
    return f"{stem.rstrip('_-') if not words else stem}.py"


def _template_of(existing: Mapping[str, str]) -> str:
    separators = [
        match[1]
        for revision, stem in existing.items()
        if (match := re.match(rf"{re.escape(revision)}([_-]+)(?=[^_-])", stem))
    ]
    if not separators:
        return _DEFAULT_TEMPLATE
    usual = max(sorted(set(separators)), key=separators.count)
    return f"%(rev)s{usual}%(slug)s"


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
