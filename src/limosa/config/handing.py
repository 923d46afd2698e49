"""Hands the chosen database to an env.py that reads its URL from a variable, and secrets to a program."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from limosa.config.settings import Settings
from limosa.model.url import DatabaseURL


@contextmanager
def handed_to_env(settings: Settings, env_text: str) -> Iterator[None]:
    """Set the project's variable, without the secret, where another source named the database.

    Where the variable itself is the source it stays as it is: Alembic's truth is not ours to change.
    """
    name, url = settings.url_variable, settings.url
    if url is None or settings.origins.get("url") == name or name not in env_text:
        yield
        return
    before = os.environ.get(name)
    os.environ[name] = _seen_by_env(url)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _seen_by_env(url: DatabaseURL) -> str:
    return (url if url.driver else url.synchronous()).without_secrets().masked


def flask_application(root: Path) -> str | None:
    """Return what ``flask`` would take for the application: as the variable or flask's files name it."""
    if named := os.environ.get("FLASK_APP"):
        return named
    for file in (root / ".env", root / ".flaskenv"):
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if found := re.search(r"^\s*(?:export\s+)?FLASK_APP\s*=\s*([\"']?)(.+?)\1\s*$", text, re.MULTILINE):
            return found[2]
    return next((str(file) for file in (root / "wsgi.py", root / "app.py") if file.is_file()), None)


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a program that we become."""
    return {**os.environ, **variables}
