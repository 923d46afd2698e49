"""Looks where env.py connects, and changes nothing: for what only env.py knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from limosa.alembic_bridge.environment import Environment
from limosa.alembic_bridge.project import AlembicProject
from limosa.alembic_bridge.work import Work
from limosa.model.plan import Step
from limosa.model.session import VersionTable
from limosa.model.url import DatabaseURL


@dataclass(frozen=True, slots=True)
class Observed:
    """One database that env.py connects to."""

    url: DatabaseURL
    version_table: VersionTable


class Looker:
    """A conductor that runs no step."""

    def __init__(self) -> None:
        self.seen: list[Observed] = []

    def connected(self, work: Work) -> None:
        self.seen.append(Observed(work.url, work.version_table))

    def steps(self, work: Work, heads: tuple[str, ...]) -> Sequence[Step]:  # noqa: ARG002
        return ()

    def enter_step(self, work: Work, step: Step) -> None: ...

    def before_version(self, work: Work, step: Step) -> None: ...

    def enter_stamp(self, work: Work, heads: tuple[str, ...]) -> str:  # noqa: ARG002
        return "heads"

    def leave_stamp(self, work: Work) -> None: ...

    def leave_step(self, work: Work, step: Step) -> None: ...

    def committed(self, work: Work, step: Step) -> None: ...

    def before_statement(self, work: Work, sql: str) -> str | None: ...

    def after_statement(self, work: Work, sql: str, rows: int) -> None: ...

    def failed_statement(self, work: Work, sql: str, error: BaseException) -> None: ...

    def before_commit(self, work: Work) -> None: ...


def observe(project: AlembicProject) -> tuple[Observed, ...]:
    """Run env.py with nothing to do and return the databases that it connected to."""
    looker = Looker()
    Environment(project).run(looker)
    return tuple(looker.seen)
