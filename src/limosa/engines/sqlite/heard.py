"""What was asked of a SQLite file in this process, so that a later one can ask the same and compare.

Loads nothing of Limosa: that later process begins here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from typing import Any

    Asked = tuple[str, str, dict[str, Any], list[list[Any]]]
    """The file, the query, its values, and the rows that it gave."""

_VALUES = (str, int, float, type(None))


class Heard:
    """The queries of all sessions, in their order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.is_all = True
        """Did the sessions do nothing but ask, and for plain values?"""

    def hear(self, file: str, query: str, values: dict[str, Any], rows: Sequence[Sequence[Any]]) -> None:
        """Take note of a query."""
        plain = (value for row in (values.values(), *rows) for value in row)
        self.is_all = self.is_all and all(isinstance(value, _VALUES) for value in plain)
        self.asked.append((file, query, values, [list(row) for row in rows]))


listening: list[Heard] = []
"""Who hears what the sessions of this process ask."""


def still_says(asked: Sequence[Asked]) -> bool:
    """Does the file give the same rows to the same queries? Whatever goes wrong counts as no."""
    import sqlite3  # noqa: PLC0415  # with another engine there is nothing to ask here

    open_: dict[str, sqlite3.Connection] = {}
    try:
        for file, query, values, rows in asked:
            if file not in open_:
                # the file is there, or it is not the same; whoever holds it is told of by the ordinary way
                uri = file.replace("?mode=rwc", "?mode=rw")
                open_[file] = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
            if [list(row) for row in open_[file].execute(query, values)] != rows:
                return False
    except sqlite3.Error:
        return False
    finally:
        for connection in open_.values():
            connection.close()
    return bool(asked)
