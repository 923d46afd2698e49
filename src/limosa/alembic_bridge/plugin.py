"""Alembic's plugin: keeps our own tables out of ``alembic check`` and autogenerate, in every project.

Its entry point's name begins with ``alembic.autogenerate.``, so that Alembic's own default
includes it. Alembic 1.18.0 to 1.20.0 iterate over the entry point's object, so this module
is iterable and yields itself; later ones use it as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from alembic.operations.ops import DropTableOp, ModifyTableOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult


def setup(plugin: Plugin) -> None:
    """Register the comparison that runs after Alembic's own and takes back what concerns our tables."""
    plugin.add_autogenerate_comparator(_forget_own_tables, "schema", priority=DispatchPriority.LAST)


def _forget_own_tables(_context: Any, upgrade_ops: Any, _schemas: Any) -> PriorityDispatchResult:
    upgrade_ops.ops[:] = [operation for operation in upgrade_ops.ops if not _is_ours(operation)]
    return PriorityDispatchResult.CONTINUE


def _is_ours(operation: object) -> bool:
    if not isinstance(operation, (DropTableOp, ModifyTableOps)):
        return False
    return operation.schema == "limosa" or operation.table_name.startswith("limosa_")


class _IterablePlugin(ModuleType):
    """This module's type: a module, and an iterable of itself."""

    def __iter__(self) -> Iterator[ModuleType]:
        return iter((self,))


sys.modules[__name__].__class__ = _IterablePlugin
