"""The index cache: what was read from each file, so that the next process need not open it.

A text file of lines: a header with a check sum over the rest; one JSON document with what
the shape of the graph hangs on; then one JSON line a revision with the rest, which is
parsed only when somebody asks for that revision. Whatever is wrong with the file, it is as
if it were not there.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from limosa.graph.raw import Details, Links

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from limosa.graph.files import RevisionFile

_VERSION = 1
"""Raise it whenever the format, or what is read from a file, changes."""
_SAME_TICK_NS = 2_000_000_000
"""Coarsest clock of a file system (FAT): within it, a second change may leave the time as it was."""


class Entry(NamedTuple):
    """One file as it was read: its state then, its links, and a JSON line of its hash and its details."""

    size: int
    mtime_ns: int
    links: Links
    line: bytes

    @property
    def digest(self) -> str:
        """The hash of the content."""
        return str(json.loads(self.line)[0])

    @property
    def details(self) -> Details:
        """The rest of what the file says."""
        return Details(*json.loads(self.line)[1:])

    def is_of(self, file: RevisionFile) -> bool:
        """Is the file's state still the one that was read?"""
        return self.size == file.size and self.mtime_ns == file.mtime_ns


class Index(NamedTuple):
    """All entries of one set of locations, by path, and when their reading began."""

    read_at_ns: int
    entries: Mapping[str, Entry]

    def trusted(self, file: RevisionFile) -> Entry | None:
        """Return the entry of a file that need not be opened, if there is one.

        A file changed in the clock tick in which it was read may have changed again since
        without a trace, so recent ones are not trusted.
        """
        entry = self.entries.get(file.path)
        is_settled = file.mtime_ns < self.read_at_ns - _SAME_TICK_NS
        return entry if entry is not None and is_settled and entry.is_of(file) else None


def entry_of(file: RevisionFile, digest: str, links: Links, details: Details) -> Entry:
    """Make the entry of a file that was read."""
    line = json.dumps([digest, *details], separators=(",", ":")).encode()
    return Entry(file.size, file.mtime_ns, links, line)


def index_file(cache: Path, locations: Iterable[Path | str], *, recursive: bool) -> Path:
    """Name the file of these locations within the cache folder."""
    key = "\0".join([*map(os.path.realpath, locations), str(recursive)])
    return Path(cache, f"graph-{zlib.crc32(os.fsencode(key)):08x}.json")


def load_index(path: Path) -> Index:
    """Read the index; an absent, foreign, old or damaged one is an empty one."""
    try:
        return _decode(path.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, LookupError) as error:
        _note("index cache %s not used: %s", path, error)
    return Index(0, {})


def _decode(data: bytes) -> Index:
    header, _, body = data.partition(b"\n")
    if header != _header(body):
        raise ValueError("damaged, or of another version")
    hot, *lines = body.split(b"\n")
    read_at_ns, *columns = json.loads(hot)
    entries = {}
    for path, size, mtime_ns, revision, parents, depends_on, labels, line in zip(
        *columns, lines, strict=True
    ):
        links = Links(revision, _unpacked(parents), _unpacked(depends_on), _unpacked(labels), path)
        entries[path] = Entry(size, mtime_ns, links, line)
    return Index(read_at_ns, entries)


def _packed(names: tuple[str, ...]) -> str | tuple[str, ...] | None:
    # Most revisions have one parent and nothing else: thousands of short lists cost time to make.
    return names[0] if len(names) == 1 else names or None


def _unpacked(names: str | list[str] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _header(body: bytes) -> bytes:
    return b"limosa-graph %d %08x" % (_VERSION, zlib.crc32(body))


def save_index(path: Path, index: Index) -> None:
    """Write the index whole or not at all; a folder that cannot be written to is no error."""
    body = _encode(index)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(".gitignore").write_text("*\n")  # nobody should have to think of this folder
        draft.write_bytes(_header(body) + b"\n" + body)
        draft.replace(path)
    except OSError as error:
        _note("index cache %s not written: %s", path, error)
        _discard(draft)


def _discard(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError as error:
        _note("%s left behind: %s", draft, error)


def _note(message: str, path: Path, error: Exception) -> None:
    # Imported here: it would be a tenth of the time that a command has which only looks.
    import logging  # noqa: PLC0415

    logging.getLogger(__name__).debug(message, path, error)


def _encode(index: Index) -> bytes:
    rows: list[tuple[Any, ...]] = []
    for path, entry in index.entries.items():
        revision, parents, depends_on, labels, _ = entry.links
        names = (_packed(parents), _packed(depends_on), _packed(labels))
        rows.append((path, entry.size, entry.mtime_ns, revision, *names))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    hot = json.dumps([index.read_at_ns, *columns], separators=(",", ":")).encode()
    return b"\n".join([hot, *(entry.line for entry in index.entries.values())])
