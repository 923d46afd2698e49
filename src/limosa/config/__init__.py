"""Files, environment and flags become one frozen Settings; the only room that reads the environment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from limosa.config.appearance import Display, display
    from limosa.config.durations import duration_s
    from limosa.config.elsewhere import Elsewhere, is_same_database, other_databases
    from limosa.config.facts import AlembicFacts, alembic_facts
    from limosa.config.hidden import Hidden, hidden_around, hidden_in
    from limosa.config.loading import load
    from limosa.config.settings import Settings
    from limosa.config.several import section_names

__all__ = [
    "AlembicFacts",
    "Display",
    "Elsewhere",
    "Hidden",
    "Settings",
    "alembic_facts",
    "display",
    "duration_s",
    "hidden_around",
    "hidden_in",
    "is_same_database",
    "load",
    "other_databases",
    "section_names",
]

# Read on first use: a frozen dataclass costs a millisecond to make, and few callers need them all.
_HOMES = {
    "AlembicFacts": "facts",
    "Display": "appearance",
    "Elsewhere": "elsewhere",
    "Hidden": "hidden",
    "Settings": "settings",
    "alembic_facts": "facts",
    "display": "appearance",
    "duration_s": "durations",
    "hidden_around": "hidden",
    "hidden_in": "hidden",
    "is_same_database": "elsewhere",
    "load": "loading",
    "other_databases": "elsewhere",
    "section_names": "several",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415  # what is quick to answer needs none of this

    if name in _HOMES:
        return getattr(import_module(f"limosa.config.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'limosa.config' has no attribute '{name}'")
