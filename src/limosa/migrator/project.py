"""What every verb stands on: a project's settings, its revisions, its databases and who hears of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.config import AlembicFacts, Settings
from limosa.errors import ConfigError, Unreachable
from limosa.graph import Fallback, Graph
from limosa.migrator.databases import Databases
from limosa.migrator.standing import Judge
from limosa.observe.bus import Bus, Sink
from limosa.plan import plan_upgrade

if TYPE_CHECKING:
    from limosa.graph.imports import LocalImports
    from limosa.model.history import Movement
    from limosa.model.imported import RevisionSource
    from limosa.run.stop import Stop


class Project:
    """A project and the databases of one of its environments; the verbs are functions of it."""

    def __init__(self, settings: Settings, sinks: Sequence[Sink] = ()) -> None:
        self.settings = settings
        self.databases = Databases(settings)
        self.bus = Bus(sinks)
        self._stops: list[Stop] = []

    @cached_property
    def graph(self) -> Graph:
        """The project's revisions, read once."""
        facts = self.databases.facts
        self._refuse_other_folders(facts)
        return Graph.read(
            facts.version_locations,
            recursive=facts.recursive_version_locations,
            cache=self.settings.cache,
            fallback=executed_by(facts.prepend_sys_path),
        )

    def _refuse_other_folders(self, facts: AlembicFacts) -> None:
        """Without this a wrong script_location would look like a project that has no revision yet."""
        folder = facts.script_location
        if not facts.env_file.is_file():
            what = "has no env.py" if folder.is_dir() else "does not exist"
            raise ConfigError(
                f"the project's folder of scripts '{folder}' {what}",
                hint=f"correct script_location in '{self.settings.alembic_file}', or bring the folder back",
                path=folder,
                setting="script_location",
            )

    def beside(self, folder: Path, graph: Graph, imports: LocalImports) -> Project:
        """Return the same project with further revisions, which lie in a folder of their own."""
        whole = copy(self)
        whole.databases = Databases(self.settings, beside=(folder,))
        whole.graph, whole.imports = graph, imports
        return whole

    def instead(self, *folders: Path) -> Project:
        """Return the same project with the revisions of these folders, and none of its own."""
        other = copy(self)
        other.forget_graph()
        other.databases = Databases(self.settings, instead=folders)
        facts = self.databases.facts
        other.graph = Graph.read(folders, fallback=executed_by(facts.prepend_sys_path))
        return other

    def forget_graph(self) -> None:
        """Read the revisions again when they are next asked for."""
        self.__dict__.pop("graph", None)
        self.__dict__.pop("imports", None)

    @property
    def judge(self) -> Judge:
        """Who says where a database stands."""
        return Judge(self.graph, self.settings.environment)

    @contextmanager
    def stoppable(self) -> Iterator[Stop]:
        """Let what happens inside the block be stopped by ``stop``."""
        from limosa.run.stop import Stop  # noqa: PLC0415  what only looks is over before it could be stopped

        stop = Stop.current()
        self._stops.append(stop)
        try:
            with stop.governing():
                yield stop
        finally:
            self._stops.remove(stop)

    def stop(self) -> None:
        """Ask whatever is in a ``stoppable`` block, in any thread, to stop."""
        for stop in tuple(self._stops):
            stop.ask()

    def rows(self) -> tuple[str, ...]:
        """The version rows; of several databases those of the one that has furthest to go."""
        rows = [self.databases.rows_of(target) for target in self.databases.targets]
        known = [each for each in rows if all(row in self.graph.revisions for row in each)]
        if len(rows) == 1 or not known:
            return rows[0]
        return max(known, key=lambda each: len(plan_upgrade(self.graph, "heads", each).steps))

    def rows_if_reachable(self) -> tuple[str, ...]:
        """The version rows, none where no database answers."""
        try:
            return self.rows()
        except Unreachable:
            return ()

    @cached_property
    def imports(self) -> LocalImports:
        """What revisions import of the project's own code."""
        from limosa.graph.imports import LocalImports  # noqa: PLC0415  what only looks seldom asks

        root, facts = self.settings.root, self.databases.facts
        scripts = facts.script_location
        # the last three are for an env.py that extends sys.path itself, which nobody has run yet
        return LocalImports(root, (*facts.prepend_sys_path, *sys.path, root, scripts.parent, scripts))

    def source(self, revision: str) -> RevisionSource | None:
        """A revision on disk with its text and what it imports."""
        from limosa.model.imported import RevisionSource  # noqa: PLC0415  what only looks seldom asks

        found = self.graph.revisions.get(revision)
        if found is None:
            return None
        text = self.graph.source(revision)
        return RevisionSource(found, text, self.imports.of(text))

    def explain(self, moves: Sequence[tuple[str, str]]) -> Sequence[tuple[str, Movement] | None]:
        """Which revisions plain Alembic ran, told by how its version rows moved."""
        from limosa.plan.moves import name_moves  # noqa: PLC0415  where Alembic did nothing, nobody asks

        return name_moves(self.graph, moves)


def executed_by(search: Sequence[Path]) -> Fallback:
    """Say who executes a file whose identifiers are not literals, with these folders before ``sys.path``."""

    def executed(path: Path) -> Mapping[str, object]:
        from limosa.alembic_bridge.loading import namespace_of  # noqa: PLC0415  imports Alembic

        return namespace_of(path, search=search)

    return executed
