"""The database URL: where it may come from, in which order, and what is refused on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from limosa.config.consulted import VARIABLES
from limosa.config.keys import URL_KEYS
from limosa.config.options import Options
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

PLACEHOLDER_BACKENDS = frozenset({"driver", "scheme", "dialect"})
"""Of ``driver://user:pass@localhost/dbname``, which Alembic writes into a new alembic.ini, and the like."""
_COMMAND_TIMEOUT_S = 60


class Sources(NamedTuple):
    """Everything that may name the database; ``tables`` are the project's, the most specific first."""

    root: Path
    flag: str | None
    variables: Mapping[str, str]
    tables: tuple[tuple[str, Mapping[str, Any]], ...]
    url_variable: str
    is_variable_chosen: bool
    """Did the project name its variable, or is it the default?"""
    options: Options


def find_url(sources: Sources) -> tuple[DatabaseURL | None, str]:
    """Return the URL and where it came from; None where only env.py knows."""
    if sources.flag is not None:
        return parsed(sources.flag, origin="flag --url", base=Path.cwd()), "flag --url"
    given = sources.variables.get("LIMOSA_URL")
    if given:
        return parsed(given, origin="LIMOSA_URL", base=Path.cwd()), "LIMOSA_URL"
    for place, table in sources.tables:
        found = from_table(table, place=place, sources=sources)
        if found is not None:
            return found
    given, written = sources.variables.get(sources.url_variable), _from_ini(sources)
    if given and not (written and not sources.is_variable_chosen and _env_takes_ini(sources)):
        return parsed(given, origin=sources.url_variable, base=sources.root), sources.url_variable
    return (written, f"{sources.options.ini} sqlalchemy.url") if written else (None, "env.py")


def from_table(table: Mapping[str, Any], *, place: str, sources: Sources) -> tuple[DatabaseURL, str] | None:
    """Return what one table of the settings says, and under which key; None where it says nothing."""
    given = [key for key in URL_KEYS if key in table]
    if not given:
        return None
    if len(given) > 1:
        raise ConfigError(
            f"{place} names the database {len(given)} times: {', '.join(given)}",
            hint="keep one of them",
            setting=given[0],
        )
    key, value = given[0], table[given[0]]
    origin = f"{place} {key}"
    reader = {"url": _literal, "url_env": _variable, "url_file": _file, "url_command": _command}[key]
    return parsed(reader(value, origin, sources), origin=origin, base=sources.root), origin


def _literal(value: str, origin: str, sources: Sources) -> str:
    del sources
    url = parsed(value, origin=origin, base=None)
    if url.password is not None or url.secrets:
        raise ConfigError(
            f"{origin} holds a password, and a project's file is no place for one",
            hint='keep the URL in a variable and name it: url_env = "APP_DATABASE_URL" '
            "(or use url_file, url_command); and change that password",
            setting="url",
        )
    return value


def _variable(value: str, origin: str, sources: Sources) -> str:
    text = sources.variables.get(value)
    if not text:
        raise ConfigError(
            f"environment variable '{value}', named by {origin}, is not set",
            hint=f"set {value}, or give LIMOSA_URL",
            setting="url_env",
        )
    return text


def _file(value: str, origin: str, sources: Sources) -> str:
    path = sources.root / Path(value).expanduser()
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(
            f"'{path}', named by {origin}, cannot be read: {reason}",
            hint="write the URL into it, and let only its owner read it",
            path=path,
            setting="url_file",
        ) from None
    if not text:
        raise ConfigError(
            f"'{path}', named by {origin}, is empty",
            hint="write the URL into it",
            path=path,
            setting="url_file",
        )
    return text


def _command(value: str | list[str], origin: str, sources: Sources) -> str:
    import shlex  # noqa: PLC0415  # only projects that ask a program for their secret need these
    import subprocess  # noqa: PLC0415

    VARIABLES.is_all = False
    command = shlex.split(value) if isinstance(value, str) else value
    try:
        # Its stderr goes through: the program's own complaint is the best explanation.
        done = subprocess.run(
            command,
            cwd=sources.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
        )
    except (OSError, ValueError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "it is empty"
        raise _command_failed(origin, f"cannot be started: {reason}") from None
    except subprocess.TimeoutExpired:
        raise _command_failed(origin, f"gave no answer within {_COMMAND_TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise _command_failed(origin, f"ended with exit code {done.returncode}")
    if not done.stdout.strip():
        raise _command_failed(origin, "printed nothing")
    return done.stdout.strip()


def _command_failed(origin: str, what: str) -> ConfigError:
    return ConfigError(
        f"the program of {origin} {what}",
        hint="run it by hand in the project's folder; it must print the URL and nothing else",
        setting="url_command",
    )


def _from_ini(sources: Sources) -> DatabaseURL | None:
    text = sources.options.url()
    if text is None:
        return None
    try:
        url = DatabaseURL.parse(text)
    except ValueError:
        return None  # a template of the project's own, which its env.py fills in
    return None if url.backend in PLACEHOLDER_BACKENDS else _on_disk(url, sources.root)


def _env_takes_ini(sources: Sources) -> bool:
    """Would plain Alembic take the URL of alembic.ini, whatever DATABASE_URL says?

    It would if env.py reads the ini file's URL, does not replace it, and knows no such variable.
    """
    from limosa.config.facts import facts_of  # noqa: PLC0415  # asked only when both are there

    try:
        text = facts_of(sources.options, sources.root).env_file.read_text(encoding="utf-8")
    except (ConfigError, OSError, UnicodeDecodeError):
        return False
    knows_variable = sources.url_variable.lower() in text.lower()
    is_replaced = re.search(r"set_(main|section)_option\(", text) is not None
    return "sqlalchemy." in text and not knows_variable and not is_replaced


def parsed(text: str, *, origin: str, base: Path | None) -> DatabaseURL:
    """Read a URL that stands somewhere; the error names the place and never the text."""
    try:
        return _on_disk(DatabaseURL.parse(text), base)
    except ValueError as error:
        raise ConfigError(
            f"{origin}: {error}",
            hint="write it like postgresql://user@host:5432/name or sqlite:///folder/file.db",
            setting="url",
        ) from None


def _on_disk(url: DatabaseURL, base: Path | None) -> DatabaseURL:
    """Make the path of a SQLite file absolute, ``~`` included, so that it means the same everywhere."""
    path = url.database
    if base is None or url.backend != "sqlite" or not path or path.startswith((":memory:", "file:")):
        return url
    expanded = Path(path).expanduser() if path.startswith("~/") else base / path
    return replace(url, database=os.path.normpath(expanded))
