"""Who may use the service."""

from __future__ import annotations

from sqlalchemy import Index, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class User(Base):
    """A person with an e-mail address and a password, of which only the hash is kept."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_phone", "phone"), Index("idx_users_email", "email"))

    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    full_name: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool | None] = mapped_column(server_default=true())
    is_verified: Mapped[bool | None] = mapped_column(server_default=false())
    phone: Mapped[str | None] = mapped_column(String(20), sort_order=3)
