"""A scratch server in use: its databases, and its life and end under a guardian process."""

from __future__ import annotations

import atexit
import dataclasses
import json
import os
import random
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from limosa.errors import ConfigError, Unreachable, UsageError
from limosa.model.url import DatabaseURL, Secret
from limosa.scratch import cluster, folders
from limosa.scratch.account import options_of, server_account
from limosa.scratch.provider import Provider

_LONGEST_SOCKET_PATH = 103  # bytes: the shorter of Linux's 107 and macOS's 103
_PORTS = range(20_000, 32_000)  # below the range from which outgoing connections take theirs
_ATTEMPTS = 3
_GUARDIAN = Path(__file__).with_name("guardian.py")


class _PortTaken(Unreachable):
    """Somebody took the port between our look at it and the server's."""


class StopMode(StrEnum):
    """How a server is stopped."""

    FAST = "fast"
    """Sessions are ended, a checkpoint is written."""
    IMMEDIATE = "immediate"
    """Like a crash of the server; the next start recovers."""
    KILL = "kill"
    """Like a crash of its first process, by SIGKILL."""


class Server:
    """A running PostgreSQL: one of ours, or one that was given by URL and is left as it was."""

    def __init__(self, provider: Provider, url: DatabaseURL, *, guard: Guard | None = None) -> None:
        self.provider = provider
        self._url = url
        self._guard = guard

    @property
    def major(self) -> int:
        """The major version."""
        return self.provider.major

    @property
    def folder(self) -> Path | None:
        """Where the server's data, socket and log lie; None for a server given by URL."""
        return None if self._guard is None else self._guard.folder

    @property
    def pid(self) -> int | None:
        """The process id of the server, None while it is stopped or when it is not ours."""
        return None if self._guard is None else folders.postmaster_pid(self._guard.folder / "data")

    def url(self, database: str | None = None) -> DatabaseURL:
        """Return the URL of a database; without a name, of the one to administer from."""
        return self._url if database is None else dataclasses.replace(self._url, database=database)

    def socket_url(self, database: str | None = None) -> DatabaseURL:
        """Return the same through the Unix socket."""
        guard = self._own("be reached by its socket")
        if guard.socket_folder is None:
            raise UsageError(
                "the folder's name is too long for a socket", hint="set TMPDIR to a shorter path"
            )
        query = (("host", str(guard.socket_folder)), ("port", str(self._url.port)))
        return dataclasses.replace(self.url(database), host=None, port=None, query=query)

    def create_database(self, name: str, *, template: str | None = None) -> DatabaseURL:
        """Create a database and return its URL."""
        from limosa.engines.postgresql import admin  # noqa: PLC0415  the driver, which SQLite needs not

        admin.create_database(self.url(), name, template=template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, with whoever is still connected."""
        from limosa.engines.postgresql import admin  # noqa: PLC0415  the driver, which SQLite needs not

        admin.drop_database(self.url(), name)

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[DatabaseURL]:
        """Provide a new database for the length of a block."""
        name = f"limosa_{secrets.token_hex(6)}"
        url = self.create_database(name, template=template)
        try:
            yield url
        finally:
            self.drop_database(name)

    def stop(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server and keep its data."""
        self._own("be stopped").ask(f"stop {mode}")

    def start(self) -> None:
        """Start the server again, on the same port."""
        self._own("be started").start()

    def restart(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server and start it again."""
        self.stop(mode)
        self.start()

    def log(self) -> str:
        """Return what the server wrote to its log."""
        return (self._own("show its log").folder / "log").read_text(errors="replace")

    def close(self) -> None:
        """Stop the server and remove its folder; closing twice is harmless."""
        if self._guard is not None:
            self._guard.close()

    def _own(self, wish: str) -> Guard:
        if self._guard is None:
            raise UsageError(f"a server that was given by URL cannot {wish}", hint="leave the URL away")
        return self._guard

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Guard:
    """The owner's end of the pipe to the guardian of one server."""

    def __init__(self, bindir: Path, folder: Path, lock: int, *, has_socket: bool) -> None:
        self.folder = folder
        self.socket_folder = folder / "run" if has_socket else None
        self._owner = os.getpid()
        self._lock = lock
        spec = {
            "folder": str(folder),
            "postgres": str(bindir / "postgres"),
            "account": options_of(server_account()),
            "owner": self._owner,
        }
        with (folder / "guardian.log").open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUARDIAN), json.dumps(spec)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C in the owner's terminal is the owner's business
            )
        atexit.register(self.close)

    def start(self) -> None:
        """Start the server; raise when it does not come up."""
        reply = self.ask("start")
        if not reply["ok"]:
            kind = _PortTaken if "Address already in use" in reply["log"] else Unreachable
            raise kind(
                f"the scratch server in '{self.folder}' did not start: {reply['log'].strip()}",
                hint="its settings may be wrong for this version",
                log=reply["log"],
            )

    def ask(self, command: str) -> dict[str, Any]:
        """Send one command and return the guardian's answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = b""
        with suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(f"{command}\n".encode())
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise Unreachable(
                "the guardian of the scratch server is gone, and with it the server", hint="start another one"
            )
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        """End the server and its guardian, and remove the folder; a forked child must not do that."""
        if os.getpid() != self._owner or self._process.stdin is None or self._process.stdin.closed:
            return
        atexit.unregister(self.close)
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        folders.remove(self.folder)  # there is nothing left, unless the guardian was killed
        os.close(self._lock)


def start(provider: Provider, *, settings: Mapping[str, str] | None = None) -> Server:
    """Start a server, or use the one given by URL; use it as a context manager, or close it.

    ``settings`` are lines of postgresql.conf. Data are as safe as on any server, unless
    ``fsync`` is set to ``off``. All servers of one provider are copies of one template, so
    they share a system identifier.
    """
    if provider.url is not None:
        return Server(provider, provider.url)
    assert provider.bindir is not None
    folders.sweep()
    for _ in range(_ATTEMPTS - 1):
        with suppress(_PortTaken):
            return _attempt(provider, provider.bindir, settings or {})
    return _attempt(provider, provider.bindir, settings or {})


def _attempt(provider: Provider, bindir: Path, settings: Mapping[str, str]) -> Server:
    folder, lock = folders.claim()
    try:
        return _started(provider, bindir, folder, lock, settings)
    except BaseException:
        folders.remove(folder)
        with suppress(OSError):
            os.close(lock)
        raise


def _started(
    provider: Provider, bindir: Path, folder: Path, lock: int, settings: Mapping[str, str]
) -> Server:
    account = server_account()
    password = Secret(secrets.token_urlsafe(24))
    port = _free_port()
    has_socket = len(os.fsencode(folder / "run" / f".s.PGSQL.{port}")) <= _LONGEST_SOCKET_PATH
    if has_socket:
        cluster.make_owned(folder / "run", account)
    cluster.lay(
        folder / "data",
        bindir=bindir,
        major=provider.major,
        account=account,
        settings={
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(folder / "run") if has_socket else "",
            **settings,
        },
        password=password,
    )
    guard = Guard(bindir, folder, lock, has_socket=has_socket)
    try:
        guard.start()
    except BaseException:
        guard.close()
        raise
    url = DatabaseURL(
        "postgresql", username=cluster.SUPERUSER, password=password, host="127.0.0.1", port=port,
        database="postgres",
    )  # fmt: skip
    return Server(provider, url, guard=guard)


def _free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ConfigError(
        "no free port between 20000 and 32000 on 127.0.0.1", hint="stop a server that listens there"
    )


__all__ = ["Server", "StopMode", "start"]
