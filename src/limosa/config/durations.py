"""Limits as people write them (``"15m"``, ``500``) made into model.limits, each in its own unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from limosa.config.keys import unknown
from limosa.errors import ConfigError
from limosa.model.limits import Limits

LIMIT_NAMES = tuple(field.name for field in fields(Limits))
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*")


def limits_from(layers: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Limits, dict[str, str]]:
    """Put layers of limits over each other, the last one on top; return them with their origins."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for place, layer in layers:
        for name, value in layer.items():
            if name not in LIMIT_NAMES:
                raise unknown(name, dict.fromkeys(LIMIT_NAMES), what="limit", place=place)
            values[name] = _figure(name, value, place=place)
            origins[f"limits.{name}"] = place
    limits = Limits(**values)
    if limits.lock_timeout_first_ms > limits.lock_timeout_most_ms:
        raise ConfigError(
            f"'lock_timeout_first_ms' ({limits.lock_timeout_first_ms}) is more than "
            f"'lock_timeout_most_ms' ({limits.lock_timeout_most_ms})",
            hint="raise lock_timeout_most_ms, or lower lock_timeout_first_ms",
            setting="lock_timeout_first_ms",
        )
    return limits, origins


def duration_s(name: str, value: str, *, place: str) -> float:
    """Return the seconds of a duration as people write it; a number alone is seconds."""
    return _seconds(name, value, default="s", place=place)


def _figure(name: str, value: Any, *, place: str) -> int | float:
    if name.endswith("_ms"):
        figure = round(_seconds(name, value, default="ms", place=place) * 1000)
    elif name.endswith("_s"):
        return _positive(name, _seconds(name, value, default="s", place=place), place=place)
    else:
        figure = _whole(name, value, place=place)
    return int(_positive(name, figure, place=place))


def _seconds(name: str, value: Any, *, default: str, place: str) -> float:
    match = None if isinstance(value, bool) else _DURATION.fullmatch(str(value))
    if match is None:
        raise _wrong(name, value, "a duration such as 500ms, 2s, 15m or 1h", place=place)
    return float(match[1]) * _SECONDS[match[2] or default]


def _whole(name: str, value: Any, *, place: str) -> int:
    if isinstance(value, bool) or re.fullmatch(r"\d+", str(value)) is None:
        raise _wrong(name, value, "a whole number", place=place)
    return int(value)


def _positive(name: str, figure: float, *, place: str) -> float:
    if figure <= 0:
        raise _wrong(name, figure, "more than zero", place=place)
    return figure


def _wrong(name: str, value: Any, wanted: str, *, place: str) -> ConfigError:
    return ConfigError(
        f"'{name}' in {place} is {value!r}, and must be {wanted}",
        hint=f"correct '{name}' in {place}",
        setting=name,
    )
