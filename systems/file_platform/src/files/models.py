"""The table of files."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from src.shared.base import Base, Moment


class File(Base):
    """One uploaded file; its content lies in the tenant's folder."""

    __tablename__ = "files"
    __table_args__ = (
        Index(None, "tenant_id"),
        Index(None, "tenant_code"),
        Index(None, "file_hash"),
        Index(None, "status"),
        Index(None, "uploaded_at"),
        Index("ix_files_tenant_id_mime_type", "tenant_id", "mime_type"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    tenant_code: Mapped[str] = mapped_column(String(63))
    original_filename: Mapped[str] = mapped_column(String(255))
    file_path: Mapped[str] = mapped_column(String(512))
    file_size: Mapped[int] = mapped_column(BigInteger)
    file_hash: Mapped[str] = mapped_column(String(64))
    mime_type: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(32), server_default="stored")
    uploaded_at: Mapped[datetime] = mapped_column(Moment, server_default=func.current_timestamp())
    # the database's own, from revision 0002 on; never read or written, so that older schemas will do
    declared_mime_type: Mapped[str | None] = mapped_column(
        String(255), deferred=True, deferred_raiseload=True
    )
