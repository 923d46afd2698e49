"""The running service, as a client sees it."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.identity.project import System

PASSWORD = "correct horse battery"
DEADLINE_S = 30.0
SERVE = ("uvicorn", "app.asgi:application", "--host", "127.0.0.1")
_NUMBERS = count(1)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Person:
    """A registered user and a client that has their token."""

    client: httpx.Client
    id: str
    email: str

    def submit(self, content: bytes, name: str = "scan.png", kind: str = "passport") -> httpx.Response:
        """Submit a scan."""
        return self.client.post("/documents", data={"document_type": kind}, files={"file": (name, content)})

    def read(self, document: str) -> dict[str, Any]:
        """Have a document read, and return the job when it is over."""
        job = self.client.post(f"/documents/{document}/jobs").raise_for_status().json()["id"]
        return until(lambda: self._finished(job))

    def _finished(self, job: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.client.get(f"/jobs/{job}").raise_for_status().json()
        return found if found["job_status"] in {"completed", "failed"} else None


@dataclass(frozen=True, slots=True)
class Service:
    """A server process."""

    process: subprocess.Popen[str]
    system: System
    url: str
    log: Path

    def client(self, **headers: str) -> httpx.Client:
        """Open a client."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=DEADLINE_S)

    @contextmanager
    def person(self, email: str | None = None) -> Iterator[Person]:
        """Register somebody, and sign them in."""
        email = email or f"person{next(_NUMBERS)}@example.com"
        credentials = {"email": email, "password": PASSWORD}
        with self.client() as client:
            made = client.post("/users", json=credentials).raise_for_status().json()
            token = client.post("/tokens", json=credentials).raise_for_status().json()["access_token"]
            client.headers["authorization"] = f"Bearer {token}"
            yield Person(client, made["id"], email)

    def end(self) -> int:
        """Send SIGTERM, and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)


@contextmanager
def serving(system: System, log: Path, *words: str) -> Iterator[Service]:
    """Start a server, wait until it answers, and end it."""
    port = free_port()
    process = launched(system, log, port, *(words or (*SERVE, "--port", str(port))))
    service = Service(process, system, f"http://127.0.0.1:{port}", log)
    try:
        until(lambda: _answers(service))
        yield service
    finally:
        if process.poll() is None:
            service.end()


def launched(system: System, log: Path, port: int, *words: str) -> subprocess.Popen[str]:
    """Start a process of the system, which writes into a log."""
    variables = {**system.variables, "HOST": "127.0.0.1", "PORT": str(port)}
    with log.open("a") as file:
        return subprocess.Popen(words, cwd=system.folder, env=variables, stdout=file, stderr=file, text=True)


def _answers(service: Service) -> bool:
    assert service.process.poll() is None, service.log.read_text()
    try:
        return httpx.get(f"{service.url}/health", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def until(found: Callable[[], Found | None], within_s: float = DEADLINE_S) -> Found:
    """Ask again and again until something is found; fail when the time is over."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"nothing within {within_s} s")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
