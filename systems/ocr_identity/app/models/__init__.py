"""The registry: every model is imported here, so that ``metadata`` holds every table.

A model that is missing here is missing in Alembic's eyes as well.
"""

from __future__ import annotations

from .audit_log import AuditLog
from .base import Base
from .identity_document import IdentityDocument
from .ocr_job import OCRJob
from .user import User

__all__ = ["AuditLog", "Base", "IdentityDocument", "OCRJob", "User", "metadata"]

metadata = Base.metadata
