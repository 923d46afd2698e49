"""How the database's own program (psql, sqlite3) is called on a database."""

from __future__ import annotations

from dataclasses import dataclass

from limosa.model.url import Secret


@dataclass(frozen=True, slots=True)
class Client:
    """A program with its arguments; whatever is secret is in its variables and not among the arguments."""

    program: str
    """A name until it was found, a path from then on."""
    arguments: tuple[str, ...]
    variables: tuple[tuple[str, Secret], ...] = ()
    """What its environment must hold besides ours."""
