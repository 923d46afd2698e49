"""PostgreSQL's own client library, called without psycopg: for a look that takes less time than its import.

The library is the one that psycopg would use, so that passwords, SCRAM and TLS are its business.
It is never waited for inside a call, so that Ctrl-C ends a look at once. Values go as parameters
of the protocol, the password as a parameter of the connection, and no server message is printed.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

_CONNECTION_BAD = 1
_POLLING_FAILED, _POLLING_READING, _POLLING_WRITING, _POLLING_OK = 0, 1, 2, 3
_COMMAND_OK, _TUPLES_OK = 1, 2
_NOTICES = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
_silent = _NOTICES(lambda _, __: None)
_READERS: dict[int, Callable[[str], Any]] = {
    16: "t".__eq__,
    **dict.fromkeys((20, 21, 23, 26), int),
    **dict.fromkeys((700, 701), float),
    **dict.fromkeys((18, 19, 25, 705, 1042, 1043), str),
}
"""By the number that the catalog pg_type gives a type."""
_POINTERS = {
    "PQconnectStartParams": [ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_char_p), ctypes.c_int],
    "PQgetResult": [ctypes.c_void_p],
    "PQsetNoticeProcessor": [ctypes.c_void_p, _NOTICES, ctypes.c_void_p],
}
_STRINGS = {
    "PQgetvalue": [ctypes.c_void_p, ctypes.c_int, ctypes.c_int],
}
_NUMBERS = {
    "PQstatus": [ctypes.c_void_p],
    "PQconnectPoll": [ctypes.c_void_p],
    "PQsocket": [ctypes.c_void_p],
    "PQconsumeInput": [ctypes.c_void_p],
    "PQisBusy": [ctypes.c_void_p],
    "PQsendQueryParams": [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int,
    ],
    "PQresultStatus": [ctypes.c_void_p],
    "PQntuples": [ctypes.c_void_p],
    "PQnfields": [ctypes.c_void_p],
    "PQftype": [ctypes.c_void_p, ctypes.c_int],
    "PQgetisnull": [ctypes.c_void_p, ctypes.c_int, ctypes.c_int],
    "PQfinish": [ctypes.c_void_p],
    "PQclear": [ctypes.c_void_p],
}  # fmt: skip


class Unusual(Exception):
    """Something that this module leaves to psycopg, and psycopg's errors to tell."""


@cache
def library() -> ctypes.CDLL:
    """Load the library that psycopg's wheel brings, or else the system's; raise Unusual if there is none."""
    for path in (*_bundled(), "libpq.so.5", "libpq.5.dylib"):
        try:
            found = ctypes.CDLL(str(path))
            _declare(found)
        except (OSError, AttributeError):
            continue
        return found
    raise Unusual("no libpq")


def _bundled() -> Iterator[Path]:
    for folder in sys.path:
        for place in ("psycopg_binary.libs", "psycopg_binary/.dylibs"):
            if (home := Path(folder, place)).is_dir():
                yield from sorted(home.glob("libpq[-.]*"))


def _declare(found: ctypes.CDLL) -> None:
    for kind, functions in (
        (ctypes.c_void_p, _POINTERS), (ctypes.c_char_p, _STRINGS), (ctypes.c_int, _NUMBERS),
    ):  # fmt: skip
        for name, arguments in functions.items():
            function = getattr(found, name)
            function.restype, function.argtypes = kind, arguments


class Connection:
    """One connection; every query commits by itself."""

    def __init__(self, parameters: Mapping[str, str], *, timeout_s: float) -> None:
        self._pq = library()
        names = _strings([*parameters, None])
        values = _strings([*parameters.values(), None])
        self._handle: int | None = self._pq.PQconnectStartParams(names, values, 0)
        try:
            self._connect(time.monotonic() + timeout_s)
        except BaseException:
            self.close()
            raise

    def _connect(self, deadline: float) -> None:
        if self._handle is None or self._pq.PQstatus(self._handle) == _CONNECTION_BAD:
            raise Unusual("no connection")
        self._pq.PQsetNoticeProcessor(self._handle, _silent, None)
        wanted = _POLLING_WRITING
        while wanted != _POLLING_OK:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("connection timeout expired")
            self._wait(reads=wanted == _POLLING_READING, timeout_s=left_s)
            wanted = self._pq.PQconnectPoll(self._handle)
            if wanted == _POLLING_FAILED:
                raise Unusual("no connection")

    def _wait(self, *, reads: bool, timeout_s: float | None = None) -> None:
        socket = self._pq.PQsocket(self._handle)
        if socket < 0:
            raise Unusual("no socket")
        poll = select.poll()
        poll.register(socket, select.POLLIN if reads else select.POLLOUT)
        poll.poll(None if timeout_s is None else timeout_s * 1000)

    def rows(self, query: str, values: Sequence[str | None]) -> list[tuple[Any, ...]]:
        """Send a query with ``$1`` parameters and return its rows; raise Unusual for whatever goes wrong."""
        if self._handle is None:
            raise Unusual("closed")
        text, count = query.encode(), len(values)
        if not self._pq.PQsendQueryParams(self._handle, text, count, None, _strings(values), None, None, 0):
            raise Unusual("not sent")
        found: list[tuple[Any, ...]] | None = None
        while (result := self._result()) is not None:
            try:
                found = self._rows_of(result)
            finally:
                self._pq.PQclear(result)
        if found is None:
            raise Unusual("no result")
        return found

    def _result(self) -> int | None:
        while self._pq.PQisBusy(self._handle):
            self._wait(reads=True)
            if not self._pq.PQconsumeInput(self._handle):
                raise Unusual("connection lost")
        result: int | None = self._pq.PQgetResult(self._handle)
        return result

    def _rows_of(self, result: int) -> list[tuple[Any, ...]]:
        pq = self._pq
        if pq.PQresultStatus(result) not in {_COMMAND_OK, _TUPLES_OK}:
            raise Unusual("the query failed")
        columns = [_reader(pq.PQftype(result, column)) for column in range(pq.PQnfields(result))]
        return [
            tuple(
                None
                if pq.PQgetisnull(result, row, column)
                else read(pq.PQgetvalue(result, row, column).decode())
                for column, read in enumerate(columns)
            )
            for row in range(pq.PQntuples(result))
        ]

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._pq.PQfinish(handle)


def _reader(kind: int) -> Callable[[str], Any]:
    if kind not in _READERS:
        raise Unusual(f"a value of type {kind}")
    return _READERS[kind]


def _strings(values: Sequence[str | None]) -> Any:
    encoded = [None if value is None else value.encode() for value in values]
    return (ctypes.c_char_p * len(encoded))(*encoded)


def is_wanted() -> bool:
    """Is psycopg still to be loaded? Where it is there already, it is as quick."""
    return "psycopg" not in sys.modules and os.name == "posix"
