"""The table of tenants."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from src.shared.base import Base, Moment


class Tenant(Base):
    """Somebody whose files are kept, what they may use, and what they do use."""

    __tablename__ = "tenants"
    __table_args__ = (
        Index(None, "code", unique=True),
        Index(None, "api_key_hash", unique=True),
        Index(None, "is_active"),
        Index(None, "created_at"),
        CheckConstraint("used_bytes >= 0 AND file_count >= 0", name="usage_counts"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    code: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(255))
    api_key_hash: Mapped[str] = mapped_column(String(64))
    storage_quota_bytes: Mapped[int] = mapped_column(BigInteger)
    file_count_limit: Mapped[int]
    used_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    file_count: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.current_timestamp())
