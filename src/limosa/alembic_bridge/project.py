"""An Alembic project as Alembic sees it: its Config, with the target's URL in it but never its secret."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.engine import Dialect
from sqlalchemy.engine import Engine as SQLAlchemyEngine

from limosa.alembic_bridge.older import split_paths, toml_options
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

registry.register("sqlite.limosa", "limosa.alembic_bridge.dialect", "EitherSQLite")

DriverOptions = Callable[[str, bool], dict[str, Any]]
"""From the dialect's name, and whether it is asynchronous, to further parameters of its driver."""


@dataclass(frozen=True, slots=True)
class AlembicProject:
    """What the bridge must know of a project; ``url`` None leaves the database to env.py."""

    root: Path
    ini: Path | None = None
    toml: Path | None = None
    section: str = "alembic"
    url: DatabaseURL | None = None
    x_arguments: tuple[str, ...] = ()
    script_location: Path | None = None
    """Where known, an absolute path in place of the one in the project's files, which may be relative."""
    prepend_sys_path: tuple[Path, ...] = ()
    """The folders that ``prepend_sys_path`` means, absolute."""
    version_locations: tuple[Path, ...] = ()
    """Where given, revisions are read from these folders alone, in place of the project's own."""
    flask_application: str | None = None
    """What ``flask`` would load the application from, for an env.py of Flask-Migrate."""


def for_env(url: DatabaseURL) -> DatabaseURL:
    """Return the URL as env.py may see it: a driver that serves sync and async engines, and no secret."""
    bare = url.without_secrets()
    return bare.with_driver("limosa") if url.backend == "sqlite" else bare.synchronous()


def config_of(project: AlembicProject) -> Config:
    """Return Alembic's Config; the URL in it lacks its password, which is added when a driver connects."""
    ini = None if project.ini is None else str(project.ini)
    config = Config(
        ini,
        ini_section=project.section,
        cmd_opts=Namespace(
            x=list(project.x_arguments) or None, name=project.section, raiseerr=True, quiet=True
        ),
        **toml_options(ini, None if project.toml is None else str(project.toml)),
    )
    split_paths(config)
    if project.script_location is not None:
        _set(config, "script_location", str(project.script_location))
        if not stands_in(project.root):
            _set(config, "version_locations", os.pathsep.join(map(str, project.version_locations)))
            _set(config, "prepend_sys_path", os.pathsep.join(map(str, project.prepend_sys_path)))
            for option in ("path_separator", "version_path_separator"):
                _set(config, option, "os")
    if project.url is not None:
        _set(config, "sqlalchemy.url", for_env(project.url).masked)
    return config


def _set(config: Config, option: str, value: str) -> None:
    # ConfigParser reads % as the start of a reference
    config.set_main_option(option, value.replace("%", "%%"))


def script_directory(project: AlembicProject, config: Config | None = None) -> ScriptDirectory:
    """Return Alembic's own view of the revisions; raise ConfigError."""
    with in_folder(project):
        try:
            script = ScriptDirectory.from_config(config or config_of(project))
        except CommandError as error:
            raise ConfigError(
                f"Alembic cannot read the project in '{project.root}': {error}",
                hint="'alembic history' in that folder shows the same; 'limosa init' starts a new project",
                path=str(project.ini or project.toml),
            ) from error
    if project.version_locations:
        # not through the Config: there they would be split at whatever separator the project has chosen
        script.version_locations = [str(folder.absolute()) for folder in project.version_locations]
    return script


@contextlib.contextmanager
def in_folder(project: AlembicProject) -> Iterator[None]:
    """Stand where plain Alembic would be called: relative paths of the project are relative to it.

    The working directory belongs to the whole process, so a thread other than the main one leaves it
    as it is. What ``prepend_sys_path`` asks for is on ``sys.path`` meanwhile; what env.py puts there
    itself is made absolute in the end, or it would mean another folder to the next project.
    """
    before, root = list(sys.path), project.root.absolute()
    prepended = [os.path.normpath(root / folder) for folder in project.prepend_sys_path]
    with _standing_in(root):
        sys.path[:0] = [folder for folder in prepended if folder not in before]
        try:
            yield
        finally:
            sys.path[:] = _settled(before, root=root, prepended=prepended)


def _settled(before: list[str], *, root: Path, prepended: list[str]) -> list[str]:
    kept: list[str] = []
    for entry in sys.path:
        absolute = os.path.normpath(Path.cwd() / entry)
        if entry in before:
            kept.append(entry)
        elif os.path.normpath(root / entry) not in prepended and absolute not in (*kept, *before):
            kept.append(absolute)
    return kept


@contextlib.contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    cwd = Path.cwd()
    if cwd == folder.absolute() or not stands_in(folder):
        yield
        return
    os.chdir(folder)
    sys.path_importer_cache.pop(".", None)  # it belongs to the folder where it was first asked for
    try:
        yield
    finally:
        sys.path_importer_cache.pop(".", None)
        os.chdir(cwd)


def stands_in(folder: Path) -> bool:
    """Does env.py, run in this thread, find its relative paths in this folder?"""
    return Path.cwd() == folder.absolute() or threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def password_added(url: DatabaseURL | None) -> Iterator[None]:
    """Give env.py's driver the secrets that its URL lacks, at the moment it connects."""
    if url is None or (url.password is None and not url.secrets):
        yield
        return

    def add(_dialect: Any, _record: Any, _arguments: list[Any], parameters: dict[str, Any]) -> None:
        if _is_same_place(url, parameters) and parameters.get("password") is None:
            if url.password is not None:
                parameters["password"] = url.password.reveal()
            parameters.update({key: secret.reveal() for key, secret in url.secrets})

    with on_connect(add):
        yield


@contextlib.contextmanager
def options_added(options: DriverOptions | None) -> Iterator[None]:
    """Give env.py's driver what lets its connection be observed."""
    if options is None:
        yield
        return

    def add(dialect: Dialect, _record: Any, _arguments: list[Any], parameters: dict[str, Any]) -> None:
        for name, value in options(dialect.name, dialect.is_async).items():
            parameters.setdefault(name, value)

    with on_connect(add):
        yield


class _Connecting(threading.local):
    """What is to be done in this thread when SQLAlchemy connects; the application connects in others."""

    def __init__(self) -> None:
        self.functions: list[Callable[..., None]] = []


_CONNECTING = _Connecting()


def _connecting(*arguments: Any) -> None:
    for function in _CONNECTING.functions:
        function(*arguments)


# once and for ever: another thread may be walking through the listeners whenever one is added or taken away
event.listen(SQLAlchemyEngine, "do_connect", _connecting)


@contextlib.contextmanager
def on_connect(function: Callable[..., None]) -> Iterator[None]:
    """Call the function whenever SQLAlchemy connects in this thread, with what ``do_connect`` hands on."""
    _CONNECTING.functions.append(function)
    try:
        yield
    finally:
        _CONNECTING.functions.remove(function)


def _is_same_place(url: DatabaseURL, parameters: dict[str, Any]) -> bool:
    wanted = {"host": url.host, "user": url.username, "port": url.port}
    name = parameters.get("dbname", parameters.get("database"))
    return name == url.database and all(
        value is None or str(parameters.get(key)) == str(value) for key, value in wanted.items()
    )


def takes_connection(env_text: str) -> bool:
    """Does this env.py use a connection offered in ``config.attributes``?"""
    return re.search(r"""attributes\s*(?:\.get\(|\[)\s*["']connection["']""", env_text) is not None
