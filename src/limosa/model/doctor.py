"""What ``limosa doctor`` finds: the settings with their origins, and what is there, noteworthy or missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How one thing is that was looked at."""

    GOOD = "good"
    NOTE = "note"
    """It is worth knowing, or some commands miss it; upgrades do not."""
    MISSING = "missing"
    """Without it the project cannot be migrated here."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, masked where it is secret."""

    name: str
    value: str
    origin: str
    """The flag, the variable or the file that gave it, or ``default``."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at."""

    name: str
    health: Health
    found: str
    remedy: str | None = None
    """What to do, as a command where there is one."""


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything that was looked at; ``is_fit`` says whether migrations can run here."""

    is_fit: bool
    settings: tuple[Setting, ...]
    examined: tuple[Examined, ...]
