"""Runs env.py as Alembic does, with two hooks that need no change in it.

The *instance* attribute ``EnvironmentContext.configure`` is replaced (a subclass would not do:
Alembic registers its proxies by class), and each step's ``migration_fn`` is wrapped. Alembic's
``op`` and ``context`` are globals of the process, so one lock covers every run.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging.config
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import ScriptDirectory

from limosa.alembic_bridge.application import application_present
from limosa.alembic_bridge.conductor import Conductor
from limosa.alembic_bridge.detour import Detour, detoured
from limosa.alembic_bridge.own import own_tables_hidden
from limosa.alembic_bridge.project import (
    AlembicProject,
    DriverOptions,
    config_of,
    in_folder,
    options_added,
    password_added,
    script_directory,
    takes_connection,
)
from limosa.alembic_bridge.work import Work
from limosa.errors import ConfigError
from limosa.model.plan import Step
from limosa.model.revision import Direction
from limosa.model.session import VersionTable

ONE_AT_A_TIME = threading.RLock()

Connect = Callable[[], contextlib.AbstractContextManager[Any]]
"""Opens a SQLAlchemy connection for an env.py that takes one from ``config.attributes``."""


class Environment:
    """One project's env.py, ready to run; its revision files are loaded once and serve every attempt."""

    def __init__(
        self,
        project: AlembicProject,
        *,
        connect: Connect | None = None,
        options: DriverOptions | None = None,
        detour: Detour | None = None,
    ) -> None:
        self._project = project
        self._detour = detour
        self._options = options
        self._connect = connect
        self.root = project.root
        with ONE_AT_A_TIME:
            self._config = config_of(project)
            self._script = script_directory(project, self._config)

    def run(self, conductor: Conductor, *, destination: str | None = None, is_stamp: bool = False) -> None:
        """Run env.py under the conductor; whatever it raises comes through.

        Without a destination nothing is changed.
        """
        with ONE_AT_A_TIME, contextlib.ExitStack() as stack:
            stack.enter_context(in_folder(self._project))
            stack.enter_context(password_added(self._project.url))
            stack.enter_context(options_added(self._options))
            stack.enter_context(detoured(self._detour))
            stack.enter_context(logging_kept())
            stack.enter_context(own_tables_hidden())
            stack.enter_context(event_loop_at_hand())
            stack.enter_context(application_present(self._project))
            self._offer_connection(stack)
            state = _Run(self._script, conductor, is_stamp=is_stamp, is_copy=self._detour is not None)
            function = state.stamp if is_stamp else state.steps
            options: dict[str, Any] = {"fn": function, "destination_rev": destination}
            if destination is None:
                options["dont_mutate"] = True
            context = stack.enter_context(EnvironmentContext(self._config, self._script, **options))
            state.hook(context)
            self._script.run_env()
        if not state.was_configured:
            raise ConfigError(
                f"'{self._script.env_py_location}' never called context.configure() with a connection",
                hint="env.py must connect and call context.configure(connection=...), as Alembic's own do",
                path=str(self._script.env_py_location),
            )

    def _offer_connection(self, stack: contextlib.ExitStack) -> None:
        self._config.attributes.pop("connection", None)
        if self._connect is not None:
            with open(self._script.env_py_location, encoding="utf-8") as file:  # noqa: PTH123
                if takes_connection(file.read()):
                    self._config.attributes["connection"] = stack.enter_context(self._connect())


