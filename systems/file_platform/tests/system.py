"""The system as its tests see it: commands in its folder, a served process, a database from outside."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
from sqlalchemy import make_url

from tests.fixtures.targets import Target

SYSTEM = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
TOKEN = secrets.token_urlsafe()
DEADLINE_S = 30.0
COPIED = ("alembic", "alembic.ini", "deploy", "Makefile", "pyproject.toml", "src")
_OURS = (
    "LIMOSA_",
    "DATABASE_URL",
    "ENVIRONMENT",
    "ADMIN_TOKEN",
    "STORAGE_ROOT",
    "MAKE",
    "MFLAGS",
    "REVISION",
)

T = TypeVar("T")
Row = dict[str, Any]


def until(question: Callable[[], T | None], *, what: str, seconds: float = DEADLINE_S) -> T:
    """Ask until there is an answer; fail when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class System:
    """The system on one database, with a storage of its own."""

    target: Target
    url: str
    """What DATABASE_URL says when somebody migrates."""
    service_url: str
    """What it says for the service: on PostgreSQL an ordinary role that owns nothing."""
    storage: Path
    folder: Path = SYSTEM
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of a process, without those of whoever runs the tests."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        ours = {"PATH": f"{PROGRAMS}{os.pathsep}{kept['PATH']}", "DATABASE_URL": self.url}
        storage = {"STORAGE_ROOT": str(self.storage), "ADMIN_TOKEN": TOKEN}
        return {**kept, **ours, **storage, **self.variables, **more}

    def but(self, **variables: str) -> System:
        """Return the same with other variables."""
        return replace(self, variables={**self.variables, **variables})

    def run(
        self,
        *words: str,
        expect: int | None = 0,
        given: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the system's folder, as a person would, and check its exit status."""
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment(**(variables or {})),
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert expect is None or done.returncode == expect, f"{words}\n{done.stdout}{done.stderr}"
        return done

    def python(self, code: str) -> str:
        """Run Python in the system's folder; return what it prints."""
        return self.run(sys.executable, "-W", "error", "-c", code).stdout

    def up(self, revision: str = "head") -> None:
        """Upgrade."""
        self.run("limosa", "upgrade", "--quiet", revision)

    def down(self, revision: str) -> None:
        """Downgrade."""
        self.run("limosa", "downgrade", "--quiet", "--yes", revision)

    def copy(self, folder: Path, *, up_to: str | None = None) -> System:
        """Copy the system's files, to change them or to be the release that ended with a revision."""
        folder.mkdir(parents=True)
        for name in COPIED:
            if (SYSTEM / name).is_dir():
                unwanted = shutil.ignore_patterns("__pycache__")
                shutil.copytree(SYSTEM / name, folder / name, ignore=unwanted)
            else:
                shutil.copy2(SYSTEM / name, folder / name)
        for file in (folder / "alembic" / "versions").glob("*.py"):
            if up_to is not None and file.name[: len(up_to)] > up_to:
                file.unlink()
        return replace(self, folder=folder)

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Return the values of all rows, by their keys."""
        return self.target.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")

    @contextmanager
    def serve(self, **variables: str) -> Iterator[Served]:
        """Serve with uvicorn, as the ordinary role; the process is ended with the block."""
        with self.started(**variables) as served:
            until(served.has_started, what=f"the service answers: {served.log}")
            yield served

    @contextmanager
    def started(self, **variables: str) -> Iterator[Served]:
        """Start uvicorn and do not wait for it."""
        port = free_port()
        log = self.storage.parent / f"served-{port}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "src.main:app", "--port", str(port)],
                cwd=self.folder,
                env=self.environment(**{"DATABASE_URL": self.service_url, **variables}),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        served = Served(process, f"http://127.0.0.1:{port}", log)
        try:
            yield served
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Served:
    """A process that serves."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def has_started(self) -> bool:
        """Does it answer? A process that has ended never will."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.address}/live").is_success
        except httpx.TransportError:
            return False

    def client(self, key: str | None = None) -> httpx.Client:
        """Return a client, with a tenant's key if there is one."""
        headers = {"X-API-Key": key} if key else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=DEADLINE_S)

    def operator(self) -> httpx.Client:
        """Return a client that may manage tenants."""
        return httpx.Client(base_url=self.address, headers={"X-Admin-Token": TOKEN}, timeout=DEADLINE_S)

    def tenant(self, code: str | None = None, limits: Mapping[str, int] | None = None) -> httpx.Client:
        """Make a tenant; return its client."""
        code = code or f"t-{secrets.token_hex(6)}"
        with self.operator() as operator:
            made = operator.post("/tenants", json={"code": code, "name": code.upper(), **(limits or {})})
        assert made.status_code == 201, made.text
        return self.client(made.json()["api_key"])


def upload(client: httpx.Client, name: str, content: bytes, declared: str = "text/plain") -> Row:
    """Upload a file; return what the service says of it."""
    answer = client.post(
        "/files", params={"filename": name}, content=content, headers={"Content-Type": declared}
    )
    assert answer.status_code == 201, answer.text
    found: Row = answer.json()
    return found


def extract(client: httpx.Client, file_id: str, kind: str = "text") -> Row:
    """Ask for an extraction; return it when it is over."""
    asked = client.post(f"/files/{file_id}/extractions", json={"extraction_type": kind})
    assert asked.status_code == 202, asked.text

    def over() -> Row | None:
        found: Row = client.get(f"/extractions/{asked.json()['id']}").json()
        return found if found["status"] in {"done", "failed"} else None

    return until(over, what="the extraction is over")


def on_sqlite(target: Target, folder: Path) -> System:
    """Return the system on a SQLite file."""
    return System(target, target.url.reveal(), target.url.reveal(), folder / "storage")


def on_postgresql(target: Target, folder: Path) -> System:
    """Return the system on PostgreSQL, with the two roles of deploy/roles.sql."""
    url = target.url.with_driver(None).reveal()
    base = str(target.url.database)
    names = {"owner": f"{base}_owner", "app": f"{base}_app"}
    roles = SYSTEM / "deploy" / "roles.sql"
    given = [word for role, name in names.items() for word in ("-v", f"{role}={name}")]
    subprocess.run(["psql", "-q", "-d", url, *given, "-f", roles], check=True, stdout=subprocess.DEVNULL)
    urls = {}
    with psycopg.connect(url, autocommit=True) as connection:
        for role, name in names.items():
            password = secrets.token_urlsafe()
            statement = psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                psycopg.sql.Identifier(name), psycopg.sql.Literal(password)
            )
            connection.execute(statement)
            one = make_url(url).set(username=name, password=password)
            urls[role] = one.render_as_string(hide_password=False)
    return System(target, urls["owner"], urls["app"], folder / "storage")


def moved(made: System, target: Target, folder: Path) -> System:
    """Return the same system, with its roles, on another database of the same server."""
    name = str(target.url.database)
    owner, app = (
        make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (made.url, made.service_url)
    )
    return replace(made, target=target, url=owner, service_url=app, storage=folder / "storage")
