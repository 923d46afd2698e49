"""Starting: migrated once in development, only looked at in production, and refused with a sentence."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from systems.file_platform.tests.system import (
    DEADLINE_S,
    Served,
    System,
    extract,
    until,
    upload,
)

WORKERS = 3


@contextmanager
def shut(system: System) -> Iterator[None]:
    """Let nobody into the database for the length of the block, and throw out who is in it."""
    server, name = system.target.server, system.target.url.database
    assert server is not None
    with psycopg.connect(server.url("postgres").with_driver(None).reveal(), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def is_done(client: httpx.Client, job: str) -> bool:
    """Is this extraction done?"""
    return bool(client.get(f"/extractions/{job}").json()["status"] == "done")


def answer(served: Served, path: str) -> httpx.Response:
    """Ask one of the paths that need no key."""
    return httpx.get(f"{served.address}/{path}", timeout=DEADLINE_S)


@pytest.mark.parametrize("kind", ["lite", "post"])
def test_several_workers_that_start_at_once_migrate_once(kind: str, request: pytest.FixtureRequest) -> None:
    """In development each process migrates or waits; every revision is run once, and all of them serve."""
    system: System = request.getfixturevalue(kind)
    with ExitStack() as stack:
        all_served = [stack.enter_context(system.started(DATABASE_URL=system.url)) for _ in range(WORKERS)]
        for served in all_served:
            until(served.has_started, what="it serves")
            assert answer(served, "health").json() == {"database_migrated": True, "schema_version": "0004"}

    entry = "limosa.entry" if system.target.engine == "postgresql" else "limosa_entry"
    ran = system.target.rows(f"SELECT revision FROM {entry} ORDER BY seq")
    assert ran == [("0001",), ("0002",), ("0003",), ("0004",)]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("lite", "empty"),
        ("lite", "behind"),
        ("post", "behind"),
        ("post", "unversioned"),
        ("lite", "unreachable"),
    ],
)
def test_production_refuses_a_schema_that_it_cannot_work_with(
    kind: str, state: str, request: pytest.FixtureRequest
) -> None:
    """It ends with a code and a sentence that says what is wrong and what to do; nothing is migrated."""
    system: System = request.getfixturevalue(kind)
    variables = {"ENVIRONMENT": "production"}
    if state == "behind":
        system.up("0002")
    if state == "unversioned":
        system.target.execute("CREATE TABLE files (id integer)")
    if state == "unreachable":
        variables["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    before = system.target.tables() if state != "unreachable" else set()

    with system.started(**variables) as served:
        code = served.process.wait(DEADLINE_S)

    said = served.log.read_text()
    assert code != 0
    assert "not started: " in said
    assert "Traceback" not in said
    if state != "unreachable":
        assert system.target.tables() == before
        assert "limosa" in said.partition("not started: ")[2] or "0001" in said


def test_ready_and_health_follow_the_schema(post_at_head: System, tmp_path: Path) -> None:
    """Behind is not ready, ahead and at head are; health tells the version, and live is always true."""
    before = post_at_head.copy(tmp_path / "before", up_to="0003")
    with post_at_head.serve(ENVIRONMENT="production") as new, before.serve(ENVIRONMENT="production") as old:
        assert answer(new, "ready").json()["schema_state"] == "at_head"
        ahead = answer(old, "ready")
        assert (ahead.status_code, ahead.json()["schema_state"]) == (200, "ahead")
        assert answer(old, "health").json() == {"database_migrated": False, "schema_version": "0004"}

        post_at_head.down("0003")

        behind = answer(new, "ready")
        assert (behind.status_code, behind.json()["pending"]) == (503, ["0004"])
        assert answer(new, "health").json() == {"database_migrated": False, "schema_version": "0003"}
        assert answer(old, "ready").json()["schema_state"] == "at_head"
        assert [answer(one, "live").status_code for one in (new, old)] == [200, 200]


@pytest.mark.parametrize(
    ("kind", "revision"), [("lite", "0001"), ("lite", "0002"), ("post", "0001"), ("post", "0003")]
)
def test_every_revision_will_do_for_the_code(
    kind: str, revision: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The service works on each revision that the README names, with the same answers."""
    system: System = request.getfixturevalue(kind)
    system.up(revision)
    release = system.copy(tmp_path / "release", up_to=revision)
    with release.serve(ENVIRONMENT="production") as served, served.tenant() as client:
        file = upload(client, "a.md", b"# Head", "Text/Markdown; charset=utf-8")

        assert file["mime_type"] == "text/markdown"
        assert client.get("/files", params={"mime_type": "text/markdown"}).json() == [file]
        assert extract(client, file["id"])["extracted_text"] == "Head"
        assert client.delete(f"/files/{file['id']}").status_code == 204


