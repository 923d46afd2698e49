"""The revision graph as one value: read once, checked, and asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.errors import UsageError
from limosa.graph.naming import Names
from limosa.graph.raw import Links
from limosa.graph.selection import between
from limosa.graph.shape import Shape
from limosa.graph.targets import upgrade_targets
from limosa.model.revision import Revision

if TYPE_CHECKING:
    from limosa.graph.files import State
    from limosa.graph.raw import Ends, Fallback


class Graph:
    """All revisions of a project and how they stand on each other.

    It does not change after it was built: read another one to see another disk.
    """

    def __init__(
        self,
        ends: Ends,
        shape: Callable[[], Shape],
        load: Callable[[str], Revision],
        digest: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Take the ends; ``shape`` and ``load`` make the edges, and a revision of an id, when asked for."""
        self._ends = ends
        self.digest = digest
        """The SHA-256 of a revision's file when it was read; None of a revision that has none."""
        self.states: Sequence[State] | None = None
        """The state of each file that was read, where the graph hangs on nothing else."""
        self._make_shape = shape
        self._load = load

    @classmethod
    def read(
        cls,
        locations: Iterable[Path | str],
        *,
        recursive: bool = False,
        cache: Path | None = None,
        fallback: Fallback | None = None,
    ) -> Graph:
        """Read the revision files of some folders without executing them.

        ``cache`` is a folder for the index; ``fallback`` executes a file whose identifiers
        are not literals and returns its namespace.
        """
        from limosa.graph.reading import Files  # noqa: PLC0415 -- not every Graph has files

        files = Files(list(locations), recursive=recursive, cache=cache, fallback=fallback)
        graph = cls(files.ends, lambda: files.shape, files.revision, files.digest)
        graph.states = files.states if files.is_static else None
        return graph

    @classmethod
    def of(cls, revisions: Iterable[Revision]) -> Graph:
        """Build the graph of revisions that are in memory already."""
        known = list(revisions)
        by_id = {revision.id: revision for revision in known}
        shape = Shape([Links(r.id, r.parents, r.depends_on, r.labels, str(r.path)) for r in known])
        return cls(shape.ends, lambda: shape, by_id.__getitem__)

    @cached_property
    def _shape(self) -> Shape:
        return self._make_shape()

    @cached_property
    def _revisions(self) -> _Revisions:
        return _Revisions(self._shape.links, self._load)

    @property
    def revisions(self) -> Mapping[str, Revision]:
        """Every revision by its id, in the order of reading."""
        return self._revisions

    @property
    def heads(self) -> tuple[str, ...]:
        """Revisions that are nobody's parent."""
        return self._ends.heads

    @property
    def real_heads(self) -> tuple[str, ...]:
        """Heads that nobody depends on either: the version rows after ``upgrade heads``."""
        return self._ends.real_heads

    @property
    def bases(self) -> tuple[str, ...]:
        """Revisions without a parent."""
        return self._ends.bases

    @cached_property
    def branch_points(self) -> tuple[str, ...]:
        """Revisions that are the parent of several."""
        children = self._shape.children
        return tuple(name for name in self._shape.links if len(children.get(name, ())) > 1)

    @property
    def names(self) -> Names:
        """What names mean here; for rooms that plan."""
        return Names(self._shape)

    @property
    def shape(self) -> Shape:
        """The edges themselves; for rooms that plan."""
        return self._shape

    def children(self, revision: str) -> tuple[str, ...]:
        """Return the revisions whose parent this one is."""
        return tuple(self._shape.children.get(revision, ()))

    def dependencies(self, revision: str) -> tuple[str, ...]:
        """Return the ids that the revision's ``depends_on`` stands for."""
        return self._shape.dependencies.get(revision, ())

    def labels(self, revision: str) -> frozenset[str]:
        """Return the branch labels that hold for a revision, its own and those that spread to it."""
        return self._shape.labels.get(revision, frozenset())

    def ancestors(self, *revisions: str, with_dependencies: bool = True) -> frozenset[str]:
        """Return all ids that the revisions stand on, themselves included."""
        return frozenset(self._shape.ancestors(revisions, with_dependencies=with_dependencies))

    def descendants(self, *revisions: str, with_dependencies: bool = True) -> frozenset[str]:
        """Return all ids that stand on the revisions, themselves included."""
        return frozenset(self._shape.descendants(revisions, with_dependencies=with_dependencies))

    def get(self, name: str) -> Revision:
        """Return the one revision that a name means: id, unique beginning, label, ``label@id``, ``head``."""
        found = self.names.one(name)
        if found is None:
            raise UsageError(
                f"'{name}' stands for no revision", hint="all revisions: limosa history", target=name
            )
        return self._revisions[found]

    def resolve(self, target: str, *, current: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the ids that a target means, none for base; ``current`` is where the database stands."""
        if target == "current":
            return tuple(current)
        return tuple(dict.fromkeys(upgrade_targets(self.names, target, tuple(current))))

    def walk(
        self, *, upper: str = "heads", lower: str = "base", current: Sequence[str] = ()
    ) -> tuple[Revision, ...]:
        """Return the revisions between two ends, both included, newest first."""
        ends = [tuple(current) if end == "current" else end for end in (lower, upper)]
        return tuple(self._revisions[name] for name in between(self.names, ends[0], ends[1]))

    def history(self, range_: str | None = None, *, current: Sequence[str] = ()) -> tuple[Revision, ...]:
        """Return the revisions of a range ``LOWER:UPPER``, of which either may be left out, newest first."""
        lower, colon, upper = (range_ or ":").strip().partition(":")
        if not colon or ":" in upper:
            raise UsageError(
                f"'{range_}' is no range",
                hint="write LOWER:UPPER, as in 'base:head' or '-3:current'",
                target=range_,
            )
        return self.walk(upper=upper or "heads", lower=lower or "base", current=current)

    def source(self, name: str) -> str:
        """Return the text of a revision's file, read now."""
        from importlib.util import decode_source  # noqa: PLC0415 -- knows the encoding that a file declares

        return decode_source((self._revisions.get(name) or self.get(name)).path.read_bytes())


class _Revisions(Mapping[str, Revision]):
    """Revisions by id, made one by one: a command that shows two of 5,000 pays for two."""

    def __init__(self, ids: Mapping[str, Links], load: Callable[[str], Revision]) -> None:
        self._ids = ids
        self._load = load
        self._loaded: dict[str, Revision] = {}

    def __getitem__(self, name: str) -> Revision:
        found = self._loaded.get(name)
        if found is None:
            if name not in self._ids:
                raise KeyError(name)
            found = self._loaded.setdefault(name, self._load(name))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)
