"""What a PostgreSQL statement means for the executor, judged by its first words; that takes no parser."""

from __future__ import annotations

import re

from limosa.engines.base import Effect, Nature, Probe

_BLANK = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)
_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_QUALIFIED = rf"{_NAME}(?:\.{_NAME})?"
_CREATE_INDEX = re.compile(
    rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>{_NAME})?\s*"
    rf"ON\s+(?:ONLY\s+)?(?:(?P<schema>{_NAME})\.)?{_NAME}",
    re.IGNORECASE,
)
_DROP_INDEX = re.compile(
    rf"DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(?P<name>{_QUALIFIED})", re.IGNORECASE
)
_DATABASE = re.compile(
    rf"(?P<verb>CREATE|DROP)\s+DATABASE\s+(?:IF\s+EXISTS\s+)?(?P<name>{_NAME})", re.IGNORECASE
)
_ALONE = re.compile(
    r"VACUUM|CLUSTER\s*(?:VERBOSE\s*)?$|ALTER\s+SYSTEM|REINDEX\s+(?:\([^)]*\)\s*)?(?:DATABASE|SYSTEM|SCHEMA)",
    re.IGNORECASE,
)
_UNKNOWN_ALONE = re.compile(
    r"CALL\b|(?:CREATE|DROP)\s+(?:TABLESPACE|SUBSCRIPTION)|ALTER\s+TABLE.*\bDETACH\s+PARTITION\b.*\bCONCURRENTLY\b"
    r"|(?:COMMIT|ROLLBACK)\s+PREPARED|DO\b.*\b(?:COMMIT|ROLLBACK)\s*;",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_CREATE = re.compile(
    rf"CREATE\s+(?:TABLE|(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY\b){_NAME}\s+ON)\s[^;']*$", re.IGNORECASE
)
_READS = frozenset({"SELECT", "SHOW", "EXPLAIN", "FETCH", "VALUES", "TABLE", "SET", "RESET"})
_DATA = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"})
_WRITES_INSIDE = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|MERGE\s+INTO)\b", re.IGNORECASE
)
_SCHEMA_INSIDE = re.compile(r";\s*(?:ALTER|CREATE|DROP|TRUNCATE|LOCK)\b", re.IGNORECASE)


def strip(sql: str) -> str:
    """Return the statement without the blanks and comments before its first word."""
    position = 0
    while match := _BLANK.match(sql, position):
        position = match.end()
    return sql[position:]


def nature(sql: str) -> Nature:  # noqa: PLR0911  one return a kind of statement
    """Judge a statement by its text."""
    text = strip(sql)
    word = re.match(r"\w*", text)
    first = word.group().upper() if word else ""
    if first == "CREATE" and _PLAIN_CREATE.match(text):
        return Nature(Effect.SCHEMA)  # the most frequent of all, and nothing else can be the matter with it
    probe = _probe(text)
    if probe is not None:
        return Nature(Effect.PATIENT, probe)
    if first in {"SET", "RESET"}:
        return Nature(Effect.READ, sets_lock_timeout="lock_timeout" in text.lower())
    if first in {"WITH", "EXPLAIN", "SELECT"} and _WRITES_INSIDE.search(text):
        return Nature(Effect.DATA)
    if _SCHEMA_INSIDE.search(text) and first in _READS | _DATA:
        return Nature(Effect.SCHEMA)
    if first in _READS or first == "WITH":
        return Nature(Effect.READ)
    if first in _DATA:
        return Nature(Effect.DATA)
    if re.search(r"\bVALIDATE\s+CONSTRAINT\b", text, re.IGNORECASE):
        return Nature(Effect.PATIENT)
    return Nature(Effect.SCHEMA)


def _probe(text: str) -> Probe | None:  # noqa: PLR0911  likewise
    if match := _CREATE_INDEX.match(text):
        if match["name"] is None:
            return Probe("unknown")
        return Probe(
            "index created", f"{match['schema']}.{match['name']}" if match["schema"] else match["name"]
        )
    if match := _DROP_INDEX.match(text):
        return Probe("index dropped", match["name"])
    if re.match(r"REINDEX\b.*\bCONCURRENTLY\b", text, re.IGNORECASE | re.DOTALL):
        return Probe("index rebuilt")
    if match := _DATABASE.match(text):
        return Probe(
            "database " + ("created" if match["verb"].upper() == "CREATE" else "dropped"),
            _unquote(match["name"]),
        )
    if _ALONE.match(text):
        return Probe("repeatable")
    return Probe("unknown") if _UNKNOWN_ALONE.match(text) else None


def _unquote(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