class _Run:
    """What one execution of env.py needs between its hooks."""

    def __init__(
        self, script: ScriptDirectory, conductor: Conductor, *, is_stamp: bool, is_copy: bool
    ) -> None:
        self._script = script
        self._conductor = conductor
        self._is_stamp = is_stamp
        self._is_copy = is_copy
        self._work: Work | None = None
        self._step: Step | None = None
        self.was_configured = False

    def hook(self, environment: EnvironmentContext) -> None:
        """Replace the instance's ``configure``."""
        original = environment.configure

        @functools.wraps(original)
        def configure(connection: Any = None, **options: Any) -> None:
            if connection is None:
                original(connection=connection, **options)
                return
            self.was_configured = True
            self._work = work = Work(connection)
            work.is_copy = self._is_copy
            work.version_table = VersionTable(
                options.get("version_table", "alembic_version"), options.get("version_table_schema")
            )
            self._conductor.connected(work)
            work.listen(self._conductor)
            # what the project says itself stands; only Alembic's defaults are other than ours
            options.setdefault("transaction_per_migration", True)
            if self._is_stamp:
                options["transaction_per_migration"] = (
                    False  # there is one movement, and it must be committed
                )
            options["transactional_ddl"] = True
            options["on_version_apply"] = [*_as_list(options.get("on_version_apply")), self._on_version_apply]
            original(connection=connection, **options)

        # the instance's attribute, so that the method of Alembic's class stays as it is
        environment.configure = configure  # type: ignore[method-assign, assignment]

    def steps(self, heads: tuple[str, ...], _context: MigrationContext) -> Iterator[MigrationStep]:
        """Alembic's ``fn``: it asks for the next step only after the last one's transaction ended."""
        work = self._work
        assert work is not None
        for step in self._conductor.steps(work, tuple(sorted(heads))):
            self._step = step
            yield self._wrapped(work, step)
            self._conductor.committed(work, step)
        self._step = None

    def stamp(self, heads: tuple[str, ...], context: MigrationContext) -> Iterator[MigrationStep]:
        """Alembic's ``fn`` for a stamp: the version rows move at once, and there is no step to run."""
        work = self._work
        assert work is not None
        target = self._conductor.enter_stamp(work, tuple(sorted(heads)))
        context.stamp(self._script, target)
        self._conductor.leave_stamp(work)
        yield from ()

    def _wrapped(self, work: Work, step: Step) -> MigrationStep:
        script = self._script.get_revision(step.revision.id)
        make = (
            MigrationStep.upgrade_from_script
            if step.direction is Direction.UPGRADE
            else MigrationStep.downgrade_from_script
        )
        alembic_step: RevisionStep = make(self._script.revision_map, script)
        original = alembic_step.migration_fn

        @functools.wraps(original)
        def migration_fn(**keywords: Any) -> None:
            self._conductor.enter_step(work, step)
            original(**keywords)
            self._conductor.before_version(work, step)

        alembic_step.migration_fn = migration_fn
        return alembic_step

    def _on_version_apply(self, **_: Any) -> None:
        if self._work is not None and self._step is not None:
            self._conductor.leave_step(self._work, self._step)


def _as_list(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple, set)) else [callbacks]


@contextlib.contextmanager
def event_loop_at_hand() -> Iterator[None]:
    """Let an env.py that asks for "the" event loop find one in any thread, as it does in the main one."""
    if threading.current_thread() is threading.main_thread():
        yield
        return
    import asyncio  # noqa: PLC0415  who has other threads has it loaded, mostly

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@contextlib.contextmanager
def logging_kept() -> Iterator[None]:
    """Leave the application's logging as it is: env.py's ``fileConfig`` would silence its loggers.

    What a module sets up that env.py imports for the first time counts, since its application rests
    on it, and so does what other threads set up meanwhile.
    """
    before = logging.config.fileConfig, logging.config.dictConfig

    def elsewhere(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def configure(*arguments: Any, **options: Any) -> None:
            if not _is_asked_by_env(inspect.currentframe()):
                function(*arguments, **options)

        return configure

    logging.config.fileConfig, logging.config.dictConfig = elsewhere(before[0]), elsewhere(before[1])
    try:
        yield
    finally:
        logging.config.fileConfig, logging.config.dictConfig = before


def _is_asked_by_env(frame: FrameType | None) -> bool:
    """Does env.py run this, itself or through a function that it calls, and not by an import?"""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith("<frozen importlib"):
            return False
        if Path(file).name == "env.py":
            return True
        frame = frame.f_back
    return False
