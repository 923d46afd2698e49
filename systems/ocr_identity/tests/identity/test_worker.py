"""The queue and its workers: each job is done once, whoever dies."""

from __future__ import annotations

import random
import shutil
import signal
import threading
import uuid
from pathlib import Path

import pytest
from sqlalchemy import insert

from app import jobs
from app.database import writing
from app.models import IdentityDocument, OCRJob
from app.storage import Storage
from app.worker import Worker
from tests.identity.project import System
from tests.identity.scans import pdf, picture
from tests.identity.service import free_port, launched, until


def queued(system: System, number: int, content: bytes, suffix: str = ".pdf") -> list[uuid.UUID]:
    """Put jobs into the queue, each with a document of its own."""
    system.storage.mkdir(exist_ok=True)
    (system.storage / f"scan{suffix}").write_bytes(content)
    made = [(uuid.uuid4(), uuid.uuid4()) for _ in range(number)]
    path = f"scan{suffix}"
    engine = system.engine()
    with writing(engine) as connection:
        for document, job in made:
            connection.execute(
                insert(IdentityDocument).values(id=document, document_type="x", file_path=path)
            )
            connection.execute(insert(OCRJob).values(id=job, document_id=document, input_file_path=path))
    engine.dispose()
    return [job for _, job in made]


def states(system: System) -> list[str]:
    """Return the states of all jobs."""
    return [state for (state,) in system.main.rows("SELECT job_status FROM ocr_jobs ORDER BY created_at")]


def test_several_workers_never_do_a_job_twice(system: System) -> None:
    """Thirty jobs and four workers: each job has one line of completion in the trail."""
    system.up_both()
    queued(system, 30, pdf())
    crew = [threading.Thread(target=Worker(system.settings).drain) for _ in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()

    assert states(system) == ["completed"] * 30
    done = system.main.rows(
        "SELECT resource_id, count(*) FROM audit_logs WHERE action = 'job.completed' GROUP BY 1"
    )
    assert [count for _, count in done] == [1] * 30
    assert system.analytics.rows("SELECT sum(count) FROM daily_counts WHERE action = 'job.completed'") == [
        (30,)
    ]


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_job_of_a_killed_worker_is_taken_up(on_postgresql: System, tmp_path: Path) -> None:
    """A worker killed while it reads leaves a running job, which another one finishes after the lease."""
    system = on_postgresql.having(JOB_LEASE_S="1")
    system.up_both()
    queued(system, 1, picture("\n".join(["Surname: ERIKSSON"] * 30)), ".png")
    process = launched(system, tmp_path / "worker.log", free_port(), "python", "-m", "app.worker")
    until(lambda: states(system) == ["running"])
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert states(system) == ["running"]
    worker = Worker(system.settings)
    assert not worker.step(), "within the lease the job is still its worker's"
    until(worker.step)
    worker.close()

    assert states(system) == ["completed"]


def test_a_worker_that_lost_its_job_writes_nothing(system: System) -> None:
    """Who comes back after the lease finds the job in other hands, and its result is not taken."""
    system.up_both()
    queued(system, 1, pdf())
    engine = system.engine()
    late = _claim(system, lease_s=0)
    system.main.execute("UPDATE ocr_jobs SET updated_at = '2020-01-01 00:00:00'")
    second = _claim(system, lease_s=1)
    assert (late is not None, second is not None) == (True, True)
    assert late is not None
    assert second is not None
    with writing(engine) as connection:
        is_late_kept = jobs.finish(connection, late, jobs.Result(None, "late", 1))
        is_second_kept = jobs.finish(connection, second, jobs.Result(None, "second", 1))
    engine.dispose()

    assert (is_late_kept, is_second_kept, second.attempt) == (False, True, 2)
    assert system.main.rows("SELECT error_message FROM ocr_jobs") == [("second",)]


def test_a_job_that_kills_its_workers_fails_in_the_end(on_sqlite: System) -> None:
    """After three claims without an end the next worker writes down that it gives up."""
    on_sqlite.up_both()
    queued(on_sqlite, 1, pdf())
    for _ in range(jobs.MOST_ATTEMPTS):
        assert _claim(on_sqlite, lease_s=1) is not None
        on_sqlite.main.execute("UPDATE ocr_jobs SET updated_at = '2020-01-01 00:00:00'")
    worker = Worker(on_sqlite.settings)
    worker.step()
    worker.close()

    assert states(on_sqlite) == ["failed"]
    assert "3 workers died" in on_sqlite.main.rows("SELECT error_message FROM ocr_jobs")[0][0]


def test_a_worker_process_ends_when_it_is_told(on_sqlite: System, tmp_path: Path) -> None:
    """SIGTERM ends a worker with status 0, and what it had begun is done."""
    on_sqlite.up_both()
    queued(on_sqlite, 3, pdf())
    log = tmp_path / "worker.log"
    process = launched(on_sqlite, log, free_port(), "python", "-m", "app.worker")
    until(lambda: "completed" in states(on_sqlite))
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert "running" not in states(on_sqlite)


def test_a_stored_path_that_leaves_the_folder_is_not_followed(on_sqlite: System) -> None:
    """Even a path from the database is only followed within the folder of scans."""
    on_sqlite.up_both()
    queued(on_sqlite, 1, pdf())
    on_sqlite.main.execute("UPDATE ocr_jobs SET input_file_path = '../../../../etc/passwd'")
    worker = Worker(on_sqlite.settings)
    worker.step()
    worker.close()

    assert states(on_sqlite) == ["failed"]
    assert "outside" in on_sqlite.main.rows("SELECT error_message FROM ocr_jobs")[0][0]
    assert Storage(on_sqlite.storage, 1).path("a/b").is_relative_to(on_sqlite.storage.resolve())


def test_no_scan_ends_a_worker(on_sqlite: System) -> None:
    """Whatever torn and twisted files make the libraries raise, each job ends, and the worker goes on."""
    on_sqlite.up_both()
    chance, whole = random.Random(1), pdf()
    folder = on_sqlite.storage
    made = queued(on_sqlite, 40, whole)
    for number, job in enumerate(made):
        twisted = bytearray(whole)
        for _ in range(chance.randrange(1, 60)):
            twisted[chance.randrange(8, len(twisted))] = chance.randrange(256)
        (folder / f"{number}.pdf").write_bytes(twisted)
        on_sqlite.main.execute(f"UPDATE ocr_jobs SET input_file_path = '{number}.pdf' WHERE id = '{job.hex}'")

    assert Worker(on_sqlite.settings).drain() == 40
    assert {*states(on_sqlite)} <= {"completed", "failed"}


def test_counts_that_cannot_be_written_do_not_hold_up_the_jobs(on_sqlite: System) -> None:
    """With the analytics database behind, jobs are done all the same; the next count makes up for it."""
    on_sqlite.up()
    queued(on_sqlite, 1, pdf())
    assert Worker(on_sqlite.settings).drain() == 1
    assert states(on_sqlite) == ["completed"]
    on_sqlite.up_both()
    queued(on_sqlite, 1, pdf())
    Worker(on_sqlite.settings).drain()

    assert on_sqlite.analytics.rows("SELECT count FROM daily_counts WHERE action = 'job.completed'") == [(2,)]


def _claim(system: System, *, lease_s: int) -> jobs.Claim | None:
    engine = system.engine()
    with writing(engine) as connection:
        claim = jobs.claim(connection, lease_s=lease_s)
    engine.dispose()
    return claim
