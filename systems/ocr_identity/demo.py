"""The main job on a running service: data at 0001, migrated under load, compared, and the way back.

First on SQLite files, then on a PostgreSQL server that is started for the purpose. ``make demo
SYSTEM=ocr_identity`` calls this.
"""

# ruff: noqa: T201  (a demo prints)

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import MetaData, select

from app.database import open_engine, reading
from app.reading import has_tesseract
from app.settings import Settings
from demo_load import DEADLINE_S, Load, Stopped, answers, client_of, free_port, scan, until
from limosa.model.url import DatabaseURL
from limosa.scratch import nearest, start

SYSTEM = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
TABLES = ("users", "identity_documents", "ocr_jobs", "audit_logs")
OLDEST = "0001"
PASSWORD = secrets.token_urlsafe(12)
PEOPLE = ("anna@company.com", "ben@company.com", "carla@example.com")
MOVING = {"updated_at", "is_verified", "phone"}
"""What the revisions themselves change in a row."""


@dataclass
class Tour:
    """One pair of databases on its way through the demo."""

    engine: str
    variables: dict[str, str]
    log: Path
    url: str = ""

    def run(self, *words: str) -> None:
        """Run a command as a person would; stop if it fails."""
        print(f"\n$ {' '.join(words)}", flush=True)
        program = PROGRAMS / words[0]
        subprocess.run([program, *words[1:]], cwd=SYSTEM, env=self.variables, check=True)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the service, with a worker in it."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        words = [str(PROGRAMS / "uvicorn"), "app.asgi:application", "--port", str(port)]
        print(f"\n$ uvicorn app.asgi:application --port {port} &", flush=True)
        with self.log.open("w") as log:
            process = subprocess.Popen(words, cwd=SYSTEM, env=self.variables, stdout=log, stderr=log)
        try:
            until("the service", lambda: answers(self.url))
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(DEADLINE_S)

    def rows(self) -> dict[str, dict[Any, dict[str, Any]]]:
        """Return every row of the four tables by its key, without what the revisions change."""
        engine = open_engine(Settings.load(self.variables).database)
        tables = MetaData()
        tables.reflect(engine, only=TABLES)
        found = {}
        with reading(engine) as connection:
            for name, table in tables.tables.items():
                columns = [column for column in table.columns if column.name not in MOVING]
                rows = connection.execute(select(*columns)).mappings()
                found[name] = {row["id"]: dict(row) for row in rows}
        engine.dispose()
        return found

    def verified(self) -> list[str]:
        """Return who is verified."""
        engine = open_engine(Settings.load(self.variables).database)
        users = MetaData()
        users.reflect(engine, only=["users"])
        table = users.tables["users"]
        query = select(table.c.email).where(table.c.is_verified).order_by(table.c.email)
        with reading(engine) as connection:
            emails = list(connection.scalars(query))
        engine.dispose()
        return emails


def walk(tour: Tour) -> None:
    """Take one pair of databases all the way."""
    headline(tour.engine)
    tour.run("limosa", "upgrade", OLDEST, "--quiet")
    tour.run("limosa", "-n", "analytics", "upgrade", "--quiet")
    with tour.serving():
        tokens = [arrive(tour, email) for email in PEOPLE]
        before = tour.rows()
        print(f"at {OLDEST}: {count(before)}")
        under_load(tour, tokens, "limosa", "upgrade")
        compare(tour, before, "after the upgrade")
        at_head = tour.rows()
        print(f"verified: {', '.join(tour.verified())}")
        under_load(tour, tokens, "limosa", "downgrade", OLDEST, "--yes")
        compare(tour, at_head, "after the way back")
        print(f"verified: {', '.join(tour.verified()) or 'nobody, as at the beginning'}")
        under_load(tour, tokens, "limosa", "upgrade", "--quiet")
        compare(tour, at_head, "after the second upgrade")
        show_the_service(tour, tokens[0])
    tour.run("limosa", "check")


