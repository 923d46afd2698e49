"""What Alembic learned after 1.13, and what stands in for it on an Alembic that has not."""

from __future__ import annotations

import importlib.util
import inspect
import os
from typing import Any

import alembic
from alembic.config import Config

from limosa.errors import ConfigError

READS_PYPROJECT = "toml_file" in inspect.signature(Config.__init__).parameters
"""Since 1.16 there are ``[tool.alembic]`` and ``path_separator``."""

HAS_PLUGINS = importlib.util.find_spec("alembic.runtime.plugins") is not None
"""Since 1.18 our plugin keeps our tables out of what plain ``alembic`` compares."""


def toml_options(ini: str | None, toml: str | None) -> dict[str, Any]:
    """Return how this Alembic is told of a pyproject.toml; raise ConfigError where it must read one."""
    if READS_PYPROJECT:
        return {"toml_file": toml}
    if ini is None:
        raise ConfigError(
            f"Alembic {alembic.__version__} does not read [tool.alembic]; 1.16 is the first that does",
            hint="pip install 'alembic>=1.16', or move the options into an alembic.ini",
            path=toml,
        )
    return {}


def split_paths(config: Config) -> None:
    """Split the paths of an ini file as Alembic 1.16 would, where this one does not know how."""
    if READS_PYPROJECT:
        return
    chosen = config.get_main_option("path_separator")
    _split_again(config, "prepend_sys_path", chosen, joined=":")
    chosen = chosen or config.get_main_option("version_path_separator")
    if _split_again(config, "version_locations", chosen, joined=os.pathsep):
        config.set_main_option("version_path_separator", "os")


def _split_again(config: Config, option: str, separator: str | None, *, joined: str) -> bool:
    value = config.get_main_option(option)
    if separator is None or value is None:
        return False
    character = {"space": " ", "newline": "\n", "os": os.pathsep}.get(separator, separator)
    parts = [part.strip() for part in value.split(character) if part.strip()]
    config.set_main_option(option, joined.join(parts).replace("%", "%%"))
    return True
