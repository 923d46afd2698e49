"""A PostgreSQL database as a script: what ``pg_dump`` writes, without what differs from call to call."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

import psycopg
from psycopg.sql import Identifier, Literal

from limosa.engines.base import OpenSession
from limosa.engines.dumping import NotDumped, Program
from limosa.engines.postgresql import trouble
from limosa.engines.queries import load
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "dump.sql")
_LONGEST_WAIT_MS = 30_000
_COMMON = (
    "--no-tablespaces", "--no-publications", "--no-subscriptions", "--no-security-labels",
    f"--lock-wait-timeout={_LONGEST_WAIT_MS}",
)  # fmt: skip
# psql's own words, and settings that an older server does not know
_NOT_FOR_US = re.compile(
    r"^(?:\\(?:un)?restrict \w+|SET transaction_timeout = 0;|-- Dumped (?:from|by) .*)\n", re.MULTILINE
)


class PostgreSQLDumper:
    """See ``engines/dumping.py`` for what each method is for."""

    program: str | None = "pg_dump"
    how = "pg_dump --schema-only"

    def major(self, session: Session) -> int | None:
        return int(session.rows(_SQL["version"])[0][0]) // 10_000

    def around(self, session: Session) -> str:
        return "".join(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {Literal(name).as_string()}) "
            f"THEN CREATE ROLE {Identifier(name).as_string()}; END IF; END $$;\n"
            for (name,) in session.rows(_SQL["roles"])
        )

    def schema(self, url: DatabaseURL, *, program: Program | None) -> str:
        assert program is not None
        return _dumped(url, program, ["--schema-only"])

    def contents(self, url: DatabaseURL, *, program: Program | None, without: Sequence[VersionTable]) -> str:
        assert program is not None
        left_out = [f"--exclude-table=*.{Identifier(table.name).as_string()}" for table in without]
        # whoever loads it owns it, and their own rules say who else may use it
        options = ["--inserts", "--rows-per-insert=100", "--no-owner", "--exclude-schema=limosa", *left_out]
        return _dumped(url, program, options)

    def load(self, session: OpenSession, script: str) -> None:
        try:
            session.script(Query(script))
        except psycopg.Error as error:
            raise NotDumped(
                f"the scratch server refused what pg_dump wrote: {trouble.sentence(error)}"
            ) from error


def _dumped(url: DatabaseURL, program: Program, options: Sequence[str]) -> str:
    bare = url.with_driver(None).without_secrets()
    environment = {**program.environment, "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "limosa-dump"}
    secrets = {"password": url.password, **dict(url.secrets)}
    if (password := secrets.get("password")) is not None:
        environment["PGPASSWORD"] = password.reveal()
    try:
        done = subprocess.run(
            [str(program.path), *_COMMON, *options, "--dbname", bare.reveal()],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env=environment,
        )
    except OSError as error:
        raise NotDumped(f"'{program.path}' could not be started: {error.strerror}") from error
    if done.returncode != 0:
        said = url.strike_from(" ".join(done.stderr.split())) or "it gave no reason"
        raise NotDumped(f"pg_dump failed: {said}")
    return _NOT_FOR_US.sub("", done.stdout)


DUMPER = PostgreSQLDumper()
