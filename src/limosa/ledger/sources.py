"""The texts that were applied, what was accepted in their place, and who brought a database where it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from limosa.engines.queries import load
from limosa.ledger.who import now, who
from limosa.model.edit import Acceptance, Applied, Edit
from limosa.model.imported import Imported, ImportedModule
from limosa.model.session import Query, Session

if TYPE_CHECKING:
    from limosa.engines.base import Engine


@dataclass(frozen=True, slots=True)
class Stored:
    """The text of a revision as the ledger keeps it, with what it imported."""

    path: str
    body: str
    imported: Imported | None


@dataclass(frozen=True, slots=True)
class Move:
    """How a database last came to a version row."""

    at: str
    by: str
    tool: str
    direction: str | None
    """None where plain Alembic left no word."""


class Sources:
    """Reads and writes the texts of one database's ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _sql(self) -> dict[str, Query]:
        own = self._engine.own_tables
        return {n: Query(q.replace("limosa.", own)) for n, q in load(__file__, "sources.sql").items()}

    def keep(self, session: Session, body: str, path: str) -> str:
        """Keep a text under its digest."""
        digest = digest_of(body)
        session.change(self._sql["keep_source"], digest=digest, path=path, body=body)
        return digest

    def keep_imported(self, session: Session, imported: Imported | None) -> str | None:
        """Keep the list of what a revision imports, and the texts when the list is a new one."""
        if imported is None:
            return None
        modules = [[m.name, m.path, m.is_package, m.digest, m.checksum] for m in imported.modules]
        body = json.dumps([imported.checksum, imported.is_direct, modules], separators=(",", ":"))
        digest = digest_of(body)
        if session.change(self._sql["keep_source"], digest=digest, path="imports", body=body) == 1:
            for module in imported.modules:
                session.change(
                    self._sql["keep_source"], digest=module.digest, path=module.path, body=module.text
                )
        return digest

    def body(self, session: Session, digest: str) -> str | None:
        """A text by its digest."""
        for _, body in session.rows(self._sql["body"], digest=digest):
            return str(body)
        return None

    def texts(self, session: Session) -> tuple[str, ...]:
        """All texts that were ever applied, those of helper modules included."""
        return tuple(body for (body,) in session.rows(self._sql["texts"]))

    def applied(self, session: Session) -> tuple[Applied, ...]:
        """What each revision was applied with, those apart that nobody kept a text of."""
        rows = session.rows(self._sql["applied"])
        lists: dict[str, Imported] = {}
        if any(row[3] is not None for row in rows):
            lists = {digest: _imported(body) for digest, body in session.rows(self._sql["imported"])}
        return tuple(
            Applied(name, checksum, source, lists.get(imported), at, f"{actor}@{host}", tool)
            for name, checksum, source, imported, at, actor, host, tool in rows
        )

    def acceptances(self, session: Session) -> tuple[Acceptance, ...]:
        """All that was ever accepted, the newest last."""
        return tuple(
            Acceptance(revision, applied, on_disk, reason, at, f"{actor}@{host}")
            for revision, applied, on_disk, reason, at, actor, host in session.rows(self._sql["acceptances"])
        )

    def accept(self, session: Session, edit: Edit, *, text: str, reason: str) -> None:
        """Write down why what is on disk may differ from what was applied."""
        session.change(
            self._sql["accept"],
            revision=edit.revision,
            applied=edit.applied,
            on_disk=edit.on_disk,
            source=self.keep(session, text, edit.paths[0]),
            reason=reason,
            accepted_at=now(),
            **who(),
        )

    def last_move(self, session: Session, revision: str) -> Move | None:
        """Who last brought a database to this version row, and with what."""
        for at, actor, host, tool, direction in session.rows(self._sql["last_move"], revision=revision):
            return Move(at, f"{actor}@{host}", tool, direction)
        return None

    def last_source(self, session: Session, revision: str) -> Stored | None:
        """The text with which a revision was last applied."""
        for path, body, imported in session.rows(self._sql["last_source"], revision=revision):
            if body is None:
                return None
            listed = None if imported is None else self.body(session, imported)
            return Stored(path, body, None if listed is None else _imported(listed))
        return None


def digest_of(body: str) -> str:
    """Return the name under which a text is kept."""
    return hashlib.sha256(body.encode()).hexdigest()


def _imported(body: str) -> Imported:
    checksum, is_direct, modules = json.loads(body)
    return Imported(checksum, tuple(ImportedModule(*module) for module in modules), is_direct)
