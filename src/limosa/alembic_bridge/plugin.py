"""Alembic's plugin: keeps our own tables out of plain ``alembic check`` and autogenerate, in every project.

Alembic has plugins since 1.18. The entry point's name begins with ``alembic.autogenerate.``, so that
Alembic's own default includes it. Alembic 1.18.0 to 1.20.0 iterate over the entry point's object, so
this module is iterable and yields itself; later ones use it as it is.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

from limosa.alembic_bridge.own import is_ours


def setup(plugin: Plugin) -> None:
    """Register what runs before Alembic's own comparisons, so that these never hear of our tables."""
    plugin.add_autogenerate_comparator(_hide_own_tables, "schema", priority=DispatchPriority.FIRST)


def _hide_own_tables(context: Any, _upgrade_ops: Any, _schemas: Any) -> PriorityDispatchResult:
    """Put our filter before the project's ``include_name``: nothing of ours is reflected, or logged."""
    original = context.run_name_filters

    @functools.wraps(original)
    def run_name_filters(name: str | None, type_: str, parent_names: Any) -> bool:
        if type_ == "table" and is_ours(name, parent_names.get("schema_name")):
            return False
        return bool(original(name, type_, parent_names))

    context.run_name_filters = run_name_filters
    return PriorityDispatchResult.CONTINUE


class _IterablePlugin(ModuleType):
    """This module's type: a module, and an iterable of itself."""

    def __iter__(self) -> Iterator[ModuleType]:
        return iter((self,))


sys.modules[__name__].__class__ = _IterablePlugin
