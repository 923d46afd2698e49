"""What goes over the wire, in and out."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, EmailStr, Field


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("control characters are not taken")
    return text


def _in_utc(moment: Any) -> Any:
    """Say of SQLite's times what they are."""
    if isinstance(moment, dt.datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment


Text = Annotated[str, AfterValidator(_printable)]
Moment = Annotated[dt.datetime, BeforeValidator(_in_utc)]
Email = Annotated[EmailStr, Field(max_length=254)]
DocumentType = Annotated[Text, Field(min_length=1, max_length=100, examples=["passport"])]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9 ()-]{3,19}$", examples=["+44 20 7946 0000"])]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Registration(_In):
    """A new user."""

    email: Email
    password: Annotated[Text, Field(min_length=10, max_length=200)]
    full_name: Annotated[Text, Field(max_length=255)] | None = None


class Credentials(_In):
    """Who wants a token."""

    email: Email
    password: Annotated[Text, Field(max_length=200)]


class PhoneIn(_In):
    """A telephone number, or none."""

    phone: Phone | None


class PhoneOut(_Out):
    """The telephone number that is kept."""

    phone: str | None


class Token(_Out):
    """To be sent back as ``Authorization: Bearer``."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105  # the name of a scheme
    expires_in: int


class UserOut(_Out):
    """A user, without the password's hash."""

    id: uuid.UUID
    email: str
    full_name: str | None
    is_active: bool | None
    is_verified: bool | None
    created_at: Moment | None
    updated_at: Moment | None


class DocumentOut(_Out):
    """A document and what was read from it."""

    id: uuid.UUID
    document_type: str
    document_number: str | None
    issuing_country: str | None
    issue_date: dt.date | None
    expiry_date: dt.date | None
    extracted_data: dict[str, Any] | None
    status: str | None
    verification_notes: str | None
    created_at: Moment | None
    updated_at: Moment | None


class JobOut(_Out):
    """A job, and what came of it."""

    id: uuid.UUID
    document_id: uuid.UUID | None
    job_status: str | None
    output_data: dict[str, Any] | None
    error_message: str | None
    processing_time_ms: int | None
    created_at: Moment | None
    updated_at: Moment | None


class ActionOut(_Out):
    """One line of a user's trail."""

    id: uuid.UUID
    action: str
    resource_type: str | None
    resource_id: uuid.UUID | None
    details: dict[str, Any] | None
    ip_address: str | None
    user_agent: str | None
    created_at: Moment | None


class Problem(BaseModel):
    """What every refusal looks like."""

    error: str
    message: str


class HealthOut(BaseModel):
    """Whether the schema fits the code."""

    status: str
    ready: bool
    schema_version: str | None
    pending: list[str]
    reason: str | None
