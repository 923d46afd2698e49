"""How a verb is called from an event loop: in a thread, so that the loop goes on, and so that it can be left.

Alembic's ``op`` and ``context`` are globals of the process: whatever may touch them goes through one
lane of one thread, whichever database it is for. What only looks has threads of its own, and so has
what only waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from limosa.config import Settings
from limosa.errors import Interrupted, UsageError
from limosa.migrator.lane import Lane
from limosa.migrator.migrator import Migrator
from limosa.model.events import Event
from limosa.observe.bus import Sink
from limosa.run.stop import Stop

T = TypeVar("T")

_ALEMBIC = Lane("limosa-alembic", width=1)
_LOOKS_AT_ONCE = 4
_WAITS_AT_ONCE = 1000
_LOOP: contextvars.ContextVar[asyncio.AbstractEventLoop] = contextvars.ContextVar("limosa_loop")


class AsyncCalls:
    """What the generated methods of ``AsyncMigrator`` stand on."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        project: Path | str | None = None,
        environment: str | None = None,
        url: str | None = None,
        sinks: Sequence[Sink] = (),
    ) -> None:
        in_loop = [_in_loop(sink) for sink in sinks]
        self._make = partial(
            Migrator, settings, project=project, environment=environment, url=url, sinks=in_loop
        )
        self._made: Migrator | None = None
        self._guard = threading.Lock()
        self._looks = Lane("limosa-look", width=_LOOKS_AT_ONCE)
        self._waits = Lane("limosa-wait", width=_WAITS_AT_ONCE)
        self._unfinished: dict[Future[Any], Stop] = {}
        self._is_closed = False

    async def __aenter__(self) -> Self:
        """Load the settings, so that what is wrong with them is told here."""
        await self._look(lambda _: None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what still runs, and wait until it has stopped."""
        await self.close()

    async def close(self) -> None:
        """Take no more calls, stop what still runs, and wait until it has stopped.

        A run is stopped at a revision's boundary. To close twice is harmless, and so is not to close:
        threads end by themselves.
        """
        self._is_closed = True
        self.stop()
        for future in tuple(self._unfinished):
            await _ended(asyncio.wrap_future(future))

    def stop(self) -> None:
        """Ask what runs to stop, and return at once; its callers then get ``Interrupted``."""
        for future, stop in tuple(self._unfinished.items()):
            if not future.cancel():
                stop.ask()

    async def settings(self) -> Settings:
        """The settings, loaded with the first call."""
        return await self._look(lambda migrator: migrator.settings)

    async def _look(self, call: Callable[[Migrator], T]) -> T:
        """Call what changes nothing; who no longer wants the answer leaves at once."""
        return await _or_leave(*self._submit(self._looks, call))

    async def _wait(self, call: Callable[[Migrator], T]) -> T:
        """Call what waits for others; who no longer wants to wait leaves at once, and the waiting ends."""
        future, stop = self._submit(self._waits, call)
        self._keep(future, stop)
        return await _or_leave(future, stop)

    async def _run(self, call: Callable[[Migrator], T]) -> T:
        """Call what may touch Alembic or the database; who leaves waits until all is clean again."""
        future, stop = self._submit(_ALEMBIC, call)
        self._keep(future, stop)
        waiter = asyncio.wrap_future(future)
        try:
            return await _answer(waiter)
        except asyncio.CancelledError as cancelled:
            if future.cancel():  # it had not begun
                raise
            stop.ask()
            raise cancelled from await _ended(waiter)

    def _submit(self, lane: Lane, call: Callable[[Migrator], T]) -> tuple[Future[T], Stop]:
        if self._is_closed:
            raise UsageError(
                "this AsyncMigrator is closed",
                hint="make another one: 'async with AsyncMigrator(...) as migrator'",
            )
        stop, context = Stop(), contextvars.copy_context()
        context.run(_LOOP.set, asyncio.get_running_loop())

        def work() -> T:
            with stop.governing():
                return call(self._migrator())

        return lane.submit(lambda: context.run(work)), stop

    def _keep(self, future: Future[Any], stop: Stop) -> None:
        self._unfinished[future] = stop
        future.add_done_callback(lambda done: self._unfinished.pop(done, None))

    def _migrator(self) -> Migrator:
        """Made in a thread: its settings may come from a program."""
        with self._guard:
            if self._made is None:
                self._made = self._make()
            return self._made


async def _answer(waiter: asyncio.Future[T]) -> T:
    await asyncio.wait([waiter])  # which leaves it alone when the task is cancelled
    if waiter.cancelled():
        raise Interrupted("stopped by request before it began", hint="call it again", signal="request")
    return waiter.result()


async def _or_leave(future: Future[T], stop: Stop) -> T:
    try:
        return await _answer(asyncio.wrap_future(future))
    except asyncio.CancelledError:
        future.cancel()
        stop.ask()
        raise


async def _ended(waiter: asyncio.Future[Any]) -> BaseException | None:
    """Wait for the end, however often the task is cancelled meanwhile; return what was raised."""
    while not waiter.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([waiter])
    return None if waiter.cancelled() else waiter.exception()


def _in_loop(sink: Sink) -> Sink:
    """Call the sink in the event loop of the call that the event belongs to."""

    def hand_over(event: Event) -> None:
        _LOOP.get().call_soon_threadsafe(sink, event)

    return hand_over
