"""The demo's client: requests that go on while the database is migrated, and what they need."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image, ImageDraw, ImageFont

CARD = "Document No: D23145890\nSurname: ERIKSSON\nDate of expiry: 15.04.2032"
DEADLINE_S = 30.0


class Stopped(Exception):
    """The demo found what should not be."""


@dataclass
class Load:
    """Requests, one after the other in each of several threads, until it is told to end."""

    url: str
    tokens: list[str]
    answers: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0
    sent: list[str] = field(default_factory=list)
    """The documents that were submitted meanwhile: they must all be there in the end."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep it up for the length of a block."""
        ending = threading.Event()
        threads = [threading.Thread(target=self._go_on, args=(token, ending)) for token in self.tokens]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ending.set()
            for thread in threads:
                thread.join()

    def _go_on(self, token: str, ending: threading.Event) -> None:
        with client_of(self.url, token) as client:
            while not ending.is_set():
                self._ask(client, "GET", "/users/me")
                answer = self._ask(client, "POST", "/documents", **scan())
                if answer.status_code == httpx.codes.CREATED:
                    self.sent.append(answer.json()["id"])
                self._ask(client, "GET", "/documents")
                time.sleep(0.02)

    def _ask(self, client: httpx.Client, method: str, path: str, **what: Any) -> httpx.Response:
        began = time.perf_counter()
        answer = client.request(method, path, **what)
        self.answers[answer.status_code] += 1
        self.slowest_s = max(self.slowest_s, time.perf_counter() - began)
        return answer


def scan() -> dict[str, Any]:
    """Return a drawn card, ready to be submitted."""
    return {"data": {"document_type": "identity card"}, "files": {"file": ("card.png", _CARD)}}


def _drawn() -> bytes:
    image = Image.new("L", (900, 280), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(40)
    for number, line in enumerate(CARD.splitlines()):
        pen.text((30, 30 + 70 * number), line, fill=0, font=font)
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()


_CARD = _drawn()


def client_of(url: str, token: str | None = None) -> httpx.Client:
    """Open a client."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=url, headers=headers, timeout=DEADLINE_S)


def answers(url: str) -> bool:
    """Say whether the service answers."""
    try:
        return httpx.get(f"{url}/health", timeout=5).is_success
    except httpx.TransportError:
        return False


def until(what: str, is_so: Callable[[], bool]) -> None:
    """Wait for something; stop when it takes too long."""
    end = time.monotonic() + DEADLINE_S
    while not is_so():
        if time.monotonic() > end:
            raise Stopped(f"{what} did not come within {DEADLINE_S:.0f} s")
        time.sleep(0.05)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
