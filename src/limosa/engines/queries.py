"""Named SQL files: ``-- name: NAME`` begins a query, the comment lines below it say what for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from limosa.model.session import Query

_HEADING = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@cache
def load(module: str, file: str) -> dict[str, Query]:
    """Return the queries of a ``.sql`` file by name; it lies beside the module (its ``__file__``)."""
    parts = _HEADING.split(Path(module).with_name(file).read_text(encoding="utf-8"))
    return {name: Query(body.strip()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def pyformat(query: Query) -> str:
    """Return the query with ``%(name)s`` parameters, as psycopg wants them."""
    return _PARAMETER.sub(r"%(\1)s", query.replace("%", "%%"))


@cache
def numbered(query: Query) -> tuple[str, tuple[str, ...]]:
    """Return the query with ``$1`` parameters, as PostgreSQL itself wants them, and the name of each."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(query)))
    places = {name: f"${place}" for place, name in enumerate(names, 1)}
    return _PARAMETER.sub(lambda found: places[found[1]], query), names
