"""The keys that a project may set: names, types, and the closest known one for a slip of the pen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from limosa.errors import ConfigError

_TEXT = (str,)
_LIST = (list,)
_TABLE = (dict,)

URL_KEYS: Mapping[str, tuple[type, ...]] = {
    "url": _TEXT,
    "url_env": _TEXT,
    "url_file": _TEXT,
    "url_command": (str, list),
}
_COMMON_KEYS: Mapping[str, tuple[type, ...]] = {
    **URL_KEYS,
    "url_variable": _TEXT,
    "x": _LIST,
    "limits": _TABLE,
}
NAME_KEYS: Mapping[str, tuple[type, ...]] = _COMMON_KEYS
_SHARED_KEYS: Mapping[str, tuple[type, ...]] = {**_COMMON_KEYS, "name": _TEXT, "names": _TABLE}
ENVIRONMENT_KEYS: Mapping[str, tuple[type, ...]] = {**_SHARED_KEYS, "allow_reset": (bool,)}
PROJECT_KEYS: Mapping[str, tuple[type, ...]] = {
    **_SHARED_KEYS,
    "environment": _TEXT,
    "environment_variable": _TEXT,
    "first_id": _TEXT,
    "config": _TEXT,
    "cache": (str, bool),
    "environments": _TABLE,
}
_WORDS: Mapping[type, str] = {str: "a string", list: "a list", dict: "a table", bool: "true or false"}


def check(table: Mapping[str, Any], known: Mapping[str, tuple[type, ...]], *, place: str, path: Path) -> None:
    """Refuse a key that is not known or whose value has the wrong type; values are never quoted."""
    for key, value in table.items():
        if key not in known:
            raise unknown(key, known, what="setting", place=place, path=path)
        if not isinstance(value, known[key]):
            wanted = " or ".join(_WORDS[kind] for kind in known[key])
            raise ConfigError(
                f"'{key}' in {place} must be {wanted}", hint=f"correct '{path}'", path=path, setting=key
            )
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise ConfigError(
                f"'{key}' in {place} must be a list of strings",
                hint=f"correct '{path}'",
                path=path,
                setting=key,
            )


def unknown(
    name: str, known: Mapping[str, Any], *, what: str, place: str, path: Path | None = None
) -> ConfigError:
    """Build the error for a name that is not known, with the closest one that is."""
    import difflib  # noqa: PLC0415  # only after a mistake

    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(sorted(known))}"
    return ConfigError(f"unknown {what} '{name}' in {place}", hint=hint, path=path, setting=name)
