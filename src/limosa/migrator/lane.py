"""Threads that work through calls in their order, and end as soon as there is none left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Lane:
    """At most so many threads, each begun when there is something to do: nothing needs to be closed."""

    def __init__(self, name: str, *, width: int) -> None:
        self._name = name
        self._width = width
        self._guard = threading.Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = 0

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Queue a call; one that has not begun can be cancelled."""
        future: Future[T] = Future()
        with self._guard:
            self._waiting.append((future, call))
            is_another_needed = self._threads < self._width
            self._threads += is_another_needed
        if is_another_needed:
            # the interpreter waits for it at its end, so that no run is cut off in its middle
            threading.Thread(target=self._work, name=self._name, daemon=False).start()
        return future

    def _work(self) -> None:
        while (next_one := self._next()) is not None:
            future, call = next_one
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001  whatever it is, it is the caller's
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, call, next_one  # nothing is kept alive by a thread that waits

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._guard:
            if self._waiting:
                return self._waiting.popleft()
            self._threads -= 1
            return None
