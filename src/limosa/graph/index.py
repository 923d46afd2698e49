"""The index cache: what was read from each file, so that the next process need not open it.

A header with check sums, then three parts. The *outline* is the ends of the graph and the state
of each file as it was read: while all files are in that state, most questions need no more. The
*links*, one JSON document, are what the shape of the graph hangs on. The *details* are a JSON
line a revision, parsed only when somebody asks for that revision. Whatever is wrong with the
file, it is as if it were not there.
"""

from __future__ import annotations

import json
import marshal
import os
import time
import zlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from limosa.graph.raw import Details, Ends, Links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from limosa.graph.files import State

_VERSION = 3
"""Raise it whenever the format, or what is read from a file, changes."""
_SAME_TICK_NS = 2_000_000_000
"""Coarsest clock of a file system (FAT): within it, a second change may leave the times as they were."""


class Entry(NamedTuple):
    """One file as it was read: its state then, its links, and a JSON line of its hash and its details."""

    state: State
    links: Links
    line: bytes

    @property
    def digest(self) -> str:
        """The hash of the content."""
        return self.line[2:66].decode()  # the line begins with it; thousands may be asked for at once

    @property
    def details(self) -> Details:
        """The rest of what the file says."""
        return Details(*json.loads(self.line)[1:])


class Index:
    """What was read of one set of locations; taken apart no further than it is asked."""

    def __init__(self, outline: bytes = b"\n", body: Callable[[], bytes] = lambda: b"[0]") -> None:
        self._outline = outline
        self._body = body

    def ends(self, states: Sequence[State]) -> Ends | None:
        """Return the ends of the graph if it was read from these files, and all are as they were."""
        ends, _, listing = self._outline.partition(b"\n")
        if not ends or listing != _listing(states):
            return None
        return Ends(*map(tuple, json.loads(ends)))

    @cached_property
    def _decoded(self) -> tuple[int, Mapping[str, Entry]]:
        try:
            return self._decode()
        except (OSError, ValueError, LookupError, TypeError) as error:
            _note("index cache not used: %s", error)
            return 0, {}

    def _decode(self) -> tuple[int, Mapping[str, Entry]]:
        hot, *lines = self._body().split(b"\n")
        read_at_ns, *columns = json.loads(hot)
        entries = {}
        for path, *facts, revision, parents, depends_on, labels, line in zip(*columns, lines, strict=True):
            links = Links(revision, _unpacked(parents), _unpacked(depends_on), _unpacked(labels), path)
            entries[path] = Entry((path, tuple(facts)), links, line)
        return read_at_ns, entries

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All entries by their path, in the order of reading."""
        return self._decoded[1]

    def trusted(self, state: State) -> Entry | None:
        """Return the entry of a file that need not be opened, if there is one."""
        read_at_ns, entries = self._decoded
        entry = entries.get(state[0])
        return (
            entry if entry is not None and entry.state == state and _is_settled(state, read_at_ns) else None
        )


def _is_settled(state: State, read_at_ns: int) -> bool:
    """Would another change show? In the clock tick of its reading a file may change again without a trace."""
    _, (_, written_ns, changed_ns, _) = state
    return max(written_ns, changed_ns) < read_at_ns - _SAME_TICK_NS


def entry_of(state: State, digest: str, links: Links, details: Details) -> Entry:
    """Make the entry of a file that was read."""
    return Entry(state, links, json.dumps([digest, *details], separators=(",", ":")).encode())


def index_file(cache: Path, locations: Iterable[Path | str], *, recursive: bool) -> Path:
    """Name the file of these locations within the cache folder."""
    key = "\0".join([*map(os.path.realpath, locations), str(recursive)])
    return Path(cache, f"graph-{zlib.crc32(os.fsencode(key)):08x}.index")


class _Body:
    """The rest of an index file, read when it is asked for; by then another may have taken its name."""

    def __init__(self, handle: int, start: int, check: int) -> None:
        self._handle, self._start, self._check = handle, start, check

    def __call__(self) -> bytes:
        with open(self._handle, "rb", closefd=False) as file:
            file.seek(self._start)
            body = file.read()
        if zlib.crc32(body) != self._check:
            raise ValueError("damaged")
        return body

    def __del__(self) -> None:
        os.close(self._handle)


def load_index(path: Path) -> Index:
    """Read the index; an absent, foreign, old or damaged one is an empty one."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            return _opened(handle)
        except BaseException:
            os.close(handle)
            raise
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError) as error:
        _note("index cache %s not used: %s", path, error)
    return Index()


def _opened(handle: int) -> Index:
    with open(handle, "rb", closefd=False) as file:
        header = file.readline()
        _, _, length, _, body_sum = header.split()
        outline = file.read(int(length))
    if header != _header(outline, int(body_sum, 16)):
        raise ValueError("damaged, or of another version")
    return Index(outline, _Body(handle, len(header) + len(outline), int(body_sum, 16)))


def _packed(names: tuple[str, ...]) -> str | tuple[str, ...] | None:
    # Most revisions have one parent and nothing else: thousands of short lists cost time to make.
    return names[0] if len(names) == 1 else names or None


def _unpacked(names: str | list[str] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _header(outline: bytes, body_sum: int) -> bytes:
    return b"limosa-graph %d %d %08x %08x\n" % (_VERSION, len(outline), zlib.crc32(outline), body_sum)


def save_index(path: Path, read_at_ns: int, entries: Sequence[Entry], ends: Ends | None) -> None:
    """Write the index whole or not at all; a folder that cannot be written to is no error.

    ``ends`` are the graph's, if it hangs on nothing but these files.
    """
    outline, body = _outline(read_at_ns, entries, ends), _encoded(read_at_ns, entries)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(".gitignore").write_text("*\n")  # nobody should have to think of this folder
        draft.write_bytes(_header(outline, zlib.crc32(body)) + outline + body)
        draft.replace(path)
    except OSError as error:
        _note("index cache %s not written: %s", path, error)
        _discard(draft)


def _discard(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError as error:
        _note("%s left behind: %s", draft, error)


def _note(message: str, *values: object) -> None:
    # Imported here: it would be a tenth of the time that a command has which only looks.
    import logging  # noqa: PLC0415

    logging.getLogger(__name__).debug(message, *values)


def _outline(read_at_ns: int, entries: Sequence[Entry], ends: Ends | None) -> bytes:
    states = [entry.state for entry in entries]
    if ends is None or not all(_is_settled(state, read_at_ns) for state in states):
        return b"\n"
    return json.dumps(ends, separators=(",", ":")).encode() + b"\n" + _listing(states)


def _listing(states: Sequence[State]) -> bytes:
    """Put states into bytes that are equal only for equal states; they are compared, and never read."""
    return marshal.dumps(list(states), 2)  # from 3 on, the bytes say which objects are one and the same


def _encoded(read_at_ns: int, entries: Iterable[Entry]) -> bytes:
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        revision, parents, depends_on, labels, _ = entry.links
        path, facts = entry.state
        rows.append((path, *facts, revision, _packed(parents), _packed(depends_on), _packed(labels)))
    columns = list(zip(*rows, strict=True)) or [()] * 9
    hot = json.dumps([read_at_ns, *columns], separators=(",", ":")).encode()
    return b"\n".join([hot, *(entry.line for entry in entries)])
