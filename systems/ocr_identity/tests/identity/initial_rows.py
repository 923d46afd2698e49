"""Rows as revision 0001 can hold them, awkward ones among them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import insert

from app.database import writing
from app.models import AuditLog, IdentityDocument, OCRJob, User
from tests.identity.project import System

LONG_AGO = dt.datetime(2019, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
COMPANY = {"before": uuid.uuid4(), "not": uuid.uuid4(), "null": uuid.uuid4(), "capital": uuid.uuid4()}
OTHER = uuid.uuid4()
_DOCUMENT, _JOB = uuid.uuid4(), uuid.uuid4()
_NESTED = {"fields": {"surname": "Ærøskøbing 🜚", "empty": "", "list": [1, 2.5, None, True]}}


def _user(key: uuid.UUID, email: str, **values: Any) -> tuple[Any, dict[str, Any]]:
    row = {"id": key, "email": email, "password_hash": "$argon2id$x", "updated_at": LONG_AGO}
    return User, {**row, "created_at": LONG_AGO, **values}


ROWS: tuple[tuple[Any, dict[str, Any]], ...] = (
    _user(COMPANY["before"], "before@company.com", is_verified=True),
    _user(COMPANY["not"], "not@company.com", is_verified=False, full_name="Zoë 'quoted' \\ %s :name"),
    _user(COMPANY["null"], "null@company.com", is_verified=None, is_active=None),
    _user(COMPANY["capital"], "capital@Company.COM", is_verified=False),
    _user(OTHER, "someone@company.com.example.org", is_verified=False, full_name="x" * 255),
    _user(uuid.uuid4(), "someone@notcompany.example", is_verified=True, created_at=None, updated_at=None),
    (IdentityDocument, {"id": _DOCUMENT, "user_id": OTHER, "document_type": "passport"}),
    (
        IdentityDocument,
        {
            "id": uuid.uuid4(),
            "user_id": COMPANY["not"],
            "document_type": "card",
            "document_number": "L898902C3",
            "issuing_country": "UTO",
            "issue_date": dt.date(2012, 2, 29),
            "expiry_date": dt.date(2032, 4, 15),
            "extracted_data": _NESTED,
            "file_path": "a/b.png",
            "s3_key": "bucket/key",
            "status": None,
            "verification_notes": "line\nline",
        },
    ),
    (IdentityDocument, {"id": uuid.uuid4(), "user_id": None, "document_type": "nobody's"}),
    (OCRJob, {"id": _JOB, "user_id": OTHER, "document_id": _DOCUMENT, "output_data": _NESTED}),
    (OCRJob, {"id": uuid.uuid4(), "job_status": "failed", "error_message": "torn", "processing_time_ms": 0}),
    (
        AuditLog,
        {
            "id": uuid.uuid4(),
            "user_id": OTHER,
            "action": "document.submitted",
            "resource_type": "identity_document",
            "resource_id": _DOCUMENT,
            "details": {"file_name": "scan.png"},
            "ip_address": "2001:db8::1",
            "user_agent": "curl/8",
        },
    ),
    (AuditLog, {"id": uuid.uuid4(), "action": "nobody's", "ip_address": "192.0.2.1"}),
)


def fill(system: System) -> None:
    """Write the rows."""
    engine = system.engine()
    with writing(engine) as connection:
        for model, values in ROWS:
            connection.execute(insert(model).values(values))
    engine.dispose()


def verified(system: System) -> dict[str, Any]:
    """Return who of the company is verified."""
    rows = {row["email"].lower(): row["is_verified"] for row in system.rows()["users"]}
    of_company = (email for email in rows if email.endswith("@company.com"))
    return {email.partition("@")[0]: rows[email] for email in of_company}
