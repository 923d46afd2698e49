"""Which objects of a database are the project's, by what its revisions say that they create."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from limosa.graph.created import Created
from limosa.model.schema import Schema, SchemaObject

_NAME = re.compile(r'"(?:[^"]|"")*"|[^".(]+')
_KINDS = {
    "table": "table",
    "foreign table": "table",
    "virtual table": "table",
    "view": "table",
    "materialized view": "table",
    "sequence": "table",
    "type": "type",
    "domain": "type",
    "function": "function",
    "procedure": "function",
    "aggregate": "function",
    "index": "index",
    "schema": "schema",
    "extension": "extension",
}
"""What can be dropped by itself, and the kind of name that it has."""
_POINTERS = {"index": "ON(?: ONLY)?", "trigger": "ON", "statistics object": "FROM"}
"""What leads from a thing to its table where its name does not."""
_OWNER = re.compile(r"(?:OWNED BY|IDENTITY OF) (.*)\.(?:\"(?:[^\"]|\"\")*\"|[^.\"\s]+)")
_ONLY_IF_NAMED = frozenset({"index", "schema", "extension"})


@dataclass(frozen=True, slots=True)
class Clearing:
    """What goes, and what stays although it lies in the same schemas."""

    drop: tuple[SchemaObject, ...]
    left: tuple[SchemaObject, ...]


def plan_clearing(
    schema: Schema,
    created: Collection[Created],
    *,
    own_schemas: Collection[str],
    ignores_case: bool,
    drops_everything: bool,
) -> Clearing:
    """Choose what to drop; ``own_schemas`` are those that a name without a schema can mean.

    With ``drops_everything`` all goes that lies in these schemas and in those that revisions name.
    """
    judge = _Judge(created, frozenset(own_schemas), ignores_case=ignores_case)
    inside = [one for one in schema.objects if one.kind in _KINDS and not _is_owned(one)]
    named = {one for one in inside if judge.is_named(one)}
    if drops_everything:
        named |= {one for one in inside if one.kind not in _ONLY_IF_NAMED and judge.is_near(one)}
    named |= set(_partitions(named, inside))
    relations = [one.name for one in named if _KINDS[one.kind] == "table"]
    drop = {one for one in named if not (one.kind == "index" and belongs_to(one, relations))}
    left = [
        one for one in inside if one not in named and one.kind not in _ONLY_IF_NAMED and judge.is_near(one)
    ]
    kept = {_names(one.name)[0] for one in left}
    return Clearing(
        drop=tuple(sorted(one for one in drop if not (one.kind == "schema" and _bare(one.name) in kept))),
        left=tuple(left),
    )


def droppable(schema: Schema) -> tuple[SchemaObject, ...]:
    """All that has to be dropped by name; the rest goes with it."""
    named = [one for one in schema.objects if one.kind in _KINDS and not _is_owned(one)]
    relations = [one.name for one in named if _KINDS[one.kind] == "table"]
    return tuple(one for one in named if not (one.kind == "index" and belongs_to(one, relations)))


def victims(before: Schema, after: Schema, clearing: Clearing) -> tuple[SchemaObject, ...]:
    """Return what has gone and neither was to be dropped nor is a part of what was."""
    still = set(after.objects)
    dropped = set(clearing.drop)
    owners = [one.name for one in clearing.drop]
    return tuple(
        one
        for one in before.objects
        if one not in still and one not in dropped and one.kind != "publication"
        if not belongs_to(one, owners)
    )


def belongs_to(one: SchemaObject, owners: Iterable[str]) -> bool:
    """Is this a column, a constraint, an index or the like of one of the owners?"""
    for owner in owners:
        if one.name.startswith(f"{owner}."):
            return True
        word = _POINTERS.get(one.kind)
        if word is not None and re.search(rf' {word} "?{re.escape(owner)}"?(?= |\(|$)', f" {one.definition}"):
            return True
        if one.kind == "sequence" and _owner(one) == owner:
            return True
    return False


def _is_owned(one: SchemaObject) -> bool:
    return one.kind == "sequence" and _owner(one) is not None


def _owner(sequence: SchemaObject) -> str | None:
    match = _OWNER.search(sequence.definition)
    return match[1] if match else None


def _partitions(named: Collection[SchemaObject], inside: Collection[SchemaObject]) -> Iterator[SchemaObject]:
    """What is a partition of, or inherits from, something that goes."""
    owners = {one.name for one in named if one.kind == "table"}
    waiting = [one for one in inside if one.kind == "table" and one.name not in owners]
    is_growing = True
    while is_growing:
        is_growing = False
        for one in waiting:
            match = re.search(r"(?:PARTITION OF|INHERITS) (.*)", one.definition)
            if one.name not in owners and match and any(_begins(match[1], owner) for owner in owners):
                owners.add(one.name)
                is_growing = True
                yield one


def _begins(text: str, owner: str) -> bool:
    return any(part == owner or part.startswith(f"{owner} ") for part in text.split(", "))


class _Judge:
    """Compares names of the catalogue with those that revisions give."""

    def __init__(
        self, created: Iterable[Created], own_schemas: frozenset[str], *, ignores_case: bool
    ) -> None:
        self._fold = str.lower if ignores_case else str
        self._own = own_schemas
        self._names = {(each.kind, each.schema, self._fold(each.name)) for each in created}
        self._schemas = own_schemas | {each.schema for each in created if each.schema}
        self._schemas |= {each.name for each in created if each.kind == "schema"}

    def is_named(self, one: SchemaObject) -> bool:
        """Does a revision say that it creates this?"""
        kind = _KINDS[one.kind]
        schema, name = _names(one.name)
        name = self._fold(name)
        if (kind, schema, name) in self._names:
            return True
        return (kind, None, name) in self._names and (schema is None or schema in self._own)

    def is_near(self, one: SchemaObject) -> bool:
        """Does it lie where the project's own things lie?"""
        schema, _ = _names(one.name)
        return schema is None or schema in self._schemas


def _names(qualified: str) -> tuple[str | None, str]:
    """Take the name of a catalogue apart, arguments of functions left out."""
    found: list[str] = []
    place = 0
    while match := _NAME.match(qualified, place):
        found.append(_bare(match[0]))
        place = match.end()
        if qualified[place : place + 1] != ".":
            break
        place += 1
    return (found[0], found[1]) if len(found) > 1 else (None, found[0])


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
