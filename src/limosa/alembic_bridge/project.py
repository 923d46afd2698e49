"""An Alembic project as Alembic sees it: its Config, with the target's URL in it but never its secret."""

from __future__ import annotations

import contextlib
import os
import re
import sys
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
    version_locations: tuple[Path, ...] = ()
    """Where given, revisions are read from these folders alone, in place of the project's own."""


def for_env(url: DatabaseURL) -> DatabaseURL:
    """Return the URL as env.py may see it: a driver that serves sync and async engines, and no secret."""
    bare = url.without_secrets()
    return bare.with_driver("limosa") if url.backend == "sqlite" else bare.synchronous()


def config_of(project: AlembicProject) -> Config:
    """Return Alembic's Config; the URL in it lacks its password, which is added when a driver connects."""
    config = Config(
        None if project.ini is None else str(project.ini),
        toml_file=None if project.toml is None else str(project.toml),
        ini_section=project.section,
        cmd_opts=Namespace(
            x=list(project.x_arguments) or None, name=project.section, raiseerr=True, quiet=True
        ),
    )
    if project.url is not None:
        # ConfigParser reads % as the start of a reference
        config.set_main_option("sqlalchemy.url", for_env(project.url).masked.replace("%", "%%"))
    return config


def script_directory(project: AlembicProject, config: Config | None = None) -> ScriptDirectory:
    """Return Alembic's own view of the revisions; raise ConfigError."""
    with in_folder(project.root):
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
def in_folder(folder: Path) -> Iterator[None]:
    """Stand where plain Alembic would be called: relative paths of the project are relative to it.

    What it puts on ``sys.path`` meanwhile (``prepend_sys_path = .``) is made absolute in the end, or
    it would mean another folder to the application, and to the next project.
    """
    cwd, root, path = Path.cwd(), folder.absolute(), list(sys.path)
    os.chdir(root)
    sys.path_importer_cache.pop(".", None)  # it belongs to the folder where it was first asked for
    try:
        yield
    finally:
        known = [entry if entry in path else os.path.normpath(root / entry) for entry in sys.path]
        sys.path[:] = dict.fromkeys(known)
        sys.path_importer_cache.pop(".", None)
        os.chdir(cwd)


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

    with _on_connect(add):
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

    with _on_connect(add):
        yield


@contextlib.contextmanager
def _on_connect(function: Callable[..., None]) -> Iterator[None]:
    event.listen(SQLAlchemyEngine, "do_connect", function)
    try:
        yield
    finally:
        event.remove(SQLAlchemyEngine, "do_connect", function)


def _is_same_place(url: DatabaseURL, parameters: dict[str, Any]) -> bool:
    wanted = {"host": url.host, "user": url.username, "port": url.port}
    name = parameters.get("dbname", parameters.get("database"))
    return name == url.database and all(
        value is None or str(parameters.get(key)) == str(value) for key, value in wanted.items()
    )


def takes_connection(env_text: str) -> bool:
    """Does this env.py use a connection offered in ``config.attributes``?"""
    return re.search(r"""attributes\s*(?:\.get\(|\[)\s*["']connection["']""", env_text) is not None
