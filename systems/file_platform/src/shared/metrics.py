"""The service's own figures; no label names a tenant or a path, so that their number stays small."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

__all__ = ["EXTRACTIONS", "EXTRACTION_SECONDS", "REGISTRY", "REQUESTS", "REQUEST_SECONDS", "UPLOADED_BYTES"]

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "file_platform_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "file_platform_request_duration_seconds", "How long answers took.", ("method",), registry=REGISTRY
)
UPLOADED_BYTES = Counter("file_platform_uploaded_bytes", "Bytes of the files kept.", registry=REGISTRY)
EXTRACTIONS = Counter("file_platform_extractions", "Extractions done.", ("result",), registry=REGISTRY)
EXTRACTION_SECONDS = Histogram(
    "file_platform_extraction_duration_seconds", "How long a file was read.", registry=REGISTRY
)
