"""Operations that keep a live application running: ``online.NAME`` in a revision, and ``op.NAME`` too.

An operation is a file in this folder with functions marked ``@operation``; it is found by lying here.
They run alike under Limosa and under plain Alembic.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from limosa.alembic_bridge.custom import OPERATIONS
from limosa.online.remembered import Restored

if TYPE_CHECKING:  # what is found below, for those who check types
    from limosa.online.index import create_index_online, drop_index_online
    from limosa.online.remembered import restore_remembered, update_remembered
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
    """Load every file of this folder, so that this module and ``op`` know each operation."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    globals().update(OPERATIONS)  # last, because a file may be named like its operation


load()
