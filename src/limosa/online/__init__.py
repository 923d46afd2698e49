"""Operations that keep a live application running: ``online.NAME`` in a revision, and ``op.NAME`` too.

An operation is a file in this folder with functions marked ``@operation``; it is found by lying here.
They run alike under Limosa and under plain Alembic.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from limosa.alembic_bridge.custom import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from limosa.online.index import create_index_online, drop_index_online
    from limosa.online.remembered import Restored, restore_remembered, update_remembered
    from limosa.online.updated_at import create_updated_at_trigger, drop_updated_at_trigger

__all__ = [
    "Restored",
    "create_index_online",
    "create_updated_at_trigger",
    "drop_index_online",
    "drop_updated_at_trigger",
    "restore_remembered",
    "update_remembered",
]


def load() -> None:
    """Load every file of this folder, so that ``op`` knows each operation."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def __getattr__(name: str) -> Callable[..., Any]:
    if name == "Restored":
        from limosa.online.remembered import Restored  # noqa: PLC0415

        return Restored
    if name in OPERATIONS:
        return OPERATIONS[name]
    raise AttributeError(f"module 'limosa.online' has no operation '{name}'")


def __dir__() -> list[str]:
    return sorted({*__all__, *OPERATIONS})


load()
