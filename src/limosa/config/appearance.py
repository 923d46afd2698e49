"""How much the command says and in which colours; known before any project is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from limosa.config.consulted import VARIABLES
from limosa.errors import ConfigError

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What the person or the pipeline at the other end wants to see."""

    quiet: bool = False
    verbose: bool = False
    has_color: bool = True


def display(
    *,
    quiet: bool = False,
    verbose: bool = False,
    no_color: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Display:
    """Read LIMOSA_QUIET, LIMOSA_VERBOSE, LIMOSA_NO_COLOR and NO_COLOR under the flags."""
    environ = VARIABLES if variables is None else variables
    # https://no-color.org: any text but the empty one counts
    plain = no_color or bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return Display(
        quiet=quiet or _is_on(environ, "LIMOSA_QUIET"),
        verbose=verbose or _is_on(environ, "LIMOSA_VERBOSE"),
        has_color=not (plain or _is_on(environ, "LIMOSA_NO_COLOR")),
    )


def _is_on(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value not in _YES | _NO:
        raise ConfigError(f"{name} must be 1 or 0", hint=f"set {name}=1, or unset it", setting=name)
    return value in _YES
