"""Who did what, from where."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, address_type, json_type


class AuditLog(Base):
    """One action. It outlives its user: then it no longer says whose it was."""

    __tablename__ = "audit_logs"

    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(100))
    resource_type: Mapped[str | None] = mapped_column(String(100))
    resource_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any] | None] = mapped_column(json_type)
    ip_address: Mapped[str | None] = mapped_column(address_type)
    user_agent: Mapped[str | None] = mapped_column(Text)
