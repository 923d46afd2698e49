"""Reading TOML and ini files; an error names the file and the line, never the text that stands there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from limosa.errors import ConfigError

if TYPE_CHECKING:
    from configparser import ConfigParser


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    import tomllib  # noqa: PLC0415  # not every call needs it

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"'{path}' is not valid TOML: {error}", hint=f"correct '{path}'", path=path
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def read_ini(path: Path) -> ConfigParser:
    """Read an ini file as Alembic does: interpolated, with ``%(here)s`` for its folder."""
    import configparser  # noqa: PLC0415  # projects in pyproject.toml do without

    parser = configparser.ConfigParser({"here": path.absolute().parent.as_posix()})
    try:
        with path.open(encoding="locale") as file:
            parser.read_file(file)
    except configparser.Error as error:
        raise ConfigError(
            f"'{path}' is not a valid ini file{_line_of(error)}", hint=f"correct '{path}'", path=path
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    return parser


def _line_of(error: Exception) -> str:
    # The parser's own text quotes the line, which may be the one with the password.
    lines = [number for number, _ in getattr(error, "errors", [])] or [getattr(error, "lineno", None)]
    return "" if lines[0] is None else f" (line {lines[0]})"


def _unreadable(path: Path, error: OSError | UnicodeDecodeError) -> ConfigError:
    reason = error.strerror if isinstance(error, OSError) else "it is not text"
    return ConfigError(f"'{path}' cannot be read: {reason}", hint=f"make '{path}' readable", path=path)
