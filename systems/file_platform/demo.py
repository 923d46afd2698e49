"""The main job, end to end: an older release serves, the schema moves under it, and nobody notices.

Release 1 (revision 0001) takes in files and is kept under a steady load of requests. Meanwhile the database
goes up to head, release 2 joins in, and the database comes down again. At each stop every file and value is
compared with what the service said before, and contents with their hashes; the requests that failed are
counted: none may. First on a SQLite file, then on a PostgreSQL server that is started for the purpose.
``make demo SYSTEM=file_platform`` calls this.
"""

# ruff: noqa: T201  (a demo prints)

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from limosa.model.url import DatabaseURL
from limosa.scratch import nearest, start

SYSTEM = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
TOKEN = secrets.token_urlsafe()
DECLARED = ("Text/Plain; charset=UTF-8", "text/html", "TEXT/MARKDOWN", "application/octet-stream")
STARTS_WITHIN_S = 30.0


@dataclass
class Load:
    """A steady load on whatever releases serve now; every answer that is not as it must be is kept."""

    addresses: list[str]
    key: str
    known: dict[str, str]
    """The hash of each file that must always be there."""
    asked: int = 0
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, clients: int) -> Iterator[None]:
        """Ask from several threads for the length of the block."""
        threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self, number: int) -> None:
        with httpx.Client(headers={"X-API-Key": self.key}, timeout=60) as client:
            for turn in itertools.count():
                if self._over.is_set():
                    return
                address = self.addresses[turn % len(self.addresses)]
                began = time.perf_counter()
                try:
                    self._round(client, address, f"load-{number}-{turn}.txt")
                except (httpx.HTTPError, AssertionError) as problem:
                    self.failures.append(f"{type(problem).__name__}: {problem}")
                self.slowest_s = max(self.slowest_s, time.perf_counter() - began)

    def _round(self, client: httpx.Client, address: str, name: str) -> None:
        """Upload, look, read, list, delete; and read one that was there before."""
        body = name.encode()
        sent = {"Content-Type": DECLARED[0]}
        made = self._checked(
            client.post(f"{address}/files", params={"filename": name}, content=body, headers=sent)
        )
        file = f"{address}/files/{made.json()['id']}"
        assert self._checked(client.get(file)).json()["mime_type"] == "text/plain", "not normalised"
        assert self._checked(client.get(f"{file}/content")).content == body, "other content"
        self._checked(client.delete(file))
        one = secrets.choice(list(self.known))
        old = self._checked(client.get(f"{address}/files/{one}/content")).content
        assert hashlib.sha256(old).hexdigest() == self.known[one], "an old file has changed"
        self._checked(client.get(f"{address}/files", params={"mime_type": "text/plain", "limit": 5}))

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        self.asked += 1
        assert answer.is_success, f"{answer.request.method} {answer.request.url.path}: {answer.text}"
        return answer


@dataclass
class Tour:
    """One database on its way through the demo."""

    engine: str
    url: DatabaseURL
    folder: Path
    files: int
    stack: ExitStack
    steps: list[tuple[str, float]] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """The variables of every process of this tour."""
        ours = {"DATABASE_URL": self.url.reveal(), "STORAGE_ROOT": str(self.folder / "storage")}
        return {**os.environ, **ours, "ADMIN_TOKEN": TOKEN, "LIMOSA_ENV": "production"}

    def limosa(self, *words: str, folder: Path = SYSTEM) -> None:
        """Run a command as a person would, show it, and stop the demo if it fails."""
        print(f"\n$ limosa {' '.join(words)}", flush=True)
        began = time.perf_counter()
        subprocess.run([PROGRAMS / "limosa", *words], cwd=folder, env=self.variables, check=True)
        self.steps.append((f"limosa {' '.join(words[:2])}", time.perf_counter() - began))

    def serve(self, name: str, folder: Path) -> str:
        """Start a release; return its address when it answers."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        log = self.stack.enter_context((self.folder / f"{name}.log").open("w"))
        words = [sys.executable, "-m", "uvicorn", "src.main:app", "--port", str(port), "--no-access-log"]
        process = subprocess.Popen(words, cwd=folder, env=self.variables, stdout=log, stderr=log)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        address, end = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_WITHIN_S
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{name} does not start:\n{(self.folder / f'{name}.log').read_text()}")
            time.sleep(0.05)
        print(f"{name} serves: ready is {httpx.get(f'{address}/ready').json()}", flush=True)
        return address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/live").is_success
    except httpx.TransportError:
        return False


def walk(tour: Tour) -> None:
    """Take one database all the way up and down again, under load."""
    headline(f"{tour.engine}: {tour.url.masked}")
    older = release(tour.folder / "release-1", newest="0001")
    tour.limosa("upgrade", folder=older)
    first = tour.serve("release 1", older)
    key, known = fill(tour, first)
    before = seen(first, key)
    load = Load([first], key, known)
    with load.running(clients=2):
        tour.limosa("upgrade")
        compare("after the upgrade", before, seen(first, key), known, first, key)
        print(f"release 1 stays ready: {httpx.get(f'{first}/ready').json()}")
        second = tour.serve("release 2", SYSTEM)
        load.addresses.append(second)
        compare("seen by release 2", before, seen(second, key), known, second, key)
        tour.limosa("downgrade", "0001", "--yes")
        compare("after the rollback", before, seen(first, key), known, first, key)
        print(f"release 2 says that it is behind: {httpx.get(f'{second}/ready').json()}")
    print(
        f"\n{load.asked:,} requests while the schema moved, {len(load.failures)} failed, "
        f"the slowest round of six took {load.slowest_s:.2f} s"
    )
    if load.failures:
        sys.exit("\n".join(load.failures[:5]))
    tour.limosa("upgrade")
    tour.limosa("status")
    compare("at head again", before, seen(first, key), known, first, key)


def release(folder: Path, *, newest: str) -> Path:
    """Make the release that ended with a revision: the same code, with fewer revisions."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "tests", "data", ".limosa")
    shutil.copytree(SYSTEM, folder, ignore=ignored)
    for file in (folder / "alembic" / "versions").glob("*.py"):
        if file.name[: len(newest)] > newest:
            file.unlink()
    return folder


