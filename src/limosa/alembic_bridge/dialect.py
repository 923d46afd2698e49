"""One URL for SQLite that serves ``create_engine`` and ``create_async_engine`` alike, as psycopg's does."""

from __future__ import annotations

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, Dialect


class EitherSQLite(SQLiteDialect_pysqlite):
    """Named by ``sqlite+limosa://``; it only chooses, and never connects itself."""

    supports_statement_cache = True

    @classmethod
    def get_dialect_cls(cls, url: URL) -> type[Dialect]:  # noqa: ARG003
        """Choose the standard library's driver for a synchronous engine."""
        return SQLiteDialect_pysqlite

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type[Dialect]:  # noqa: ARG003
        """Choose aiosqlite for an asynchronous one; it is imported only here."""
        from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite  # noqa: PLC0415

        return SQLiteDialect_aiosqlite
