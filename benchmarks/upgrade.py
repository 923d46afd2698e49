"""A fresh ``upgrade head``: Limosa's executor against plain Alembic and against the floor, on both engines.

Limosa gives each revision a transaction of its own, a fence and a ledger entry. Plain Alembic
does none of it: on SQLite there is no transaction at all, on PostgreSQL one for everything, or
one a revision where env.py asks for it (``transaction_per_migration``), which is the peer there.
The floor is Alembic's own SQL script, run by psql and by psycopg with nothing around it.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from _measure import Contender, Row, Sample, call, main, process, tool
from _projects import Project, project
from limosa.model.url import DatabaseURL
from limosa.scratch import Server, nearest, start
from limosa.scratch.programs import postgresql_program

ROUNDS = 5
PEER = "alembic upgrade head, one transaction a revision"


def rows(small: bool) -> Iterator[Row]:
    """On SQLite, then on PostgreSQL."""
    count = 5 if small else 1000
    with project(count) as made:
        yield on_sqlite(made)
        with project(count) as apart, start(nearest(18).provider) as server:
            one_transaction_each(apart)
            yield on_postgresql(made, apart, server)


def on_sqlite(made: Project) -> Row:
    """Against Alembic as it comes."""
    numbers = itertools.count(1)

    def fresh(name: str) -> Contender:
        upgrade = process(tool(name), "upgrade", "head", cwd=made.root)

        def run() -> Sample:
            file = made.use_sqlite(f"{name}{next(numbers)}.db")
            sample = upgrade()
            file.unlink()
            return sample

        return run

    runs = {"limosa upgrade head": fresh("limosa"), "alembic upgrade head": fresh("alembic")}
    work = f"fresh database through {made.count:,} revisions, SQLite"
    return Row(work, "limosa upgrade head", "alembic upgrade head", runs, 1.5, rounds=ROUNDS)


def on_postgresql(made: Project, apart: Project, server: Server) -> Row:
    """Against Alembic with one transaction a revision; as it comes, and the floors, beside it."""
    script = made.root / "floor.sql"
    script.write_text(sql_script(apart))

    def upgrade(name: str, project: Project) -> Contender:
        return fresh(server, project, lambda _: process(tool(name), "upgrade", "head", cwd=project.root))

    runs = {
        "limosa upgrade head": upgrade("limosa", made),
        PEER: upgrade("alembic", apart),
        "alembic upgrade head, as it comes": upgrade("alembic", made),
        "floor: psql -f": fresh(server, made, lambda url: psql(script, url, server)),
        "floor: psycopg": fresh(server, made, lambda url: call(lambda: replayed(script, url))),
    }
    work = f"fresh database through {made.count:,} revisions, PostgreSQL"
    return Row(work, "limosa upgrade head", PEER, runs, 1, rounds=ROUNDS)


def fresh(server: Server, made: Project, contender: Callable[[DatabaseURL], Contender]) -> Contender:
    """Measure with a database that is made for it and dropped after it."""
    numbers = itertools.count(1)

    def run() -> Sample:
        name = f"fresh{next(numbers)}"
        server.create_database(name)
        url = server.url(name)
        made.use(url.with_driver("psycopg").reveal())
        try:
            return contender(url)()
        finally:
            server.drop_database(name)

    return run


def one_transaction_each(made: Project) -> None:
    """Let env.py ask for one transaction a revision."""
    env = made.root / "migrations" / "env.py"
    asking = "target_metadata=target_metadata, transaction_per_migration=True"
    env.write_text(env.read_text().replace("target_metadata=target_metadata", asking))


def sql_script(made: Project) -> str:
    """Return what Alembic would send."""
    made.use("postgresql+psycopg://")
    command = [str(tool("alembic")), "upgrade", "head", "--sql"]
    return subprocess.run(command, cwd=made.root, check=True, capture_output=True, text=True).stdout


def psql(script: Path, url: DatabaseURL, server: Server) -> Contender:
    """Run the script by psql, which reads it from a file."""
    path = postgresql_program("psql", at_least=server.major)
    assert path is not None
    assert url.password is not None
    secret = {"PGPASSWORD": url.password.reveal()}
    options = ("-q", "-v", "ON_ERROR_STOP=1", "-f", script)
    return process(path, *options, url.without_secrets().reveal(), env=secret)


def replayed(script: Path, url: DatabaseURL) -> int:
    """Send the script's statements one by one; return how many there were."""
    statements = [each for part in script.read_text().split(";\n") if (each := part.strip())]
    with closing(psycopg.connect(url.reveal(), autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    return len(statements)


if __name__ == "__main__":
    main("upgrade", rows)