def test_jobs_outlive_a_crash_and_leftovers_are_swept(lite_at_head: System) -> None:
    """After kill -9 what was pending and what was running is done, and files without a row are removed."""
    with lite_at_head.serve(EXTRACTION_POLL_S="600") as served, served.tenant("crash") as client:
        key = client.headers["X-API-Key"]
        file = upload(client, "a.txt", b"words")
        extract(client, file["id"])
        served.process.send_signal(signal.SIGKILL)
        served.process.wait()
    [folder] = lite_at_head.storage.iterdir()
    (folder / "0b0e7c1e-0000-4000-8000-000000000000.part").write_bytes(b"half")
    (folder / "0b0e7c1e-0000-4000-8000-000000000001").write_bytes(b"whole, without a row")
    lite_at_head.target.execute(
        "UPDATE extraction_results SET status = 'running', lease_until = '2026-01-01 00:00:00.000000'"
    )

    with lite_at_head.serve() as served, served.client(key) as client:
        until(lambda: len(list(folder.iterdir())) == 1, what="leftovers are swept")

        def done() -> bool:
            [job] = client.get(f"/files/{file['id']}/extractions").json()
            return bool(job["status"] == "done")

        until(done, what="the lost job is done again")
        assert client.get(f"/files/{file['id']}/content").content == b"words"


def test_an_upload_is_not_swept_by_a_process_that_starts(lite_at_head: System) -> None:
    """What another process is writing now is no leftover, and arrives whole."""
    go_on = threading.Event()

    def body() -> Iterator[bytes]:
        yield bytes(2 << 20)
        assert go_on.wait(DEADLINE_S)
        yield b"the end"

    with lite_at_head.serve() as served, served.tenant() as client, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(client.post, "/files", params={"filename": "a"}, content=body())
        until(lambda: list(lite_at_head.storage.glob("*/*.part")), what="the upload has begun")
        stale = next(lite_at_head.storage.glob("*")) / "left.part"
        stale.write_bytes(b"x")
        with lite_at_head.serve():
            until(lambda: not stale.exists(), what="the leftover is swept")
            go_on.set()
            answer = sending.result(DEADLINE_S)

            assert answer.status_code == 201
            content = client.get(f"/files/{answer.json()['id']}/content").content
            assert content == bytes(2 << 20) + b"the end"


def test_many_workers_do_each_job_once(at_head: System) -> None:
    """Of several processes with the same queue exactly one does each job."""
    with ExitStack() as stack:
        several = [stack.enter_context(at_head.serve(EXTRACTION_POLL_S="0.05")) for _ in range(2)]
        client = stack.enter_context(several[0].tenant())
        file = upload(client, "a.txt", b"words")
        jobs = [client.post(f"/files/{file['id']}/extractions", json={}).json()["id"] for _ in range(30)]
        for job in jobs:
            until(partial(is_done, client, job), what="it is done")

    assert at_head.target.rows("SELECT attempts, count(*) FROM extraction_results GROUP BY attempts") == [
        (1, 30)
    ]


def test_a_database_that_goes_away_is_answered_and_comes_back(post_at_head: System) -> None:
    """Without its database every path answers 503 with JSON, live goes on, and afterwards all is well."""
    with post_at_head.serve() as served, served.tenant() as client:
        file = upload(client, "a.txt", b"words")
        with shut(post_at_head):
            answers = [
                client.get("/files"),
                client.get(f"/files/{file['id']}/content"),
                client.post("/files", params={"filename": "b"}, content=b"x"),
                client.get("/health"),
                client.get("/ready"),
            ]
            assert [one.status_code for one in answers] == [503] * 5
            assert all(isinstance(one.json(), dict) for one in answers)
            assert client.get("/live").status_code == 200
            assert client.get("/metrics").status_code == 200

        assert client.get("/files").json() == [file]
        assert len(list(post_at_head.storage.glob("*/*"))) == 1


def test_a_schema_that_is_taken_away_is_said_to_be(lite_at_head: System) -> None:
    """Tables that are gone under a running service are a 503 with JSON on every path, and it recovers."""
    with lite_at_head.serve(ENVIRONMENT="production") as served, served.tenant() as client:
        lite_at_head.down("base")

        paths = ("/tenant", "/files", "/files/0b0e7c1e-0000-4000-8000-000000000000", "/ready")
        answers = [client.get(path) for path in paths]
        sent = client.post("/files", params={"filename": "a"}, content=b"x")

        assert [one.status_code for one in (*answers, sent)] == [503] * 5
        assert all(one.json() for one in answers)
        assert answer(served, "health").json() == {"database_migrated": False, "schema_version": None}
        lite_at_head.up()
        assert client.get("/tenant").status_code == 401
        with served.tenant() as fresh:
            assert fresh.get("/files").json() == []
