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
from limosa.engines.postgresql.split import statements
from limosa.engines.queries import load
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "dump.sql")
_LONGEST_WAIT_MS = 30_000
_ROWS = ("--inserts", "--rows-per-insert=100")
_NOT_ON_A_COPY = ("--no-tablespaces", "--no-publications", "--no-subscriptions", "--no-security-labels")
# psql's own words, and settings that an older server does not know
_NOT_FOR_US = re.compile(
    r"^(?:\\(?:un)?restrict \w+|SET transaction_timeout = 0;|-- Dumped (?:from|by) .*)\n", re.MULTILINE
)
_SET_UP = re.compile(
    r"SET (?:statement_timeout|lock_timeout|idle_in_transaction_session_timeout|client_encoding"
    r"|check_function_bodies|standard_conforming_strings|xmloption|client_min_messages|row_security) = "
    r"|SET default_tablespace = ''|SET default_table_access_method = heap"
    r"|SELECT pg_catalog.set_config\('search_path', '', false\)"
)
_OUR_TRIGGER = re.compile(r"^CREATE TRIGGER limosa_note_version .*;\n", re.MULTILINE)


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
        return _dumped(url, program, ["--schema-only", *_NOT_ON_A_COPY])

    def contents(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:
        without = [f"--exclude-table={_pattern(version_table)}", "--exclude-schema=limosa"]
        assert program is not None
        return _nobody_s(_dumped(url, program, [*_ROWS, *without]), url.username or "")

    def versions(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:
        assert program is not None
        script = _dumped(url, program, ["--schema-only", f"--table={_pattern(version_table)}"])
        return _nobody_s(_OUR_TRIGGER.sub("", script), url.username or "")

    def statements(self, script: str) -> Sequence[str]:
        return [text for text in statements(script) if not _SET_UP.match(text)]

    def rows(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:
        assert program is not None
        without = [f"--exclude-table={_pattern(version_table)}", "--exclude-schema=limosa"]
        return _dumped(url, program, ["--data-only", *_ROWS, *without])

    def load(self, session: OpenSession, script: str) -> None:
        try:
            session.script(Query(script))
            session.script(_SQL["reset"])  # pg_dump's scripts leave the search path empty
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
    wait = f"--lock-wait-timeout={_LONGEST_WAIT_MS}"
    try:
        done = subprocess.run(
            [str(program.path), wait, *options, "--dbname", bare.reveal()],
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


def _nobody_s(script: str, owner: str) -> str:
    """Leave out who owns what on the scratch server: whoever loads the script owns it."""
    name = re.escape(Identifier(owner).as_string()) + "|" + re.escape(owner)
    script = re.sub(rf"^ALTER [A-Z ]+ .* OWNER TO (?:{name});\n+", "", script, flags=re.MULTILINE)
    return re.sub(rf"^(-- .*; Owner: )(?:{name})$", r"\1-", script, flags=re.MULTILINE)


def _pattern(table: VersionTable) -> str:
    """Name a table in the words of pg_dump's options."""
    return ".".join(Identifier(part).as_string() for part in (table.schema, table.name) if part is not None)


DUMPER = PostgreSQLDumper()
