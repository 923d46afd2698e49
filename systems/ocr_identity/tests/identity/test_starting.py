"""Starting and ending: the start scripts for real, the check at the start, and a database that goes away."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from limosa import Migrator
from limosa.scratch import Server
from tests.fixtures.targets import postgresql_target
from tests.identity.project import HEAD, TABLES, System
from tests.identity.scans import picture
from tests.identity.service import SERVE, free_port, launched, serving, until
from tests.identity.test_refusals import refused


def test_the_development_script_migrates_and_serves(on_sqlite: System, tmp_path: Path) -> None:
    """From nothing to a service at head, with a secret of its own; SIGTERM ends it cleanly."""
    system = on_sqlite.having(SECRET_KEY="")
    with serving(system, tmp_path / "log", "./start-dev.sh") as service:
        with service.client() as client:
            assert client.get("/ready").json()["schema_version"] == HEAD
        with service.person() as person:
            assert person.client.get("/documents").json() == []
        assert {*TABLES} <= system.main.tables()
        assert "daily_counts" in system.analytics.tables()
        status = service.end()

    assert status in {0, -signal.SIGTERM}
    assert "Finished server process" in service.log.read_text()


@pytest.mark.parametrize(
    ("script", "variable"),
    [
        ("./start-staging.sh", "STAGING_DATABASE_URL"),
        ("./start-staging.sh", "SECRET_KEY"),
        ("./start-prod.sh", "PRODUCTION_DATABASE_URL"),
        ("./start-prod.sh", "PRODUCTION_ANALYTICS_DATABASE_URL"),
    ],
)
def test_a_start_without_its_variable_is_refused(on_sqlite: System, script: str, variable: str) -> None:
    """The script names the variable, and does nothing."""
    name = "staging" if "staging" in script else "production"
    done = on_sqlite.having(name, **{variable: ""}).run(script, expect=2)

    assert f"{variable}: is not set" in done.stderr
    assert not on_sqlite.main.path.exists()


def test_several_starts_at_once_migrate_once(on_postgresql: System, tmp_path: Path) -> None:
    """Three start scripts on one empty database: all serve, and each revision was run once."""
    with ExitStack() as stack:
        logs = [tmp_path / f"{number}.log" for number in range(3)]
        ports = [free_port() for _ in logs]
        for log, port in zip(logs, ports, strict=True):
            process = launched(on_postgresql, log, port, "./start-dev.sh")
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        for port in ports:
            until(lambda port=port: _is_ready(port), 60)  # type: ignore[misc]
    record = Migrator(project=on_postgresql.folder, url=on_postgresql.main.url.reveal()).record()

    assert sorted(str(entry.revision) for entry in record) == [f"000{number}" for number in range(1, 7)]


@pytest.mark.parametrize(
    ("revision", "code", "said"),
    [("base", 3, "the database is at base"), ("0003", 3, "missing: 0004"), (None, 1, "")],
    ids=["empty", "behind", "unreachable"],
)
def test_production_does_not_start_on_what_does_not_fit(
    on_sqlite: System, revision: str | None, code: int, said: str
) -> None:
    """The server ends with Limosa's exit code and a sentence, before it takes a request."""
    system = on_sqlite.having("production")
    if revision is None:
        system = system.having(PRODUCTION_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    elif revision != "base":
        system.migrate("upgrade", revision, "-q")
    done = system.run(*SERVE, "--port", "1", expect=code)

    assert "not started: " in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_older_service_goes_on_when_newer_code_has_migrated(on_sqlite: System, tmp_path: Path) -> None:
    """A database that is ahead neither keeps the service from starting nor makes it unready."""
    on_sqlite.up_both()
    on_sqlite.main.execute("UPDATE alembic_version SET version_num = '0099'")
    with serving(on_sqlite.having("production"), tmp_path / "log") as service, service.client() as client:
        answer = client.get("/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "ahead")


def test_development_starts_behind_and_says_that_it_is_not_ready(
    on_postgresql: System, tmp_path: Path
) -> None:
    """At 0001 the service works, /ready says 503 and what is pending, and only the phone has to wait."""
    on_postgresql.up("0001")
    with serving(on_postgresql, tmp_path / "log") as service, service.person() as person:
        ready = person.client.get("/ready")
        assert person.submit(picture("Surname: X")).status_code == 201
        message = refused(person.client.put("/users/me/phone", json={"phone": "12345"}), 503, "schema_behind")

    assert (ready.status_code, ready.json()["pending"][0]) == (503, "0002")
    assert "limosa upgrade" in message


def test_a_closed_database_is_a_503_and_nothing_is_half_written(
    private_server: Server, tmp_path: Path
) -> None:
    """With the server gone each request says so, the scan is not kept, and the process stays alive."""
    with ExitStack() as stack:
        targets = [stack.enter_context(postgresql_target(private_server)) for _ in range(2)]
        system = System(targets[0], targets[1], tmp_path / "scans")
        system.up_both()
        service = stack.enter_context(serving(system, tmp_path / "log"))
        person = stack.enter_context(service.person())
        person.client.get("/documents").raise_for_status()
        private_server.stop()
        for answer in (
            person.client.get("/documents"),
            person.submit(picture("x")),
            person.client.post("/tokens", json={"email": person.email, "password": "x"}),
        ):
            refused(answer, 503, "database_unavailable")
        health, ready = person.client.get("/health"), person.client.get("/ready")
        kept = [path for path in system.storage.rglob("*") if path.is_file()]
        private_server.start()
        assert person.client.get("/documents").json() == []
        log = service.log.read_text()

    assert (health.status_code, health.json()["status"], ready.status_code) == (200, "unreachable", 503)
    assert kept == []
    assert "Traceback" not in log


def test_a_broken_file_is_a_503(on_sqlite: System, tmp_path: Path) -> None:
    """A SQLite file that is none any more is told likewise, and the scan is not kept."""
    on_sqlite.up_both()
    with serving(on_sqlite, tmp_path / "log") as service, service.person() as person:
        on_sqlite.main.path.write_bytes(b"no database at all" * 1000)
        refused(person.client.get("/documents"), 503, "database_unavailable")
        refused(person.submit(picture("x")), 503, "database_unavailable")

    assert [path for path in on_sqlite.storage.rglob("*") if path.is_file()] == []


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
