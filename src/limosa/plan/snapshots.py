"""Snapshots as text, and whether one fits the revisions on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from limosa.model.session import VersionTable
from limosa.model.snapshot import Snapshot, StoodFor

if TYPE_CHECKING:
    from limosa.graph import Graph

_FIRST = "-- limosa snapshot 1"
_LAST = "-- end of the list"
_WORDS = """\
-- The schema at {at}, with the rows that its revisions put in. 'limosa upgrade' makes an empty
-- database from it, in place of running the revisions listed here, while their files are what they
-- were. Written by 'limosa snapshot': a file that was edited is not used.
"""


class NotASnapshot(ValueError):
    """The text is no snapshot, or was edited; says why."""


def written(snapshot: Snapshot) -> str:
    """Return a snapshot as text; equal ones give equal texts."""
    table = snapshot.version_table
    facts: dict[str, Any] = {
        "engine": snapshot.engine,
        "major": snapshot.major,
        "revisions": snapshot.revisions,
        "version table": (table.schema, table.name),
        "env.py": snapshot.env_checksum,
        "arguments": snapshot.x_arguments,
        "fingerprint": snapshot.fingerprint,
        "script": _digest(snapshot.script),
    }
    lines = [f"-- {name}: {json.dumps(value)}" for name, value in facts.items()]
    stands_for = [f"--   {json.dumps(one.revision)} {one.checksum}" for one in snapshot.stands_for]
    head = [_FIRST, _WORDS.format(at=", ".join(snapshot.revisions)).rstrip(), *lines]
    return "\n".join([*head, "-- stands for:", *stands_for, _LAST, ""]) + snapshot.script


def read_snapshot(text: str) -> Snapshot:
    """Read a snapshot; raise NotASnapshot."""
    head, found, script = text.partition(f"{_LAST}\n")
    lines = head.splitlines()
    if not found or not lines or lines[0] != _FIRST:
        raise NotASnapshot("it does not begin as a snapshot does")
    try:
        start = lines.index("-- stands for:")
        facts = {
            name.removeprefix("-- "): json.loads(value)
            for name, colon, value in (line.partition(": ") for line in lines[4:start])
            if colon
        }
        stands_for = tuple(
            StoodFor(json.loads(name), checksum)
            for name, _, checksum in (line[2:].strip().rpartition(" ") for line in lines[start + 1 :])
        )
        schema, name = facts["version table"]
        snapshot = Snapshot(
            engine=facts["engine"],
            major=facts["major"],
            revisions=tuple(facts["revisions"]),
            version_table=VersionTable(name, schema),
            env_checksum=facts["env.py"],
            x_arguments=tuple(facts["arguments"]),
            fingerprint=facts["fingerprint"],
            stands_for=stands_for,
            script=script,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise NotASnapshot("its head cannot be read") from error
    if facts.get("script") != _digest(script):
        raise NotASnapshot("it was edited since it was made")
    return snapshot


def why_unfit(
    snapshot: Snapshot,
    graph: Graph,
    *,
    checksum_of: Callable[[str], str],
    env_checksum: str,
    x_arguments: Sequence[str],
    version_table: VersionTable | None,
) -> str | None:
    """Say why a database must not start from it; None where it may.

    ``checksum_of`` is what a revision on disk would be listed with.
    """
    if snapshot.env_checksum != env_checksum:
        return "env.py was changed since it was made"
    if snapshot.x_arguments != tuple(x_arguments):
        return "it was made with other arguments for env.py (-x)"
    if version_table is not None and version_table.name != snapshot.version_table.name:
        return "env.py keeps the version rows in another table"
    return _changed(snapshot, graph, checksum_of)


def _changed(snapshot: Snapshot, graph: Graph, checksum_of: Callable[[str], str]) -> str | None:
    for name, checksum in snapshot.stands_for:
        if name not in graph.revisions:
            return f"revision '{name}' is no longer on disk"
        if checksum_of(name) != checksum:
            return f"revision '{name}' was changed since it was made"
    new = graph.ancestors(*snapshot.revisions) - {name for name, _ in snapshot.stands_for}
    if new:
        return f"revision '{min(new)}' was put below '{', '.join(snapshot.revisions)}' since it was made"
    return None


def lies_within(snapshot: Snapshot, planned: Collection[str]) -> bool:
    """Does the plan of an empty database run all that the snapshot stands for?"""
    return {name for name, _ in snapshot.stands_for} <= set(planned)


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()
