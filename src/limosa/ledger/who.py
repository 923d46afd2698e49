"""Who writes into the ledger, from where, and when."""

from __future__ import annotations

import getpass
import os
import socket
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version


def now() -> str:
    """The runner's clock, for people to read; no decision rests on it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seconds(written: str) -> float:
    """Seconds since 1970 of what ``now`` wrote."""
    return datetime.fromisoformat(written).timestamp()


def who() -> dict[str, str | int]:
    """The process as the ledger names it."""
    return {**_runner(), "pid": os.getpid()}


@cache
def _runner() -> dict[str, str]:
    # asked once: reading the distribution's metadata takes longer than writing an entry
    return {
        "actor": getpass.getuser(),
        "host": socket.gethostname(),
        "tool": f"limosa {version('limosa')}",
    }
