"""Connections that look and are kept open between looks, for as long as somebody wants them."""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from limosa.engines.base import Engine, OpenSession
    from limosa.model.limits import Limits
    from limosa.run.request import Target

T = TypeVar("T")


class KeptSessions:
    """One open connection a database, for the thread that wanted them kept; SQLite's belong to a thread."""

    def __init__(self) -> None:
        self._sessions: dict[Target, OpenSession] = {}
        self._keeper: int | None = None

    @property
    def is_wanted(self) -> bool:
        """Does this thread want its connections kept?"""
        return self._keeper == get_ident()

    def begin(self) -> None:
        """Keep from now on."""
        self._keeper = get_ident()

    def end(self) -> None:
        """Close them all, and keep no more."""
        self._keeper = None
        while self._sessions:
            self._sessions.popitem()[1].close()

    def ask(self, engine: Engine, target: Target, limits: Limits, question: Callable[[OpenSession], T]) -> T:
        """Ask over the kept connection; where it no longer leads to the database, over a new one."""
        session = self._sessions.get(target)
        if session is not None and session.is_current():
            try:
                return question(session)
            except engine.driver_error:
                pass  # the server was restarted, perhaps: a new connection tells
        self._drop(target)
        session = self._sessions[target] = engine.open(target.url, limits=limits, application="limosa")
        try:
            return question(session)
        except engine.driver_error as error:
            self._drop(target)
            raise engine.refused(target.url, error) from error

    def _drop(self, target: Target) -> None:
        session = self._sessions.pop(target, None)
        if session is not None:
            session.close()
