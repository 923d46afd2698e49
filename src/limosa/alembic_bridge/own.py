"""Keeps our own tables out of Alembic's comparisons whenever Limosa runs env.py, on every Alembic."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.runtime.environment import EnvironmentContext

NameFilter = Callable[[str | None, str, Any], bool]
"""Alembic's ``include_name``: the name, what kind of thing it is, and what it lies in."""


def is_ours(table: str | None, schema: str | None) -> bool:
    """Is this a table of Limosa's?"""
    return schema == "limosa" or (table or "").startswith("limosa_")


@contextlib.contextmanager
def own_tables_hidden() -> Iterator[None]:
    """Put our filter before the project's ``include_name``.

    ``alembic revision`` makes its environment itself, so the method of the class is replaced, and
    only for as long as Limosa runs env.py.
    """
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415  it loads our plugin first

    original = EnvironmentContext.configure

    @functools.wraps(original)
    def configure(self: EnvironmentContext, *connection: Any, **options: Any) -> None:
        options["include_name"] = _without_ours(options.get("include_name"))
        original(self, *connection, **options)

    EnvironmentContext.configure = configure  # type: ignore[method-assign]
    try:
        yield
    finally:
        EnvironmentContext.configure = original  # type: ignore[method-assign]


def _without_ours(wanted: NameFilter | None) -> NameFilter:
    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema" and name == "limosa":
            return False
        if kind == "table" and is_ours(name, parents.get("schema_name")):
            return False
        return wanted is None or wanted(name, kind, parents)

    return include_name
