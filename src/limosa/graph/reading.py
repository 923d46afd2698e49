"""From folders to what their revision files say, by way of the index cache."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.errors import GraphError
from limosa.graph.files import State, revision_files
from limosa.graph.index import Entry, Index, entry_of, index_file, load_index, save_index
from limosa.graph.raw import Details, Ends, Links
from limosa.graph.shape import Shape
from limosa.model.revision import Revision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limosa.graph.raw import Fallback


class Files:
    """The revision files of some folders, all read when this was made, and the graph that they make.

    Where the index knows that no file has changed, it is taken apart only as far as it is asked.
    """

    ends: Ends
    is_static = True
    """Does the graph hang on nothing but these files? Not where one had to be executed."""

    def __init__(
        self,
        locations: Sequence[Path | str],
        *,
        recursive: bool,
        cache: Path | None,
        fallback: Fallback | None,
    ) -> None:
        self._started_ns = time.time_ns()
        self._file = file = None if cache is None else index_file(cache, locations, recursive=recursive)
        self._index = Index() if file is None else load_index(file)
        self.states = revision_files(locations, recursive=recursive)
        known = self._index.ends(self.states)
        if known is not None:
            self.ends = known
            return
        self._entries, keep, changed = _read_all(self.states, self._index, fallback)
        self.is_static = len(keep) == len(self._entries)
        ends = None
        try:
            self.ends = self.shape.ends
            ends = self.ends if self.is_static else None
        finally:
            if file is not None and (changed or ends or len(keep) != len(self._index.entries)):
                save_index(file, self._started_ns, keep, ends)

    @cached_property
    def _entries(self) -> Sequence[Entry]:
        known = self._index.entries
        if any(state[0] not in known for state in self.states):  # that part of the index is damaged
            found = _read_all(self.states, Index(), None)[0]
            assert self._file is not None
            save_index(self._file, self._started_ns, found, self.ends)
            return found
        return [known[state[0]] for state in self.states]

    @cached_property
    def shape(self) -> Shape:
        """The edges between the revisions."""
        return Shape([entry.links for entry in self._entries])

    @cached_property
    def _by_id(self) -> Mapping[str, Entry]:
        return {entry.links.id: entry for entry in self._entries}

    def revision(self, name: str) -> Revision:
        """Make the revision of that id."""
        entry = self._by_id[name]
        return _revision_of(entry.links, entry.details)

    def digest(self, name: str) -> str:
        """The SHA-256 of that revision's file."""
        return self._by_id[name].digest


def _read_all(
    states: Sequence[State], index: Index, fallback: Fallback | None
) -> tuple[list[Entry], list[Entry], bool]:
    """Return an entry a file; those of them that the index may keep; and whether it did not have one."""
    found: list[Entry] = []
    keep: list[Entry] = []
    changed = False
    for state in states:
        entry = index.trusted(state)
        is_static = True
        if entry is None:
            entry, is_static = _read(state, index.entries.get(state[0]), fallback)
            changed = changed or is_static
        found.append(entry)
        if is_static:
            keep.append(entry)
    return found, keep, changed


def _read(state: State, known: Entry | None, fallback: Fallback | None) -> tuple[Entry, bool]:
    """Open the file; parse it only if its content is not the one already known."""
    # Imported here: a process that finds all it needs in the index pays for neither.
    import hashlib  # noqa: PLC0415

    from limosa.graph.source import read_source  # noqa: PLC0415

    path = state[0]
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise GraphError(
            f"'{path}' cannot be read: {error.strerror}",
            hint=f"look at it: ls -l {path}",
            paths=(path,),
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if known is not None and known.digest == digest:
        return known._replace(state=state), True
    reading = read_source(data, path, fallback)
    return entry_of(state, digest, reading.links, reading.details), reading.is_static


def read_each(
    locations: Sequence[Path | str], *, recursive: bool, fallback: Fallback | None
) -> tuple[list[Revision], list[GraphError]]:
    """Read each file by itself, past the index; return the revisions, and what is wrong with the others."""
    found: list[Revision] = []
    wrong: list[GraphError] = []
    for state in revision_files(locations, recursive=recursive):
        try:
            entry, _ = _read(state, None, fallback)
        except GraphError as error:
            wrong.append(error)
        else:
            found.append(_revision_of(entry.links, entry.details))
    return found, wrong


def read_revision(data: bytes, path: str) -> Revision:
    """Make the revision of a text that is on no disk; its identifiers must be literals."""
    from limosa.graph.source import read_source  # noqa: PLC0415

    reading = read_source(data, path, None)
    return _revision_of(reading.links, reading.details)


def _revision_of(links: Links, details: Details) -> Revision:
    revision, parents, depends_on, labels, path = links
    return Revision(
        id=revision,
        parents=parents,
        depends_on=depends_on,
        labels=labels,
        message=details.message,
        doc=details.doc,
        path=Path(path),
        created=details.created,
        checksum=details.checksum,
        has_upgrade=details.has_upgrade,
        has_downgrade=details.has_downgrade,
    )
