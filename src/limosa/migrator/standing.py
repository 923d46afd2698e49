"""Judges where a database stands, from its version rows and the revisions on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from limosa.errors import GraphError
from limosa.model.status import PendingRevision, State, Status
from limosa.plan import plan_upgrade

if TYPE_CHECKING:
    from limosa.graph import Graph
    from limosa.model.url import DatabaseURL

_WORST_FIRST = (
    State.UNREACHABLE,
    State.DIVERGED,
    State.AHEAD,
    State.UNVERSIONED,
    State.EMPTY,
    State.BEHIND,
    State.AT_HEAD,
)


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything about a project that a judgement needs, the database apart."""

    graph: Graph
    environment: str

    def judge(self, url: DatabaseURL, rows: tuple[str, ...], *, has_tables: bool) -> Status:
        """Compare the version rows with the graph."""
        if rows and rows == tuple(sorted(self.graph.real_heads)):  # most often, and it needs only the ends
            return self.status(State.AT_HEAD, url, rows)
        unknown = [row for row in rows if row not in self.graph.revisions]
        if unknown:
            state = State.AHEAD if len(unknown) == len(rows) else State.DIVERGED
            return self.status(state, url, rows, reason=f"not on disk: {', '.join(unknown)}")
        try:
            steps = plan_upgrade(self.graph, "heads", rows).steps if self.graph.heads else ()
        except GraphError as error:
            return self.status(State.DIVERGED, url, rows, reason=error.message)
        pending = tuple(
            PendingRevision(s.revision.id, s.revision.message, str(s.revision.path)) for s in steps
        )
        if rows:
            state = State.BEHIND if pending else State.AT_HEAD
        else:
            state = State.UNVERSIONED if has_tables else State.EMPTY
        return self.status(state, url, rows, pending)

    def status(
        self,
        state: State,
        url: DatabaseURL | None,
        rows: tuple[str, ...] = (),
        pending: tuple[PendingRevision, ...] = (),
        reason: str | None = None,
    ) -> Status:
        """Put a judgement into the form that ``limosa status --json`` prints."""
        heads = tuple(sorted(self.graph.heads))
        return Status(
            state=state,
            current_revision=", ".join(rows) or None,
            head_revision=", ".join(heads) or None,
            current=rows,
            heads=heads,
            pending=pending,
            is_initialized=bool(rows),
            is_up_to_date=state is State.AT_HEAD,
            needs_migration=bool(pending),
            engine="unknown" if url is None else url.backend,
            environment=self.environment,
            url="unknown" if url is None else url.masked,
            reason=reason,
        )


def worst(statuses: tuple[Status, ...]) -> Status:
    """Of several databases the one that needs most; of equal ones that with most pending."""
    return min(statuses, key=lambda s: (_WORST_FIRST.index(s.state), -len(s.pending)))
