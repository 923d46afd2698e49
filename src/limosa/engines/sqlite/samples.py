"""Values for SQLite's columns, by the words of the declared type."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from limosa.engines.samples import days, integers, moments, texts

_DIGITS = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+))?")
_WORDS: tuple[tuple[str, str], ...] = (
    ("JSON", "json"),
    ("BOOL", "bool"),
    ("DATETIME", "moment"),
    ("TIMESTAMP", "moment"),
    ("DATE", "day"),
    ("INTERVAL", "moment"),
    ("INT", "integer"),
    ("TIME", "time"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("UUID", "text"),
    ("ENUM", "text"),
    ("BLOB", "blob"),
    ("BINARY", "blob"),
    ("REAL", "real"),
    ("FLOA", "real"),
    ("DOUB", "real"),
)


def is_text(declared: str) -> bool:
    """Does the column hold texts of the application's own?"""
    return _kind(declared) == "text"


def samples(declared: str) -> tuple[object, ...]:
    """Return values of the declared type; SQLite takes any value for a type that nobody knows."""
    return _MAKERS[_kind(declared)](declared)


def _kind(declared: str) -> str:
    upper = declared.upper()
    return next((kind for word, kind in _WORDS if word in upper), "number")


def _largest(declared: str) -> int:
    digits = _DIGITS.search(declared)
    if digits is None:
        return 2**31 - 1
    return int(10 ** min(max(int(digits[1]) - int(digits[2] or 0), 0), 15)) - 1


def _texts(declared: str) -> tuple[object, ...]:
    length = _DIGITS.search(declared)
    return texts(int(length[1]) if length else None)


_MAKERS: dict[str, Callable[[str], tuple[object, ...]]] = {
    "json": lambda _: ("{}", "[]", "1"),
    "bool": lambda _: (1, 0),
    "moment": lambda _: moments(),
    "day": lambda _: days(),
    "time": lambda _: ("12:00:00", "13:00:00"),
    "integer": lambda _: integers(2**31 - 1),
    "real": lambda _: (1.0, 2.0),
    "blob": lambda _: (secrets.token_bytes(8), secrets.token_bytes(8)),
    "text": _texts,
    "number": lambda declared: integers(_largest(declared)),
}
