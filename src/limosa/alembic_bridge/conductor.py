"""The port between env.py's run and whoever conducts it: the executor, a rehearsal, or a mere look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from limosa.alembic_bridge.work import Work
from limosa.model.plan import Step


class Conductor(Protocol):
    """Sees everything that happens on env.py's connection, and says what runs.

    The order for one connection: ``connected``, ``steps``, then for each step ``enter_step``,
    its statements, ``before_version``, ``leave_step`` (nothing of it is committed),
    ``before_commit``, ``committed``.
    """

    def connected(self, work: Work) -> None:
        """env.py has connected and is about to configure; nothing was read or begun."""
        ...

    def steps(self, work: Work, heads: tuple[str, ...]) -> Sequence[Step]:
        """Say which steps run on a database that stands at these version rows."""
        ...

    def enter_step(self, work: Work, step: Step) -> None:
        """The step's transaction has begun and its revision's function comes next."""
        ...

    def before_version(self, work: Work, step: Step) -> None:
        """The revision's function returned; its version row moves next."""
        ...

    def enter_stamp(self, work: Work, heads: tuple[str, ...]) -> str:
        """Version rows move without a revision; return the target in Alembic's words."""
        ...

    def leave_stamp(self, work: Work) -> None:
        """The rows have moved; the commit comes next."""
        ...

    def leave_step(self, work: Work, step: Step) -> None:
        """The version row has moved; the commit comes next."""
        ...

    def committed(self, work: Work, step: Step) -> None:
        """The step's transaction is over; ``work.in_transaction`` tells whether it was its own."""
        ...

    def before_statement(self, work: Work, sql: str) -> str | None:
        """A statement comes; return another to run in its place."""
        ...

    def after_statement(self, work: Work, sql: str, rows: int) -> None:
        """A statement came back."""
        ...

    def failed_statement(self, work: Work, sql: str, error: BaseException) -> None:
        """A statement was refused."""
        ...

    def before_commit(self, work: Work) -> None:
        """A COMMIT comes, the step's own or one in its middle."""
        ...
