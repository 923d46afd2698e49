"""The parts in their order, each guarded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Protocol

from limosa.config import Settings
from limosa.errors import LimosaError
from limosa.migrator.doctor import database, files, machine
from limosa.model.doctor import DoctorReport, Examined, Health, Setting

_ORIGINS = {
    "root": "project",
    "alembic_file": "config",
    "alembic_toml": "config",
    "section": "name",
    "environments": "project",
}
"""Settings whose origin is kept under another name: that of the flag."""


class Load(Protocol):
    """Loads the settings; without ``needs_url`` nothing is asked for the database."""

    def __call__(self, *, needs_url: bool) -> Settings:
        """Load them, or raise ConfigError."""
        ...


def examine(load: Load) -> DoctorReport:
    """Look at everything, however little of it there is."""
    settings, faults = _loaded(load)
    found = [*faults, *_guarded("versions", machine.versions)]
    if settings is not None:
        known = settings
        has_url = not faults
        found += _guarded("project", lambda: files.project(known))
        if has_url:
            found += _guarded("database", lambda: database.databases(known))
        found += _guarded("drivers", lambda: machine.drivers(known))
    backend = None if settings is None or settings.url is None else settings.url.backend
    found += _guarded("programs", lambda: machine.programs(backend))
    found += _guarded("scratch PostgreSQL", machine.scratch)
    return DoctorReport(
        is_fit=all(one.health is not Health.MISSING for one in found),
        settings=() if settings is None else tuple(_settings(settings)),
        examined=tuple(found),
    )


def _loaded(load: Load) -> tuple[Settings | None, list[Examined]]:
    """Load as much as can be: where the URL is not to be had, all the rest."""
    try:
        return load(needs_url=True), []
    except LimosaError as error:
        fault = _fault("settings", error)
    try:
        return load(needs_url=False), [fault]
    except LimosaError:
        return None, [fault]


def _guarded(name: str, part: Callable[[], Iterable[Examined]]) -> list[Examined]:
    found: list[Examined] = []
    try:
        found.extend(part())
    except Exception as error:  # noqa: BLE001  a part that breaks is a finding, and the next one is looked at
        found.append(_fault(name, error))
    return found


def _fault(name: str, error: Exception) -> Examined:
    if isinstance(error, LimosaError):
        return Examined(name, Health.MISSING, error.message, error.hint)
    sentence = " ".join(str(error).split())
    return Examined(name, Health.MISSING, f"{type(error).__name__}: {sentence}", None)


def _settings(settings: Settings) -> Iterable[Setting]:
    for one in fields(settings):
        if one.name in {"limits", "origins"}:
            continue
        value, origin = getattr(settings, one.name), settings.origins.get(_ORIGINS.get(one.name, one.name))
        yield Setting(one.name, _text(value), origin or "default")
    for one in fields(settings.limits):
        name = f"limits.{one.name}"
        yield Setting(name, f"{getattr(settings.limits, one.name):g}", settings.origins.get(name, "default"))


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(_masked_argument(str(each)) for each in value) or "none"
    return "none" if value is None else str(value)


def _masked_argument(argument: str) -> str:
    """An argument for env.py may be a secret; its name says so."""
    name, equals, _ = argument.partition("=")
    is_secret = any(word in name.lower() for word in ("pass", "secret", "token", "key"))
    return f"{name}=***" if equals and is_secret else argument
