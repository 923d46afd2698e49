"""The models of the analytics database."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The metadata that Alembic compares with the analytics database."""


class DailyCount(Base):
    """How often an action was done on a day, in UTC."""

    __tablename__ = "daily_counts"
    __table_args__ = (Index("ix_daily_counts_action", "action"),)

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int]


metadata = Base.metadata
