"""Values as JSON: the one place where the shapes of ``--json`` are made; keys are the fields' own names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any

from limosa.model.url import DatabaseURL, Secret


def document(value: Any, *, mask: Callable[[str], str]) -> str:
    """Return a value as one JSON document, with every text in it masked."""
    return json.dumps(plain(value, mask=mask), indent=2, ensure_ascii=False)


def plain(value: Any, *, mask: Callable[[str], str]) -> Any:
    """Return a value as JSON has it: objects, lists, texts, numbers, true, false and null."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | PurePath | DatabaseURL | Secret):
        return mask(str(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return _compound(value, mask=mask)


def _compound(value: Any, *, mask: Callable[[str], str]) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), mask=mask) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item, mask=mask) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(plain(item, mask=mask) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item, mask=mask) for item in value]
    return mask(str(value))
