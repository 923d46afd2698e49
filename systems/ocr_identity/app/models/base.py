"""What all models have in common: a key, two times, and the types that both engines know."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, FetchedValue, String, Uuid, func
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

LONGEST_ADDRESS = 45
"""Characters of an IPv6 address that ends in an IPv4 one."""

json_type = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSONB on PostgreSQL, JSON text on SQLite."""
address_type = String(LONGEST_ADDRESS).with_variant(INET(), "postgresql")
"""INET on PostgreSQL, text on SQLite."""


class made_by_database(FunctionElement[uuid.UUID]):  # noqa: N801  # named like the SQL function it stands for
    """A key that PostgreSQL makes where the application sends none; SQLite cannot, so there it is NULL."""

    type = Uuid()
    inherit_cache = True


@compiles(made_by_database, "postgresql")
def _by_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "gen_random_uuid()"


@compiles(made_by_database)
def _by_nobody(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "NULL"


class Base(DeclarativeBase):
    """The columns of every table, and the metadata that Alembic compares with the database."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(
        Uuid, primary_key=True, default=uuid.uuid4, server_default=made_by_database(), sort_order=-1
    )
    created_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), server_default=func.current_timestamp(), sort_order=1
    )
    updated_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True),
        server_default=func.current_timestamp(),
        server_onupdate=FetchedValue(),
        sort_order=2,
    )
