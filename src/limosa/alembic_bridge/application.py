"""The Flask application that an env.py of Flask-Migrate asks for its database and its models."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from collections.abc import Iterator
from typing import Any

from limosa.alembic_bridge.project import AlembicProject
from limosa.errors import ConfigError

_SIGN = "current_app"


@contextlib.contextmanager
def application_present(project: AlembicProject) -> Iterator[None]:
    """Let env.py run inside the application's context, as under ``flask db``; any other env.py runs as it is.

    Where there is a context already, that one stays.
    """
    env_file = (project.script_location or project.root) / "env.py"
    if not env_file.is_file() or _SIGN not in env_file.read_text(encoding="utf-8"):
        yield
        return
    flask = _imported("flask")
    if flask.has_app_context():
        yield
        return
    application = _loaded(project.flask_application)
    with application.app_context():
        try:
            yield
        finally:
            _close(application)


def _close(application: Any) -> None:
    """Close what the application's pools hold open; env.py is over, and nobody else loaded it."""
    database = getattr(application.extensions.get("migrate"), "db", None)
    for engine in getattr(database, "engines", {}).values():
        engine.dispose()


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            "env.py asks for Flask's current_app, and Flask is not installed beside Limosa",
            hint="install Limosa in the application's own virtual environment",
        ) from error


def _loaded(named: str | None) -> Any:
    cli = _imported("flask.cli")
    if importlib.util.find_spec("dotenv") is not None:  # without it, flask would only recommend it
        cli.load_dotenv()
    try:
        return cli.ScriptInfo(app_import_path=named).load_app()
    except Exception as error:
        raise ConfigError(
            f"env.py asks for Flask's current_app, and the application cannot be loaded: {error}",
            hint="name it as for 'flask db': export FLASK_APP=package:create_app",
        ) from error
