"""What a person has submitted."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, json_type


class IdentityDocument(Base):
    """A passport, a card or a permit: where its scan lies, and what was read from it."""

    __tablename__ = "identity_documents"

    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    document_type: Mapped[str] = mapped_column(String(100))
    document_number: Mapped[str | None] = mapped_column(String(255))
    issuing_country: Mapped[str | None] = mapped_column(String(100))
    issue_date: Mapped[date | None]
    expiry_date: Mapped[date | None]
    extracted_data: Mapped[dict[str, Any] | None] = mapped_column(json_type)
    file_path: Mapped[str | None] = mapped_column(String(500))
    s3_key: Mapped[str | None] = mapped_column(String(500))
    status: Mapped[str | None] = mapped_column(String(50), server_default="pending")
    verification_notes: Mapped[str | None] = mapped_column(Text)
