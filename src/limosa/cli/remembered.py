"""An answer of a command that only looks, given again while all that it hangs on is as it was.

It hangs on the code, the variables that were asked for, the files that were opened or looked for,
the revision files, and what the database said. The first three are compared; the database is
asked the same questions again, and must give the same rows. ``remembering`` writes the answers.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORDS = frozenset(
    {
        ("current",),
        ("status",),
        ("upgrade",),
        ("upgrade", "head"),
        ("upgrade", "heads"),
        ("current", "--json"),
        ("status", "--json"),
        ("upgrade", "--json"),
        ("upgrade", "head", "--json"),
    }
)
"""What is remembered; with any other word the command is invoked."""
VERSION = 1

FileState = tuple[int, ...] | None


def place(words: Sequence[str]) -> str:
    """Name the file of an answer; only answers about the project in the working directory are kept."""
    return os.path.join(".limosa", "cache", f"answer-{'-'.join(words)}".replace("---", "-"))  # noqa: PTH118


def recall(words: Sequence[str]) -> str | None:
    """Return what the command would print, or None if that is not known."""
    if tuple(words) not in WORDS or _has_terminal():
        return None
    try:
        with open(place(words), "rb") as file:  # noqa: PTH123  # pathlib takes as long as all the rest
            header, _, body = file.read().partition(b"\n")
    except OSError:
        return None
    if header != heading(body):
        return None
    line, _, listing = body.partition(b"\n")
    return _holds(line, listing)


def heading(body: bytes) -> bytes:
    """Return the first line, by which a foreign or damaged file is told."""
    return b"limosa-answer %d %08x" % (VERSION, zlib.crc32(body))


def _has_terminal() -> bool:
    return sys.stdout is None or sys.stdout.isatty()


def _holds(line: bytes, listing: bytes) -> str | None:
    import json  # noqa: PLC0415  # only where there is an answer

    from limosa.config.consulted import are_set  # noqa: PLC0415
    from limosa.engines.sqlite.heard import still_says  # noqa: PLC0415
    from limosa.graph.files import revision_files  # noqa: PLC0415

    kept = json.loads(line)
    is_same = (
        kept["python"] == sys.version
        and kept["folder"] == os.getcwd()  # noqa: PTH109
        and are_set(kept["variables"])
        and all(state(path) == (was and tuple(was)) for path, was in kept["files"].items())
        and listed(revision_files(kept["locations"], recursive=kept["recursive"])) == listing
        and still_says(kept["asked"])
    )
    return str(kept["text"]) if is_same else None


def state(path: str) -> FileState:
    """Return what must be the same for a file to count as unchanged; None if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def listed(states: Iterable[tuple[object, ...]]) -> bytes:
    """Put the states of the revision files into bytes that are equal only for equal states."""
    return marshal.dumps(list(states), 2)
