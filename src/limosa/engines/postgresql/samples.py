"""Values that PostgreSQL's types take, as text that the server casts."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable

from limosa.engines.samples import days, integers, moments, texts

_HEADER = 4
"""Bytes of a length word, which the modifiers of text and numeric types count in."""
_EMPTY = {"r": "empty", "m": "{}"}
"""Ranges and multiranges, by their kind in pg_type."""
_TEXT = frozenset({"text", "varchar", "bpchar", "citext", "name", "char"})
_LARGEST = {
    "int2": 2**15 - 1,
    "int4": 2**31 - 1,
    "int8": 2**53,
    "float4": 2**20,
    "float8": 2**53,
    "money": 2**31,
    "oid": 2**31 - 1,
}
_PLAIN: dict[str, tuple[str, ...]] = {
    "bool": ("true", "false"),
    "time": ("12:00", "13:00"),
    "timetz": ("12:00+00", "13:00+00"),
    "interval": ("1 day", "2 days"),
    "json": ("{}", "[]", "1"),
    "jsonb": ("{}", "[]", "1"),
    "jsonpath": ("$",),
    "xml": ("<limosa/>",),
    "tsvector": ("limosa",),
    "tsquery": ("limosa",),
    "macaddr": ("02:00:00:00:00:01", "02:00:00:00:00:02"),
    "macaddr8": ("02:00:00:ff:fe:00:00:01",),
    "cidr": ("192.0.2.0/24", "198.51.100.0/24"),
    "point": ("(0,0)",),
    "line": ("{1,1,0}",),
    "lseg": ("[(0,0),(1,1)]",),
    "box": ("(1,1),(0,0)",),
    "path": ("((0,0),(1,1))",),
    "polygon": ("((0,0),(1,1),(1,0))",),
    "circle": ("<(0,0),1>",),
    "pg_lsn": ("0/1",),
    "hstore": ("",),
    "regclass": ("pg_class",),
    "regtype": ("integer",),
}


def is_text(base: str) -> bool:
    """Is the type one of texts?"""
    return base in _TEXT


def samples(
    base: str, kind: str, category: str, modifier: int, labels: list[str] | None
) -> tuple[object, ...]:
    """Return values of the type; none where it is not known.

    ``kind`` and ``category`` are those of pg_type, ``modifier`` its number after the type.
    """
    if labels:
        return tuple(labels)
    if kind in _EMPTY or category == "A":
        return (_EMPTY.get(kind, "{}"),)
    made = _made(base, modifier)
    return _PLAIN.get(base, ()) if made is None else made


def _made(base: str, modifier: int) -> tuple[object, ...] | None:
    if base in _TEXT:
        return texts(1 if base == "char" else modifier - _HEADER if modifier >= _HEADER else None)
    if base in _LARGEST or base == "numeric":
        largest = _LARGEST.get(base) or _largest_numeric(modifier)
        return tuple(str(number) for number in integers(largest))
    maker = _MAKERS.get(base)
    return None if maker is None else maker(max(modifier, 1))


def _largest_numeric(modifier: int) -> int:
    if modifier < _HEADER:
        return 2**53
    precision, scale = (modifier - _HEADER) >> 16, (modifier - _HEADER) & 0x7FF
    # since version 15 a scale may be negative, and is kept in eleven bits
    scale = scale - 0x800 if scale & 0x400 else scale
    return int(10 ** min(max(precision - scale, 0), 15)) - 1


def _bits(length: int) -> tuple[object, ...]:
    return "0" * length, "1" * length


def _vector(length: int) -> tuple[object, ...]:
    return (f"[{','.join('1' * length)}]",)


_MAKERS: dict[str, Callable[[int], tuple[object, ...]]] = {
    "uuid": lambda _: (str(uuid.uuid4()), str(uuid.uuid4())),
    "date": lambda _: days(),
    "timestamp": lambda _: moments(),
    "timestamptz": lambda _: tuple(f"{moment}+00" for moment in moments()),
    "bytea": lambda _: tuple(f"\\x{secrets.token_hex(8)}" for _ in range(2)),
    "inet": lambda _: tuple(f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.1" for _ in range(3)),
    "bit": _bits,
    "varbit": _bits,
    "vector": _vector,
    "halfvec": _vector,
}
