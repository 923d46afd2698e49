"""The secrets within a project's reach, collected so that whoever prints text can strike them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from limosa.config.consulted import VARIABLES
from limosa.config.database import PLACEHOLDER_BACKENDS
from limosa.config.options import Options
from limosa.config.settings import Settings
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

_LOGIN = re.compile(r"://[^:/@]*:(.*)@")
_LONG = 3


@dataclass(frozen=True, slots=True)
class Hidden:
    """Passwords to strike out, and the names that are no secret even where a password equals one."""

    secrets: frozenset[str]
    public: frozenset[str]


def hidden_in(*texts: str | DatabaseURL | None) -> Hidden:
    """Collect the secrets of URLs; a text that is none counts for nothing."""
    secrets: set[str] = set()
    public: set[str] = set()
    for text in texts:
        url = _parsed(text)
        if url is None and isinstance(text, str):
            secrets |= _guessed(text)
        if url is None or url.backend in PLACEHOLDER_BACKENDS:
            continue
        secrets |= {
            secret.reveal() for secret in (url.password, *(value for _, value in url.secrets)) if secret
        }
        public |= {str(part) for part in (url.backend, url.driver, url.username, url.host, url.port) if part}
        public |= {part for part in (url.database, *(value for _, value in url.query)) if part}
    return Hidden(frozenset(secrets - {""}), frozenset(public))


def hidden_around(settings: Settings, *, variables: Mapping[str, str] | None = None) -> Hidden:
    """Collect the secrets of the settings, of the variables and of alembic.ini."""
    environ = VARIABLES if variables is None else variables
    try:
        written = Options.of(settings).url()
    except ConfigError:
        written = None
    names = ("LIMOSA_URL", "DATABASE_URL", settings.url_variable)
    found = hidden_in(settings.url, written, *(environ.get(name) for name in names))
    password = environ.get("PGPASSWORD", "")
    return Hidden(found.secrets | ({password} - {""}), found.public)


def _guessed(text: str) -> set[str]:
    """The password of a URL that cannot be read, and its pieces: a driver reads it wrongly, too."""
    match = _LOGIN.search(text)
    if match is None:
        return set()
    return {match[1], *(piece for piece in match[1].split("@") if len(piece) >= _LONG)}


def _parsed(text: str | DatabaseURL | None) -> DatabaseURL | None:
    if text is None or isinstance(text, DatabaseURL):
        return text
    try:
        return DatabaseURL.parse(text)
    except ValueError:
        return None
