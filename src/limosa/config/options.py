"""One option of an Alembic project at a time, read without Alembic and by its rules.

Alembic asks the ini section first and [tool.alembic] second, option by option.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limosa.config.files import read_ini, read_toml
from limosa.errors import ConfigError

if TYPE_CHECKING:
    from configparser import ConfigParser

    from limosa.config.settings import Settings

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_PERCENT = "text whose %(...)s are all defined (a plain % is written %%)"


class Options:
    """The options of one project, looked up in the order in which Alembic does."""

    def __init__(self, *, ini: Path | None, toml: Path | None, section: str) -> None:
        self.ini = ini
        self.toml = toml
        self.section = section
        self._parser: ConfigParser | None = None if ini is None else read_ini(ini)
        self._table: Mapping[str, Any] = {} if toml is None else read_toml(toml)["tool"]["alembic"]
        if self._parser is not None and not self._parser.has_section(section) and toml is None:
            raise ConfigError(
                f"'{ini}' has no section [{section}]",
                hint=f"sections are: {', '.join(self._parser.sections())}",
                path=ini,
            )

    @classmethod
    def of(cls, settings: Settings) -> Options:
        """Open the options of a project."""
        return cls(ini=settings.alembic_ini, toml=settings.alembic_toml, section=settings.section)

    @property
    def names(self) -> tuple[str, ...]:
        """The sections that ``alembic -n`` takes: those of the ini file with revisions of their own."""
        if self._parser is None:
            return (self.section,)
        defaults = self._parser.defaults()
        found = [
            name
            for name in self._parser.sections()
            if "script_location" not in defaults and self._parser.has_option(name, "script_location")
        ]
        return tuple(found) or (self.section,)

    @property
    def file(self) -> Path | None:
        """The file to name when an option is wrong."""
        return self.ini or self.toml

    def text(self, name: str) -> str | None:
        """Return a string option."""
        value = self._from_ini(name)
        if value is not None:
            return value
        value = self._table.get(name)
        if value is not None and not isinstance(value, str | int):
            raise self._wrong(name, "a string")
        return None if value is None else self._filled(name, str(value))

    def flag(self, name: str) -> bool:
        """Return a boolean option; an ini file says exactly ``true``."""
        value = self._from_ini(name)
        return value == "true" if value is not None else bool(self._table.get(name, False))

    def paths(self, name: str, *separators: str, legacy: str) -> tuple[str, ...] | None:
        """Return a list of paths, split as the first separator option that is set says."""
        value = self._from_ini(name)
        if value:
            return self._split(value, separators, legacy=legacy)
        listed = self._table.get(name)
        if listed is None:
            return None
        if not isinstance(listed, list):
            raise self._wrong(name, "a list of strings")
        return tuple(self._filled(name, str(item)) for item in listed)

    def url(self) -> str | None:
        """Return ``sqlalchemy.url``; one that only env.py can complete counts as none."""
        from configparser import Error  # noqa: PLC0415  # projects in pyproject.toml do without

        if self._parser is None or not self._parser.has_option(self.section, "sqlalchemy.url"):
            return None
        try:
            return self._parser.get(self.section, "sqlalchemy.url").strip() or None
        except Error:
            return None

    def _from_ini(self, name: str) -> str | None:
        from configparser import Error  # noqa: PLC0415  # projects in pyproject.toml do without

        if self._parser is None or not self._parser.has_option(self.section, name):
            return None
        try:
            return self._parser.get(self.section, name)
        except Error:
            raise self._wrong(name, _PERCENT) from None

    def _filled(self, name: str, value: str) -> str:
        here = "" if self.toml is None else self.toml.absolute().parent.as_posix()
        try:
            return value % {"here": here}
        except (KeyError, ValueError, TypeError):
            raise self._wrong(name, _PERCENT) from None

    def _split(self, value: str, separators: tuple[str, ...], *, legacy: str) -> tuple[str, ...]:
        for name in separators:
            chosen = self._from_ini(name)
            if chosen is None:
                continue
            if chosen not in _SEPARATORS:
                raise self._wrong(name, f"one of {', '.join(_SEPARATORS)}")
            return tuple(part.strip() for part in value.split(_SEPARATORS[chosen]) if part.strip())
        return tuple(part for part in re.split(legacy, value) if part)

    def _wrong(self, name: str, wanted: str) -> ConfigError:
        path = self.file
        return ConfigError(
            f"'{name}' in '{path}' must be {wanted}", hint=f"correct '{path}'", path=path, setting=name
        )
