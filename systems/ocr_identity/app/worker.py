"""Works off the queue: ``python -m app.worker`` until SIGTERM, or ``--drain`` until it is empty."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import signal
import sys
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app import jobs
from app.analytics.counting import count_day
from app.database import open_engine, writing
from app.errors import Unacceptable, Unreadable
from app.reading import read_document
from app.settings import Settings, SettingsError
from app.storage import Storage

IDLE_S = 0.5
BROKEN_S = 2.0
_log = logging.getLogger(__name__)


class Worker:
    """Takes one job after the other; several may run beside each other, here and elsewhere."""

    def __init__(self, settings: Settings, stopping: threading.Event | None = None) -> None:
        self.settings = settings
        self.stopping = stopping or threading.Event()
        self._main = open_engine(settings.database)
        self._analytics = open_engine(settings.analytics)
        self._storage = Storage(settings.storage, settings.most_upload_bytes)

    def run(self) -> None:
        """Work until told to stop; a database that is away is waited for."""
        while not self.stopping.is_set():
            try:
                pause_s = 0.0 if self.step() else IDLE_S
            except SQLAlchemyError as error:
                _log.warning("the queue cannot be reached: %s; trying again", _reason(error))
                pause_s = BROKEN_S
            self.stopping.wait(pause_s)
        self.close()

    def drain(self) -> int:
        """Work until the queue is empty, and return how many jobs that were."""
        done = 0
        while not self.stopping.is_set() and self.step():
            done += 1
        self.close()
        return done

    def step(self) -> bool:
        """Do one job; False where there is none."""
        with writing(self._main) as connection:
            claim = jobs.claim(connection, lease_s=self.settings.lease_s)
        if claim is None:
            return False
        result = self._read(claim)
        with writing(self._main) as connection:
            is_kept = jobs.finish(connection, claim, result)
        _log.info("job %s: %s", claim.job, (result.error or "completed") if is_kept else "no longer ours")
        self._count()
        return True

    def _read(self, claim: jobs.Claim) -> jobs.Result:
        began = time.perf_counter()
        output, error = None, None
        if claim.attempt > jobs.MOST_ATTEMPTS:
            return jobs.Result(None, f"{jobs.MOST_ATTEMPTS} workers died while they read it", 0)
        try:
            output = read_document(self._storage.path(claim.path))
        except (Unreadable, Unacceptable) as reason:
            error = str(reason)
        except Exception as surprise:  # noqa: BLE001  # a worker outlives whatever a scan makes a library raise
            _log.exception("job %s", claim.job)
            error = f"the scan could not be read: {type(surprise).__name__}"
        return jobs.Result(output, error, round((time.perf_counter() - began) * 1000))

    def _count(self) -> None:
        """Bring today's counts up to date; the job is done, whether or not that can be done now."""
        try:
            count_day(self._main, self._analytics, dt.datetime.now(dt.UTC).date())
        except SQLAlchemyError as error:
            _log.warning("the daily counts are behind: %s", _reason(error))

    def close(self) -> None:
        """Close the connections."""
        _dispose(self._main, self._analytics)


def _reason(error: SQLAlchemyError) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin).partition("\n")[0]


def _dispose(*engines: Engine) -> None:
    for engine in engines:
        engine.dispose()


def main() -> int:
    """Run a worker as a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m app.worker", description=__doc__)
    parser.add_argument("--drain", action="store_true", help="end when the queue is empty")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s [%(name)s] %(message)s")
    try:
        worker = Worker(Settings.load())
    except SettingsError as error:
        sys.stderr.write(f"not started: {error}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopping.set())
    if not options.drain:
        worker.run()
        return 0
    try:
        worker.drain()
    except SQLAlchemyError as error:
        sys.stderr.write(f"stopped: the queue cannot be reached: {_reason(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
