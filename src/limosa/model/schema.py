"""What a database's schema is, as one value: what two databases have alike, and in what they differ.

An engine writes it down (``Engine.schema``) so that it does not matter by which way a schema was
reached, on which server, and under which ids of that server. Neither rows nor values of sequences
nor owners and grants are in it, nor are our own tables and Alembic's version table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

_VERSION = 1
"""Raise it whenever an engine begins to write the same thing otherwise: kept fingerprints are void then."""


class SchemaObject(NamedTuple):
    """One thing that a migration can make, change or drop."""

    kind: str
    """``table``, ``column``, ``index`` and so on."""
    name: str
    """Unique among the objects of its kind; a column's begins with its table's."""
    definition: str
    """Everything else about it, as text of one spelling."""


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One object in which two schemas differ; None where it is not there."""

    kind: str
    name: str
    before: str | None
    after: str | None

    @property
    def sentence(self) -> str:
        """The change in words, as an operation."""
        if self.before is None:
            return f"add {self.kind} {self.name} {self.after or ''}".rstrip()
        if self.after is None:
            return f"drop {self.kind} {self.name}"
        return f"alter {self.kind} {self.name} from {self.before or 'nothing'} to {self.after or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Schema:
    """All objects of one database, sorted, each once; ``of`` makes it from objects in any order."""

    objects: tuple[SchemaObject, ...]

    @classmethod
    def of(cls, objects: Iterable[SchemaObject]) -> Schema:
        """Make a schema; the order of the objects means nothing."""
        return cls(tuple(sorted(set(objects))))

    @property
    def fingerprint(self) -> str:
        """The same hex SHA-256 for the same schema, in every process."""
        digest = hashlib.sha256(b"limosa schema %d" % _VERSION)
        # lengths keep a text from running into the next one
        for text in (part for item in self.objects for part in item):
            data = text.encode("utf-8", "surrogatepass")
            digest.update(b"\n%d " % len(data) + data)
        return digest.hexdigest()

    def difference(self, other: Schema) -> tuple[SchemaChange, ...]:
        """What leads from this schema to the other one, by kind and name."""
        before = {(item.kind, item.name): item.definition for item in self.objects}
        after = {(item.kind, item.name): item.definition for item in other.objects}
        return tuple(
            SchemaChange(*key, before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        )