def arrive(tour: Tour, email: str) -> str:
    """Register somebody, submit a scan, have it read, and return the token."""
    credentials = {"email": email, "password": PASSWORD}
    with client_of(tour.url) as client:
        client.post("/users", json=credentials).raise_for_status()
        token = str(client.post("/tokens", json=credentials).raise_for_status().json()["access_token"])
    with client_of(tour.url, token) as client:
        document = client.post("/documents", **scan()).raise_for_status().json()["id"]
        job = client.post(f"/documents/{document}/jobs").raise_for_status().json()["id"]
        until("the job", lambda: client.get(f"/jobs/{job}").json()["job_status"] in {"completed", "failed"})
        found = client.get(f"/documents/{document}").json()
    print(f"{email}: {found['status']}, number {found['document_number']}, expires {found['expiry_date']}")
    if has_tesseract() and found["document_number"] != "D23145890":
        raise Stopped(f"the card was not read: {found}")
    return token


def under_load(tour: Tour, tokens: list[str], *words: str) -> None:
    """Run a command while requests are made, and stop if one of them failed."""
    load = Load(tour.url, tokens)
    with load.running():
        until("the first requests", lambda: sum(load.answers.values()) > len(tokens))
        tour.run(*words)
        done = sum(load.answers.values())
        until("more requests", lambda: sum(load.answers.values()) > done + 3 * len(tokens))
    failed = {status: number for status, number in load.answers.items() if status >= httpx.codes.BAD_REQUEST}
    if failed:
        raise Stopped(f"requests failed meanwhile: {failed}; see {tour.log}")
    kept = {uuid.UUID(str(key)) for key in tour.rows()["identity_documents"]}
    if lost := {uuid.UUID(key) for key in load.sent} - kept:
        raise Stopped(f"{len(lost)} documents that were accepted are not there")
    print(
        f"meanwhile: {sum(load.answers.values())} requests, none failed, the slowest took "
        f"{load.slowest_s:.2f} s; {len(load.sent)} documents submitted, all there"
    )


def compare(tour: Tour, before: dict[str, dict[Any, dict[str, Any]]], when: str) -> None:
    """Compare every value of every row that was there; stop at the first that differs."""
    after = tour.rows()
    values = 0
    for table in TABLES:
        for key, row in before[table].items():
            if after[table].get(key) != row:
                raise Stopped(f"{table} {key} differs {when}:\n  {row}\n  {after[table].get(key)}")
            values += len(row)
    print(f"{when}: the same {values} values in {count(before)}")


def show_the_service(tour: Tour, token: str) -> None:
    """Show that the service uses what the newest revision brought, without having been started anew."""
    with client_of(tour.url, token) as client:
        client.put("/users/me/phone", json={"phone": "+44 20 7946 0000"}).raise_for_status()
        print(f"phone: {client.get('/users/me/phone').json()}")
        print(f"ready: {client.get('/ready').raise_for_status().json()}")


def count(rows: dict[str, dict[Any, dict[str, Any]]]) -> str:
    """Say how many rows these are."""
    return f"{sum(map(len, rows.values()))} rows"


def headline(text: str) -> None:
    """Print a line that stands out."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def variables_for(main: DatabaseURL, analytics: DatabaseURL, folder: Path) -> dict[str, str]:
    """Return what the processes of a tour are started with."""
    chosen = {
        "ENVIRONMENT": "development",
        "DEVELOPMENT_DATABASE_URL": main.reveal(),
        "DEVELOPMENT_ANALYTICS_DATABASE_URL": analytics.reveal(),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "STORAGE_FOLDER": str(folder / "scans"),
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("LIMOSA_")} | chosen


def main() -> None:
    """Run the tour on both engines."""
    began = time.perf_counter()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ocr-identity-demo-")))
        files = [DatabaseURL("sqlite", database=str(folder / name)) for name in ("main.db", "analytics.db")]
        walk(Tour("SQLite", variables_for(files[0], files[1], folder), folder / "sqlite.log"))
        server = stack.enter_context(start(nearest(None).provider))
        urls = [stack.enter_context(server.database()) for _ in range(2)]
        name = f"PostgreSQL {server.major}"
        walk(Tour(name, variables_for(urls[0], urls[1], folder / "pg"), folder / "postgresql.log"))
    print(f"\neverything: {time.perf_counter() - began:.0f} s; databases, scans and server are gone again")


if __name__ == "__main__":
    try:
        main()
    except Stopped as failure:
        sys.exit(f"the demo stopped: {failure}")
    except subprocess.CalledProcessError as failure:
        sys.exit(f"the demo stopped: {Path(failure.cmd[0]).name} ended with {failure.returncode}")
