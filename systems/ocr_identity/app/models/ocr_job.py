"""The queue of what is to be read."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, json_type


class OCRJob(Base):
    """One reading of one document: waiting, running, completed or failed."""

    __tablename__ = "ocr_jobs"

    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    document_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("identity_documents.id", ondelete="CASCADE")
    )
    job_status: Mapped[str | None] = mapped_column(String(50), server_default="pending")
    input_file_path: Mapped[str | None] = mapped_column(String(500))
    output_data: Mapped[dict[str, Any] | None] = mapped_column(json_type)
    error_message: Mapped[str | None] = mapped_column(Text)
    processing_time_ms: Mapped[int | None]
