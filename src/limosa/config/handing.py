"""Hands the chosen database to an env.py that reads its URL from a variable, and secrets to a program."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

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


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a program that we become."""
    return {**os.environ, **variables}