def fill(tour: Tour, address: str) -> tuple[str, dict[str, str]]:
    """Make two tenants and upload files, through the running service; return a key and what must be kept."""
    began = time.perf_counter()
    keys = []
    for code in ("acme", "umbrella"):
        wanted = {"code": code, "name": code.title()}
        made = httpx.post(f"{address}/tenants", json=wanted, headers={"X-Admin-Token": TOKEN})
        keys.append(made.raise_for_status().json()["api_key"])
    known: dict[str, str] = {}
    for key in reversed(keys):
        known.clear()
        with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
            for number in range(tour.files):
                body = f"# File {number}\n\n{secrets.token_hex(64)}\n".encode()
                sent = {"Content-Type": DECLARED[number % len(DECLARED)]}
                name = {"filename": f"{number}.md"}
                made = client.post("/files", params=name, content=body, headers=sent).raise_for_status()
                known[made.json()["id"]] = hashlib.sha256(body).hexdigest()
            client.post(f"/files/{next(iter(known))}/extractions", json={}).raise_for_status()
    seconds = time.perf_counter() - began
    tour.steps.append(("fill", seconds))
    print(f"\n2 tenants, {2 * tour.files} files uploaded in {seconds:.1f} s")
    return keys[0], known


def seen(address: str, key: str) -> list[dict[str, Any]]:
    """Return all that the service says of the tenant's own files, those of the load left out."""
    found: list[dict[str, Any]] = []
    with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
        place: dict[str, str] = {}
        while page := client.get("/files", params={"limit": "500", **place}).raise_for_status().json():
            found += [file for file in page if not file["original_filename"].startswith("load-")]
            place = {"after": page[-1]["id"]}
    # an extraction may have finished meanwhile: its status is no value of the schema's
    return [{name: value for name, value in file.items() if name != "status"} for file in found]


def compare(
    when: str,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    known: dict[str, str],
    address: str,
    key: str,
) -> None:
    """Stop unless every file is there with every value, and some of them to the byte."""
    if before != after:
        lost = [file for file in before if file not in after]
        sys.exit(f"{when}: {len(lost)} of {len(before)} differ, the first: {lost[:1]}")
    with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
        sample = list(known)[:: max(1, len(known) // 50)]
        for one in sample:
            content = client.get(f"/files/{one}/content").raise_for_status().content
            if hashlib.sha256(content).hexdigest() != known[one]:
                sys.exit(f"{when}: the content of {one} has changed")
    values = sum(len(file) for file in after)
    print(f"{when}: the same {len(after):,} files, {values:,} values; {len(sample)} read to the byte")


def headline(text: str) -> None:
    """Print a line that stands out."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def report(tours: list[Tour], seconds: float) -> None:
    """Print how long each step took on each engine."""
    headline("How long it took")
    print(f"{'step':<24}" + "".join(f"{tour.engine:>16}" for tour in tours))
    for name in dict.fromkeys(name for tour in tours for name, _ in tour.steps):
        times = (sum(s for step, s in tour.steps if step == name) for tour in tours)
        print(f"{name:<24}" + "".join(f"{taken:>14.2f} s" for taken in times))
    print(f"\neverything: {seconds:.0f} s")


def main() -> None:
    """Run the tour on both engines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=60, help="files of each of the two tenants")
    options = parser.parse_args()
    began, tours = time.perf_counter(), []
    with tempfile.TemporaryDirectory(prefix="file-platform-demo-") as name, ExitStack() as servers:
        folder = Path(name)
        server = servers.enter_context(start(nearest(None).provider))
        sqlite = DatabaseURL("sqlite", database=str(folder / "SQLite" / "file_platform.db"))
        postgresql = servers.enter_context(server.database())
        for engine, url in (("SQLite", sqlite), (f"PostgreSQL {server.major}", postgresql)):
            (folder / engine).mkdir()
            with ExitStack() as stack:
                tours.append(Tour(engine, url, folder / engine, options.files, stack))
                walk(tours[-1])
    report(tours, time.perf_counter() - began)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failure:
        sys.exit(f"the demo stopped: {Path(failure.cmd[0]).name} ended with {failure.returncode}")
