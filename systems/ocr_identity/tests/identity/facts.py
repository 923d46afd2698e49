"""What the document says of the four tables on PostgreSQL, as information_schema says it."""

from __future__ import annotations

from typing import NamedTuple

UUID, TEXT, DATE, JSONB, INET, INTEGER = "uuid", "text", "date", "jsonb", "inet", "integer"
BOOLEAN, VARCHAR, TIMESTAMPTZ = "boolean", "character varying", "timestamp with time zone"
PENDING, NEW_UUID, NOW = "'pending'::character varying", "gen_random_uuid()", "CURRENT_TIMESTAMP"


class Fact(NamedTuple):
    """One column."""

    name: str
    type: str
    length: int | None = None
    is_nullable: bool = True
    default: str | None = None


KEY = Fact("id", UUID, None, is_nullable=False, default=NEW_UUID)
TIMES = (Fact("created_at", TIMESTAMPTZ, default=NOW), Fact("updated_at", TIMESTAMPTZ, default=NOW))

COLUMNS: dict[str, tuple[Fact, ...]] = {
    "users": (
        KEY,
        Fact("email", VARCHAR, 255, is_nullable=False),
        Fact("password_hash", VARCHAR, 255, is_nullable=False),
        Fact("full_name", VARCHAR, 255),
        Fact("is_active", BOOLEAN, default="true"),
        Fact("is_verified", BOOLEAN, default="false"),
        *TIMES,
    ),
    "identity_documents": (
        KEY,
        Fact("user_id", UUID),
        Fact("document_type", VARCHAR, 100, is_nullable=False),
        Fact("document_number", VARCHAR, 255),
        Fact("issuing_country", VARCHAR, 100),
        Fact("issue_date", DATE),
        Fact("expiry_date", DATE),
        Fact("extracted_data", JSONB),
        Fact("file_path", VARCHAR, 500),
        Fact("s3_key", VARCHAR, 500),
        Fact("status", VARCHAR, 50, default=PENDING),
        Fact("verification_notes", TEXT),
        *TIMES,
    ),
    "ocr_jobs": (
        KEY,
        Fact("user_id", UUID),
        Fact("document_id", UUID),
        Fact("job_status", VARCHAR, 50, default=PENDING),
        Fact("input_file_path", VARCHAR, 500),
        Fact("output_data", JSONB),
        Fact("error_message", TEXT),
        Fact("processing_time_ms", INTEGER),
        *TIMES,
    ),
    "audit_logs": (
        KEY,
        Fact("user_id", UUID),
        Fact("action", VARCHAR, 100, is_nullable=False),
        Fact("resource_type", VARCHAR, 100),
        Fact("resource_id", UUID),
        Fact("details", JSONB),
        Fact("ip_address", INET),
        Fact("user_agent", TEXT),
        *TIMES,
    ),
}

KEYS = {
    ("users", "PRIMARY KEY", "id"),
    ("users", "UNIQUE", "email"),
    ("identity_documents", "PRIMARY KEY", "id"),
    ("identity_documents", "FOREIGN KEY", "user_id"),
    ("ocr_jobs", "PRIMARY KEY", "id"),
    ("ocr_jobs", "FOREIGN KEY", "user_id"),
    ("ocr_jobs", "FOREIGN KEY", "document_id"),
    ("audit_logs", "PRIMARY KEY", "id"),
    ("audit_logs", "FOREIGN KEY", "user_id"),
}

RULES = {
    ("identity_documents", "user_id", "users", "CASCADE"),
    ("ocr_jobs", "user_id", "users", "CASCADE"),
    ("ocr_jobs", "document_id", "identity_documents", "CASCADE"),
    ("audit_logs", "user_id", "users", "SET NULL"),
}
