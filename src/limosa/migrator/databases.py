"""The databases of a project: which they are, how to reach them, and where each stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.config import AlembicFacts, Settings, alembic_facts
from limosa.errors import ConfigError, LimosaError, Unreachable
from limosa.migrator.kept import KeptSessions, T

if TYPE_CHECKING:
    from limosa.alembic_bridge.detour import Detour
    from limosa.alembic_bridge.environment import Environment
    from limosa.alembic_bridge.observer import Observed
    from limosa.alembic_bridge.project import AlembicProject
    from limosa.engines.base import Engine, OpenSession
    from limosa.model.limits import Limits
    from limosa.model.url import DatabaseURL
    from limosa.run.request import Target

_SHORTEST_S = 0.1
"""One look takes its time, however short the patience."""


class Databases:
    """The database of the settings, or all those that env.py connects to."""

    def __init__(
        self, settings: Settings, *, beside: tuple[Path, ...] = (), instead: tuple[Path, ...] = ()
    ) -> None:
        self._settings = settings
        self.beside = beside
        """Folders of revisions that are not the project's own, for the length of a run."""
        self.instead = instead
        """Folders in place of the project's own."""
        self._kept = KeptSessions()

    @cached_property
    def facts(self) -> AlembicFacts:
        """What the project's Alembic files say."""
        return alembic_facts(self._settings)

    @cached_property
    def project(self) -> AlembicProject:
        """The project as the bridge to Alembic wants it."""
        from limosa.alembic_bridge.project import AlembicProject  # noqa: PLC0415  imports Alembic
        from limosa.config.handing import flask_application  # noqa: PLC0415

        settings, facts = self._settings, self.facts
        return AlembicProject(
            settings.root,
            ini=settings.alembic_ini,
            toml=settings.alembic_toml,
            section=settings.section,
            url=settings.url,
            x_arguments=settings.x_arguments,
            script_location=facts.script_location,
            version_locations=self.instead or (*facts.version_locations, *self.beside),
            prepend_sys_path=facts.prepend_sys_path,
            flask_application=flask_application(settings.root),
        )

    def environment(self, *, detour: Detour | None = None) -> Environment:
        """The project's env.py, ready to run; with a detour, on a copy of its database alone."""
        from limosa.alembic_bridge.environment import Environment  # noqa: PLC0415  imports Alembic
        from limosa.engines.alchemy import alchemy_connection  # noqa: PLC0415
        from limosa.engines.registry import driver_options  # noqa: PLC0415

        url = self._settings.url
        connect = None if url is None else lambda: alchemy_connection(url)
        return Environment(self.project, connect=connect, options=driver_options, detour=detour)

    @cached_property
    def _env_text(self) -> str:
        path = self.facts.env_file
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @contextmanager
    def handed(self) -> Iterator[None]:
        """Let an env.py that reads its URL from a variable see the chosen one."""
        from limosa.config.handing import handed_to_env  # noqa: PLC0415

        with handed_to_env(self._settings, self._env_text):
            yield

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The databases; env.py is asked where it alone knows them, or names the version table itself."""
        from limosa.run.request import Target  # noqa: PLC0415

        url = self._settings.url
        if url is not None and re.search(r"\bversion_table\s*=", self._env_text) is None:
            return (Target(url),)
        from limosa.alembic_bridge.observer import observe  # noqa: PLC0415  imports Alembic, runs env.py

        with self.handed():
            seen = self._observed(observe)
        return tuple(Target(url or self._absolute(o.url), version_table=o.version_table) for o in seen)

    def _absolute(self, seen: DatabaseURL) -> DatabaseURL:
        """A relative path of env.py's lies in the project's folder, wherever the command is called."""
        url = seen.with_driver(None)
        if url.backend != "sqlite" or not url.database or url.database.startswith((":", "file:")):
            return url
        from limosa.alembic_bridge.project import stands_in  # noqa: PLC0415  imports Alembic

        root = self._settings.root
        if not Path(url.database).is_absolute() and not stands_in(root):
            raise ConfigError(
                f"env.py names its database by the relative path '{url.database}', and a thread other than "
                f"the main one leaves the working directory '{Path.cwd()}' as it is",
                hint=f"let env.py give an absolute path, or start the application in '{root}'",
                path=str(self.facts.env_file),
            )
        return replace(url, database=str(root / url.database))

    def _observed(self, observe: Callable[[AlembicProject], Sequence[Observed]]) -> Sequence[Observed]:
        try:
            return observe(self.project)
        except LimosaError:
            raise
        except Exception as error:
            from limosa.alembic_bridge.blame import remedy, told  # noqa: PLC0415  Alembic was imported anyhow

            raise Unreachable(
                f"env.py, which alone knows the database, failed: {told(error, self._settings.root)}",
                hint=remedy(error, self._settings.root)
                or "'alembic current' in the project's folder shows the same; or name the database: --url",
            ) from error

    def engine(self, target: Target) -> Engine:
        """The engine of a database."""
        from limosa.engines.registry import engine_for  # noqa: PLC0415

        return engine_for(target.url)

    def exists(self, target: Target) -> bool:
        """Is there a database to connect to?"""
        return self.engine(target).exists(target.url)

    @contextmanager
    def session(self, target: Target, *, connect_s: float | None = None) -> Iterator[OpenSession]:
        """Open a connection that looks; ``connect_s`` may be shorter than the settings' own patience."""
        from limosa.engines.base import opened  # noqa: PLC0415

        engine, url, limits = self.engine(target), target.url, self._limits(connect_s)
        with opened(engine, url, limits=limits, application="limosa", looks=True) as session:
            yield session

    def _limits(self, connect_s: float | None) -> Limits:
        limits = self._settings.limits
        if connect_s is None:
            return limits
        # a busy SQLite file is waited for as long as a server is
        patience = max(connect_s, _SHORTEST_S)
        return replace(
            limits,
            connect_s=min(limits.connect_s, patience),
            sqlite_busy_s=min(limits.sqlite_busy_s, patience),
        )

    def keep(self) -> None:
        """Keep connections that look open, until they are let go."""
        self._kept.begin()

    def let_go(self) -> None:
        """Close the kept connections."""
        self._kept.end()

    def _ask(self, target: Target, question: Callable[[OpenSession], T], connect_s: float | None = None) -> T:
        if self._kept.is_wanted:
            return self._kept.ask(self.engine(target), target, self._limits(connect_s), question)
        with self.session(target, connect_s=connect_s) as session:
            return question(session)

    def rows(self, target: Target, session: OpenSession) -> tuple[str, ...]:
        """The version rows of a database."""
        engine, table = self.engine(target), target.version_table
        if table is not None:
            return engine.versions(session, table)
        found = engine.version_tables(session, "alembic_version")
        return engine.versions(session, found[0], is_there=True) if found else ()

    def rows_of(self, target: Target) -> tuple[str, ...]:
        """The version rows of a database that need not be there yet."""
        if not self.exists(target):
            return ()
        return self._ask(target, lambda session: self.rows(target, session))

    def look(self, target: Target, *, connect_s: float | None = None) -> tuple[tuple[str, ...], bool]:
        """The version rows of a database, and whether it has any table; what has rows has one."""
        if not self.exists(target):
            return (), False

        def question(session: OpenSession) -> tuple[tuple[str, ...], bool]:
            rows = self.rows(target, session)
            return rows, bool(rows or self.engine(target).tables(session))

        return self._ask(target, question, connect_s)
