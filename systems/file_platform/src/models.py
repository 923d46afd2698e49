"""All models in one place, for whoever needs the whole schema."""

from __future__ import annotations

from src.extraction.models import ExtractionResult
from src.files.models import File
from src.shared.base import Base
from src.tenants.models import Tenant

__all__ = ["Base", "ExtractionResult", "File", "Tenant", "metadata"]

metadata = Base.metadata
