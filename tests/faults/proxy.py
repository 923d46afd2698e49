"""A proxy between runner and PostgreSQL that loses what it is told to lose, at the moment it is told."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum, auto

from limosa.model.url import DatabaseURL

_COMMIT = b"COMMIT\0"
_WORK = re.compile(rb"limosa-work/\d")
"""What the connection that env.py opened says of itself; Limosa's other connections say other things."""


class Loss(Enum):
    """What becomes of the next COMMIT on env.py's connection; then the connection is gone on both sides."""

    ANSWER = auto()
    """The server commits, and its answer is lost."""
    COMMIT = auto()
    """The server never hears of it."""
    COMMIT_AND_NEWS = auto()
    """The server never hears of it, nor that the client is gone, until ``let_go``."""


class Proxy:
    """Listens on a port of its own; each connection is served by two threads."""

    def __init__(self, server: DatabaseURL) -> None:
        assert server.port is not None
        self._server = (server.host or "127.0.0.1", server.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._url = replace(server, host="127.0.0.1", port=self._listener.getsockname()[1])
        self._loss: Loss | None = None
        self._kept: list[socket.socket] = []
        self._open: list[socket.socket] = []
        self.cut_after: int | None = None
        """Cut env.py's connection after so many messages of its client, once."""
        self.has_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> DatabaseURL:
        """The server's URL, by way of the proxy."""
        return self._url

    def lose(self, loss: Loss) -> None:
        """Lose the next COMMIT on env.py's connection."""
        self._loss = loss

    def let_go(self) -> None:
        """Close what was kept open towards the server."""
        for kept in self._kept:
            _shut(kept)

    def close(self) -> None:
        """Cut everything."""
        self._listener.close()
        for connection in self._open:
            _shut(connection)
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    client.close()
                    continue
                self._open += [client, server]
                lost = threading.Event()
                for serve in (self._to_server, self._to_client):
                    threading.Thread(target=serve, args=(client, server, lost), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        is_work = False
        messages = 0
        for data in _chunks(client):
            is_work = is_work or _WORK.search(data) is not None
            messages += is_work
            if self.cut_after is not None and messages > self.cut_after and not self.has_cut:
                self.has_cut = True
                break
            if is_work and self._loss is not None and _COMMIT in data:
                loss, self._loss = self._loss, None
                if loss is Loss.COMMIT_AND_NEWS:
                    self._kept.append(server)
                    _shut(client)
                    return
                if loss is Loss.COMMIT:
                    break
                lost.set()
            with contextlib.suppress(OSError):
                server.sendall(data)
        _shut(client)
        _shut(server)

    def _to_client(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        for data in _chunks(server):
            if lost.is_set() and _COMMIT in data:
                break
            with contextlib.suppress(OSError):
                client.sendall(data)
        _shut(client)
        _shut(server)


def _chunks(connection: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(OSError):
        while data := connection.recv(1 << 16):
            yield data


def _shut(connection: socket.socket) -> None:
    # close() alone would leave the other thread's recv, and so the connection, alive
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy_to(server: DatabaseURL) -> Iterator[Proxy]:
    """Provide a proxy for the length of a block."""
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.close()
