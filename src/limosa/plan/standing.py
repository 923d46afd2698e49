"""Where a database stands, checked against the graph before anything is planned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import Ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph import Graph


def known_rows(graph: Graph, current: Sequence[str]) -> tuple[str, ...]:
    """Return the version rows, each once and sorted; refuse one that is not on disk."""
    unknown = sorted({row for row in current if row not in graph.revisions})
    if unknown:
        listed = ", ".join(f"'{row}'" for row in unknown)
        raise Ahead(
            f"the database is at revision {listed}, which no file here defines",
            hint="get the code that has it (git pull); what is here: limosa heads",
            revision=unknown[0],
            revisions=tuple(unknown),
        )
    return tuple(sorted(set(current)))
